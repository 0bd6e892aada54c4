"""A lost phone: whoever notices freezes the account, and an administrator gives it back."""

import pytest
from sqlalchemy import delete, select

from domain.channel import Outcome, Outgoing, Receipt
from handlers.sent import SentMessages
from models.chat_message import ChatMessage
from models.confidential import LeadRead
from models.conversation import Conversation
from models.freeze import AccountFreeze, FreezeReason
from models.member import Member
from tests.support.county import ADMIN, AUDITOR, ENGLISH, EXPERT, HEAD, INSTRUCTOR, OTHER_HEAD, OTHER_WORKER, WORKER
from tests.support.hands import Bench, Person
from tests.support.leads import NARRATIVE, a_lead


async def to_the_summary(who: Person, name: str = "陈秀兰", why: str = "丢了") -> None:
    """Somebody who is about to freeze an account."""
    await who.say("/freeze")
    await who.say(name)
    await who.press(name)
    await who.press(why)


async def frozen(bench: Bench, who: int = OTHER_WORKER) -> None:
    """The worker's account, frozen by a colleague, and the administrator's notice read."""
    colleague = bench.person(who)
    await to_the_summary(colleague)
    assert "已冻结" in (await colleague.press("保存")).text
    await bench.deliverer.deliver_all()


async def member(bench: Bench, telegram_id: int) -> Member:
    """The member's row."""
    async with bench.database.transaction() as session:
        return (await session.execute(select(Member).where(Member.telegram_id == telegram_id))).scalar_one()  # type: ignore[arg-type]


async def freezes(bench: Bench) -> list[AccountFreeze]:
    """Every freeze on record."""
    async with bench.database.transaction() as session:
        return list((await session.execute(select(AccountFreeze))).scalars())


@pytest.mark.parametrize("who", [OTHER_WORKER, OTHER_HEAD, AUDITOR, EXPERT, ADMIN])
async def test_any_colleague_freezes_an_account_and_it_can_do_nothing_more(bench: Bench, who: int) -> None:
    await frozen(bench, who)
    lost = bench.person(WORKER)
    assert "已被冻结" in (await lost.say("今日走访")).text
    assert "已被冻结" in (await lost.say("/freeze")).text
    (freeze,) = await freezes(bench)
    names = [(await member(bench, one)).id for one in (WORKER, who)]
    assert [freeze.member_id, freeze.frozen_by_id, freeze.reason] == [*names, FreezeReason.LOST]
    assert freeze.frozen_at == bench.clock.now
    bench.person(ADMIN).reads()


async def test_what_was_said_on_the_lost_phone_goes(bench: Bench) -> None:
    lost = bench.person(WORKER)
    await lost.say("今日走访")
    await lost.say("王秀英")
    bench.pass_time(hours=47)
    await frozen(bench)
    await bench.vanisher.delete_due()
    assert bench.box.messages(WORKER) == []
    bench.person(ADMIN).reads()


async def test_what_was_on_its_way_to_the_lost_phone_goes_too(bench: Bench) -> None:
    sent = SentMessages(bench.database, clock=bench.clock)
    message = await bench.person(WORKER).say("今日走访")
    async with bench.database.transaction() as session:
        await session.execute(delete(ChatMessage))
    await sent.note(Outgoing(WORKER, "今日走访"), Receipt(Outcome.DELIVERED, message.message_id))
    bench.pass_time(seconds=2)
    await frozen(bench)
    await sent.flush()
    await bench.vanisher.delete_due()
    assert message.message_id not in {one["message_id"] for one in bench.box.messages(WORKER)}
    assert "已被冻结" in (await bench.person(WORKER).say("今日走访")).text
    await bench.vanisher.delete_due()
    assert len([one for one in bench.box.messages(WORKER) if one["from"]["is_bot"]]) == 1
    bench.person(ADMIN).reads()


async def test_what_she_was_filling_in_waits_for_her(bench: Bench) -> None:
    lost = bench.person(WORKER)
    await lost.say("走访登记")
    await lost.press("单小红")
    await frozen(bench)
    async with bench.database.transaction() as session:
        assert [one.active for one in (await session.execute(select(Conversation))).scalars()] == [False]
    admin = bench.person(ADMIN)
    admin.reads()
    await given_back(admin)
    await bench.deliverer.deliver_all()
    assert ["已恢复" in said.text for said in lost.reads()] == [True]
    assert (await lost.say("草稿")).labels == ["▶ 走访登记 · 单小红"]


async def given_back(admin: Person) -> None:
    """The administrator opens the notice, and gives the account back after she is asked again."""
    look = await admin.press("查看")
    assert "陈秀兰" in look.text
    assert "李桂芳" in look.text
    assert "确认账号在她手里" in (await admin.press("恢复账号")).text
    assert (await member(admin.bench, WORKER)).frozen_at is not None
    assert "已恢复" in (await admin.press("已和本人确认")).text
    assert (await member(admin.bench, WORKER)).frozen_at is None


async def test_the_administrators_notice_names_nobody(bench: Bench) -> None:
    await frozen(bench)
    (told,) = bench.person(ADMIN).reads()
    assert "陈秀兰" not in told.text
    assert "李桂芳" not in told.text


async def test_nobody_else_gives_an_account_back(bench: Bench) -> None:
    await frozen(bench)
    bench.person(ADMIN).reads()
    (freeze,) = await freezes(bench)
    head = bench.person(HEAD)
    card = await head.say("今日走访")
    for what in ("look", "back", "sure"):
        assert await head.press_data(card.message_id, f"frozen:{what}:{freeze.id}") == []
        assert "不" in head.toast()
    assert "不能做" in (await head.say("/unfreeze")).text
    for forged in ("frozen:sure:x", "frozen:sure:99999999999", "frozen:sure", "frozen:melt:1", "frozen:sure:7777"):
        await bench.person(ADMIN).press_data((await bench.person(ADMIN).say("/me")).message_id, forged)
    assert (await member(bench, WORKER)).frozen_at is not None


async def test_the_frozen_accounts_are_listed_for_the_administrator(bench: Bench) -> None:
    admin = bench.person(ADMIN)
    assert "没有被冻结" in (await admin.say("/unfreeze")).text
    await frozen(bench)
    admin.reads()
    assert (await admin.say("/unfreeze")).labels == ["陈秀兰"]
    await given_back_from_the_list(admin)
    assert "没有被冻结" in (await admin.say("/unfreeze")).text
    await bench.deliverer.deliver_all()
    bench.person(WORKER).reads()


async def given_back_from_the_list(admin: Person) -> None:
    """The same by way of the list; a second press finds it done."""
    await admin.press("陈秀兰")
    sure = await admin.press("恢复账号")
    data = sure.button("已和本人确认")
    await admin.press_data(sure.message_id, data)
    assert await admin.press_data(sure.message_id, data) == []


async def test_she_may_freeze_herself(bench: Bench) -> None:
    worker = bench.person(WORKER)
    await worker.say("/freeze")
    await worker.say("陈")
    await worker.press("陈秀兰")
    assert "您自己" in (await worker.press("别人在用")).text
    assert "已冻结" in (await worker.press("保存")).text
    assert "已被冻结" in (await worker.say("今日走访")).text
    await bench.deliverer.deliver_all()
    await bench.vanisher.delete_due()
    bench.person(ADMIN).reads()


async def test_who_was_frozen_meanwhile_is_not_frozen_twice(bench: Bench) -> None:
    slower = bench.person(INSTRUCTOR)
    await to_the_summary(slower)
    await frozen(bench)
    bench.person(ADMIN).reads()
    assert "已经冻结" in (await slower.press("保存")).text
    assert len(await freezes(bench)) == 1


async def test_a_colleague_is_found_by_a_part_of_her_name_and_shown_with_her_role_alone(bench: Bench) -> None:
    worker = bench.person(OTHER_WORKER)
    await worker.say("/freeze")
    found = await worker.say("秀兰")
    assert found.labels[0] == "陈秀兰 · 网格员"
    assert len([label for label in found.labels if "·" in label]) == 1
    await worker.press("取消")


async def test_a_strange_number_is_no_colleague(bench: Bench) -> None:
    worker = bench.person(OTHER_WORKER)
    await worker.say("/freeze")
    card = await worker.say("秀兰")
    data = card.button("陈秀兰").rsplit(":", 1)[0]
    for forged in ("7777", "99999999999", "-1"):
        (said,) = await worker.press_data(card.message_id, f"{data}:{forged}")
        assert "谁的手机" in said.text
    for typed in ("%", "_", "\\"):
        assert not any("·" in label for label in (await worker.say(typed)).labels)


async def test_it_speaks_english(bench: Bench) -> None:
    worker = bench.person(ENGLISH)
    await worker.say("/freeze")
    await worker.press("孙丽")
    await worker.press("stolen")
    assert "is frozen" in (await worker.press("Save")).text
    await bench.deliverer.deliver_all()
    bench.person(ADMIN).reads()


@pytest.mark.parametrize("first", ["freeze", "press"])
async def test_a_freeze_bars_what_is_pressed_in_the_same_round(bench: Bench, first: str) -> None:
    lead = await a_lead(bench)
    await bench.deliverer.deliver_all()
    bench.all_unread()
    lost, colleague = bench.person(INSTRUCTOR), bench.person(OTHER_WORKER)
    hello = await lost.say("/help")
    await to_the_summary(colleague, "王建国")
    save = colleague.newest_with("保存")
    acts = {
        "freeze": (OTHER_WORKER, save.message_id, save.button("保存")),
        "press": (INSTRUCTOR, hello.message_id, f"lead:show:{lead.id}"),
    }
    for name in (first, *(one for one in acts if one != first)):
        person, message_id, data = acts[name]
        bench.box.act(person, person, "press", message_id=message_id, data=data)
    await bench.settle()
    await bench.vanisher.delete_due()
    shown = [one.get("text", "") for one in bench.box.messages(INSTRUCTOR)]
    assert not [text for text in shown if NARRATIVE in text]
    async with bench.database.transaction() as session:
        readings = len((await session.execute(select(LeadRead))).scalars().all())
    assert readings == (0 if first == "freeze" else 1)
    await bench.deliverer.deliver_all()
    bench.all_unread()
