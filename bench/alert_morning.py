"""A morning in simulated time, with or without its digests, on which red leads are reported and alerted."""

import asyncio
import random
import uuid
from collections.abc import Awaitable, Callable, Collection, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path
from statistics import quantiles
from typing import cast

from sqlalchemy import select
from sqlmodel import col

from bench.clockwork import MORNING, SERVICE, every
from bench.strict import OVERALL_A_SECOND, StrictTelegram
from domain.access import actors_by_telegram_id
from domain.rules.policy import Policy
from domain.usecases.leads import LeadFacts, report_lead
from domain.usecases.loading import CountyLoader, load_rows
from domain.usecases.reminders import plan_morning
from handlers.api import BotApi
from handlers.limiter import Limiter
from handlers.sender import TelegramSender
from models.household import Household
from models.lead import LeadSource, Triage, Where
from models.member import Appointment, Member, Role
from models.outbox import OutboxMessage, OutboxState
from models.schema import migrate
from models.session import Database
from sandbox.county import KINDS, HouseholdRow, stream_county
from scheduler.deliver import Deliverer
from scheduler.sweep import Sweep


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
            await load_rows(loader, due, KINDS)
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
