"""When a process is to die: a page of memory that a campaign and its victim share.

The victim counts the boundaries of its own work (before a statement, before and after a commit, before and after a
call of the Bot API) and sends itself SIGKILL at the one that the campaign has named: no handler sees that, and no
`finally` either.
"""

import mmap
import os
import signal
import struct
import threading
import time
from collections.abc import Callable
from contextvars import ContextVar
from enum import IntEnum
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, Pool, event

# The order, which the campaign alone writes: its number, the boundary (-1: live), a delay in microseconds, and where.
_ORDER = struct.Struct("4q")
# What the victim alone writes: the number of the order that it has read, how many boundaries it has met since, and
# from there on, a byte each, which.
_MET = struct.Struct("2q")
SIZE = 4096
ROOM = SIZE - _ORDER.size - _MET.size


class Boundary(IntEnum):
    """A moment between two things that a program does."""

    STATEMENT = 1  # before it
    COMMIT = 2  # before it
    COMMITTED = 3  # the connection has been given back: after a commit or an undoing
    CALL = 4  # of the Bot API, before it
    ANSWERED = 5  # after it


class Fate:
    """The shared page. Each side writes its own part of it, so neither needs to wait for the other."""

    def __init__(self, file: Path) -> None:
        if not file.exists():
            file.write_bytes(bytes(SIZE))
        with file.open("r+b") as opened:
            self._page = mmap.mmap(opened.fileno(), SIZE)
        self._order = 0
        self._met = 0

    def arm(self, boundary: int, *, delay: int = 0, anywhere: bool = False) -> None:
        """Die at the boundary with this number (0: the next one), so many microseconds after it; of what answers an
        update alone, or `anywhere` in the program.
        """
        self._order += 1
        _ORDER.pack_into(self._page, 0, self._order, boundary, delay, anywhere)

    def spare(self) -> None:
        """Let it live; count from the beginning."""
        self.arm(-1)

    def passed(self) -> list[Boundary]:
        """The boundaries of what answers updates, since it was armed or spared."""
        order, count = _MET.unpack_from(self._page, _ORDER.size)
        begin = _ORDER.size + _MET.size
        return [Boundary(one) for one in self._page[begin : begin + min(count, ROOM)]] if order == self._order else []

    def meet(self, boundary: Boundary, *, answering: bool) -> None:
        """The victim has come to a boundary."""
        order, wanted, delay, anywhere = _ORDER.unpack_from(self._page)
        if not (answering or anywhere):
            return
        if order != self._order:
            self._order, self._met = order, 0
        if self._met < ROOM:
            self._page[_ORDER.size + _MET.size + self._met] = boundary
        self._met += 1
        _MET.pack_into(self._page, _ORDER.size, order, self._met)
        if self._met - 1 == wanted:
            _die(delay)


def _die(delay: int) -> None:
    if not delay:
        os.kill(os.getpid(), signal.SIGKILL)

    def later() -> None:
        time.sleep(delay / 1_000_000)
        os.kill(os.getpid(), signal.SIGKILL)

    threading.Thread(target=later, daemon=True).start()


def doom(fate: Fate) -> None:
    """Make this process, in which the program has not begun, meet its boundaries."""
    from handlers.api import BotApi  # noqa: PLC0415 - the campaign needs none of it
    from handlers.inbox import Inbox  # noqa: PLC0415

    answering: ContextVar[bool] = ContextVar("answering", default=False)

    def meets(boundary: Boundary) -> Callable[..., None]:
        return lambda *_: fate.meet(boundary, answering=answering.get())

    event.listen(Engine, "before_cursor_execute", meets(Boundary.STATEMENT))
    event.listen(Engine, "commit", meets(Boundary.COMMIT))
    event.listen(Pool, "checkin", meets(Boundary.COMMITTED))

    def within(real: Callable[..., Any]) -> Callable[..., Any]:
        async def wrapped(*args: Any) -> Any:
            token = answering.set(True)
            try:
                return await real(*args)
            finally:
                answering.reset(token)

        return wrapped

    calls = BotApi.call

    async def call(self: BotApi, method: str, *args: Any, **named: Any) -> Any:
        met = answering.get()
        fate.meet(Boundary.CALL, answering=met)
        answer = await calls(self, method, *args, **named)
        fate.meet(Boundary.ANSWERED, answering=met)
        return answer

    vars_of: tuple[tuple[Any, str, Any], ...] = (
        (Inbox, "store", within(Inbox.store)),
        (Inbox, "run", within(Inbox.run)),
        (BotApi, "call", call),
    )
    for owner, name, wrapped in vars_of:
        setattr(owner, name, wrapped)
