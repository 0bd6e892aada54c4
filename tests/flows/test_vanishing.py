"""What is confidential leaves the chat: details after ten minutes, a hushed conversation at its end."""

import asyncio
import contextlib
import dataclasses
import logging
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import timedelta

import pytest
from sqlalchemy import delete, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from domain.channel import Outcome, Outgoing, Receipt
from handlers import conversations, drafts, gateway, home, leaving, registry
from handlers.sent import SentMessages
from handlers.turn import Turn
from models.chat_message import ChatMessage
from models.conversation import Conversation
from models.session import Database
from tests.support.county import WORKER
from tests.support.hands import Bench, Person

SAID = "水管漏水，她说夜里害怕"


@pytest.fixture
def hushed(monkeypatch: pytest.MonkeyPatch) -> None:
    """The check-in, as if what is said in it were confidential."""
    hushed = {**conversations.FLOWS, "visit": dataclasses.replace(conversations.FLOWS["visit"], hush=True)}
    for module in (conversations, drafts, gateway, leaving, registry):
        monkeypatch.setattr(module, "FLOWS", hushed)
    monkeypatch.setitem(registry.COMMANDS, "visit", registry._flow_command(hushed["visit"]))


@pytest.fixture
def secret(monkeypatch: pytest.MonkeyPatch) -> None:
    """A button that shows something confidential."""

    async def show(turn: Turn, _args: Sequence[str]) -> None:
        turn.show_secret(home.Me("详情", ()))

    monkeypatch.setitem(registry.PRESSES, "secret", show)


def texts(bench: Bench) -> list[str]:
    """What stands in the worker's chat, hers and the bot's."""
    return [message.get("text") or "" for message in bench.box.messages(WORKER)]


async def known(bench: Bench) -> int:
    """How many messages are still known by their numbers and to be deleted some time."""
    async with bench.database.transaction() as session:
        waits = ChatMessage.delete_at.is_not(None) | ChatMessage.flow.is_not(None)  # type: ignore[union-attr]
        return (await session.execute(select(func.count()).select_from(ChatMessage).where(waits))).scalar_one()


async def shown_a_secret(bench: Bench) -> int:
    """The number of a message with something confidential in the worker's chat."""
    worker = bench.person(WORKER)
    card = await worker.say("今日走访")
    (said,) = await worker.press_data(card.message_id, "secret:1")
    assert said.message_id != card.message_id
    assert said.raw["has_protected_content"]
    return said.message_id


def stands(bench: Bench, message_id: int) -> bool:
    """Whether the message is in the worker's chat."""
    return any(message["message_id"] == message_id for message in bench.box.messages(WORKER))


@pytest.mark.usefixtures("secret")
async def test_details_leave_the_chat_after_ten_minutes(bench: Bench) -> None:
    number = await shown_a_secret(bench)
    bench.pass_time(minutes=9, seconds=59)
    await bench.vanisher.delete_due()
    assert stands(bench, number)
    bench.pass_time(seconds=1)
    await bench.vanisher.delete_due()
    assert not stands(bench, number)
    assert await known(bench) == 0


@pytest.mark.usefixtures("secret")
async def test_details_leave_the_chat_also_when_the_program_was_renewed_meanwhile(bench: Bench) -> None:
    number = await shown_a_secret(bench)
    await bench.restart()
    bench.pass_time(minutes=10)
    await bench.vanisher.delete_due()
    assert not stands(bench, number)


@pytest.mark.usefixtures("secret")
@pytest.mark.parametrize("trouble", ["too_many", "server_error"])
async def test_a_deletion_that_telegram_declines_is_tried_again(bench: Bench, trouble: str) -> None:
    number = await shown_a_secret(bench)
    bench.pass_time(minutes=10)
    bench.box.fault(trouble, method="deleteMessages", count=2, retry_after=3)
    await bench.vanisher.delete_due()
    await bench.vanisher.delete_due()  # not at once
    assert stands(bench, number)
    bench.pass_time(seconds=10)
    await bench.vanisher.delete_due()
    assert stands(bench, number)
    await bench.restart()
    bench.pass_time(seconds=20)
    await bench.vanisher.delete_due()
    assert not stands(bench, number)


@pytest.mark.usefixtures("secret")
async def test_after_two_days_telegram_allows_it_no_more_and_a_line_says_so(
    bench: Bench, caplog: pytest.LogCaptureFixture
) -> None:
    number = await shown_a_secret(bench)
    bench.pass_time(hours=48, seconds=1)
    with caplog.at_level(logging.ERROR, "scheduler.vanish"):
        await bench.vanisher.delete_due()
    assert caplog.messages == [f"message_not_deleted chat={WORKER} message={number}"]
    assert await known(bench) == 0


async def in_the_middle(bench: Bench) -> Person:
    """A worker who has typed something confidential."""
    worker = bench.person(WORKER)
    await worker.say("走访登记")
    for label in ("单小红", "电话", "见到了", "跳过"):
        await worker.press(label)
    assert SAID in (await worker.say(SAID)).text
    return worker


@pytest.mark.usefixtures("hushed")
async def test_what_she_typed_leaves_the_chat_when_it_is_stored(bench: Bench) -> None:
    worker = await in_the_middle(bench)
    for label in ("完成", "跳过", "跳过"):
        await worker.press(label)
    summary = await worker.press("不变")
    await bench.vanisher.delete_due()
    assert stands(bench, summary.message_id)
    saved = await worker.press("保存")
    assert saved.message_id != summary.message_id
    await bench.vanisher.delete_due()
    assert not any(SAID in text or "单小红" in text for text in texts(bench) if text != saved.text)
    assert stands(bench, saved.message_id)
    assert "走访登记" in texts(bench)
    assert await known(bench) == 0


@pytest.mark.usefixtures("hushed")
@pytest.mark.parametrize(("label", "word"), [("稍后再填", "24 小时"), ("取消", "已取消")])
async def test_it_leaves_the_chat_also_when_she_drops_it_or_puts_it_aside(bench: Bench, label: str, word: str) -> None:
    worker = await in_the_middle(bench)
    ended = await worker.press(label)
    assert word in ended.text
    await bench.vanisher.delete_due()
    assert not any(SAID in text or "单小红" in text for text in texts(bench))
    assert stands(bench, ended.message_id)


@pytest.mark.usefixtures("hushed")
async def test_a_draft_is_listed_without_its_household_and_goes_on_where_it_was(bench: Bench) -> None:
    worker = await in_the_middle(bench)
    await worker.press("稍后再填")
    await bench.vanisher.delete_due()
    assert (await worker.press("打开草稿")).labels == ["▶ 走访登记"]
    assert SAID in (await worker.press("走访登记")).text
    await worker.press("取消")
    await bench.vanisher.delete_due()
    assert not any(SAID in text for text in texts(bench))


@pytest.mark.usefixtures("hushed")
@pytest.mark.parametrize("label", ["先存草稿", "放弃"])
async def test_it_leaves_the_chat_when_she_turns_to_something_else(bench: Bench, label: str) -> None:
    worker = await in_the_middle(bench)
    asked = await worker.say("今日走访")
    assert "单小红" not in asked.text
    await worker.press(asked.labels[1] if label == "先存草稿" else asked.labels[2])
    await bench.vanisher.delete_due()
    assert not any(SAID in text for text in texts(bench))


@pytest.mark.usefixtures("hushed")
async def test_it_leaves_the_chat_when_nobody_goes_on_with_it_for_a_day(bench: Bench) -> None:
    worker = await in_the_middle(bench)
    bench.pass_time(hours=24, minutes=1)
    await bench.sweep.drafts()
    await bench.deliverer.deliver_all()
    await bench.vanisher.delete_due()
    assert ["已过期" in said.text for said in worker.reads()] == [True]
    assert not any(SAID in text for text in texts(bench))


@pytest.mark.usefixtures("hushed")
async def test_a_card_that_arrives_after_the_end_goes_too(bench: Bench) -> None:
    worker = bench.person(WORKER)
    card = await worker.say("走访登记")
    bench.box.act(WORKER, WORKER, "text", text="/cancel")
    bench.box.act(WORKER, WORKER, "press", message_id=card.message_id, data=card.button("取消"))
    await bench.settle()
    assert "已取消" in worker.reads()[-1].text
    await bench.vanisher.delete_due()
    assert await known(bench) == 0
    assert not any("选" in text and "户" in text for text in texts(bench)[-2:])


@pytest.mark.usefixtures("hushed")
async def test_what_was_said_goes_also_when_the_conversation_was_lost_in_another_way(bench: Bench) -> None:
    await in_the_middle(bench)
    async with bench.database.transaction() as session:
        await session.execute(delete(Conversation))
    await bench.sweep.drafts()
    await bench.vanisher.delete_due()
    assert not any(SAID in text for text in texts(bench))


@pytest.mark.parametrize("trouble", ["away", "stopped"])
async def test_what_could_not_be_written_down_is_written_down_later(bench: Bench, trouble: str) -> None:
    database = Unwilling(bench.database, asyncio.CancelledError() if trouble == "stopped" else OSError())
    sent = SentMessages(database, clock=bench.clock)  # type: ignore[arg-type]
    for number, vanish in ((900, None), (901, timedelta(minutes=10))):
        with contextlib.suppress(asyncio.CancelledError):
            await sent.note(Outgoing(WORKER, "…", vanish=vanish), Receipt(Outcome.DELIVERED, number))
    with contextlib.suppress(asyncio.CancelledError):
        await sent.flush()
    database.error = None
    await sent.flush()
    async with bench.database.transaction() as session:
        rows = (await session.execute(select(ChatMessage.message_id).order_by(ChatMessage.message_id))).scalars()  # type: ignore[call-overload]
        assert list(rows) == [900, 901]


class Unwilling:
    """A database that fails as long as it has an error."""

    def __init__(self, database: Database, error: BaseException | None) -> None:
        self.database = database
        self.error = error

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[AsyncSession]:
        """A transaction, or the error."""
        if self.error is not None:
            raise self.error
        async with self.database.transaction() as session:
            yield session


async def test_an_ordinary_form_stays_in_the_chat(bench: Bench) -> None:
    await in_the_middle(bench)
    await bench.vanisher.delete_due()
    assert any(SAID in text for text in texts(bench))


async def test_messages_too_old_to_delete_are_forgotten(bench: Bench) -> None:
    await bench.person(WORKER).say("今日走访")
    bench.pass_time(hours=48, seconds=1)
    await bench.sweep.forget()
    async with bench.database.transaction() as session:
        assert (await session.execute(select(func.count()).select_from(ChatMessage))).scalar_one() == 0
