"""Replies of one chat that are on their way together, under the real limits."""

import asyncio
import random
from collections.abc import AsyncIterator
from datetime import UTC, datetime

import pytest

from domain.channel import Button, Outgoing, PressAnswer, Receipt
from handlers.api import BotApi
from handlers.limiter import Limiter
from handlers.replies import Replies
from handlers.request import AiohttpRequest
from handlers.sender import TelegramSender
from handlers.sent import SentMessages
from models.session import Database
from sandbox.server import Sandbox
from tests.support.county import WORKER
from tests.support.hands import TOKEN

NOW = datetime(2026, 11, 21, 1, tzinfo=UTC)


def card(text: str, edit: int | None = None) -> Outgoing:
    """A question of a conversation."""
    return Outgoing(WORKER, text, ((Button("上门", "visit:way:1:door"),),), edit=edit, card=True)


@pytest.fixture
async def box() -> AsyncIterator[Sandbox]:
    """A made-up Telegram with one person."""
    made = Sandbox(NOW.timestamp, random.Random(7), TOKEN)
    made.add_person(WORKER, "赵春梅", started=True)
    await made.start()
    yield made
    await made.stop()


def sender(box: Sandbox, request_: AiohttpRequest) -> TelegramSender:
    """To it, under the real limits."""
    loop = asyncio.get_running_loop()
    limiter = Limiter(30, clock=loop.time, call_later=loop.call_later)
    return TelegramSender(BotApi(request_, f"{box.url}/bot{TOKEN}"), limiter)


class SlowlyNoted(SentMessages):
    """A database that others keep busy: after the first message, what is new is written down once an edit is."""

    def __init__(self, database: Database) -> None:
        super().__init__(database, clock=lambda: NOW)
        self._first = True
        self._edited = asyncio.Event()

    async def note(self, message: Outgoing, receipt: Receipt) -> None:
        """Wait for a new message's turn; an edit has nothing to be written down."""
        if message.edit is not None:
            self._edited.set()
        elif not self._first:
            await self._edited.wait()
        self._first = False
        await super().note(message, receipt)


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
async def test_a_question_that_goes_back_to_an_older_message_keeps_its_buttons(
    database: Database, request_: AiohttpRequest, box: Sandbox
) -> None:
    """She types, and presses in the list that still stands there: it is stripped before it is the question again."""
    replies = Replies(sender(box, request_), SentMessages(database, clock=lambda: NOW))
    replies([card("哪一户？")])
    await replies.drain()
    (asked,) = box.messages(WORKER)
    replies([card("找到的一户"), card("怎么走访的？", edit=asked["message_id"])])
    await replies.drain()
    with_buttons = [message["text"] for message in box.messages(WORKER) if message.get("reply_markup")]
    assert with_buttons == ["怎么走访的？"]


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
async def test_a_question_keeps_its_buttons_however_long_the_message_before_it_takes_to_be_written_down(
    database: Database, request_: AiohttpRequest, box: Sandbox
) -> None:
    """In a hushed conversation what was sent is stored before anything else happens; the next reply overtakes that."""
    replies = Replies(sender(box, request_), SlowlyNoted(database))
    replies([card("主要是哪一户？")])
    await replies.drain()
    (asked,) = box.messages(WORKER)
    replies([card("找到的一户"), card("先点类别", edit=asked["message_id"])])
    await replies.drain()
    with_buttons = [message["text"] for message in box.messages(WORKER) if message.get("reply_markup")]
    assert with_buttons == ["先点类别"]


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
async def test_a_reply_that_fails_cuts_off_none_of_the_others_when_the_program_stops(
    database: Database, request_: AiohttpRequest, box: Sandbox
) -> None:
    class Faulty(TelegramSender):
        async def answer(self, press: PressAnswer) -> None:
            raise LookupError

    loop = asyncio.get_running_loop()
    limiter = Limiter(30, clock=loop.time, call_later=loop.call_later)
    faulty = Faulty(BotApi(request_, f"{box.url}/bot{TOKEN}"), limiter)
    replies = Replies(faulty, SentMessages(database, clock=lambda: NOW))
    replies([PressAnswer("1"), card("哪一户？")])
    with pytest.raises(LookupError):
        await replies.drain(10)
    limiter.close()
    assert [message["text"] for message in box.messages(WORKER)] == ["哪一户？"]
