"""Jobs that one replica at a time does: by a lease, with whose fence each of their transactions begins.

What has to be done within seconds (alerts, the outbox, votes that end) is not among them: there the rows themselves are
claimed, and no replica waits for another that may just have died.
"""

import asyncio
import logging
from collections.abc import Callable
from datetime import datetime, timedelta
from functools import partial, wraps

from sqlalchemy.ext.asyncio import AsyncSession

from domain.usecases.leases import Held, LeaseLostError, end_lease, keep_lease, take_lease
from models.session import Database, guarded
from scheduler.running import Job

_log = logging.getLogger(__name__)
LENGTH = timedelta(minutes=2)  # for so long a job rests when the process dies that did it
JOBS = frozenset(
    {
        # Nothing tells two processes that look at the same file apart.
        "FileKeeper.keep_waiting",
        # Side by side these are harmless: each does, or waits for, what another does already.
        *("Sweep.audit", "Sweep.disputes", "Sweep.referrals", "Sweep.mediations", "Sweep.meetings", "Sweep.projects"),
        *("Sweep.drafts", "Sweep.shown_ballots", "Sweep.forget", "Sweep.purge", "GroupPoster.touch"),
    }
)


class Alone:
    """The leases of this process."""

    def __init__(self, database: Database, holder: str, *, clock: Callable[[], datetime]) -> None:
        """`holder` is this process's name, of which there is no second."""
        self._database = database
        self._holder = holder
        self._clock = clock
        self._held: dict[str, Held] = {}

    def alone(self, job: Job) -> Job:
        """The same job, done while no other replica does it. The embedded database has no other."""
        name = job.__qualname__
        if name not in JOBS or self._database.is_sqlite:
            return job

        @wraps(job)
        async def by_lease() -> object:
            held = await self.take(name)
            if held is None:
                return None
            try:
                with guarded(partial(self._keep, held)):
                    return await job()
            except LeaseLostError:
                _log.warning("lease_lost name=%s", name)
                self._held.pop(name, None)
                return None

        return by_lease

    async def take(self, name: str, length: timedelta = LENGTH) -> Held | None:
        """Hold the lease of this name, from now on or still; None when another replica does."""
        async with self._database.transaction() as session:
            held = await take_lease(session, name, self._holder, now=self._clock(), length=length)
        if held is None:
            self._held.pop(name, None)
        else:
            self._held[name] = held
        return held

    async def give_back(self, name: str | None = None) -> None:
        """Give back the lease of this name, or all: somebody else may go on at once."""
        given = [held for held in self._held.values() if name in (None, held.name)]
        if not given:
            return
        async with self._database.transaction() as session:
            for held in given:
                await end_lease(session, held, now=self._clock())
        for held in given:
            self._held.pop(held.name, None)

    async def end(self, seconds: float, name: str | None = None) -> None:
        """Give it back, or all; when the database does not take that within so long, they end by themselves."""
        try:
            async with asyncio.timeout(seconds):
                await self.give_back(name)
        except Exception as error:
            _log.warning("leases_not_given_back error=%s", type(error).__name__)

    async def _keep(self, held: Held, session: AsyncSession) -> None:
        await keep_lease(session, held, now=self._clock())
