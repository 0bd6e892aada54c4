"""Who sees what comes of a fault: people who check in one visit after the other and never press twice, colleagues who
are told something now and then, and the operator, who hears alarms.
"""

import asyncio
import re
import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import select, update
from sqlmodel import col

from bench.crowd import CHECK_IN, Crowd
from bench.processes import now, zone_at_noon
from domain.channel import Lane
from domain.household_notices import LateHouseholds
from domain.rules.policy import Policy
from domain.usecases.outbox import tell
from handlers.failures import OurFault
from messages.render import render
from models.member import Member
from models.outbox import OutboxMessage
from models.session import Database
from models.visit import Visit
from sandbox.records import Json
from sandbox.server import Sandbox

OPERATOR = 49_001
THINKS = 1.0  # seconds that people read before they go on
_RECEIPT = re.compile(r"已保存 (V\d+-\d+)")
_NOTICE = re.compile(r"重点户 (\d+)")
_ALARM = re.compile(r"告警(解除)? (\w+)")


class Witness(Crowd):
    """Everybody around one program."""

    def __init__(self, box: Sandbox, people: Sequence[int], colleagues: Sequence[int]) -> None:
        self.colleagues = colleagues
        self.receipts: dict[str, float] = {}  # when each was first seen
        self.replied: dict[int, float] = {}  # when each of the people last heard anything to go on with
        self.told: Counter[int] = Counter()  # what the colleagues were told, by the number of the notice
        self.apologies = 0
        self.alarms: Counter[tuple[str, bool]] = Counter()  # by kind and whether it was the end of one
        self._numbers: set[tuple[int, int]] = set()
        self._sorry = render(OurFault(), "zh")
        super().__init__(box, people, CHECK_IN)
        for person in (*people, *colleagues, OPERATOR):
            box.add_person(person, "陈秀兰", started=True)

    def _heard(self, event: Json) -> None:
        message = event.get("message")
        if message is not None and message["from"]["is_bot"]:
            self._note(event["chat_id"], message)
        super()._heard(event)

    def _act(self, person: int, message: Json | None) -> None:
        asyncio.get_running_loop().call_later(THINKS, super()._act, person, message)

    def _note(self, chat_id: int, message: Json) -> None:
        at, words = time.monotonic(), message.get("text", "")
        if "reply_markup" in message:
            self.replied[chat_id] = at
        if found := _RECEIPT.search(words):
            self.receipts.setdefault(found[1], at)
        number = (chat_id, message["message_id"])
        if number in self._numbers:
            return  # an edit
        self._numbers.add(number)
        self.apologies += words == self._sorry
        if chat_id in self.colleagues and (notice := _NOTICE.search(words)):
            self.told[int(notice[1])] += 1
        elif chat_id == OPERATOR and (alarm := _ALARM.search(words)):
            self.alarms[alarm[2], bool(alarm[1])] += 1

    def all_replied_since(self, at: float) -> bool:
        """Whether all who wait for a reply have had one since."""
        return all(self.replied.get(person, 0.0) > at for person in self._at)

    async def comes(self, done: Callable[[], bool], seconds: float) -> bool:
        """Whether `done` comes true in time."""
        try:
            await self.until(done, seconds)
        except TimeoutError:
            return False
        return True


@dataclass(frozen=True, slots=True)
class Notices:
    """What the colleagues are to be told: notices with the numbers from 1 on, one after the other."""

    count: int
    first: float  # by `time.monotonic`
    gap: float

    def due_by(self, at: float) -> int:
        """How many were due at an instant."""
        return max(0, min(self.count, int((at - self.first) / self.gap) + 1))


async def give_notices(database_url: str, colleagues: Sequence[int], *, wait: float, gap: float, count: int) -> Notices:
    """Have notices written that become due in `wait` seconds and then after each `gap`. Every third is red."""
    policy = Policy(zone=ZoneInfo(zone_at_noon(now())))
    database = Database(database_url)
    async with database.transaction() as session:
        known = (await session.execute(select(col(Member.telegram_id), col(Member.id)))).all()
        members = {row[0]: row[1] for row in known}
        began, first = now() + timedelta(seconds=wait), time.monotonic() + wait
        for number in range(1, count + 1):
            due = began + timedelta(seconds=gap * (number - 1))
            notice = LateHouseholds(policy.today(began), number, 0, 0)
            to = members[colleagues[number % len(colleagues)]]
            await tell(session, [to], notice, f"witness:{number}", now=due, policy=policy)
        reds = update(OutboxMessage).where(col(OutboxMessage.id) % 3 == 0)
        await session.execute(reds.values(lane=int(Lane.RED)).execution_options(synchronize_session=False))
    await database.close()
    return Notices(count, first, gap)


async def receipts_of(database_url: str) -> list[str]:
    """The receipts of all visits there are."""
    database = Database(database_url)
    async with database.transaction() as session:
        rows = [visit.receipt for visit in (await session.execute(select(Visit))).scalars()]
    await database.close()
    return rows
