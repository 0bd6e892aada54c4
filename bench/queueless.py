"""The clock of `bench/idle.py` on a machine that has other things to do: time spent in line for a core does not count.

Linux says of every process how long it was ready and had to wait for a core (`/proc/…/schedstat`). What this process
waited is taken off the clock; so is what the database's processes waited while this one waited for them, at most what
the longest of them did. The rest is time as it would pass with two cores and nobody else.
"""

import os
import time
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from bench.idle import Work

Result = TypeVar("Result")
LOOK_AGAIN = 1.0  # seconds after which a server's processes are looked for anew


def available() -> bool:
    """Whether this system tells it."""
    return Path("/proc/self/schedstat").exists() and Path(f"/proc/self/task/{os.getpid()}/children").exists()


class InLine:
    """How long one process has been in line for a core."""

    def __init__(self, pid: int) -> None:
        self._file = os.open(f"/proc/{pid}/schedstat", os.O_RDONLY)

    def seconds(self) -> float:
        """So far. Raises OSError when it has ended."""
        return int(os.pread(self._file, 80, 0).split()[1]) / 1e9

    def close(self) -> None:
        """Look no more."""
        os.close(self._file)


class QueuelessWork(Work):
    """Work whose time counts, but not what it waited for a core; `server_pid` is the database's first process."""

    def __init__(self, server_pid: int) -> None:
        super().__init__(costs=True)
        self._children = Path(f"/proc/{server_pid}/task/{server_pid}/children")
        self._mine = InLine(os.getpid())
        self._theirs: dict[int, InLine] = {}
        self._looked = 0.0
        self._own = self._mine.seconds()
        self.in_line = 0.0  # what the clock has left out

    def now(self) -> float:
        """Monotonic seconds."""
        own = self._mine.seconds()
        self.in_line += own - self._own
        self._own = own
        return super().now() - self.in_line

    def while_waiting(self, wait: Callable[[], Result]) -> Result:
        """Wait for the database, and leave out what it was in line."""
        before, begun, own = self._lines(), time.perf_counter(), self._mine.seconds()
        try:
            return wait()
        finally:
            after = self._lines()
            longest = max((after[pid] - since for pid, since in before.items() if pid in after), default=0.0)
            room = time.perf_counter() - begun - (self._mine.seconds() - own)
            self.in_line += max(0.0, min(longest, room))

    def _lines(self) -> dict[int, float]:
        """How long each of the database's processes has been in line."""
        if time.perf_counter() - self._looked > LOOK_AGAIN:
            self._look()
        lines = {}
        for pid, line in list(self._theirs.items()):
            try:
                lines[pid] = line.seconds()
            except OSError:
                self._theirs.pop(pid).close()
        return lines

    def _look(self) -> None:
        self._looked = time.perf_counter()
        for pid in map(int, self._children.read_text(encoding="ascii").split()):
            if pid not in self._theirs:
                try:
                    self._theirs[pid] = InLine(pid)
                except OSError:
                    continue  # it has ended meanwhile
