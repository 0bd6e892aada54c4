"""The inbox under faults: each update counts once, in its chat's order, and a bad one stops nobody."""

import asyncio
import logging
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy import text as sql
from sqlmodel import col

from handlers.failures import OurFault
from handlers.inbox import Inbox
from handlers.sent import SentMessages
from messages.render import render
from models.chat_message import ChatMessage
from models.inbox import TRIES, InboxUpdate
from models.visit import Visit
from tests.support.county import OTHER_WORKER, WORKER
from tests.support.hands import Bench, Person, Said


async def at_the_summary(bench: Bench, number: int = WORKER, household: str = "王秀英") -> tuple[Person, Said]:
    """The shortest check-in, up to its summary."""
    worker = bench.person(number)
    await worker.say("走访登记")
    for label in (household, "电话", "无人在家"):
        await worker.press(label)
    return worker, await worker.press("跳过")


async def visits(bench: Bench) -> list[Visit]:
    """All that were filed."""
    async with bench.database.transaction() as session:
        return list((await session.execute(select(Visit).order_by(col(Visit.id)))).scalars())


async def inbox_rows(bench: Bench) -> list[InboxUpdate]:
    """The inbox as it is, in the order of arrival."""
    async with bench.database.transaction() as session:
        return list((await session.execute(select(InboxUpdate).order_by(col(InboxUpdate.seq)))).scalars())


def text_update(update_id: int, chat_id: int, text: str) -> dict[str, Any]:
    """A raw update: somebody writes in her private chat."""
    person = {"id": chat_id, "is_bot": False, "first_name": "x", "language_code": "zh-hans"}
    chat = {"id": chat_id, "type": "private", "first_name": "x"}
    message = {"message_id": update_id, "date": 1_795_000_000, "chat": chat, "from": person, "text": text}
    return {"update_id": update_id, "message": message}


async def answered(bench: Bench, *updates: dict[str, Any]) -> list[str]:
    """Store a batch and handle it; what the worker reads then."""
    await bench.inbox.store(updates)
    while await bench.inbox.round():
        pass
    await bench.program.replies.drain()
    return [said.text for said in bench.unread(WORKER)]


async def test_an_update_that_is_handed_out_again_counts_once(bench: Bench) -> None:
    worker, summary = await at_the_summary(bench)
    bench.box.fault("duplicate_updates")
    bench.box.act(WORKER, WORKER, "press", message_id=summary.message_id, data=summary.button("保存"))
    await bench.settle()
    (saved,) = worker.reads()
    assert "已保存" in saved.text
    assert len(await visits(bench)) == 1


async def test_a_batch_that_was_stored_but_never_confirmed_counts_once(bench: Bench) -> None:
    """As after a kill between the commit and the next poll."""
    hello = text_update(5, WORKER, "/me")
    assert len(await answered(bench, hello)) == 1
    assert await answered(bench, hello) == []


async def test_updates_are_taken_by_their_arrival_not_by_their_number(bench: Bench) -> None:
    """After a week of silence Telegram starts its numbers anew, possibly lower."""
    assert len(await answered(bench, text_update(900_000_000, WORKER, "/me"))) == 1
    assert len(await answered(bench, text_update(7, WORKER, "/me"))) == 1
    assert len(await answered(bench, text_update(8, WORKER, "走访登记"), text_update(6, WORKER, "王秀英"))) == 2


async def test_a_number_that_comes_again_weeks_later_is_not_mistaken_for_what_was_set_aside(bench: Bench) -> None:
    """What is set aside stays until an operator has looked at it, and Telegram's numbers start anew at random."""
    bad = {"update_id": 5, "message": {"message_id": 1, "chat": {"id": 1, "type": "private"}, "text": 7}}
    assert await answered(bench, bad) == []
    bench.pass_time(days=2)
    await bench.sweep.forget()
    assert await answered(bench, text_update(5, WORKER, "/me")) == []  # Telegram may still mean the same one
    bench.pass_time(days=6)
    await bench.sweep.forget()
    assert len(await answered(bench, text_update(5, WORKER, "/me"))) == 1
    assert [row.set_aside for row in await inbox_rows(bench)] == [True, False]


async def test_the_order_inside_a_chat_is_kept_beside_others(bench: Bench) -> None:
    worker, other = bench.person(WORKER), bench.person(OTHER_WORKER)
    for person in (worker, other):
        bench.box.act(person.id, person.id, "text", text="走访登记")
    for text in ("王秀英", "单小红", "张伟"):
        bench.box.act(WORKER, WORKER, "text", text=text)
    bench.box.act(OTHER_WORKER, OTHER_WORKER, "text", text="何平")
    await bench.settle()
    labels = [said.labels[0] if said.labels else "" for said in worker.reads()]
    assert [name for name in ("王秀英", "单小红", "张伟") if any(name in label for label in labels)]
    assert "张伟" in worker.newest_with("张伟").labels[0]
    assert "何平" in other.reads()[-1].labels[0]


async def test_a_malformed_update_is_set_aside_and_its_neighbours_go_on(
    bench: Bench, caplog: pytest.LogCaptureFixture
) -> None:
    worker = bench.person(WORKER)
    bench.box.act(WORKER, WORKER, "text", text="/me")
    bench.box.fault("malformed_update")
    bench.box.act(WORKER, WORKER, "text", text="/help")
    with caplog.at_level(logging.ERROR):
        await bench.settle()
    assert len(worker.reads()) == 2
    (bad,) = [row for row in await inbox_rows(bench) if row.set_aside]
    assert bad.attempts == TRIES
    assert bad.payload is not None
    assert [record.message.split()[0] for record in caplog.records] == ["update_set_aside"]


async def test_an_update_that_fails_for_our_reasons_leaves_the_conversation_and_nothing_else(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    worker, summary = await at_the_summary(bench)

    async def breaks(*_args: object, **_named: object) -> None:
        raise RuntimeError("a fault of ours, after the row was written")

    with monkeypatch.context() as patched:
        patched.setattr("domain.usecases.visits._move_cycle", breaks)
        apology = await worker.press("保存")
    assert apology.text == render(OurFault(), "zh")
    assert not await visits(bench)
    saved = await worker.press_data(summary.message_id, summary.button("保存"))
    assert "已保存" in saved[-1].text
    assert len(await visits(bench)) == 1


async def test_a_fault_in_one_chat_undoes_nothing_of_another(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    worker, summary = await at_the_summary(bench)
    other, theirs = await at_the_summary(bench, OTHER_WORKER, "何平")
    from domain.usecases import visits as usecase  # noqa: PLC0415 - beside its patch

    real = usecase.filed_that_day

    async def breaks_for_one(session: Any, household_id: int, *rest: Any, **named: Any) -> tuple[str, ...]:
        if household_id == 1:
            raise RuntimeError("a fault of ours")
        return await real(session, household_id, *rest, **named)

    monkeypatch.setattr(usecase, "filed_that_day", breaks_for_one)
    for person, shown in ((worker, summary), (other, theirs)):
        bench.box.act(person.id, person.id, "press", message_id=shown.message_id, data=shown.button("保存"))
    await bench.settle()
    assert [said.text for said in worker.reads()] == [render(OurFault(), "zh")]
    assert "已保存" in other.reads()[-1].text
    assert len(await visits(bench)) == 1


@pytest.mark.parametrize("kind", ["too_many", "server_error", "cut"])
async def test_a_send_that_fails_loses_no_check_in(bench: Bench, kind: str) -> None:
    worker, summary = await at_the_summary(bench)
    bench.box.fault(kind, method="editMessageText", retry_after=0)
    await worker.press_data(summary.message_id, summary.button("保存"))
    await worker.press_data(summary.message_id, summary.button("保存"))
    (visit,) = await visits(bench)
    assert visit.receipt in bench.box.messages(WORKER)[-1]["text"]


@pytest.mark.parametrize("kind", ["too_many", "server_error", "cut"])
async def test_a_poll_that_fails_loses_no_update(bench: Bench, kind: str) -> None:
    worker = bench.person(WORKER)
    bench.box.act(WORKER, WORKER, "text", text="/me")
    bench.box.fault(kind, method="getUpdates", retry_after=0)
    with pytest.raises(Exception, match=r"getUpdates|aiohttp"):
        await bench.program.poller.poll_once(0)
    await bench.settle()
    assert len(worker.reads()) == 1


async def test_a_poll_that_hangs_is_cut_and_loses_no_update(bench: Bench) -> None:
    worker = bench.person(WORKER)
    bench.box.act(WORKER, WORKER, "text", text="/me")
    bench.box.fault("hang", method="getUpdates")
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.2):
            await bench.program.poller.poll_once(0)
    await bench.settle()
    assert len(worker.reads()) == 1


async def test_a_send_that_hangs_holds_up_nobody_else(bench: Bench) -> None:
    worker, other = bench.person(WORKER), bench.person(OTHER_WORKER)
    bench.box.fault("hang", method="sendMessage", chat_id=WORKER)
    bench.box.act(WORKER, WORKER, "text", text="/me")
    while not await bench.program.poller.poll_once(0):
        pass
    await bench.inbox.round()
    seq = bench.box.world.feed.seq
    bench.box.act(OTHER_WORKER, OTHER_WORKER, "text", text="/me")
    await bench.program.poller.poll_once(0)
    await bench.inbox.round()
    await answer_in(bench, OTHER_WORKER, seq)
    assert len(other.reads()) == 1
    assert len(worker.reads()) == 1  # it was shown, only its answer never came
    await bench.program.requests[0].shutdown()  # or the end of the test would wait for the answer


async def answer_in(bench: Bench, chat_id: int, since: int) -> None:
    """Wait until the bot has written in a chat."""
    async with asyncio.timeout(20):
        async for event in bench.box.world.feed.follow(since):
            if event and event["chat_id"] == chat_id and event.get("message", {}).get("from", {}).get("is_bot"):
                return


async def test_half_a_surrogate_pair_and_numbers_beyond_reason_stop_no_batch(bench: Bench) -> None:
    odd = text_update(900, WORKER, "半个\ud83d")
    huge = text_update(901, 2**70, "/help")
    beyond = {**text_update(902, WORKER, "/help"), "update_id": 2**70}
    texts = await answered(bench, odd, huge, beyond, text_update(903, WORKER, "/me"))
    assert any("半个" in said for said in texts)
    assert "陈秀兰" in texts[-1]
    assert {row.update_id for row in await inbox_rows(bench)} >= {900, 901, 903}


@pytest.mark.parametrize("odd", [{"chat": {"id": 1, "type": {}}}, {"chat": {"id": [], "type": []}, "from": {"id": {}}}])
async def test_an_update_of_no_known_shape_keeps_no_batch_from_being_written_down(
    bench: Bench, odd: dict[str, Any]
) -> None:
    """Or Telegram would hand the batch out for ever, and nobody would be heard any more."""
    kinds = enumerate(("message", "callback_query", "my_chat_member"))
    assert len(await answered(bench, *({"update_id": number, kind: odd} for number, kind in kinds))) == 0
    assert len(await answered(bench, text_update(920, WORKER, "/me"))) == 1
    assert [row.done_at is None for row in await inbox_rows(bench)] == [False] * 4


@pytest.mark.parametrize("odd", [None, 2**70])
async def test_a_message_without_a_usable_number_keeps_no_other_from_being_remembered(
    bench: Bench, odd: object
) -> None:
    """What is remembered by its number can be deleted: all that was sent later could not, until the next start."""
    bad = text_update(930, WORKER, "/help")
    bad["message"]["message_id"] = odd
    sent = SentMessages(bench.database, clock=bench.clock)
    inbox = Inbox(bench.database, clock=bench.clock, policy=bench.policy, send=lambda _replies: None, hear=sent.hear)
    await inbox.store([bad, text_update(931, WORKER, "/me")])
    await inbox.round()
    await sent.flush()
    async with bench.database.transaction() as session:
        heard = (await session.execute(select(col(ChatMessage.message_id)))).scalars().all()
    assert 931 in heard


async def test_a_payload_that_no_key_opens_waits_and_the_others_are_handled(bench: Bench) -> None:
    await bench.inbox.store([text_update(910, OTHER_WORKER, "/me")])
    async with bench.database.transaction() as session:
        statement = sql("UPDATE inbox SET payload = :sealed WHERE update_id = 910")
        await session.execute(statement, {"sealed": b"of another key's making"})
    assert "陈秀兰" in (await answered(bench, text_update(911, WORKER, "/me")))[-1]
    waiting = [(row.update_id, row.set_aside) for row in await sealed_rows(bench)]
    assert waiting == [(910, False)]


async def sealed_rows(bench: Bench) -> list[Any]:
    """What is not done, without opening it."""
    async with bench.database.transaction() as session:
        query = select(col(InboxUpdate.update_id), col(InboxUpdate.set_aside)).where(col(InboxUpdate.done_at).is_(None))
        return list((await session.execute(query)).all())
