"""How long 300 red alerts take to their first copy while 20,000 morning digests are on their way.

A made-up province with 20,000 grid workers has a morning: `plan_morning` writes a digest for each of them, and the
real `Deliverer` sends them through the real limiter and sender, its jobs started as in `scheduler/jobs.py`. Meanwhile
workers report red leads at random moments (a Poisson process from a seed); each rings the head, the township and the
county's rights desk (two people) at once, and since nobody answers its chain climbs. Then the same leads are reported
at the same moments with no digest in the queue.

The stand-in for Telegram is in memory and counts every window of its limits: 30 messages in any second, and in each
chat one a second after a burst of three. It takes `SERVICE` seconds to answer. Time is simulated (`bench/idle.py`).

    p99_per_idle       99th percentile of the seconds from the transaction of the lead to the first copy's arrival,
                       beside the same without digests
    digest_rate_share  digests a second, from the first to the last, of what the limit allows and the alerts leave
                       (30 a second less the alerts' own copies)
    limits_broken      messages that Telegram would have refused, in both runs

The lines above the last one say the same for slower answers, for a storm (all alerts within a minute), and with the
time counted that this machine really takes for the work (without --quick).

    alerts p99_per_idle=… digest_rate_share=… limits_broken=…
"""

import argparse
import asyncio
import random
import shutil
import sys
import tempfile
import uuid
from collections.abc import Awaitable, Callable, Collection, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from statistics import median, quantiles
from typing import cast

from sqlalchemy import select
from sqlmodel import col

sys.path.insert(0, str(Path(__file__).parent.parent))

from bench.idle import WatchedDatabase, Work, run_idle
from bench.processes import KEY
from bench.strict import OVERALL_A_SECOND, StrictTelegram
from domain.access import actors_by_telegram_id
from domain.rules.policy import Policy
from domain.usecases.leads import LeadFacts, report_lead
from domain.usecases.loading import CountyLoader, load_rows
from domain.usecases.reminders import plan_morning
from handlers.api import BotApi
from handlers.limiter import Limiter
from handlers.sender import TelegramSender
from models import keyring
from models.household import Household
from models.lead import LeadSource, Triage, Where
from models.member import Appointment, Member, Role
from models.outbox import OutboxMessage, OutboxState
from models.schema import migrate
from models.session import Database
from sandbox.county import AreaRow, HouseholdRow, StaffRow, stream_county
from scheduler.deliver import Deliverer
from scheduler.sweep import Sweep

MORNING = datetime(2026, 11, 21, 0, 0, tzinfo=UTC)  # a Saturday, eight o'clock in Shanghai: digests and nothing else
SEED = 20_776
SERVICE = 0.05
SLOW = 0.3
STORM_SECONDS = 60.0
KINDS: dict[type, str] = {AreaRow: "area", StaffRow: "member", HouseholdRow: "household"}


@dataclass(frozen=True, slots=True)
class Case:
    """One measurement: when leads are reported (seconds from the start, by which worker), and how slow Telegram is."""

    reports: Sequence[tuple[float, int]]
    service: float = SERVICE
    costs: bool = False


@dataclass(frozen=True, slots=True)
class Seen:
    """What came of it."""

    waits: Sequence[float]
    copies: int
    digests: Sequence[float]
    share: float
    broken: int

    @property
    def p99(self) -> float:
        """The 99th percentile of the waits."""
        return quantiles(self.waits, n=100, method="inclusive")[98]


def load(file: Path, workers: int) -> None:
    """Fill a new database: one household that is due for each worker."""
    policy = Policy()

    async def filled() -> None:
        database = Database(f"sqlite:///{file}")
        await migrate(database)
        rows = stream_county(random.Random(1), policy.today(MORNING), households=workers, workers=workers)
        due = (replace(row, last_visit_days_ago=None) if isinstance(row, HouseholdRow) else row for row in rows)
        async with database.transaction() as session:
            loader = CountyLoader(session, now=MORNING, policy=policy)
            await loader.start()
            await load_rows(loader, due, KINDS, lambda _count: None)
            await loader.finish()
        await database.close()

    asyncio.run(filled())


class Day:
    """One morning, with or without its digests."""

    def __init__(self, database: Database, case: Case, dead: Collection[int] = ()) -> None:
        self._loop = asyncio.get_running_loop()
        self._database = database
        self._case = case
        self._policy = Policy()
        self._began = self._loop.time()
        self._reported: dict[str, float] = {}
        self._telegram = StrictTelegram(self._loop.time, case.service, dead)
        limiter = Limiter(30, clock=self._loop.time, call_later=self._loop.call_later)
        sender = TelegramSender(cast(BotApi, self._telegram), limiter)
        self._deliverer = Deliverer(database, sender, clock=self._now, policy=self._policy)

    def _now(self) -> datetime:
        return MORNING + timedelta(seconds=self._loop.time() - self._began)

    async def pass_by(self, *, digests: bool) -> Seen:
        """Let it be morning until everything has been sent."""
        if digests:
            async with self._database.transaction() as session:
                await plan_morning(session, day=self._policy.today(MORNING), now=self._now(), policy=self._policy)
        jobs = [asyncio.create_task(every(seconds, job)) for seconds, job in self._jobs()]
        reports = [asyncio.create_task(self._report(*report)) for report in self._case.reports]
        try:
            await asyncio.gather(*reports)
            while await self._anything_waits():  # noqa: ASYNC110 - the outbox is a table, it calls nobody
                await asyncio.sleep(1.0)
        finally:
            for job in jobs:
                job.cancel()
            await asyncio.gather(*jobs, return_exceptions=True)
        return self._seen()

    def _jobs(self) -> Sequence[tuple[int, Callable[[], Awaitable[object]]]]:
        sweep = Sweep(self._database, clock=self._now, policy=self._policy)
        return (1, self._deliverer.deliver_red), (1, self._deliverer.deliver_calm), (5, sweep.alerts)

    async def _report(self, at: float, worker: int) -> None:
        """A worker reports a red lead of her grid's household."""
        await asyncio.sleep(self._began + at - self._loop.time())
        began = self._loop.time()
        async with self._database.transaction() as session:
            row = await session.execute(_WORKER.offset(worker).limit(1))
            telegram_id, household = row.one()
            actors = await actors_by_telegram_id(session, [telegram_id], self._policy.today(self._now()))
            lead = await report_lead(
                session,
                actor=actors[telegram_id],
                facts=LeadFacts(
                    "domestic_violence", (Triage.DANGER,), Where.HOUSEHOLD, household, LeadSource.SEEN, "…"
                ),
                conversation_id=str(uuid.UUID(int=worker * 1_000_000 + round(at * 1000))),
                now=self._now(),
                policy=self._policy,
            )
            code = lead.code
        self._reported[code] = began

    async def _anything_waits(self) -> bool:
        async with self._database.transaction() as session:
            waiting = select(col(OutboxMessage.id)).where(col(OutboxMessage.state) == OutboxState.WAITING)
            return (await session.execute(waiting.limit(1))).first() is not None

    def _seen(self) -> Seen:
        waits = [min(self._telegram.copies[code]) - began for code, began in self._reported.items()]
        reds = sorted(at for copies in self._telegram.copies.values() for at in copies)
        digests = sorted(self._telegram.others)
        share = 0.0
        if digests:
            seconds = digests[-1] - digests[0]
            among = sum(digests[0] <= at <= digests[-1] for at in reds)
            share = (len(digests) - 1) / (OVERALL_A_SECOND * seconds - among)
        return Seen(waits, len(reds), digests, share, self._telegram.broken)


_WORKER = (
    select(col(Member.telegram_id), col(Household.id))
    .join(Appointment, col(Appointment.member_id) == col(Member.id))
    .join(Household, col(Household.grid_id) == col(Appointment.area_id))
    .where(col(Appointment.role) == Role.GRID_WORKER)
    .order_by(col(Member.id))
)


async def every(seconds: int, job: Callable[[], Awaitable[object]]) -> None:
    """Run a job as APScheduler does with one instance: a tick that finds it at work is left out."""
    loop = asyncio.get_running_loop()
    began, ticks = loop.time(), 0
    while True:
        await job()
        ticks = max(ticks, int((loop.time() - began) / seconds)) + 1
        await asyncio.sleep(began + ticks * seconds - loop.time())


def measure(file: Path, case: Case, *, digests: bool) -> Seen:
    """One morning in a copy of the database `file`."""
    work = Work(costs=case.costs)

    async def morning(copy: Path) -> Seen:
        database = WatchedDatabase(f"sqlite:///{copy}", work)
        try:
            return await Day(database, case).pass_by(digests=digests)
        finally:
            await database.close()

    with tempfile.TemporaryDirectory(prefix="suozi-alerts-") as folder:
        copy = Path(shutil.copy(file, folder))
        return run_idle(work, morning(copy))


def compare(name: str, file: Path, case: Case) -> tuple[float, float, int]:
    """Measure with and without digests, and tell about it."""
    busy, idle = measure(file, case, digests=True), measure(file, case, digests=False)
    ratio, broken = busy.p99 / idle.p99, busy.broken + idle.broken
    seconds = busy.digests[-1] - busy.digests[0]
    print(
        f"{name:24} first copy p99 {busy.p99:.3f} s (median {median(busy.waits):.3f}) beside {idle.p99:.3f}"
        f" ({median(idle.waits):.3f}): {ratio:.2f}; {len(busy.digests)} digests in {seconds:.0f} s"
        f" ({(len(busy.digests) - 1) / seconds:.2f}/s), {busy.copies} copies, share {busy.share:.3f}, {broken} broken",
        flush=True,
    )
    return ratio, busy.share, broken


def main() -> int:
    """Measure, and print the figures; the exit status tells whether the goals were met."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="100 alerts and 2,000 digests, under 30 seconds")
    parser.add_argument("--seed", type=int, default=SEED, help="of the moments (default %(default)s)")
    args = parser.parse_args()
    alerts, workers = (100, 2_000) if args.quick else (300, 20_000)
    keyring.install(keyring.Keyring([KEY]))
    rng = random.Random(args.seed)

    def reports(seconds: float) -> list[tuple[float, int]]:
        # So many moments of a Poisson process, given that they fall into this time.
        return sorted((rng.uniform(0.0, seconds), rng.randrange(workers)) for _ in range(alerts))

    spread = reports(workers / OVERALL_A_SECOND)
    with tempfile.TemporaryDirectory(prefix="suozi-alerts-") as folder:
        file = Path(folder) / "suozi.db"
        load(file, workers)
        if not args.quick:
            compare(f"answers take {SLOW} s", file, Case(spread, SLOW))
            compare(f"all within {STORM_SECONDS:.0f} s", file, Case(reports(STORM_SECONDS)))
            compare("work counted", file, Case(spread, costs=True))
        ratio, share, broken = compare("as described", file, Case(spread))
    print(f"alerts p99_per_idle={ratio:.2f} digest_rate_share={share:.3f} limits_broken={broken}")
    return 0 if ratio <= 1.5 and share >= 0.95 and broken == 0 else 1


if __name__ == "__main__":
    sys.exit(main())
