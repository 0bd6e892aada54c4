"""To be told to stop, and to have ended within a bound whatever hangs.

The first signal cancels the program's task; what was begun then ends, each stage in its share of the time. The second
ends the process now. And so does the end of the time, from a thread of its own: what keeps a program from ending may be
the event loop itself, a thread that is waited for, or a cancellation that was swallowed. What was still at work then is
logged by the names of tasks and functions; nothing is lost by it that `kill -9` would not lose either.
"""

import asyncio
import contextlib
import logging
import os
import signal
import sys
import threading
from collections.abc import Callable, Coroutine, Iterable, Iterator
from pathlib import Path
from types import FrameType
from typing import Any

_log = logging.getLogger("suozi.stop")
LONGEST = 25.0  # seconds from the signal to the end of the process; service managers leave more (deploy/)
SHARED = 22.0  # of these, what the stages have together
LAST_LOOPS = 11.0  # for the loops: a round and requests under way have ten
LEAST = 0.5  # seconds that every stage has, however long those before it took
ONCE_MORE = 0.5  # for what is cancelled when its share is over, or cancelled again
LAST_LINES = 2.0  # for saying what is still at work
OUR_FAULT = 70
PLACES = 4  # in a line: the outermost, and the innermost
_SIGNALS = (signal.SIGINT, signal.SIGTERM)
_Work = Coroutine[Any, Any, object]


class Stop:
    """The end of this process, from the first signal on."""

    def __init__(self, longest: float = LONGEST, end: Callable[[int], object] = os._exit) -> None:
        """`end(status)` ends the process at once."""
        self._longest = longest
        self._end = end
        self._told = False
        self._timer: threading.Timer | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._before: dict[int, Any] = {}

    def listen(self, *, also_ignored: bool) -> None:
        """Let signals stop the task that calls this.

        Whatever a shell starts in the background of a script ignores Ctrl+C from its birth. A program that runs until
        it is told to stop must hear it all the same (`also_ignored`): for a signal that is sent to it is meant for it.
        """
        task = asyncio.current_task()
        assert task is not None  # noqa: S101 - a coroutine calls this
        loop = self._loop = task.get_loop()

        def told(number: int, _frame: FrameType | None) -> None:
            if self._told:
                self._end(128 + number)
            self._told = True
            self.begin()
            with contextlib.suppress(RuntimeError):  # the loop has ended meanwhile
                loop.call_soon_threadsafe(task.cancel)

        for number in _SIGNALS:
            if also_ignored or signal.getsignal(number) is not signal.SIG_IGN:
                with contextlib.suppress(ValueError):  # not in the main thread
                    self._before[number] = signal.signal(number, told)

    def begin(self) -> None:
        """From now on the process has so long."""
        if self._timer is None:
            self._timer = threading.Timer(self._longest, self._too_late)
            self._timer.daemon = True
            self._timer.start()

    def call_off(self) -> None:
        """The process goes on living: signals are nothing to us any more."""
        if self._timer is not None:
            self._timer.cancel()
        for number, handler in self._before.items():
            signal.signal(number, handler)
        self._before.clear()

    def _too_late(self) -> None:
        # What holds up the program may be its log.
        telling = threading.Thread(target=self._tell, daemon=True)
        telling.start()
        telling.join(LAST_LINES)
        self._end(OUR_FAULT)

    def _tell(self) -> None:
        _log.critical("stop_too_long seconds=%d", self._longest)
        for line in [*tasks_at_work(self._loop), *threads_at_work()]:
            _log.critical("still_at_work %s", line)


class Shares:
    """The time that a stop's stages have together."""

    def __init__(self, clock: Callable[[], float], together: float = SHARED) -> None:
        """`clock` gives monotonic seconds."""
        self._clock = clock
        self._together = together
        self._ends: float | None = None

    def begin(self) -> None:
        """The stop has begun; it begins once."""
        if self._ends is None:
            self._ends = self._clock() + self._together

    def of(self, most: float, keep: float = 0.0) -> float:
        """Seconds for a stage that wants `most`, when those after it need `keep`."""
        self.begin()
        left = (self._ends or 0.0) - self._clock()
        return max(LEAST, min(most, left - keep))


async def stage(work: _Work, seconds: float) -> None:
    """One stage of a stop: it has so long, and neither its failure nor its hanging keeps the next one from its turn.

    In a task of its own: to that of the program, which has been cancelled, a time-out within would look like that.
    """
    task = asyncio.create_task(work, name=_name(work))
    try:
        await asyncio.wait([task], timeout=seconds)
    finally:
        task.cancel()  # nothing to one that is done
    if task.done() or not await _still_at_work([task], ONCE_MORE):
        _tell_failure(task)


async def until_one_ends(*loops: _Work, shares: Shares) -> None:
    """Run loops that end only by failing, until one does or we are cancelled; then end them all.

    Each is cancelled once, for the second time would cut off what it finishes; but one that has not ended when its
    share is over was hidden its cancellation, and gets another. Raises what the first that failed has raised, and
    RuntimeError when one has ended without a word.
    """
    tasks = [asyncio.create_task(loop, name=_name(loop)) for loop in loops]
    try:
        await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        silent = [task.get_name() for task in tasks if task.done() and (task.cancelled() or task.exception() is None)]
    finally:
        for task in tasks:
            task.cancel()
        late = await _still_at_work(tasks, shares.of(LAST_LOOPS))
        if late:
            for task in late:
                _log.error("cancelled_again %s", _described(task))
                task.cancel()
            await _still_at_work(late, ONCE_MORE)
    for task in tasks:
        if task.done() and not task.cancelled() and isinstance(error := task.exception(), Exception):
            raise error
    if silent:
        raise RuntimeError(f"ended without a word: {', '.join(silent)}")


async def _still_at_work(tasks: Iterable[asyncio.Task[Any]], seconds: float) -> set[asyncio.Task[Any]]:
    _, pending = await asyncio.wait(list(tasks), timeout=seconds)
    for task in pending:
        _log.warning("stop_waits seconds=%.1f %s", seconds, _described(task))
    return pending


def _tell_failure(task: asyncio.Task[Any]) -> None:
    if task.cancelled():
        _log.warning("stop_stage_cut_off name=%s", task.get_name())
    elif (error := task.exception()) is not None:
        _log.warning("stop_stage_failed name=%s", task.get_name(), exc_info=error)


def tasks_at_work(loop: asyncio.AbstractEventLoop | None) -> list[str]:
    """Every task that is not done: its name and where it stands."""
    if loop is None:
        return []
    try:
        return sorted(_described(task) for task in asyncio.all_tasks(loop))
    except RuntimeError:  # they change too quickly
        return []


def threads_at_work() -> Iterator[str]:
    """Every thread but the one that asks: its name and where it stands."""
    frames = sys._current_frames()
    for thread in threading.enumerate():
        if thread is not threading.current_thread() and (frame := frames.get(thread.ident or 0)) is not None:
            yield f"thread={thread.name!r} at={_place(frame)!r}"


def _name(work: _Work) -> str:
    return str(getattr(work, "__qualname__", ""))


def _described(task: asyncio.Task[Any]) -> str:
    """By names alone: arguments may be what people wrote."""
    places: list[str] = []
    waits_in: Any = task.get_coro()
    while waits_in is not None:
        frame = getattr(waits_in, "cr_frame", None) or getattr(waits_in, "gi_frame", None)
        if frame is not None:
            places.append(_place(frame))
        waits_in = getattr(waits_in, "cr_await", None) or getattr(waits_in, "gi_yieldfrom", None)
    shown = places if len(places) <= PLACES else [places[0], *places[1 - PLACES :]]
    return f"task={task.get_name()!r} at={' > '.join(shown)!r}"


def _place(frame: FrameType) -> str:
    return f"{Path(frame.f_code.co_filename).name}:{frame.f_lineno} {frame.f_code.co_qualname}"
