"""The province's day itself: the program's parts, its jobs at their times, and everything that people do to it."""

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable, Coroutine
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from random import Random
from typing import Any, cast

from sqlalchemy import func, select, text
from sqlmodel import col

from bench.clockwork import every
from bench.idle import WatchedDatabase, Work
from bench.province_founding import DAY, visits_a_day
from bench.province_matters import Matters
from bench.province_people import CHECK_IN, MemoryTelegram, Visitors
from bench.province_told import Processors, Seen, Window, line_of
from domain.rules.policy import Policy
from domain.usecases.figures import operating_figures
from handlers.api import BotApi
from handlers.inbox import Inbox
from handlers.limiter import Limiter
from handlers.replies import Replies
from handlers.sender import TelegramSender
from handlers.sent import NotedChannel, SentMessages
from handlers.webhook import Intake
from models.household import Household
from models.member import Appointment, Member, Role
from scheduler.deliver import Deliverer
from scheduler.sweep import Sweep
from scheduler.vanish import Vanisher

# When people work, in hundredths of the day; the shares are ours.
HOURS = {8: 6, 9: 13, 10: 15, 11: 9, 12: 2, 13: 3, 14: 9, 15: 13, 16: 11, 17: 6, 18: 4, 19: 6, 20: 3}
LEADS, DISPUTES, STEPS = 40, 273, 273 * 12  # a day, in the whole province
_log = logging.getLogger(__name__)
ALONE = 20  # check-ins, one after the other, before anybody else is up
_HOUR = 3600.0


@dataclass(frozen=True, slots=True)
class Plan:
    """How many minutes of each hour are lived through, at that hour's density."""

    minutes: dict[int, float]

    @property
    def share(self) -> float:
        """The part of the day's work that falls into these minutes."""
        return sum(HOURS[hour] * minutes / 60 for hour, minutes in self.minutes.items()) / sum(HOURS.values())


@dataclass
class Day:
    """One day. After `pass_by` it tells what was seen."""

    database: WatchedDatabase
    work: Work
    part: float
    plan: Plan
    server_pid: int
    tell: Callable[[str], None]
    rng: Random = field(default_factory=lambda: Random(20_776))
    policy: Policy = field(default_factory=Policy)
    seen: Seen = field(default_factory=Seen)
    check_ins_a_day: float = 0.0
    telegram: MemoryTelegram = field(init=False)
    visitors: Visitors = field(init=False)
    matters: Matters = field(init=False)
    _began: float = 0.0
    _running: list["asyncio.Task[Any]"] = field(default_factory=list)

    def now(self) -> datetime:
        """The simulated instant."""
        return DAY + timedelta(seconds=asyncio.get_running_loop().time() - self._began)

    async def pass_by(self) -> None:
        """From midnight to midnight."""
        loop = asyncio.get_running_loop()
        self._began = loop.time()
        await self._open()
        self.seen.before_mb = await self._megabytes()
        await self._night()
        await self._one_after_the_other()
        begun = [asyncio.create_task(every(seconds, self._timed(job))) for seconds, job in self._jobs_by_seconds()]
        self._running += begun
        for hour, minutes in self.plan.minutes.items():
            await self._skip_to(hour * _HOUR)
            if hour == self.policy.digest_at.hour:
                await self._morning()
            await self._window(hour, minutes * 60)
        await self._skip_to(24 * _HOUR - 60)
        await asyncio.sleep(60)
        await self._end()

    async def _open(self) -> None:
        loop = asyncio.get_running_loop()
        self.telegram = MemoryTelegram(loop.time)
        limiter = Limiter(30, clock=loop.time, call_later=loop.call_later)
        sender = TelegramSender(cast(BotApi, self.telegram), limiter)
        self._sent = SentMessages(self.database, clock=self.now)
        self._replies = Replies(sender, self._sent)
        inbox = Inbox(self.database, clock=self.now, policy=self.policy, send=self._replies, hear=self._sent.hear)
        self._deliverer = Deliverer(self.database, NotedChannel(sender, self._sent), clock=self.now, policy=self.policy)
        self._vanisher = Vanisher(self.database, sender, clock=self.now)
        self._sweep = Sweep(self.database, clock=self.now, policy=self.policy)
        async with self.database.transaction() as session:
            posts = select(col(Member.telegram_id)).join(Appointment, col(Appointment.member_id) == col(Member.id))
            people = (await session.execute(posts.where(col(Appointment.role) == Role.GRID_WORKER))).scalars().all()
            tiers = await session.execute(select(col(Household.tier), func.count()).group_by(col(Household.tier)))
            self.check_ins_a_day = visits_a_day({row[0].value: row[1] for row in tiers}, self.policy)
        self.visitors = Visitors(self.telegram, Intake(inbox.store, loop.time, 60.0), self.rng, people)
        self.matters = Matters(self.database, self.rng, self.policy, self.now)
        self._running.append(asyncio.create_task(inbox.run()))

    def _jobs_by_seconds(self) -> tuple[tuple[int, Callable[[], Awaitable[object]]], ...]:
        """As in scheduler/jobs.py and bot.py; what a clock's minute starts there starts at our minutes."""
        sweep = self._sweep
        return (
            (1, self._deliverer.deliver_red),
            (1, self._deliverer.deliver_calm),
            (2, self._vanisher.delete_due),
            (3, self._sent.flush),
            (5, sweep.alerts),
            (5, sweep.ballots),
            (15, self.figures),
            (60, sweep.disputes),
            (60, sweep.referrals),
            (60, sweep.mediations),
            (60, sweep.meetings),
            (300, sweep.projects),
            (300, sweep.drafts),
            (3600, sweep.audit),
        )

    async def figures(self) -> None:
        """What Prometheus asks for."""
        async with self.database.transaction() as session:
            await operating_figures(session, now=self.now())

    def _timed(self, job: Callable[[], Awaitable[object]]) -> Callable[[], Coroutine[Any, Any, None]]:
        async def timed() -> None:
            begun = time.perf_counter()
            try:
                await job()
            except Exception:
                self.seen.failed += 1  # as APScheduler does: said, and done again at its next time
                _log.exception("job_failed")
            self.seen.jobs[job.__name__].append(time.perf_counter() - begun)

        return timed

    async def _skip_to(self, seconds: float) -> None:
        """Let time pass in which nobody is up. What is under way in the database must not be timed out by it."""
        while self.work.under_way:  # noqa: ASYNC110 - it is another clock's work
            await asyncio.sleep(0.001)
        ahead = self._began + seconds - asyncio.get_running_loop().time()
        self.work.skip(max(0.0, ahead))

    async def _night(self) -> None:
        for hour, job in ((3.33, self._sweep.forget), (3.67, self._sweep.purge), (5, self._sweep.reachability)):
            await self._skip_to(hour * _HOUR)
            await self._timed(job)()
        self.tell("the night is over")

    async def _one_after_the_other(self) -> None:
        """What a reply takes while nobody else does anything: no queue, no jobs."""
        await self._skip_to(6 * _HOUR)
        for person in self.visitors.workers[: ALONE + 2]:
            first = len(self.telegram.replies)
            await self.visitors.check_in(person)
            await self._replies.drain()
            self.seen.alone += [wait for _, wait in self.telegram.replies[first:]]
        del self.seen.alone[: 2 * len(CHECK_IN)]  # these compiled statements and templates

    async def _morning(self) -> None:
        await self._timed(self._sweep.morning)()
        async with self.database.transaction() as session:
            query = text("SELECT count(*) FROM outbox WHERE state = 'waiting' AND kind = 'MorningDigest'")
            self.seen.digests = (await session.execute(query)).scalar_one()

    async def _window(self, hour: int, seconds: float) -> None:
        """So many seconds of an hour, and then until whoever has begun has finished."""
        loop, telegram, visitors = asyncio.get_running_loop(), self.telegram, self.visitors
        begun, used = loop.time(), Processors.now(self.server_pid)
        sent, notices, replies = len(telegram.sent), len(telegram.notices), len(telegram.replies)
        updates, done = visitors.updates, visitors.finished
        await self._people(hour, begun + seconds)
        if hour == self.policy.digest_at.hour:
            while await self._due():  # noqa: ASYNC110 - the outbox is a table, it calls nobody
                await asyncio.sleep(1.0)
            self.seen.digest_run(telegram.notices[notices:], telegram.sent[sent:])
        after = Processors.now(self.server_pid)
        window = Window(
            hour,
            loop.time() - begun,
            visitors.finished - done,
            visitors.updates - updates,
            [wait for _, wait in telegram.replies[replies:]],
            len(telegram.sent) - sent,
            after.program - used.program,
            after.database - used.database,
        )
        self.seen.windows.append(window)
        self.tell(line_of(window))

    async def _people(self, hour: int, until: float) -> None:
        """Whoever begins something in this time, and until all of them have finished."""
        share = HOURS[hour] / 100
        rates = {
            self.visitors.somebody: self.check_ins_a_day * share,
            self.matters.lead: LEADS * share * self.part,
            self.matters.dispute: DISPUTES * share * self.part,
            self.matters.step: STEPS * share * self.part,
        }
        await asyncio.gather(*(self._keep(do, rate / _HOUR, until) for do, rate in rates.items()))
        await asyncio.sleep(max(0.0, until - asyncio.get_running_loop().time()))
        while self.visitors.under_way or self.matters.under_way:
            await asyncio.gather(*self.visitors.under_way, *self.matters.under_way)
        await self._replies.drain()

    async def _keep(self, do: Callable[[], None], per_second: float, until: float) -> None:
        """Do it at the moments of a Poisson process."""
        loop = asyncio.get_running_loop()
        while (pause := self.rng.expovariate(per_second)) + loop.time() < until:
            await asyncio.sleep(pause)
            do()

    async def _due(self) -> int:
        async with self.database.transaction() as session:
            figures = await operating_figures(session, now=self.now())
        return figures.inbox.count + sum(waiting.count for waiting in figures.outbox.values())

    async def _end(self) -> None:
        self.seen.backlog = await self._due() + sum(self.visitors.lost.values())
        for task in self._running:
            task.cancel()
        await asyncio.gather(*self._running, return_exceptions=True)
        self.seen.after_mb = await self._megabytes()

    async def _megabytes(self) -> float:
        async with self.database.transaction() as session:
            size = (await session.execute(text("SELECT pg_database_size(current_database())"))).scalar_one()
        return float(size) / 2**20
