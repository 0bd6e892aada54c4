"""The jobs as they run: each is timed, some are done by one replica at a time, and all of them are watched."""

import asyncio
from collections.abc import Callable, Mapping
from datetime import datetime
from functools import partial
from pathlib import Path

from domain.rules.policy import Policy
from models.session import Database
from scheduler.alarm_line import AlarmLine
from scheduler.alone import Alone
from scheduler.deliver import Deliverer
from scheduler.jobs import build_scheduler, catch_up, wake
from scheduler.nightly_drill import NightlyDrill
from scheduler.running import Job, RunningJobs
from scheduler.signs import DatabaseErrors, Pulse, Room, Sign, SteadyClock, WayInLog
from scheduler.sweep import Sweep
from scheduler.watch import Watch

_DRILL_EVERY = 600  # seconds between two looks whether tonight's is due


class Ticking:
    """The scheduler of one process, its leases among replicas, and the watch over both."""

    def __init__(
        self,
        database: Database,
        sweep: Sweep,
        deliverer: Deliverer,
        chores: Mapping[Job, int],
        *,
        watchdog: Job,
        line: AlarmLine,
        holder: str,
        ended: Callable[[str, float, bool], None],
        clock: Callable[[], datetime],
        policy: Policy,
        embedded: Path | None,
        drill: Callable[[Path], object],
    ) -> None:
        """`watchdog` and `chores` are as for `build_scheduler`; alarms go down the `line`; `holder` is this process's
        name, of which there is no second; `ended(job, seconds, failed)` hears of every job. An `embedded` database has
        its nightly `drill` besides, which blocks.
        """
        seconds = asyncio.get_running_loop().time
        self._sweep, self._deliverer = sweep, deliverer
        self._clock, self._seconds, self._ended = clock, seconds, ended
        self._alone = Alone(database, holder, clock=clock)
        self._pulse, self.ears = Pulse(seconds()), WayInLog()
        signs: list[Sign] = [self._pulse, SteadyClock(self._clock_jumped), self.ears, DatabaseErrors(database)]
        nightly, jobs = None, dict(chores)
        if embedded is not None:
            nightly = NightlyDrill(database, partial(drill, embedded), clock=clock, policy=policy)
            jobs[nightly.drill_due] = _DRILL_EVERY
            signs.append(Room(embedded.parent))
        self.watch = Watch(
            database,
            line,
            clock=clock,
            seconds=seconds,
            policy=policy,
            signs=signs,
            drill=nightly.reading if nightly else None,
            alone=None if embedded is not None else self._alone,
        )
        self._running = RunningJobs(seconds, self._job_ended)
        self.scheduler = build_scheduler(sweep, deliverer, watchdog, policy.zone, jobs, wrapped=self._job)

    def start(self) -> None:
        """Begin, and have done what was missed meanwhile; nobody waits for that."""
        self.scheduler.start()
        # The clock may have been put right while the program was off.
        catch_up(self.scheduler, self._sweep, self._clock(), wrapped=self._job)

    def pause(self) -> None:
        """Begin no more jobs, and deliver no more notices."""
        if self.scheduler.running:
            self.scheduler.pause()
        self._deliverer.stop()

    async def end_jobs(self, seconds: float) -> None:
        """Let the jobs end that are at work, for so long."""
        await self._running.end(seconds)

    async def give_back(self, seconds: float) -> None:
        """Give the leases back, if the database takes that within so long: somebody else may go on at once."""
        await self._alone.end(seconds)

    def shut_down(self) -> None:
        """End the scheduler itself."""
        if self.scheduler.running:
            self.scheduler.shutdown(wait=False)

    def _job(self, job: Job) -> Job:
        return self._running.watched(self._alone.alone(job))

    def _clock_jumped(self) -> None:
        wake(self.scheduler, self._clock())
        self.scheduler.add_job(self._sweep.call_back)

    def _job_ended(self, job: str, seconds: float, failed: bool) -> None:
        self._ended(job, seconds, failed)
        self._pulse.ended(job, self._seconds(), failed=failed)
