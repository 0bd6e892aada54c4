"""T6: calendars. Years of visits, day by day, in zones with and without summer time.

The visits go through the use-case and the mornings through the sweep, with a clock that is set to each moment.
"""

import calendar
import random
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from itertools import count
from pathlib import Path
from zoneinfo import ZoneInfo

from sqlalchemy import func, select
from sqlmodel import col

from bench.promise import Campaign, Outcome, Promise
from bench.stage import in_memory
from domain.access import actors_by_telegram_id
from domain.rules.policy import Policy
from domain.usecases.loading import CountyLoader
from domain.usecases.visits import VisitFacts, file_visit
from models.household import Household, Tier
from models.outbox import OutboxMessage
from models.schema import migrate
from models.session import Database
from models.visit import Visit, VisitMode, VisitOutcome
from sandbox.county import AreaRow, HouseholdRow, ResidentRow, StaffRow
from scheduler.sweep import Sweep
from tests.support.county import SATURDAY

ZONES = ("Europe/Berlin", "Asia/Shanghai", "America/New_York", "Australia/Lord_Howe", "America/Santiago")
FIRST_YEAR, YEARS = 2028, 4  # a leap year first
HER = 101
VISITS = {Tier.KEY: {52, 53}, Tier.WATCH: {12}, Tier.ORDINARY: {4}}  # in each year, for one household


async def keep_cycles(campaign: Campaign) -> Outcome:
    """Each household has its visits in each calendar year, whatever its day of the month and the county's zone."""
    broken, visits = list[str](), 0
    years, zones = campaign.of(YEARS), ZONES[: campaign.of(len(ZONES))]
    with in_memory() as folder:
        for number, zone in enumerate(zones):
            county = County(folder / f"{number}.db", zone, random.Random(campaign.seed + number))
            visits += await county.live(years)
            broken += county.broken
            campaign.tell(f"{zone}: {years} years, {visits} visits so far")
    return Outcome(broken=tuple(broken), figures={"zones": len(zones), "years": years, "visits": visits})


@dataclass
class County:
    """A household of each tier for each day of the month (key ones of the week), and who visits them when due."""

    file: Path
    zone: str
    rng: random.Random
    broken: list[str] = field(default_factory=list)
    now: datetime = SATURDAY
    numbers: Iterator[int] = field(default_factory=count)

    async def live(self, years: int) -> int:
        """Let so many years pass; how many visits there were."""
        policy = Policy(zone=ZoneInfo(self.zone))
        database = Database(f"sqlite:///{self.file}")
        await migrate(database)
        eve = date(FIRST_YEAR - 1, 12, 31)
        await self._found(database, eve, policy)
        sweep = Sweep(database, clock=lambda: self.now, policy=policy)
        for number in range(1, (date(FIRST_YEAR + years, 1, 1) - eve).days):
            await self._day(database, sweep, policy, eve + timedelta(days=number))
        visits = await self._check(database, years)
        await database.close()
        return visits

    async def _found(self, database: Database, eve: date, policy: Policy) -> None:
        """On the eve of the first year; the last visits were on each day of its last month."""
        async with database.transaction() as session:
            loader = CountyLoader(session, now=policy.at(eve, time(12)).astimezone(UTC), policy=policy)
            await loader.start()
            await loader.area(AreaRow("B", None, "county", "测试县"))
            await loader.area(AreaRow("B-1", "B", "community", "东关村"))
            await loader.area(AreaRow("B-1-1", "B-1", "grid", "东关村第1网格", "rural"))
            await loader.member(StaffRow(HER, "陈秀兰", "zh", (("grid_worker", "B-1-1"),)))
            for tier in Tier:
                for day in range(25 if tier is Tier.KEY else 1, 32):
                    people = (ResidentRow("王秀英", "head", 1950, "f", None, None),)
                    code, why = f"B-1-1-{tier.value[0]}{day}", "lives_alone" if tier is Tier.KEY else None
                    await loader.household(
                        HouseholdRow(code, "B-1-1", None, f"{day}号", tier.value, why, "", 31 - day, people)
                    )
            await loader.finish()

    async def _day(self, database: Database, sweep: Sweep, policy: Policy, day: date) -> None:
        """Every hour the sweep looks; then whoever is due is visited, at some time of the day."""
        midnight = policy.at(day, time(0)).astimezone(UTC)
        async with database.transaction() as session:
            due: Sequence[Household] = (
                (await session.execute(_DUE.where(col(Household.next_due_on) <= day))).scalars().all()
            )
            # Key households were last visited in the eve's week, and each next visit is on its very day.
            self.broken += [f"{self.zone}: {one.code} was not visited on time" for one in due if one.next_due_on < day]
        for hour in (6, 8, 9):
            self.now = midnight + timedelta(hours=hour, minutes=30)
            await sweep.morning()
        async with database.transaction() as session:
            told = (await session.execute(_DIGESTS.where(_KEYS.like(f"digest:{day.isoformat()}:%")))).scalar_one()
            if told != bool(due):
                self.broken.append(f"{self.zone}: {told} digests on {day}, {len(due)} due")
            for home in due:
                clock = time(self.rng.randrange(24), self.rng.randrange(60))
                at = policy.at(day, clock).astimezone(UTC)
                her = (await actors_by_telegram_id(session, [HER], policy.today(at)))[HER]
                facts = VisitFacts(home.id, policy.today(at), VisitMode.DOOR, VisitOutcome.MET)
                name = f"c{next(self.numbers)}"
                await file_visit(session, actor=her, facts=facts, conversation_id=name, now=at, policy=policy)

    async def _check(self, database: Database, years: int) -> int:
        """By the visits alone."""
        days: dict[int, list[date]] = defaultdict(list)
        async with database.transaction() as session:
            for number, day in (await session.execute(select(col(Visit.household_id), col(Visit.visited_on)))).all():
                days[number].append(day)
            homes = (await session.execute(select(Household))).scalars().all()
        for home in homes:
            each = Counter(day.year for day in days[home.id])
            anchor = int(home.code.rsplit("-", 1)[1][1:])
            for year in range(FIRST_YEAR, FIRST_YEAR + years):
                if each[year] not in VISITS[home.tier]:
                    self.broken.append(f"{self.zone}: {home.code} had {each[year]} visits in {year}")
            wrong = [
                day for day in days[home.id] if day.day != min(anchor, calendar.monthrange(day.year, day.month)[1])
            ]
            if home.tier is not Tier.KEY and wrong:
                self.broken.append(f"{self.zone}: {home.code} on {wrong[0]}")
        return sum(len(dates) for dates in days.values())


_DUE = select(Household).order_by(col(Household.id))
_KEYS = col(OutboxMessage.dedupe_key)
_DIGESTS = select(func.count()).select_from(OutboxMessage)


PROMISE = Promise(
    "T6", "exactly twelve monthly visits a year, in every zone and on every day of the month", keep_cycles
)
