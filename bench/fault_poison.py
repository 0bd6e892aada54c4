"""T13: updates that always fail, among good ones: set aside after three tries with an alarm, and all others go on.

Real updates are broken in a random place, and some meet a fault of ours that strikes after everything was done. In the
same chats and in others people ask something that must be answered. In the end the fault is mended, and an operator
has what it struck handled again, and drops the rest.
"""

import asyncio
import copy
import json
import random
import tempfile
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from sqlalchemy import select
from sqlmodel import col

from bench.promise import Campaign, Outcome, Promise
from bench.stage import found, stage
from domain.usecases.set_aside import bring_again, let_go, updates_set_aside
from handlers import rounds as rounds_module
from handlers.api import BotApi
from handlers.limiter import Limiter
from handlers.sender import TelegramSender
from models.inbox import TRIES, InboxUpdate
from sandbox.records import Json
from scheduler.alarm_line import AlarmLine
from scheduler.watch import Watch
from tests.support.county import ADMIN, ENGLISH, HEAD, NAMES, OTHER_WORKER, POLICY, WORKER
from tests.support.hands import TOKEN, Bench

PEOPLE = (WORKER, OTHER_WORKER, HEAD, ENGLISH)
GOOD, BAD, STRUCK = (
    "/me",
    "/help",
    "/today",
)  # what is asked in good order, in broken updates, and where our fault strikes
ODD: tuple[Any, ...] = (
    *(None, True, 0, -1, 7, 2**70, -(2**63), 1.5, "", "x", "\x00", "\ud83d", "9" * 5000, "字" * 5000),
    *([], {}, [[]], [None], {"id": None}, {"id": "x"}, {"id": 2**70}, {"type": "private"}, {"type": "group"}),
)


def message(person: int, text: str) -> Json:
    """What a person writes in her private chat."""
    who = {"id": person, "is_bot": False, "first_name": "x", "language_code": "zh-hans"}
    chat = {"id": person, "type": "private", "first_name": "x"}
    return {"message_id": 900_000, "date": 1_795_000_000, "chat": chat, "from": who, "text": text}


def update(rng: random.Random, person: int) -> tuple[str, Json]:
    """A good update of some kind."""
    said = message(person, BAD)
    bot = {"id": 4242, "is_bot": True, "first_name": "梭子"}
    data = rng.choice(("vote:cast:1:favour", "hh:show:1", "lead:open:1", "no:such:thing"))
    press = {"id": "77", "from": said["from"], "chat_instance": "1", "data": data, "message": {**said, "from": bot}}
    status = {
        "old_chat_member": {"user": bot, "status": "member"},
        "new_chat_member": {"user": bot, "status": "member"},
    }
    group = {**said, "chat": {"id": -5, "type": "group", "title": "群"}, "text": "/bind abc"}
    change = {"chat": said["chat"], "from": said["from"], "date": said["date"], **status}
    kinds = {"message": rng.choice((said, group)), "callback_query": press, "my_chat_member": change}
    kind = rng.choice([*kinds, "edited_message"])
    return kind, copy.deepcopy(kinds.get(kind, said | {"edit_date": said["date"]}))


def break_somewhere(rng: random.Random, tree: Json) -> Any:
    """One to three places of it become something odd, or are gone."""
    for _ in range(rng.randint(1, 3)):
        holder = tree
        while True:
            key = rng.choice(list(holder)) if holder else None
            if key is None:
                break
            if isinstance(holder[key], dict) and rng.random() < 0.7:
                holder = holder[key]
            elif rng.random() < 0.3:
                del holder[key]
                break
            else:
                holder[key] = copy.deepcopy(rng.choice(ODD))
                break
    return tree if rng.random() < 0.95 else rng.choice(ODD)


def is_struck(raw: Json) -> bool:
    """Whether our fault strikes it."""
    said = raw.get("message")
    return isinstance(said, dict) and said.get("text") == STRUCK


@dataclass
class Poisoning:
    """Good and bad updates in the same chats."""

    bench: Bench
    rng: random.Random
    asked: dict[int, int] = field(default_factory=lambda: dict.fromkeys(PEOPLE, 0))
    struck: dict[int, int] = field(default_factory=lambda: dict.fromkeys(PEOPLE, 0))
    bad: int = 0

    def arrive(self, many: int) -> None:
        """So many bad ones, each between two good ones; now and then one that our fault will strike."""
        feed = self.bench.box.world.updates
        for _ in range(many):
            person = self.rng.choice(PEOPLE)
            if self.rng.random() < 0.1:
                feed.add("message", message(person, STRUCK))
                self.struck[person] += 1
            else:
                kind, content = update(self.rng, person)
                feed.add(kind, break_somewhere(self.rng, content))
                self.bad += 1
            for asking in (person, self.rng.choice(PEOPLE)):
                feed.add("message", message(asking, GOOD))
                self.asked[asking] += 1

    def heard(self, person: int, words: str) -> int:
        """How many messages with these words the person has."""
        return sum(words in (one.get("text") or "") for one in self.bench.box.messages(person))

    async def rows(self) -> list[InboxUpdate]:
        """The inbox."""
        async with self.bench.database.transaction() as session:
            return list((await session.execute(select(InboxUpdate).order_by(col(InboxUpdate.seq)))).scalars())


def watch(bench: Bench) -> Watch:
    """The watch of a replica."""
    loop = asyncio.get_running_loop()
    api = BotApi(bench.program.requests[0], f"{bench.box.url}/bot{TOKEN}")
    line = AlarmLine(TelegramSender(api, Limiter(0, clock=loop.time, call_later=loop.call_later)), place="here")
    return Watch(bench.database, line, clock=bench.clock, seconds=bench.clock.seconds, policy=POLICY)


async def poisoned(bench: Bench, rng: random.Random, many: int) -> Outcome:
    """So many bad updates come, ten at a time; then the operator looks after them."""
    poisoning = Poisoning(bench, rng)
    real, broken = vars(rounds_module)["handle"], list[str]()

    async def fails_at_the_end(raw: Any, **named: Any) -> Any:
        done = await real(raw, **named)
        if is_struck(raw):
            raise RuntimeError("a fault of ours, after everything was done")
        return done

    vars(rounds_module)["handle"] = fails_at_the_end
    try:
        for start in range(0, many, 10):
            poisoning.arrive(min(10, many - start))
            await bench.settle()
    finally:
        vars(rounds_module)["handle"] = real
    rows = await poisoning.rows()
    aside = [row for row in rows if row.set_aside]
    if [row for row in rows if row.done_at is None]:
        broken.append("updates wait that will never be handled")
    if wrong := [row.attempts for row in aside if row.attempts != TRIES]:
        broken.append(f"set aside after {wrong} tries")
    unanswered = sum(max(0, count - poisoning.heard(who, NAMES[who])) for who, count in poisoning.asked.items())
    doubled = sum(max(0, poisoning.heard(who, NAMES[who]) - count) for who, count in poisoning.asked.items())
    broken += await told(bench, bool(aside))
    broken += await looked_after(poisoning, aside)
    return Outcome(
        lost=unanswered,
        doubled=doubled,
        broken=tuple(broken),
        figures={
            "bad": poisoning.bad,
            "struck": sum(poisoning.struck.values()),
            "good": sum(poisoning.asked.values()),
            "set_aside": len(aside),
        },
    )


async def told(bench: Bench, aside: bool) -> list[str]:
    """Two replicas look; what is wrong with what the administrator is told."""
    bench.unread(ADMIN)
    for replica in (watch(bench), watch(bench)):
        await replica.look()
    alarms = [said.text for said in bench.unread(ADMIN) if said.text.startswith("⚠️ 告警 set_aside")]
    return [] if len(alarms) == int(aside) else [f"{len(alarms)} alarms"]


async def looked_after(poisoning: Poisoning, aside: list[InboxUpdate]) -> list[str]:
    """What is wrong when an operator has the struck ones handled again, now that the fault is mended, and drops all
    others.
    """
    bench, broken = poisoning.bench, list[str]()
    struck = {row.seq for row in aside if is_struck(json.loads(row.payload or "{}"))}
    async with bench.database.transaction() as session:
        count, _ = await updates_set_aside(session, limit=1)
        again = await bring_again(session, struck)
        dropped = await let_go(session, {row.seq for row in aside} - struck)
    if (count, again, dropped) != (len(aside), len(struck), len(aside) - len(struck)):
        broken.append(f"the operator finds {count}, has {again} handled again and drops {dropped} of {len(aside)}")
    await bench.settle()
    for who, many in poisoning.struck.items():
        if (heard := poisoning.heard(who, "Sat 21 Nov" if who == ENGLISH else "11月21日（周六）")) != many:
            broken.append(f"{heard} answers for {many} that were handled again")
    if left := [row for row in await poisoning.rows() if row.set_aside or row.done_at is None or row.payload]:
        broken.append(f"{len(left)} are left")
    return broken


async def keep_poison(campaign: Campaign) -> Outcome:
    """2,000 broken updates."""
    with tempfile.TemporaryDirectory(prefix="suozi-poison-") as folder:
        async with stage(await found(Path(folder) / "suozi.db")) as bench:
            return await poisoned(bench, random.Random(campaign.seed), campaign.of(2000, least=40))


PROMISES = (Promise("T13", "an update that always fails: set aside with an alarm, all others go on", keep_poison),)
