"""The user's hands: send, press a button by its label, read the reply. Everything in between is the real thing.

A real Bot API server (the sandbox) on a real port, the program's own poll loop, inbox, sender and outbox. Only the
clock is the test's. A message that nobody has read when the test ends fails it.
"""

import asyncio
import random
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from domain.rules.policy import Policy
from handlers.api import BotApi
from handlers.files import TelegramFiles
from handlers.group_views import view_of
from handlers.inbox import Inbox
from handlers.limiter import Limiter
from handlers.poll import Poller
from handlers.replies import Replies
from handlers.request import AiohttpRequest
from handlers.sender import TelegramSender
from handlers.sent import NotedChannel, SentMessages
from handlers.way_in import UPDATES
from models.session import Database
from sandbox.server import Sandbox
from sandbox.updates import MOST_AT_ONCE
from scheduler.deliver import Deliverer
from scheduler.group_posts import GroupPoster
from scheduler.kept_files import FileKeeper
from scheduler.sweep import Sweep
from scheduler.vanish import Vanisher

TOKEN = "4242:test-token"


@dataclass(slots=True)
class Clock:
    """The test's clock."""

    now: datetime

    def __call__(self) -> datetime:
        return self.now

    def seconds(self) -> float:
        """Unix seconds, for the sandbox."""
        return self.now.timestamp()


@dataclass(frozen=True, slots=True)
class Said:
    """A message of the bot as its reader sees it."""

    message_id: int
    text: str
    buttons: tuple[tuple[str, str], ...]
    raw: dict[str, Any]

    @property
    def labels(self) -> list[str]:
        """What its buttons say."""
        return [label for label, _ in self.buttons]

    def button(self, label: str) -> str:
        """The data behind the button whose label contains `label`. Fails when there is none."""
        found = [data for word, data in self.buttons if label in word]
        assert found, f"no button {label!r} among {self.labels} under: {self.text}"
        return found[0]


@dataclass(frozen=True, slots=True)
class Program:
    """The parts of one running program."""

    inbox: Inbox
    poller: Poller
    replies: Replies
    sweep: Sweep
    deliverer: Deliverer
    vanisher: Vanisher
    keeper: FileKeeper
    poster: GroupPoster
    requests: tuple[AiohttpRequest, ...]

    async def stop(self) -> None:
        """End it."""
        await self.poster.stop()
        await self.replies.drain()
        for request in self.requests:
            await request.shutdown()


@dataclass(slots=True)
class Bench:
    """The program against a sandbox, moved by the test."""

    box: Sandbox
    database: Database
    clock: Clock
    policy: Policy
    program: Program
    read: dict[int, dict[int, tuple[str, str]]] = field(default_factory=dict)
    fetched: int | None = None  # the newest update that the program has
    restarted: bool = False  # since it last handled anything

    @property
    def inbox(self) -> Inbox:
        """The running program's inbox."""
        return self.program.inbox

    @property
    def sweep(self) -> Sweep:
        """The running program's sweep."""
        return self.program.sweep

    @property
    def deliverer(self) -> Deliverer:
        """The running program's deliverer."""
        return self.program.deliverer

    @property
    def vanisher(self) -> Vanisher:
        """What deletes messages of the running program."""
        return self.program.vanisher

    async def settle(self) -> None:
        """Let the program do everything there is to do.

        Nothing is done in vain: a test presses a hundred buttons, and an empty poll and two empty rounds for each of
        them were a third of its time.
        """
        fetched = 0
        while (newest := next(reversed(self.box.world.updates.pending), None)) not in {None, self.fetched}:
            while (more := await self.program.poller.poll_once(0)) >= MOST_AT_ONCE:
                fetched += more
            fetched += more
            self.fetched = newest
            await self._handle(fetched)
        if not fetched:
            await self._handle(0)  # what a program that was killed has left in the inbox

    async def _handle(self, fetched: int) -> None:
        """Rounds until none finds anything; one is enough for one update, unless others may have waited there."""
        while await self.inbox.round() and (fetched != 1 or self.restarted):
            pass
        self.restarted = False
        await self.program.replies.drain()

    async def restart(self) -> None:
        """End the program and start another one on the same database; Telegram stays as it is."""
        await self.program.stop()
        self.program = await start_program(self.box, self.database, self.clock, self.policy)
        self.restarted = True

    async def tick(self) -> None:
        """What the scheduler does: the sweep, the outbox, and deleting what is to leave the chats."""
        await self.sweep.morning()
        await self.sweep.alerts()
        await self.sweep.disputes()
        await self.sweep.ballots()
        await self.sweep.drafts()
        await self.sweep.referrals()
        await self.sweep.mediations()
        await self.sweep.meetings()
        await self.sweep.projects()
        await self.deliverer.deliver_all()
        await self.program.poster.post_due()
        await self.vanisher.delete_due()

    def pass_time(self, **units: float) -> None:
        """Let time go by, e.g. hours=3."""
        self.clock.now += timedelta(**units)

    def person(self, telegram_id: int) -> "Person":
        """Somebody's hands."""
        return Person(self, telegram_id)

    def unread(self, chat_id: int) -> list[Said]:
        """The bot's messages in a chat that are new or changed since they were last read, oldest first."""
        if chat_id not in self.box.world.chats:
            return []
        seen = self.read.setdefault(chat_id, {})
        news = []
        for message in self.box.messages(chat_id):
            if not message["from"]["is_bot"]:
                continue
            text, markup = message.get("text") or message.get("caption") or "", str(message.get("reply_markup", ""))
            before = seen.get(message["message_id"])
            seen[message["message_id"]] = (text, markup)
            # Buttons that are taken away from an answered question are nothing to read.
            if before is None or before[0] != text or markup not in ("", before[1]):
                news.append(_said(message))
        return news

    @staticmethod
    def said(message: dict[str, Any]) -> Said:
        """A message as its reader sees it."""
        return _said(message)

    def all_unread(self) -> list[Said]:
        """What nobody has read yet, anywhere."""
        return [said for chat_id in list(self.box.world.chats) for said in self.unread(chat_id)]

    async def close(self) -> None:
        """Stop everything."""
        await self.program.stop()
        await self.box.stop()


def _said(message: dict[str, Any]) -> Said:
    rows = message.get("reply_markup", {}).get("inline_keyboard", [])
    buttons = tuple((button["text"], button.get("callback_data", "")) for row in rows for button in row)
    return Said(message["message_id"], message.get("text") or message.get("caption") or "", buttons, message)


@dataclass(slots=True)
class Person:
    """Somebody's hands in her private chat with the bot."""

    bench: Bench
    id: int

    async def _do(self, action: str, file: tuple[str, str, bytes] | None = None, **fields: Any) -> list[Said]:
        self.bench.box.act(self.id, self.id, action, file, **fields)
        await self.bench.settle()
        return self.bench.unread(self.id)

    async def does(self, action: str, file: tuple[str, str, bytes] | None = None, **fields: Any) -> Said:
        """Do something that has exactly one message for an answer (edited ones count)."""
        return _one(await self._do(action, file, **fields))

    async def say(self, text: str) -> Said:
        """Send a text; exactly one message is the answer."""
        return await self.does("text", text=text)

    async def say_all(self, text: str) -> list[Said]:
        """Send a text; any number of messages is the answer."""
        return await self._do("text", text=text)

    async def press(self, label: str) -> Said:
        """Press the button with `label` under the newest message that has one; exactly one message answers."""
        return _one(await self.press_all(label))

    async def press_all(self, label: str) -> list[Said]:
        """Press it; any number of messages is the answer."""
        holder = self.newest_with(label)
        return await self.press_data(holder.message_id, holder.button(label))

    async def press_data(self, message_id: int, data: str) -> list[Said]:
        """Press a button by its data, as a forged client could."""
        return await self._do("press", message_id=message_id, data=data)

    def newest_with(self, label: str) -> Said:
        """The newest message of the bot with a button of this label."""
        for message in reversed(self.bench.box.messages(self.id)):
            said = _said(message)
            if any(label in word for word in said.labels):
                return said
        raise AssertionError(f"no message with a button {label!r}")

    async def send_photo(self, caption: str = "") -> Said:
        """Send a small picture."""
        return await self.does("photo", ("door.png", "image/png", PNG), caption=caption)

    def reads(self) -> list[Said]:
        """What has come since she last looked."""
        return self.bench.unread(self.id)

    def toast(self) -> str:
        """The short word that the last press was answered with."""
        answers = [event for event in self.bench.box.world.feed.since(0) if event["type"] == "answer"]
        answers = [event for event in answers if self.id in event["for"]]
        return str(answers[-1].get("text") or "") if answers else ""

    def keyboard(self) -> list[str]:
        """The labels of the menu under her input field."""
        markup = self.bench.box.world.people[self.id].keyboards.get(self.id) or {}
        return [key["text"] if isinstance(key, dict) else key for row in markup.get("keyboard", []) for key in row]


def _one(news: list[Said]) -> Said:
    assert len(news) == 1, f"expected one message, got {[said.text for said in news]}"
    return news[0]


# One grey pixel, as small as a PNG gets.
PNG = bytes.fromhex(
    "89504e470d0a1a0a0000000d4948445200000001000000010800000000"
    "3a7e9b550000000a49444154789c636000000002000148afa4710000000049454e44ae426082"
)


async def open_bench(database: Database, now: datetime, policy: Policy, people: dict[int, str]) -> Bench:
    """Start the sandbox and the program's parts around `database`."""
    clock = Clock(now)
    box = Sandbox(clock.seconds, random.Random(7), TOKEN)
    for telegram_id, name in people.items():
        box.add_person(telegram_id, name, started=True)
    await box.start()
    return Bench(box, database, clock, policy, await start_program(box, database, clock, policy))


async def start_program(box: Sandbox, database: Database, clock: Clock, policy: Policy) -> Program:
    """The program's parts, put together as bot.py does."""
    loop = asyncio.get_running_loop()
    requests = (AiohttpRequest(), AiohttpRequest())
    for request in requests:
        await request.initialize()
    base = f"{box.url}/bot{TOKEN}"
    sender = TelegramSender(BotApi(requests[0], base), Limiter(0, clock=loop.time, call_later=loop.call_later))
    sent = SentMessages(database, clock=clock)
    replies = Replies(sender, sent)
    inbox = Inbox(database, clock=clock, policy=policy, send=replies, hear=sent.hear)
    inbox.bot_name = box.world.bot["username"]
    poller = Poller(
        BotApi(requests[1], base),
        inbox.store,
        allowed_updates=UPDATES,
        clock=loop.time,
        wait=asyncio.sleep,
        rng=random.Random(7).random,
    )
    sweep = Sweep(database, clock=clock, policy=policy)
    deliverer = Deliverer(database, NotedChannel(sender, sent), clock=clock, policy=policy)
    vanisher = Vanisher(database, sender, clock=clock)
    files = TelegramFiles(BotApi(requests[1], base))
    keeper = FileKeeper(database, files, clock=clock, policy=policy)
    poster = GroupPoster(database, sender, clock=clock, policy=policy, view_of=view_of)
    return Program(inbox, poller, replies, sweep, deliverer, vanisher, keeper, poster, requests)
