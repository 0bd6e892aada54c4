"""The nightly restore drill of the embedded database, in a thread of its own: the chats go on meanwhile."""

import asyncio
import contextlib
import logging
from collections.abc import Callable
from datetime import datetime, time, timedelta
from threading import Thread

from domain.rules.policy import Policy
from domain.usecases.incidents import Alarm, Reading
from domain.usecases.restore_drills import drilled_on, note_drill
from models.session import Database

_log = logging.getLogger(__name__)
DRILL_AT = time(3, 40)  # after the night's forgetting
AGAIN = timedelta(hours=1)  # after one that failed


class NightlyDrill:
    """Once a day, as soon as the program runs after twenty to four."""

    def __init__(
        self, database: Database, drill: Callable[[], object], *, clock: Callable[[], datetime], policy: Policy
    ) -> None:
        """`drill` blocks for as long as it takes, and raises when the copy is not good."""
        self._database = database
        self._drill = drill
        self._clock = clock
        self._policy = policy
        self._next: datetime | None = None
        self._failed: bool | None = None

    async def drill_due(self) -> None:
        """Drill, if today's is due and not done."""
        now = self._clock()
        today = self._policy.today(now)
        if now < self._policy.at(today, DRILL_AT) or (self._next is not None and now < self._next):
            return
        async with self._database.transaction() as session:
            if await drilled_on(session, today):
                return
        try:
            await _in_a_thread(self._drill)
        except Exception as error:
            self._failed = True
            self._next = now + AGAIN
            # Its own words name the file and the tables, and nothing that is in them.
            _log.error("drill_failed reason=%r", str(error))
            return
        async with self._database.transaction() as session:
            await note_drill(session, day=today, now=now)
        self._failed = False
        _log.info("drill_done day=%s", today)

    def reading(self) -> Reading | None:
        """How the last one ended; None before the first."""
        return None if self._failed is None else Reading(Alarm.DRILL, int(self._failed))


async def _in_a_thread(work: Callable[[], object]) -> None:
    """Not in asyncio's own threads, for whose end a stop would wait."""
    loop = asyncio.get_running_loop()
    done: asyncio.Future[None] = loop.create_future()

    def end(error: Exception | None) -> None:
        if done.done():
            return
        if error is None:
            done.set_result(None)
        else:
            done.set_exception(error)

    def at_work() -> None:
        error: Exception | None = None
        try:
            work()
        except Exception as raised:
            error = raised
        with contextlib.suppress(RuntimeError):  # the program has ended meanwhile
            loop.call_soon_threadsafe(end, error)

    Thread(target=at_work, name="drill", daemon=True).start()
    await done
