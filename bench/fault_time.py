"""T6: calendars and clocks. Years of visits, day by day, in zones with and without summer time; a clock that jumps.

The visits go through the use-case and the mornings through the sweep, with a clock that is set to each moment. The
clock that jumps is an hour or a day ahead or behind for a while, again and again, while red leads are reported and
nobody answers them.
"""

import calendar
import random
import shutil
import tempfile
from collections import Counter, defaultdict
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from itertools import count
from pathlib import Path
from zoneinfo import ZoneInfo

from sqlalchemy import func, select
from sqlmodel import col

from bench.processes import KEY
from bench.promise import Campaign, Outcome, Promise
from domain.access import actors_by_telegram_id
from domain.rules.policy import Policy
from domain.usecases.loading import CountyLoader
from domain.usecases.visits import VisitFacts, file_visit
from models import keyring
from models.household import Household, Tier
from models.lead import Lead
from models.outbox import OutboxMessage, OutboxState
from models.schema import migrate
from models.session import Database
from models.visit import Visit, VisitMode, VisitOutcome
from sandbox.county import AreaRow, HouseholdRow, ResidentRow, StaffRow
from scheduler.sweep import Sweep
from tests.support.county import COUNTY, HEAD, INSTRUCTOR, NAMES, POLICY, SATURDAY, WORKER, found_county
from tests.support.hands import Bench, open_bench
from tests.support.leads import a_lead

ZONES = ("Europe/Berlin", "Asia/Shanghai", "America/New_York", "Australia/Lord_Howe", "America/Santiago")
FIRST_YEAR, YEARS = 2028, 4  # a leap year first
HER = 101
VISITS = {Tier.KEY: {52, 53}, Tier.WATCH: {12}, Tier.ORDINARY: {4}}  # in each year, for one household
MEMORY = Path("/dev/shm")
ROUNDS, LEADS, MINUTES = 24, 10, 180
TICK, QUARTER = timedelta(minutes=1), timedelta(minutes=15)
AHEAD = tuple(timedelta(**{unit: sign}) for unit in ("hours", "days") for sign in (1, -1))
HEARD_AFTER = {HEAD: 0, INSTRUCTOR: 5, COUNTY: 30}  # minutes, by the chain of red


@contextmanager
def in_memory() -> Iterator[Path]:
    """A folder for databases: this is no test of the disk."""
    keyring.install(keyring.Keyring([KEY]))
    with tempfile.TemporaryDirectory(prefix="suozi-time-", dir=MEMORY if MEMORY.is_dir() else None) as folder:
        yield Path(folder)


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


async def keep_jumps(campaign: Campaign) -> Outcome:
    """Whatever the clock does, every rung hears in time, and nothing is told twice."""
    broken, doubled, leads, jumps = list[str](), 0, 0, 0
    with in_memory() as folder:
        for number in range(campaign.of(ROUNDS)):
            async with stage(folder, number) as bench:
                jumping = Jumping(bench, random.Random(campaign.seed * 1000 + number))
                await jumping.run()
                doubled += await jumping.doubled()
                broken += jumping.broken
                leads, jumps = leads + len(jumping.reported), jumps + len(jumping.jumps)
            campaign.tell(f"a clock that jumps: {leads} leads, {jumps} jumps")
    return Outcome(doubled=doubled, broken=tuple(broken), figures={"leads": leads, "jumps": jumps})


@asynccontextmanager
async def stage(folder: Path, number: int) -> AsyncIterator[Bench]:
    """The tests' county with the real sweep and outbox against the sandbox."""
    template, file = folder / "template.db", folder / f"stage{number}.db"
    if not template.exists():
        database = Database(f"sqlite:///{template}")
        await migrate(database)
        async with database.transaction() as session:
            await found_county(session, SATURDAY - timedelta(days=9))
        await database.close()
    shutil.copy(template, file)
    database = Database(f"sqlite:///{file}")
    bench = await open_bench(database, SATURDAY, POLICY, NAMES)
    try:
        yield bench
    finally:
        await bench.close()
        await database.close()


@dataclass
class Jumping:
    """Some hours during which leads are reported and the clock is now right, now wrong. Minutes are true ones."""

    bench: Bench
    rng: random.Random
    reported: dict[str, int] = field(default_factory=dict)
    heard: dict[tuple[str, int], int] = field(default_factory=dict)
    jumps: list[int] = field(default_factory=list)
    mornings: Counter[str] = field(default_factory=Counter)
    broken: list[str] = field(default_factory=list)

    async def run(self) -> None:
        """Report at some moments, jump at some, tick at each; then look at who heard when."""
        reports = sorted(self.rng.sample(range(MINUTES - 60), LEADS))
        wrong = timedelta(0)
        for minute in range(MINUTES):
            if self.rng.random() < 0.08:
                wrong = self.rng.choice(AHEAD) if not wrong else timedelta(0)
                self.jumps.append(minute)
            self.bench.clock.now = SATURDAY + minute * TICK + wrong
            if self.jumps and self.jumps[-1] == minute:
                await self.bench.sweep.call_back()  # as the program does when it finds that its clock was set
            if minute in reports:
                lead: Lead = await a_lead(self.bench, "domestic_violence")
                self.reported[lead.code] = minute
            await self.bench.sweep.morning()
            await self.bench.sweep.alerts()
            await self.bench.deliverer.deliver_all()
            self._listen(minute)
        self._check()

    def _listen(self, minute: int) -> None:
        for chat in list(self.bench.box.world.chats):
            for said in self.bench.unread(chat):
                if chat == WORKER and said.text.startswith("早上好"):
                    self.mornings[said.text.splitlines()[0]] += 1
                for code in self.reported:
                    if code in said.text:
                        self.heard.setdefault((code, chat), minute)

    def _check(self) -> None:
        """Each jump may begin a rung's pause anew, and no more."""
        for code, begun in self.reported.items():
            for person, after in HEARD_AFTER.items():
                heard = self.heard.get((code, person), 10**6)
                jumps = sum(begun <= jump <= heard for jump in self.jumps)
                if heard > begun + after + jumps * (QUARTER / TICK) + 1:
                    self.broken.append(f"{person} heard of {code} {heard - begun} minutes after, with {jumps} jumps")
        self.broken += [f"{morning}: {times} times" for morning, times in self.mornings.items() if times > 1]
        today = [morning for morning in self.mornings if "11月21日" in morning]
        self.broken += [] if today else ["no digest of the day"]

    async def doubled(self) -> int:
        """Messages that came without a row of their own."""
        chats = self.bench.box.world.chats
        came = sum(message["from"]["is_bot"] for chat in chats for message in self.bench.box.messages(chat))
        async with self.bench.database.transaction() as session:
            sent = select(func.count()).where(col(OutboxMessage.state) == OutboxState.SENT)
            return int(abs(came - (await session.execute(sent)).scalar_one()))


PROMISES = (
    Promise("T6", "exactly twelve monthly visits a year, in every zone and on every day of the month", keep_cycles),
    Promise("T6", "a clock that jumps puts no alert off and tells nothing twice", keep_jumps),
)
