"""The jobs that are at work: timed, and let end when the program stops."""

import asyncio
from collections.abc import Awaitable, Callable
from functools import wraps

Job = Callable[[], Awaitable[object]]


class RunningJobs:
    """Knows which jobs are at work, and tells how long each took and whether it failed."""

    def __init__(self, clock: Callable[[], float], told: Callable[[str, float, bool], None]) -> None:
        """`clock` gives monotonic seconds; `told(job, seconds, failed)` hears of every job that ended."""
        self._clock = clock
        self._told = told
        self._at_work: set[asyncio.Task[object]] = set()

    def watched(self, job: Job) -> Job:
        """The same job under our eyes."""

        @wraps(job)
        async def at_work() -> object:
            task = asyncio.current_task()
            assert task is not None  # noqa: S101 - a coroutine that runs is in a task
            self._at_work.add(task)
            began, failed = self._clock(), False
            try:
                return await job()
            except Exception:
                failed = True
                raise
            finally:
                self._at_work.discard(task)
                self._told(job.__qualname__, self._clock() - began, failed)

        return at_work

    async def end(self, seconds: float) -> None:
        """Let what is at work end, for so long; then break it off."""
        at_work = list(self._at_work)
        if not at_work:
            return
        _, slow = await asyncio.wait(at_work, timeout=seconds)
        for task in slow:
            task.cancel()
        await asyncio.gather(*slow, return_exceptions=True)
