"""An event loop on which nobody sleeps: where all would wait for the time, the time comes to them.

Work in a database is done in a thread or another process, so while it goes on the loop waits for it. `Work.costs` says
whether the time that all work really takes counts too, or only the times that are waited for.
"""

import asyncio
import selectors
import time
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager
from functools import partial
from typing import Any, TypeVar

from sqlalchemy.ext.asyncio import AsyncConnection, AsyncSession

from models.session import Database

Result = TypeVar("Result")


class Work:
    """How much of it is under way, and how late it is."""

    def __init__(self, *, costs: bool) -> None:
        self.costs = costs
        self.under_way = 0
        self._skipped = 0.0
        self._began = time.perf_counter()

    def now(self) -> float:
        """Monotonic seconds."""
        return self._skipped + (time.perf_counter() - self._began if self.costs else 0.0)

    def skip(self, seconds: float) -> None:
        """Let time pass."""
        self._skipped += seconds

    def while_waiting(self, wait: Callable[[], Result]) -> Result:
        """What `wait` gives; it waits for what others do, a database for example."""
        return wait()


class IdleSelector(selectors.DefaultSelector):
    """Waits for work, and skips waits in which there is none."""

    def __init__(self, work: Work) -> None:
        super().__init__()
        self._work = work

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        """What is ready."""
        ready = super().select(0)
        if ready or timeout == 0:
            return ready
        if self._work.under_way or timeout is None:
            return self._work.while_waiting(partial(super().select, timeout if self._work.costs else None))
        self._work.skip(timeout)
        return []


class IdleLoop(asyncio.SelectorEventLoop):
    """The loop of such a clock."""

    def __init__(self, work: Work) -> None:
        super().__init__(IdleSelector(work))
        self._work = work

    def time(self) -> float:
        """The clock's seconds."""
        return self._work.now()


class WatchedDatabase(Database):
    """A database whose transactions and looks are work."""

    def __init__(self, url: str, work: Work) -> None:
        super().__init__(url)
        self._work = work

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[AsyncSession]:
        """As ever, but counted."""
        self._work.under_way += 1
        try:
            async with super().transaction() as session:
                yield session
        finally:
            self._work.under_way -= 1

    @asynccontextmanager
    async def looking(self) -> AsyncIterator[AsyncConnection]:
        """As ever, but counted."""
        self._work.under_way += 1
        try:
            async with super().looking() as look:
                yield look
        finally:
            self._work.under_way -= 1

    async def close(self) -> None:
        """Closing is work too."""
        self._work.under_way += 1
        try:
            await super().close()
        finally:
            self._work.under_way -= 1


def run_idle(work: Work, coroutine: Coroutine[Any, Any, Result]) -> Result:
    """Run `coroutine` on such a loop."""
    with asyncio.Runner(loop_factory=lambda: IdleLoop(work)) as runner:
        return runner.run(coroutine)
