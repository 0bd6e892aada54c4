"""The watch over the program: looks every few seconds, and alarms the operator once for each incident.

It is no job of the scheduler, for it watches the scheduler too. What the database shows is the same for every replica,
and one of them tells it; what a process sees of itself, it tells itself. What each sees for itself of one thing that
they share, is told by whoever holds the lease of that alarm. While the database is away there are no leases: then
whoever had that of the watch when it was last there tells, and the others only if it stays away for long, for she may
have gone with it.
"""

import asyncio
import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from sqlalchemy.ext.asyncio import AsyncSession

from domain.rules.policy import Policy
from domain.usecases.incidents import (
    Alarm,
    Listener,
    Reading,
    begin_incident,
    end_incident,
    open_incidents,
    top_administrators,
)
from domain.usecases.readings import nothing_set_aside, read_heads, read_queues, read_set_aside
from models.session import Database
from scheduler.alarm_line import AlarmLine
from scheduler.alone import Alone
from scheduler.signs import Sign

_log = logging.getLogger(__name__)
EVERY = 15.0  # seconds between two looks
SELDOM = 20  # looks between two costly questions
PATIENCE = 10.0  # seconds that the database has to answer
AWAY = 20.0  # seconds without an answer after which the database counts as away
OTHERS_AWAY = 600.0  # the same for those whose part it is not to tell
TELLERS = timedelta(seconds=60)  # how long a lease to tell lasts without a look
LEASE_NAME = 40  # letters that it may have
SHARED = frozenset({Alarm.DATABASE_ERRORS, Alarm.JOBS, Alarm.UPDATES})  # seen by each, and the same for all
STEADY = 60.0  # seconds for which something must be well before its incident is over


@dataclass(slots=True)
class _Local:
    since: datetime
    told: set[tuple[int, str]] = field(default_factory=set)  # how bad, and by which lease
    leases: set[str] = field(default_factory=set)


@dataclass(slots=True)
class _Found:
    """What one look at the database has come to."""

    begun: list[Reading] = field(default_factory=list)
    over: list[tuple[Alarm, int]] = field(default_factory=list)
    administrators: Sequence[Listener] = ()


class Watch:
    """Looks, remembers and tells."""

    def __init__(
        self,
        database: Database,
        line: AlarmLine,
        *,
        clock: Callable[[], datetime],
        seconds: Callable[[], float],
        policy: Policy,
        signs: Sequence[Sign] = (),
        drill: Callable[[], Reading | None] | None = None,
        alone: Alone | None = None,
    ) -> None:
        """`seconds` are monotonic; `drill` tells how the last restore drill ended; `alone` knows of the replicas."""
        self._alone = alone
        self._tells = True  # that the database is away
        self._database = database
        self._line = line
        self._clock = clock
        self._seconds = seconds
        self._policy = policy
        self._signs = signs
        self._drill = drill or (lambda: None)
        self._looks = 0
        self._answered = seconds()
        self._away = False
        self._local: dict[Alarm, _Local] = {}
        self._well_since: dict[Alarm, float] = {}

    async def run(self) -> None:
        """Look until cancelled."""
        while True:
            await asyncio.sleep(EVERY)
            try:
                await self.look()
            except Exception:
                _log.exception("look_failed")

    async def look(self) -> None:
        """One look at everything."""
        now, at = self._clock(), self._seconds()
        away = await self._look_at_database(now, at)
        readings = [reading for sign in self._signs for reading in sign.read(now, at)]
        too_long = away > (AWAY if self._tells else OTHERS_AWAY)
        for reading in [Reading(Alarm.DATABASE, int(too_long), {"seconds": int(away)}), *readings]:
            await self._note(reading, now, at)
        await self._line.flush()

    async def _look_at_database(self, now: datetime, at: float) -> float:
        """Seconds for which it has been away."""
        try:
            async with asyncio.timeout(PATIENCE), self._database.transaction() as session:
                found = await self._find(session, now, at)
            self._tells = await self._is_mine("watch")
        except Exception as error:
            _log.warning("watch_without_database error=%s", type(error).__name__)
            self._away = True
            self._forget()
            return at - self._answered
        if self._away:
            self._forget()
        self._away, self._answered = False, at
        self._looks += 1
        self._line.listened_to_by(found.administrators)
        for reading in found.begun:
            self._line.begun(reading)
        for alarm, minutes in found.over:
            self._line.over(alarm, minutes)
        return 0.0

    def _forget(self) -> None:
        for sign in self._signs:
            sign.forget()

    async def _find(self, session: AsyncSession, now: datetime, at: float) -> _Found:
        found = _Found()
        seldom = self._looks % SELDOM == 0
        today = self._policy.today(now)
        known = await open_incidents(session)
        readings = await read_queues(session, now=now)
        readings += [reading for reading in (await read_set_aside(session, now=now), self._drill()) if reading]
        if seldom:
            found.administrators = await top_administrators(session, today)
            readings.append(await read_heads(session, today))
            if Alarm.SET_ASIDE in known and await nothing_set_aside(session):
                readings.append(Reading(Alarm.SET_ASIDE, 0))
        for reading in readings:
            await self._settle(session, reading, known.get(reading.alarm, frozenset()), found, now, at)
        return found

    async def _settle(  # noqa: PLR0917 - the parts of one look
        self, session: AsyncSession, reading: Reading, told: frozenset[int], found: _Found, now: datetime, at: float
    ) -> None:
        if reading.level:
            self._well_since.pop(reading.alarm, None)
            if reading.level not in told and await begin_incident(session, reading, now=now):
                found.begun.append(reading)
        elif not told:
            self._well_since.pop(reading.alarm, None)
        elif self._is_steady(reading.alarm, at):
            since = await end_incident(session, reading.alarm)
            if since is not None:
                found.over.append((reading.alarm, _minutes(since, now)))

    async def _note(self, reading: Reading, now: datetime, at: float) -> None:
        """The same for what this process alone sees."""
        known = self._local.get(reading.alarm)
        if reading.level:
            self._well_since.pop(reading.alarm, None)
            known = self._local.setdefault(reading.alarm, _Local(now))
            leases = _leases(reading)
            mine = {name for name in leases if reading.alarm not in SHARED or await self._is_mine(name)}
            new = {(reading.level, name) for name in mine} - known.told
            known.leases |= leases
            known.told |= new
            if new:
                self._line.begun(reading)
        elif known is not None and self._is_steady(reading.alarm, at):
            del self._local[reading.alarm]
            if known.told:
                self._line.over(reading.alarm, _minutes(known.since, now))
            if known.told and reading.alarm in SHARED and self._alone is not None:
                for name in known.leases:
                    await self._alone.end(PATIENCE, name)

    async def _is_mine(self, name: str) -> bool:
        """Whether no other replica tells of it. Without a database nobody knows: better twice than not at all."""
        if self._alone is None or self._away:
            return True
        try:
            async with asyncio.timeout(PATIENCE):
                return await self._alone.take(name, TELLERS) is not None
        except Exception as error:
            _log.warning("lease_not_asked name=%s error=%s", name, type(error).__name__)
            return True

    def _is_steady(self, alarm: Alarm, at: float) -> bool:
        return at - self._well_since.setdefault(alarm, at) >= STEADY


def _leases(reading: Reading) -> set[str]:
    """What of it one replica tells. Of jobs each by itself: another one may fail elsewhere."""
    name = f"alarm.{reading.alarm}"
    jobs = str(reading.values.get("names", "")).split(", ") if reading.alarm is Alarm.JOBS else []
    return {f"{name}.{job}"[:LEASE_NAME] for job in jobs} or {name}


def _minutes(since: datetime, now: datetime) -> int:
    return max(0, round((now - since).total_seconds() / 60))
