"""Asking an expert and whistling for units, through the user's hands."""

from datetime import timedelta

import pytest
from sqlalchemy import select, update
from sqlmodel import col

from models.confidential import Ground, LeadRead, Tie, TieKind
from models.lead import EntryKind, Lead, LeadConsent, LeadEntry, LeadStage
from models.member import Appointment, Member, Role
from models.referral import Referral, ReferralGround, ReferralState
from tests.support.county import (
    ADMIN,
    COUNTY,
    EXPERT,
    HEAD,
    INSTRUCTOR,
    OTHER_HEAD,
    POLICY,
    RIGHTS,
    SATURDAY,
    TOWNSHIP,
    UNIT,
    WORKER,
)
from tests.support.hands import Bench, Person, Said
from tests.support.leads import NARRATIVE, a_lead, actor_of

ASKED = "孩子的抚养费该怎么算"
CALLED = "请到村里看一下路灯"
SECRETS = (NARRATIVE, ASKED, CALLED, "刘洋", "东关村", "赵敏", "陈秀兰")


async def drained(bench: Bench) -> None:
    """Deliver everything and look away."""
    await bench.deliverer.deliver_all()
    bench.all_unread()


async def news(bench: Bench, *people: int) -> list[Said]:
    """The notices that these people find; none of them may tell anything of the matter."""
    await bench.deliverer.deliver_all()
    found = [said for person in people for said in bench.person(person).reads()]
    for said in found:
        assert not [secret for secret in SECRETS if secret in said.text + str(said.buttons)], said.text
    return found


async def in_hand(bench: Bench, item: str = "child_alone", who: int = HEAD) -> tuple[Lead, Person]:
    """A lead that has rung for the head, whose card she opens."""
    lead = await a_lead(bench, item)
    await drained(bench)
    person = bench.person(who)
    await card(person, lead)
    return lead, person


async def card(person: Person, lead: Lead) -> Said:
    """The lead's card, opened as from any notice."""
    hello = await person.say("/help")
    return (await person.press_data(hello.message_id, f"lead:show:{lead.id}"))[0]


async def forges(person: Person, data: str) -> list[Said]:
    """A press that no button of hers offers."""
    hello = await person.say("/help")
    return await person.press_data(hello.message_id, data)


async def refers(person: Person, *ground: str) -> Said:
    """From the open card: the ground, the expert, the request."""
    await person.press("请专家")
    for label in ground or ("本人同意",):
        await person.press(label)
    await person.press("冯律师")
    await person.say(ASKED)
    return await person.press("保存")


async def whistles(person: Person, *units: str, ground: str = "本人同意") -> Said:
    """From the open card: the ground, the units, the request."""
    await person.press("吹哨")
    await person.press(ground)
    for unit in units or ("派出所值班",):
        await person.press(unit)
    await person.press("完成")
    await person.say(CALLED)
    return await person.press("保存")


async def the_request(bench: Bench) -> Referral:
    """The newest request."""
    async with bench.database.transaction() as session:
        return (await session.execute(select(Referral).order_by(col(Referral.id).desc()))).scalars().first()  # type: ignore[return-value]


async def entries(bench: Bench, *kinds: EntryKind) -> list[LeadEntry]:
    """The entries of these kinds."""
    async with bench.database.transaction() as session:
        query = select(LeadEntry).where(col(LeadEntry.kind).in_(kinds)).order_by(col(LeadEntry.id))
        return list((await session.execute(query)).scalars())


async def change(bench: Bench, statement: object) -> None:
    """Something happens behind the chat."""
    async with bench.database.transaction() as session:
        await session.execute(statement)  # type: ignore[call-overload]


async def id_of(bench: Bench, person: int) -> int:
    """The member's own number."""
    return (await actor_of(bench, person)).member_id


async def test_an_expert_is_asked_accepts_sees_the_one_lead_and_reports_back(bench: Bench) -> None:
    lead, head = await in_hand(bench)
    assert f"{lead.code} 已请 冯律师 · 测试县" in (await refers(head)).text.replace("</code>", "")
    rung = await news(bench, EXPERT)
    assert [lead.code in said.text for said in rung] == [True]
    expert = bench.person(EXPERT)
    look = await expert.press("查看委托")
    assert [ASKED in look.text, NARRATIVE in look.text, "赵敏 请您" in look.text] == [True, False, True]
    assert await forges(expert, f"lead:show:{lead.id}") == []
    assert "不在您的范围" in expert.toast()
    accepted = await expert.press("接下")
    assert "12月5日" in accepted.text
    assert NARRATIVE in (await expert.press("打开线索")).text
    assert ["已接下" in said.text for said in await news(bench, HEAD)] == [True]
    await expert.press("回报结果")
    await expert.say("<b>按收入的三成&起诉</b>")
    assert "已报给对方" in (await expert.press("保存")).text
    assert ["已回报结果" in said.text for said in await news(bench, HEAD)] == [True]
    assert "<b>按收入的三成&起诉</b>" in (await head.press("查看答复")).text
    assert await forges(expert, f"lead:show:{lead.id}") == []
    assert "不在您的范围" in expert.toast()
    assert await forges(expert, f"ref:look:{(await the_request(bench)).id}") == []
    assert "已经结束" in expert.toast()
    told = await entries(bench, EntryKind.REFERRED, EntryKind.REFERRAL_ANSWERED)
    assert [entry.detail.get("answer") for entry in told] == [None, "accepted", "reported"]
    assert [entry.body for entry in told] == [ASKED, None, "<b>按收入的三成&起诉</b>"]
    async with bench.database.transaction() as session:
        reads = (await session.execute(select(col(LeadRead.ground), col(LeadRead.member_id)))).all()
    assert [row[0] for row in reads if row[1] == told[1].by_id] == [Ground.REFERRAL] * 2


async def test_an_expert_declines_with_a_reason(bench: Bench) -> None:
    _, head = await in_hand(bench)
    await refers(head)
    await news(bench, EXPERT)
    expert = bench.person(EXPERT)
    await expert.press("查看委托")
    await expert.press("接不了")
    await expert.say("这阵子在外地")
    assert "您接不了" in (await expert.press("保存")).text
    assert ["没有接" in said.text for said in await news(bench, HEAD)] == [True]
    assert "原因：这阵子在外地" in (await head.press("查看答复")).text
    assert (await the_request(bench)).state is ReferralState.DECLINED
    # Another time she can be asked again.
    await head.press("打开线索")
    assert "已请" in (await refers(head, "之前已同意")).text
    assert len(await news(bench, EXPERT)) == 1


async def test_her_no_is_written_down_and_nobody_is_asked(bench: Bench) -> None:
    lead, head = await in_hand(bench)
    await head.press("请专家")
    asked = await head.press("本人不同意")
    assert not [label for label in asked.labels if "反家庭暴力法" in label]
    assert "不会转给任何人" in (await head.press("没有，不转")).text
    assert "没有转给任何人" in (await head.press("保存")).text
    assert await news(bench, EXPERT) == []
    async with bench.database.transaction() as session:
        consent = (await session.execute(select(LeadConsent))).scalar_one()
    assert (consent.recipient, consent.given, consent.lead_id) == ("expert", False, lead.id)
    assert [entry.detail for entry in await entries(bench, EntryKind.CONSENT)] == [
        {"recipient": "expert", "given": False}
    ]


async def test_without_consent_a_named_law_is_needed(bench: Bench) -> None:
    _, head = await in_hand(bench, "domestic_violence")
    await head.press("请专家")
    asked = await head.press("没法问本人")
    assert not [label for label in asked.labels if "不转" in label]
    assert "冯律师 · 测试县" in (await head.press("反家庭暴力法第十四条")).labels[0]
    await head.press("冯律师")
    await head.say(ASKED)
    await head.press("保存")
    made = await the_request(bench)
    assert (made.ground, made.law) == (ReferralGround.LAW, "反家庭暴力法第十四条强制报告")
    assert len(await news(bench, EXPERT)) == 1
    assert "法律规定的报告义务" in (await bench.person(EXPERT).press("查看委托")).text


async def test_another_law_is_named_in_words(bench: Bench) -> None:
    _, head = await in_hand(bench)
    await head.press("请专家")
    await head.press("本人不同意")
    await head.press("别的法律依据")
    await head.say("未成年人保护法第四十三条")
    await head.press("冯律师")
    assert "法律依据：未成年人保护法第四十三条" in (await head.say(ASKED)).text
    await head.press("保存")
    assert (await the_request(bench)).law == "未成年人保护法第四十三条"
    assert len(await news(bench, EXPERT)) == 1


async def test_a_consent_that_was_taken_back_meanwhile_no_longer_holds(bench: Bench) -> None:
    lead, head = await in_hand(bench)
    member = await id_of(bench, HEAD)

    async def she_says(*, given: bool) -> None:
        async with bench.database.transaction() as session:
            session.add(
                LeadConsent(
                    lead_id=lead.id,
                    recipient="expert",
                    purpose="help",
                    given=given,
                    recorded_at=SATURDAY,
                    recorded_by_id=member,
                )
            )

    await she_says(given=True)
    await head.press("请专家")
    await head.press("之前已同意")
    await head.press("冯律师")
    await head.say(ASKED)
    await she_says(given=False)
    assert "没有当事人的同意" in (await head.press("保存")).text
    assert await the_request(bench) is None
    await head.press("取消")


@pytest.mark.parametrize("gone", ["tied", "frozen", "blocked", "post"])
async def test_who_cannot_be_asked_is_not_offered_and_an_old_button_is_refused(bench: Bench, gone: str) -> None:
    lead, head = await in_hand(bench)
    expert = await id_of(bench, EXPERT)
    await head.press("请专家")
    offered = await head.press("本人同意")
    ours = col(Member.id) == expert
    if gone == "tied":
        async with bench.database.transaction() as session:
            session.add(Tie(member_id=expert, household_id=lead.household_id, kind=TieKind.KIN, declared_at=SATURDAY))
    elif gone == "frozen":
        await change(bench, update(Member).where(ours).values(frozen_at=SATURDAY))
    elif gone == "blocked":
        await change(bench, update(Member).where(ours).values(unreachable_since=SATURDAY))
    else:
        ended = POLICY.today(SATURDAY) - timedelta(days=1)
        ends = update(Appointment).where(col(Appointment.member_id) == expert)
        await change(bench, ends.values(ends_on=ended, starts_on=ended))
    said = await head.press_data(offered.message_id, offered.button("冯律师"))
    assert "现在不能委托" in said[0].text
    assert not [label for label in said[0].labels if "冯律师" in label]
    await head.press("取消")
    again = await card(head, lead)
    assert await head.press_data(again.message_id, again.button("请专家")) == []
    assert "请管理员先任命" in head.toast()


async def test_experts_are_found_by_initials_and_not_by_wildcards(bench: Bench) -> None:
    _, head = await in_hand(bench)
    await head.press("请专家")
    await head.press("本人同意")
    assert any("冯律师" in label for label in (await head.say("fls")).labels)
    assert not any("冯律师" in label for label in (await head.say("%")).labels)
    await head.press("取消")


async def test_only_heads_and_centres_whistle(bench: Bench) -> None:
    lead = await a_lead(bench, "domestic_violence")
    await drained(bench)
    rights = bench.person(RIGHTS)
    shown = await card(rights, lead)
    assert [any(word in label for label in shown.labels) for word in ("请专家", "吹哨")] == [True, False]
    assert await rights.press_data(shown.message_id, f"lead:whistle:{lead.id}") == []
    assert "不在您的范围" in rights.toast()
    assert any("吹哨" in label for label in (await card(bench.person(TOWNSHIP), lead)).labels)


async def test_units_are_called_together_say_on_it_and_report(bench: Bench) -> None:
    await change(
        bench,
        update(Appointment)
        .where(col(Appointment.member_id) == await id_of(bench, EXPERT))
        .values(role=Role.PARTNER_UNIT),
    )
    _, head = await in_hand(bench)
    said = await whistles(head, "派出所值班", "冯律师")
    assert "派出所值班 · 东乡镇；冯律师 · 测试县" in said.text
    assert ["请您单位报到" in notice.text for notice in await news(bench, UNIT, EXPERT)] == [True, True]
    unit = bench.person(UNIT)
    look = await unit.press("查看委托")
    assert not [label for label in look.labels if "接不了" in label]
    assert "在处理" in (await unit.press("在处理")).text
    assert ["已接下，在处理" in notice.text for notice in await news(bench, HEAD)] == [True]
    assert await forges(unit, f"ref:decline:{(await the_request(bench)).id - 1}") == []
    await unit.press("回报结果")
    await unit.say("路灯修好了")
    await unit.press("保存")
    assert ["已回报结果" in notice.text for notice in await news(bench, HEAD)] == [True]
    kinds = await entries(bench, EntryKind.WHISTLED, EntryKind.WHISTLE_ANSWERED)
    assert [entry.kind for entry in kinds] == [
        EntryKind.WHISTLED,
        EntryKind.WHISTLE_ANSWERED,
        EntryKind.WHISTLE_ANSWERED,
    ]


async def test_a_silent_whistle_climbs_to_the_township_and_then_to_the_county(bench: Bench) -> None:
    lead, head = await in_hand(bench)
    await whistles(head)
    await news(bench, UNIT)
    bench.pass_time(hours=23, minutes=59)
    await bench.sweep.referrals()
    assert await news(bench, UNIT, HEAD, TOWNSHIP, COUNTY) == []
    bench.pass_time(minutes=1)
    await bench.sweep.referrals()
    await bench.sweep.referrals()
    assert len(await news(bench, UNIT)) == 1
    heard = await news(bench, HEAD, TOWNSHIP, COUNTY)
    assert ["还没有单位应答" in said.text for said in heard] == [True, True]
    centre = bench.person(TOWNSHIP)
    look = await centre.press("查看吹哨")
    assert [word in look.text for word in ("派出所值班", "赵敏", CALLED, NARRATIVE)] == [True, True, False, False]
    assert await forges(centre, f"lead:show:{lead.id}") == []
    assert await forges(bench.person(OTHER_HEAD), f"ref:look:{(await the_request(bench)).id}") == []
    bench.pass_time(hours=24)
    await bench.sweep.referrals()
    assert len(await news(bench, HEAD, COUNTY, UNIT)) == 3
    assert await news(bench, TOWNSHIP) == []
    await bench.person(UNIT).press("查看委托")
    await bench.person(UNIT).press("在处理")
    assert len(await news(bench, HEAD)) == 1
    bench.pass_time(hours=48)
    await bench.sweep.referrals()
    assert await news(bench, HEAD, TOWNSHIP, COUNTY, UNIT) == []


async def test_a_red_whistle_climbs_after_an_hour_at_night_too(bench: Bench) -> None:
    bench.pass_time(hours=13)  # ten in the evening
    _, head = await in_hand(bench, "domestic_violence")
    await whistles(head)
    assert len(await news(bench, UNIT)) == 1
    bench.pass_time(hours=1)
    await bench.sweep.referrals()
    assert len(await news(bench, UNIT, HEAD, TOWNSHIP)) == 3
    assert await news(bench, COUNTY) == []


async def test_what_is_asked_of_an_expert_waits_for_the_morning(bench: Bench) -> None:
    bench.pass_time(hours=13)
    lead = await a_lead(bench, "domestic_violence")
    await drained(bench)
    head = bench.person(HEAD)
    await card(head, lead)
    await refers(head)
    assert await news(bench, EXPERT) == []
    bench.pass_time(hours=9)
    assert len(await news(bench, EXPERT)) == 1


async def test_after_so_many_days_it_is_over_and_the_asker_is_told(bench: Bench) -> None:
    lead, head = await in_hand(bench)
    await refers(head)
    await news(bench, EXPERT)
    expert = bench.person(EXPERT)
    await expert.press("查看委托")
    bench.pass_time(days=3)
    await expert.press("接下")
    await news(bench, HEAD)
    bench.pass_time(days=POLICY.referral_days, seconds=-1)
    assert NARRATIVE in (await expert.press("打开线索")).text
    bench.pass_time(seconds=1)
    assert await expert.press_all("打开线索") == []
    assert "不在您的范围" in expert.toast()
    assert await expert.press_all("回报结果") == []
    assert "已经结束" in expert.toast()
    assert "没有请您帮忙" in (await expert.say("/asked")).text
    await bench.sweep.referrals()
    await bench.sweep.referrals()
    assert ["已结束" in said.text for said in await news(bench, HEAD)] == [True]
    assert await news(bench, EXPERT) == []
    assert (await the_request(bench)).state is ReferralState.ENDED
    assert [entry.detail["answer"] for entry in await entries(bench, EntryKind.REFERRAL_ANSWERED)] == [
        "accepted",
        "ended",
    ]
    assert lead.code


async def test_a_closed_lead_ends_what_was_asked_about_it(bench: Bench) -> None:
    lead, head = await in_hand(bench)
    await refers(head)
    await news(bench, EXPERT)
    expert = bench.person(EXPERT)
    await expert.press("查看委托")
    await expert.press("接下")
    await news(bench, HEAD)
    first, second = await id_of(bench, HEAD), await id_of(bench, TOWNSHIP)
    closed = {"stage": LeadStage.CLOSED, "closing_by_id": first, "closed_by_id": second, "closed_at": SATURDAY}
    await change(bench, update(Lead).where(col(Lead.id) == lead.id).values(**closed))
    assert await expert.press_all("打开线索") == []
    assert "不在您的范围" in expert.toast()
    assert await expert.press_all("回报结果") == []
    assert "已经结束" in expert.toast()
    await bench.sweep.referrals()
    assert ["不用再麻烦您" in said.text for said in await news(bench, EXPERT)] == [True]
    assert await news(bench, HEAD) == []


async def test_the_asker_takes_it_back_and_nobody_else_does(bench: Bench) -> None:
    _, head = await in_hand(bench)
    await refers(head)
    await news(bench, EXPERT)
    made = await the_request(bench)
    assert await forges(bench.person(EXPERT), f"ref:drop:{made.id}") == []
    assert "不在您的范围" in bench.person(EXPERT).toast()
    await forges(head, f"ref:look:{made.id}")
    assert "已收回" in (await head.press("收回委托")).text
    assert ["不用再麻烦您" in said.text for said in await news(bench, EXPERT)] == [True]
    assert await head.press_all("收回委托") == []
    assert "已经结束" in head.toast()
    assert await bench.person(EXPERT).press_all("查看委托") == []
    assert "已经结束" in bench.person(EXPERT).toast()


@pytest.mark.parametrize("who", [WORKER, INSTRUCTOR, OTHER_HEAD, ADMIN, UNIT, TOWNSHIP, COUNTY])
async def test_nobody_else_can_do_anything_with_a_request(bench: Bench, who: int) -> None:
    _, head = await in_hand(bench)
    await refers(head)
    await news(bench, EXPERT)
    person, number = bench.person(who), (await the_request(bench)).id
    for what in ("look", "accept", "decline", "report", "drop"):
        assert await forges(person, f"ref:{what}:{number}") == []
        assert "不在您的范围" in person.toast()
    assert (await the_request(bench)).state is ReferralState.ASKED


@pytest.mark.parametrize("data", ["ref", "ref:look", "ref:look:x", "ref:maybe:1", "ref:accept:99999999999",
                                  "ref:look:77", "ref:report:77", "asked:x", "asked:99", "lead:refer:77"])  # fmt: skip
async def test_forged_numbers_never_fail(bench: Bench, data: str) -> None:
    for who in (EXPERT, HEAD):
        person = bench.person(who)
        said = await forges(person, data)
        assert not [one for one in said if "我们这边的问题" in one.text]
        assert person.toast() or said


async def test_accepting_twice_and_reporting_before_accepting_are_refused(bench: Bench) -> None:
    _, head = await in_hand(bench)
    await refers(head)
    await news(bench, EXPERT)
    expert = bench.person(EXPERT)
    number = (await the_request(bench)).id
    assert await forges(expert, f"ref:report:{number}") == []
    assert "请先接下" in expert.toast()
    await expert.press("查看委托")
    await expert.press("接下")
    await news(bench, HEAD)
    assert await expert.press_all("接下") == []
    assert "已经答复过" in expert.toast()
    assert await expert.press_all("接不了") == []
    assert "已经答复过" in expert.toast()


async def test_an_expert_who_left_or_is_frozen_meanwhile_opens_nothing(bench: Bench) -> None:
    lead, head = await in_hand(bench)
    await refers(head)
    await news(bench, EXPERT)
    expert, member = bench.person(EXPERT), await id_of(bench, EXPERT)
    await expert.press("查看委托")
    await expert.press("接下")
    await news(bench, HEAD)
    yesterday = POLICY.today(SATURDAY) - timedelta(days=1)
    ends = update(Appointment).where(col(Appointment.member_id) == member)
    await change(bench, ends.values(ends_on=yesterday, starts_on=yesterday))
    for label in ("打开线索", "回报结果"):
        assert NARRATIVE not in (await expert.press(label)).text
    await change(bench, ends.values(ends_on=None))
    await change(bench, update(Member).where(col(Member.id) == member).values(frozen_at=SATURDAY))
    for label in ("打开线索", "查看委托"):
        assert lead.code not in (await expert.press(label)).text


async def test_a_head_who_left_her_post_no_longer_reads_the_answer(bench: Bench) -> None:
    _, head = await in_hand(bench)
    await refers(head)
    await news(bench, EXPERT)
    number, member = (await the_request(bench)).id, await id_of(bench, HEAD)
    elsewhere = select(col(Appointment.area_id)).where(col(Appointment.member_id) == await id_of(bench, OTHER_HEAD))
    await change(
        bench,
        update(Appointment)
        .where(col(Appointment.member_id) == member)
        .values(area_id=elsewhere.scalar_subquery())
        .execution_options(synchronize_session=False),
    )
    for what in ("look", "drop"):
        assert await forges(head, f"ref:{what}:{number}") == []
        assert "不在您的范围" in head.toast()


async def test_the_list_shows_an_expert_what_is_open(bench: Bench) -> None:
    lead, head = await in_hand(bench)
    expert = bench.person(EXPERT)
    assert "没有请您帮忙" in (await expert.say("/asked")).text
    await refers(head)
    await news(bench, EXPERT)
    await expert.say("/me")
    listed = await expert.press("我的委托")
    assert [label for label in listed.labels if lead.code in label and "等待答复" in label]
    assert ASKED in (await expert.press(lead.code)).text
    assert "不能做这件事" in (await head.say("/asked")).text
    assert not [label for label in (await head.say("/me")).labels if "委托" in label]


async def test_referring_works_in_english(bench: Bench) -> None:
    await change(bench, update(Member).values(locale="en"))
    lead, head = await in_hand(bench, "domestic_violence")
    await head.press("Ask an expert")
    await head.press("She cannot be asked")
    await head.press("Minors Law Art. 11")
    await head.press("冯律师")
    await head.say("Which court?")
    assert "is asked" in (await head.press("Save")).text
    await bench.deliverer.deliver_all()
    expert = bench.person(EXPERT)
    assert [lead.code in said.text for said in expert.reads()] == [True]
    assert "a duty of the law" in (await expert.press("Open the request")).text
    assert "You have accepted" in (await expert.press("Accept")).text
    assert len(await news(bench, HEAD)) == 1
    assert "未成年人保护法第十一条" in (await head.press("Open the answer")).text
