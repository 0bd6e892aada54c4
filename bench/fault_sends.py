"""T3: Telegram answers 429, 500, or not at all after it has delivered, and then it is away for a long time.

Red alerts, notices and reminders leave the real outbox at Telegram's pace while a fifth of the sends meets each kind of
trouble; then one outage follows the other, with red alerts in each of them. Of every message it is known how many
copies stand in its reader's chat, and when the first of them came.
"""

import asyncio
import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta

from sqlalchemy import func, select
from sqlmodel import col

from bench.clockwork import MORNING, Clockwork, wind_up
from bench.promise import Campaign, Outcome, Promise
from domain.household_notices import MorningDigest, NobodyHome
from domain.lead_notices import Doorbell
from domain.usecases.loading import CountyLoader
from domain.usecases.outbox import tell_each
from domain.usecases.reminders import plan_morning
from domain.usecases.stuck_notices import stuck_notices
from models.lead import Colour
from models.member import Member
from models.outbox import OutboxMessage, OutboxState
from sandbox.county import AreaRow, HouseholdRow, ResidentRow, StaffRow

SOONEST_CHAT = 30_001
ARRIVING = 120.0  # seconds within which all are due, and after which Telegram is well again
OUTAGE = 20 * 60.0
RECOVERED = 60.0  # seconds after which every red alert must be there
# One after the other: a fifth of all, a quarter of the rest, a third of what then is left.
A_FIFTH_EACH = (("too_many", 20), ("server_error", 25), ("hang", 17), ("cut", 20))
OUTAGES: Sequence[Mapping[str, int]] = (
    {"server_error": 100},
    {"too_many": 100},
    {"lost": 100},
    dict(A_FIFTH_EACH) | {"lost": 100},
)
DIGEST = "早上好"


@dataclass
class Sends:
    """What was to be sent, and how much of it came when."""

    clockwork: Clockwork
    rng: random.Random
    chats: dict[int, int]  # of each member, by her number
    reds: dict[str, int] = field(default_factory=dict)  # the chat of each alert, by its code
    notices: dict[str, int] = field(default_factory=dict)
    slowest: float = 0.0
    broken: list[str] = field(default_factory=list)

    async def report(self, many: int, within: float) -> None:
        """Red alerts at moments drawn by chance."""
        begin = self.clockwork.seconds
        for at in sorted(self.rng.uniform(0, within) for _ in range(many)):
            await self.clockwork.until(begin + at)
            number = len(self.reds) + 1
            member, code = self.rng.choice(list(self.chats)), f"L261121-{number:04d}"
            bell = Doorbell(number, number, code, Colour.RED, again=False, phones=False)
            self.reds[code] = self.chats[member]
            await self._tell(member, bell, f"bell:{number}:0")

    async def notify(self, many: int) -> None:
        """Notices, all at once."""
        for number in range(1, many + 1):
            member, code = self.rng.choice(list(self.chats)), f"X-{number:04d}"
            self.notices[code] = self.chats[member]
            await self._tell(member, NobodyHome(code, number, 3), f"nobody:{number}")

    async def remind(self) -> None:
        """The morning's digests."""
        clockwork = self.clockwork
        async with clockwork.database.transaction() as session:
            today = clockwork.policy.today(clockwork.now())
            await plan_morning(session, day=today, now=clockwork.now(), policy=clockwork.policy)

    async def _tell(self, member: int, notice: Doorbell | NobodyHome, key: str) -> None:
        clockwork = self.clockwork
        async with clockwork.database.transaction() as session:
            await tell_each(session, {member: notice}, key, now=clockwork.now(), policy=clockwork.policy)

    async def recover(self, name: str) -> None:
        """Telegram is well again: within a minute every red alert is there."""
        recovered = self.clockwork.seconds
        self.clockwork.box.bot_api.faults.clear()

        def missing() -> list[str]:
            return [code for code, chat in self.reds.items() if not self.clockwork.told(chat, code)]

        await self.clockwork.unless(lambda: not missing(), recovered + RECOVERED)
        late = missing()
        if late:
            self.broken.append(f"{len(late)} red alerts not there a minute after {name}")
        firsts = [min(self.clockwork.told(chat, code)) for code, chat in self.reds.items() if code not in late]
        self.slowest = max([self.slowest, *(first - recovered for first in firsts)])

    async def in_the_end(self) -> Outcome:
        """Let everything be sent or given up; what it came to."""
        while await self._waiting():  # noqa: ASYNC110 - the outbox is a table, it calls nobody
            await asyncio.sleep(10)
        clockwork = self.clockwork
        far = clockwork.now() + timedelta(days=1)
        async with clockwork.database.transaction() as session:
            told = {one.id for one in await stuck_notices(session, due_before=far, limit=1_000_000)}
            rows = list((await session.execute(select(OutboxMessage))).scalars())
        stuck = {row.payload.get("household_code") for row in rows if row.id in told}
        copies = {code: len(clockwork.told(chat, code)) for code, chat in (self.reds | self.notices).items()}
        lost = sum(not count for code, count in copies.items() if code not in stuck)
        digests = [len(clockwork.told(chat, DIGEST)) for chat in self.chats.values()]
        return Outcome(
            lost=lost,
            doubled=sum(max(0, count - 1) for count in digests),
            broken=tuple(self.broken),
            figures={
                "sends": len(rows),
                **{name: clockwork.box.bot_api.struck[name] for name in sorted(clockwork.box.bot_api.struck)},
                "red": len(self.reds),
                "red_copies": sum(copies[code] for code in self.reds),
                "slowest_red_s": round(self.slowest, 1),
                "notices": len(self.notices),
                "notices_stuck": len(stuck - {None}),
                "reminders": sum(row.kind == MorningDigest.__name__ for row in rows),
                "reminders_not_there": sum(not count for count in digests),
            },
        )

    async def _waiting(self) -> int:
        async with self.clockwork.database.transaction() as session:
            waiting = select(func.count()).where(col(OutboxMessage.state) == OutboxState.WAITING)
            return (await session.execute(waiting)).scalar_one()


async def found(clockwork: Clockwork, people: int) -> dict[int, int]:
    """Workers with a household each that is due: the chat of each by her number."""
    async with clockwork.database.transaction() as session:
        loader = CountyLoader(session, now=MORNING, policy=clockwork.policy)
        await loader.start()
        await loader.area(AreaRow("B", None, "county", "测试县"))
        await loader.area(AreaRow("B-1", "B", "community", "东关村"))
        for place in range(people):
            grid, chat = f"B-1-{place:04d}", SOONEST_CHAT + place
            clockwork.box.add_person(chat, "陈秀兰", started=True)
            await loader.area(AreaRow(grid, "B-1", "grid", f"第{place}网格", "rural"))
            await loader.member(StaffRow(chat, "陈秀兰", "zh", (("grid_worker", grid),)))
            head = ResidentRow("王秀英", "head", 1950, "f", "19000000001", None)
            await loader.household(HouseholdRow(f"{grid}-1", grid, None, "1号", "key", "lives_alone", "", 9, (head,)))
        await loader.finish()
        rows = await session.execute(select(col(Member.id), col(Member.telegram_id)))
        return {number: chat for number, chat in rows.all() if chat >= SOONEST_CHAT}


async def happens(clockwork: Clockwork, campaign: Campaign, outages: Sequence[Mapping[str, int]] = OUTAGES) -> Outcome:
    """A morning of trouble, and an outage after the other; a small campaign has shorter ones."""
    share = min(1.0, 10 * campaign.part)
    arriving, outage_seconds = max(20.0, ARRIVING * share), max(120.0, OUTAGE * share)
    sends = Sends(clockwork, random.Random(campaign.seed), await found(clockwork, campaign.of(1000, least=10)))
    faults = clockwork.box.fault
    async with clockwork.at_work():
        for kind, percent in A_FIFTH_EACH:
            faults(kind, method="sendMessage", count=1_000_000, percent=percent)
        await sends.remind()
        await sends.notify(campaign.of(400, least=4))
        await sends.report(campaign.of(500, least=10), arriving)
        await sends.recover("a fifth of each kind of trouble")
        for outage in outages:
            campaign.tell(f"T3: {clockwork.seconds:.0f} seconds have passed; outage: {' '.join(outage)}")
            for kind, percent in outage.items():
                faults(kind, method="sendMessage", count=1_000_000, percent=percent, retry_after=5)
            begin = clockwork.seconds
            await sends.report(campaign.of(25, least=2), outage_seconds - 60)
            await clockwork.until(begin + outage_seconds)
            await sends.recover(f"an outage with {' and '.join(outage)}")
        return await sends.in_the_end()


async def keep_sends(campaign: Campaign) -> Outcome:
    """2,000 sends, and four outages of twenty minutes."""
    return await wind_up(campaign, lambda clockwork: happens(clockwork, campaign))


PROMISES = (
    Promise(
        "T3",
        "429, 500, no answer after delivery: red alerts at least once within 60 s of recovery, reminders at most once",
        keep_sends,
    ),
)
