"""What one process sees of its own trouble, also while its database is away: each sign gives readings."""

import logging
import shutil
from collections import deque
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any, Protocol

from sqlalchemy import event
from sqlalchemy.exc import DBAPIError, IntegrityError

from domain.usecases.incidents import Alarm, Reading
from models.session import Database

LONGEST_SILENCE = 60.0  # seconds; jobs end every second
FAILING = 60.0  # seconds for which a job may fail whenever it is tried
JUMP = 30.0  # seconds that the clock may differ from what has passed
STEADY = 900.0  # seconds after which a jump is history
ERRORS, ERROR_WINDOW = 10, 300.0  # so many errors in so many seconds
ROOM = 500_000_000  # bytes; a full disk stops the embedded database
TOLD = 150.0  # seconds; whoever watches the way in looks every minute
_WAY_IN = frozenset({"poll_silent", "webhook_silent", "webhook_not_ours"})


class Sign(Protocol):
    """Something that is looked at every few seconds."""

    def read(self, now: datetime, at: float) -> list[Reading]:
        """How it stands: `now` by the clock, `at` by monotonic seconds."""

    def forget(self) -> None:
        """The database was away: what followed from that is no incident of its own."""


class Pulse:
    """Whether the scheduler works, and which of its jobs fail every time."""

    def __init__(self, at: float) -> None:
        self._last = at
        self._failing: dict[str, float] = {}

    def ended(self, job: str, at: float, *, failed: bool) -> None:
        """A job has ended."""
        self._last = at
        if failed:
            self._failing.setdefault(job, at)
        else:
            self._failing.pop(job, None)

    def read(self, now: datetime, at: float) -> list[Reading]:
        """Whether jobs end at all, and end well."""
        silent = at - self._last
        failing = sorted(job for job, since in self._failing.items() if at - since > FAILING)
        return [
            Reading(Alarm.SCHEDULER, int(silent > LONGEST_SILENCE), {"seconds": int(silent)}),
            Reading(Alarm.JOBS, int(bool(failing)), {"names": ", ".join(failing)}),
        ]

    def forget(self) -> None:
        """Jobs fail without a database."""
        self._failing.clear()


class SteadyClock:
    """Whether the clock goes on as time does. A machine that slept looks like one whose clock was set forward."""

    def __init__(self, jumped: Callable[[], None] = lambda: None) -> None:
        """`jumped` is called once for each jump: what waits for an instant may wait in vain."""
        self._when_jumped = jumped
        self._before: tuple[datetime, float] | None = None
        self._jumped: tuple[int, float] | None = None  # by how much, and when

    def read(self, now: datetime, at: float) -> list[Reading]:
        """A jump is open until the clock has gone on steadily for a while."""
        if self._before is not None:
            jump = (now - self._before[0]).total_seconds() - (at - self._before[1])
            if abs(jump) > JUMP:
                self._jumped = (round(jump), at)
                self._when_jumped()
        self._before = (now, at)
        if self._jumped is not None and at - self._jumped[1] > STEADY:
            self._jumped = None
        level = 0 if self._jumped is None else int(self._jumped[1]) or 1  # each jump is told
        return [Reading(Alarm.CLOCK, level, {"seconds": self._jumped[0] if self._jumped else 0})]

    def forget(self) -> None:
        """The clock is not the database's."""


class Room:
    """Whether the disk of the embedded database has room."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def read(self, now: datetime, at: float) -> list[Reading]:
        """Bytes that are free, in megabytes."""
        try:
            free = shutil.disk_usage(self._folder).free
        except OSError:
            return []
        return [Reading(Alarm.DISK, int(free < ROOM), {"megabytes": free // 1_000_000})]

    def forget(self) -> None:
        """A full disk may be why the database was away: it is told all the same."""


class DatabaseErrors:
    """How often the database refused lately; a broken rule (a unique key, say) is our own doing and does not count."""

    def __init__(self, database: Database) -> None:
        self._instants: deque[float] = deque(maxlen=1000)
        self._new = 0
        event.listen(database.engine.sync_engine, "handle_error", self._refused)

    def _refused(self, context: Any) -> None:
        error = context.sqlalchemy_exception
        if isinstance(error, DBAPIError) and not isinstance(error, IntegrityError):
            self._new += 1

    def read(self, now: datetime, at: float) -> list[Reading]:
        """Those of the last minutes."""
        self._instants.extend([at] * min(self._new, ERRORS))
        self._new = 0
        while self._instants and at - self._instants[0] > ERROR_WINDOW:
            self._instants.popleft()
        count = len(self._instants)
        values = {"count": count, "minutes": int(ERROR_WINDOW // 60)}
        return [Reading(Alarm.DATABASE_ERRORS, int(count >= ERRORS), values)]

    def forget(self) -> None:
        """That it was away is told as such."""
        self._instants.clear()
        self._new = 0


class WayInLog(logging.Handler):
    """Hears in the program's own log that no updates come in, whichever way they take."""

    def __init__(self) -> None:
        super().__init__(logging.ERROR)
        self._heard = False
        self._last: float | None = None

    def emit(self, record: logging.LogRecord) -> None:
        """Look at one line."""
        self._heard |= str(record.msg).split(maxsplit=1)[:1] in [[word] for word in _WAY_IN]

    def read(self, now: datetime, at: float) -> list[Reading]:
        """Whether it was said within the last minutes."""
        if self._heard:
            self._last, self._heard = at, False
        silent = self._last is not None and at - self._last < TOLD
        return [Reading(Alarm.UPDATES, int(silent))]

    def forget(self) -> None:
        """What comes in has to be written down: while that cannot be, nothing does."""
        self._heard, self._last = False, None
