"""Time for tests: a clock that moves only when told, with the calls and waits arranged on it."""

import asyncio
from collections.abc import Callable
from heapq import heappop, heappush


class Appointment:
    """A call arranged for later."""

    def __init__(self, call: Callable[[], None]) -> None:
        self.call = call
        self.off = False

    def cancel(self) -> None:
        self.off = True


class Timeline:
    """Monotonic seconds from 1000.0 on. `call_later` and `wait` happen as `until` passes them."""

    def __init__(self) -> None:
        self.now = 1000.0
        self.waits: list[float] = []
        self._due: list[tuple[float, int, Appointment]] = []
        self._count = 0
        self.arranged = asyncio.Event()

    def clock(self) -> float:
        return self.now

    def call_later(self, delay: float, call: Callable[[], None]) -> Appointment:
        self._count += 1
        appointment = Appointment(call)
        heappush(self._due, (self.now + delay, self._count, appointment))
        self.arranged.set()
        return appointment

    async def wait(self, seconds: float) -> None:
        """Returns at once and only remembers how long it was asked to wait."""
        self.waits.append(seconds)
        await asyncio.sleep(0)

    def next_call(self) -> float | None:
        """The time of the next arranged call."""
        while self._due and self._due[0][2].off:
            heappop(self._due)
        return self._due[0][0] if self._due else None

    async def until(self, then: float) -> None:
        """Move on to `then`, making every arranged call at its time and letting tasks run after each."""
        await settle()
        while (at := self.next_call()) is not None and at <= then:
            self.now = max(self.now, at)
            heappop(self._due)[2].call()
            await settle()
        self.now = max(self.now, then)
        await settle()


async def settle() -> None:
    """Let every task that can run do so until it waits."""
    for _ in range(5):
        await asyncio.sleep(0)
