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

_NUMBERS = struct.Struct("4q")  # boundaries left to live, those passed, the delay in microseconds, and whose count
SIZE = 4096
ROOM = SIZE - _NUMBERS.size


class Boundary(IntEnum):
    """A moment between two things that a program does."""

    STATEMENT = 1  # before it
    COMMIT = 2  # before it
    COMMITTED = 3  # the connection has been given back: after a commit or an undoing
    CALL = 4  # of the Bot API, before it
    ANSWERED = 5  # after it


class Fate:
    """The shared page. `left` is 0 while nobody is to die."""

    def __init__(self, file: Path) -> None:
        if not file.exists():
            file.write_bytes(bytes(SIZE))
        with file.open("r+b") as opened:
            self._page = mmap.mmap(opened.fileno(), SIZE)

    def arm(self, boundary: int, *, delay: int = 0, anywhere: bool = False) -> None:
        """Die at the boundary with this number (0: the next one), so many microseconds after it; of what answers an
        update alone, or `anywhere` in the program.
        """
        _NUMBERS.pack_into(self._page, 0, boundary + 1, 0, delay, anywhere)

    def spare(self) -> None:
        """Let it live; count from the beginning."""
        _NUMBERS.pack_into(self._page, 0, 0, 0, 0, 0)

    def passed(self) -> list[Boundary]:
        """The boundaries of what answers updates, since it was armed or spared."""
        count = _NUMBERS.unpack_from(self._page)[1]
        return [Boundary(one) for one in self._page[_NUMBERS.size : _NUMBERS.size + min(count, ROOM)]]

    def meet(self, boundary: Boundary, *, answering: bool) -> None:
        """The victim has come to a boundary."""
        left, passed, delay, anywhere = _NUMBERS.unpack_from(self._page)
        if not (answering or anywhere):
            return
        if passed < ROOM:
            self._page[_NUMBERS.size + passed] = boundary
        _NUMBERS.pack_into(self._page, 0, max(0, left - 1), passed + 1, delay, anywhere)
        if left == 1:
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
