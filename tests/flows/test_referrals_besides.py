"""Asking for help: what stays in the chats, answers of the wrong kind, and the sweep in small batches."""

from sqlalchemy import select, update
from sqlmodel import col

from domain.usecases.referral_sweeping import sweep_referrals
from models.lead import LeadConsent
from models.member import Appointment, Member, Role
from models.referral import Referral
from tests.support.county import COUNTY, EXPERT, HEAD, POLICY, SATURDAY, TOWNSHIP, UNIT
from tests.support.hands import Bench
from tests.support.referrals import ASKED, CALLED, change, drained, id_of, in_hand, news, refers, whistles


def stands(bench: Bench, person: int, words: str) -> bool:
    """Whether these words stand anywhere in the person's chat, the bot's or her own."""
    return any(words in (message.get("text") or "") for message in bench.box.messages(person))


async def test_what_was_asked_and_answered_leaves_both_chats(bench: Bench) -> None:
    _, head = await in_hand(bench)
    await refers(head)
    await bench.vanisher.delete_due()
    assert not stands(bench, HEAD, ASKED)
    assert stands(bench, HEAD, "已请")
    await news(bench, EXPERT)
    expert = bench.person(EXPERT)
    await expert.press("查看委托")
    await expert.press("接下")
    await expert.press("回报结果")
    await expert.say("起诉即可")
    await expert.press("保存")
    bench.pass_time(minutes=POLICY.details_minutes)
    await bench.vanisher.delete_due()
    assert not stands(bench, EXPERT, ASKED)
    assert not stands(bench, EXPERT, "起诉即可")
    await drained(bench)


async def test_wrong_kinds_of_answers_are_declined_kindly_and_nothing_is_lost(bench: Bench) -> None:
    _, head = await in_hand(bench)
    await head.press("请专家")
    assert "请点下面的按钮" in (await head.say("她同意")).text
    assert "请点下面的按钮" in (await head.send_photo()).text
    await head.press("没法问本人")
    assert "请点下面的按钮" in (await head.say("没有")).text
    await head.press("别的法律依据")
    assert "请打字回答" in (await head.send_photo()).text
    assert "太长" in (await head.say("法" * 201)).text
    await head.say("{{ 7 * 7 }}<b>第一条</b>")
    assert "输入文字查找" in (await head.send_photo()).text
    await head.press("冯律师")
    assert "请打字回答" in (await head.send_photo()).text
    assert "太长" in (await head.say("请" * 1001)).text
    await head.say(ASKED)
    again = await head.say("好")
    assert "请点下面的按钮" in again.text
    assert "{{ 7 * 7 }}<b>第一条</b>" in again.text
    await head.press("保存")
    assert len(await news(bench, EXPERT)) == 1


async def test_a_forged_choice_of_ground_is_no_button(bench: Bench) -> None:
    _, head = await in_hand(bench)
    asked = await head.press("请专家")
    agrees = asked.button("本人同意")
    for forged in ("recorded", "none", "!done", "!skip"):
        await head.press_data(asked.message_id, agrees.replace(":agrees", f":{forged}"))
    await head.press("本人不同意")
    duty = head.newest_with("没有，不转")
    none = duty.button("没有，不转")
    for forged in ("domestic_violence", "minor"):  # ready for key matters alone
        await head.press_data(duty.message_id, none.replace(":none", f":{forged}"))
    await head.press("没有，不转")
    await head.press("保存")
    async with bench.database.transaction() as session:
        assert (await session.execute(select(Referral))).first() is None
        assert [one.given for one in (await session.execute(select(LeadConsent))).scalars()] == [False]


async def test_the_ground_can_be_changed_in_the_summary(bench: Bench) -> None:
    _, head = await in_hand(bench)
    await head.press("请专家")
    await head.press("本人同意")
    await head.press("冯律师")
    await head.say(ASKED)
    await head.press("修改")
    await head.press("本人意愿")
    await head.press("本人不同意")
    assert "不会转给任何人" in (await head.press("没有，不转")).text
    await head.press("保存")
    assert await news(bench, EXPERT) == []


async def test_small_batches_deal_with_each_whistle_once(bench: Bench) -> None:
    expert = col(Appointment.member_id) == await id_of(bench, EXPERT)
    await change(bench, update(Appointment).where(expert).values(role=Role.PARTNER_UNIT))
    _, head = await in_hand(bench)
    await whistles(head, "派出所值班", "冯律师")
    await news(bench, UNIT, EXPERT)
    for wait, heard in ((1, [HEAD, TOWNSHIP]), (POLICY.referral_days, [HEAD])):
        bench.pass_time(days=wait)
        counts = []
        for _ in range(3):
            async with bench.database.transaction() as session:
                counts.append(await sweep_referrals(session, now=bench.clock(), policy=POLICY, limit=1))
        assert counts == [1, 1, 0]
        assert len(await news(bench, *heard)) == 2 * len(heard)
        bench.all_unread()  # the units are reminded too
    assert not stands(bench, TOWNSHIP, CALLED)


async def test_a_level_that_nobody_can_be_reached_at_is_skipped(bench: Bench) -> None:
    _, head = await in_hand(bench)
    await whistles(head)
    await news(bench, UNIT)
    centre = col(Member.id) == await id_of(bench, TOWNSHIP)
    await change(bench, update(Member).where(centre).values(unreachable_since=SATURDAY))
    bench.pass_time(hours=24)
    await bench.sweep.referrals()
    assert [len(await news(bench, person)) for person in (TOWNSHIP, COUNTY, HEAD, UNIT)] == [0, 1, 1, 1]
