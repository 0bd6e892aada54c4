"""Programs that start at once: a process that has loaded everything, and forks a program for each wish.

What is forked does what `bot.py run` does, from its settings on. A kill and a new start cost some tenths of a second
in this way, not some seconds; so many can be tried.

Wishes come line by line as JSON: the settings, the files of its log and its fate, and the command, if it is another.
Told are births and deaths.
"""

import asyncio
import json
import os
import runpy
import select
import signal
import sys
from asyncio.subprocess import PIPE
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any, NoReturn

sys.path.insert(0, str(Path(__file__).parent.parent))

from bench.fate import Fate, doom


class Child:
    """A program that the nursery has brought up."""

    def __init__(self, pid: int) -> None:
        self.pid = pid
        self.ended: asyncio.Future[int] = asyncio.get_running_loop().create_future()

    @property
    def alive(self) -> bool:
        """Whether it still runs."""
        return not self.ended.done()

    async def kill(self) -> None:
        """End it as a power cut would."""
        self._signal(signal.SIGKILL)
        await self.ended

    def _signal(self, number: signal.Signals) -> None:
        if self.alive:
            with suppress(ProcessLookupError):  # it has just ended, which is still to be told
                os.kill(self.pid, number)

    async def stop(self) -> None:
        """Ask it to end, and make it end if it does not."""
        self._signal(signal.SIGINT)
        await asyncio.wait({self.ended}, timeout=10)
        await self.kill()


class Nursery:
    """The campaign's side."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self._process = process
        self._births: list[asyncio.Future[Child]] = []
        self._children: dict[int, Child] = {}
        self._listening = asyncio.create_task(self._listen())

    @classmethod
    async def open(cls) -> "Nursery":
        """Load everything once."""
        return cls(await asyncio.create_subprocess_exec(sys.executable, __file__, stdin=PIPE, stdout=PIPE))

    async def start(
        self, settings: Mapping[str, str], log: Path, fate: Path | None = None, command: Sequence[str | Path] = ()
    ) -> Child:
        """A program with these settings, whose moment of death may be told by the file `fate`.

        `command` is a script and its words, if it is not `bot.py run`.
        """
        born: asyncio.Future[Child] = asyncio.get_running_loop().create_future()
        self._births.append(born)
        assert self._process.stdin is not None
        words = [str(word) for word in command]
        wish = {"settings": dict(settings), "log": str(log), "fate": str(fate or ""), "command": words}
        self._process.stdin.write(json.dumps(wish).encode() + b"\n")
        return await born

    async def close(self) -> None:
        """End it, and every program that still runs."""
        for child in list(self._children.values()):
            await child.kill()
        assert self._process.stdin is not None
        self._process.stdin.close()
        await self._process.wait()
        await self._listening

    async def _listen(self) -> None:
        assert self._process.stdout is not None
        async for line in self._process.stdout:
            told = json.loads(line)
            if "born" in told:
                child = self._children[told["born"]] = Child(told["born"])
                self._births.pop(0).set_result(child)
            else:
                self._children.pop(told["dead"]).ended.set_result(told["status"])


def _tell(**what: int) -> None:
    sys.stdout.write(json.dumps(what) + "\n")
    sys.stdout.flush()


def _bring_up(wish: Mapping[str, Any]) -> NoReturn:
    """The child's life."""
    signal.set_wakeup_fd(-1)
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    with Path(os.devnull).open() as nothing, Path(wish["log"]).open("ab") as log:
        os.dup2(nothing.fileno(), 0)
        os.dup2(log.fileno(), 1)
        os.dup2(log.fileno(), 2)
    os.environ.update(wish["settings"])
    os.chdir(Path(wish["log"]).parent)  # away from anybody's .env
    status = 70
    try:
        import bot  # noqa: PLC0415 - loaded long ago

        if wish["fate"]:
            doom(Fate(Path(wish["fate"])))
        status = _runs(wish["command"]) if wish["command"] else bot.main(["run"])
    finally:
        sys.stderr.flush()
        os._exit(status)


def _runs(command: Sequence[str]) -> int:
    """What `python <command>` does; its exit status."""
    sys.argv = list(command)
    try:
        runpy.run_path(command[0], run_name="__main__")
    except SystemExit as told:
        return told.code if isinstance(told.code, int) else int(told.code is not None)
    return 0


def _reap(children: set[int]) -> None:
    while children:
        pid, status = os.waitpid(-1, os.WNOHANG)
        if not pid:
            return
        children.remove(pid)
        _tell(dead=pid, status=os.waitstatus_to_exitcode(status))


def main() -> None:
    """Serve until nobody wishes for more."""
    import gc  # noqa: PLC0415

    from sqlalchemy.orm import configure_mappers  # noqa: PLC0415

    import bot  # noqa: F401, PLC0415 - what all children share

    configure_mappers()
    gc.collect()
    gc.freeze()
    woken, wakes = os.pipe()
    os.set_blocking(wakes, False)
    signal.signal(signal.SIGCHLD, lambda *_: None)
    signal.set_wakeup_fd(wakes)
    wishes = b""
    children: set[int] = set()
    while True:
        ready, _, _ = select.select([0, woken], [], [])
        if woken in ready:
            os.read(woken, 512)
            _reap(children)
        if 0 in ready:
            more = os.read(0, 65536)
            if not more:
                break
            *lines, wishes = (wishes + more).split(b"\n")
            for line in lines:
                pid = os.fork()
                if not pid:
                    _bring_up(json.loads(line))
                children.add(pid)
                _tell(born=pid)
    for pid in children:  # whoever wished for them has gone
        os.kill(pid, signal.SIGKILL)


if __name__ == "__main__":
    main()
