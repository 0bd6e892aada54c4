"""What may happen to a database: it is locked by another program, stopped, its disk is full. Each is for one program.

The small file systems that fill up are mounted in memory, for which one has to be root. Without them a limit of the
file size fills SQLite's disk, and PostgreSQL is stopped in the place of its full disk.
"""

import asyncio
import resource
import subprocess
import sys
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack, suppress
from dataclasses import dataclass
from pathlib import Path

from bench.pg_server import PgServer
from bench.processes import Bot

ROOM = 620 << 20  # bytes of a small file system: above what the program calls nearly full
LOCK = """
import sqlite3, sys, time
other = sqlite3.connect(sys.argv[1], isolation_level=None, timeout=60)
other.execute("BEGIN IMMEDIATE")
print("locked", flush=True)
time.sleep(3600)
"""

Act = Callable[[], Awaitable[object]]


@dataclass(frozen=True)
class Trouble:
    """What happens to a database."""

    begin: Act
    end: Act
    full: bool = False  # writes fail as soon as there is no room left, and not before; it can still be read


TroubleOf = Callable[[Bot], Trouble]
Maker = Callable[[Path, AsyncExitStack], Awaitable[tuple[str, TroubleOf]]]


async def locked_file(folder: Path, _stack: AsyncExitStack) -> tuple[str, TroubleOf]:
    """SQLite, and another program that has begun to write and does not come to an end."""
    file = folder / "suozi.db"
    holder: list[asyncio.subprocess.Process] = []

    async def lock() -> None:
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-c", LOCK, str(file), stdout=asyncio.subprocess.PIPE
        )
        assert process.stdout is not None
        await process.stdout.readline()
        holder.append(process)

    async def unlock() -> None:
        holder[0].kill()
        await holder[0].wait()

    return f"sqlite:///{file}", lambda _bot: Trouble(lock, unlock)


async def full_file(folder: Path, stack: AsyncExitStack) -> tuple[str, TroubleOf]:
    """SQLite on a disk that fills up."""
    place = _disk(folder)
    url = f"sqlite:///{place / 'suozi.db'}"
    if _mounted(place, stack):
        return url, lambda _bot: _ballast(place)

    def limited(bot: Bot) -> Trouble:
        async def limit() -> None:
            bot.info.rlimit(resource.RLIMIT_FSIZE, (4096, resource.RLIM_INFINITY))

        async def lift() -> None:
            bot.info.rlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))

        return Trouble(limit, lift, full=True)

    return url, limited


async def stopped_server(folder: Path, stack: AsyncExitStack) -> tuple[str, TroubleOf]:
    """PostgreSQL, and its server is stopped."""
    server = await _server(folder, stack)
    return server.url(), lambda _bot: Trouble(lambda: server.stop("fast"), server.start)


async def full_server(folder: Path, stack: AsyncExitStack) -> tuple[str, TroubleOf]:
    """PostgreSQL, and the disk that its tables are on fills up; without a file system of its own it is stopped."""
    server = await _server(folder, stack)
    place = _disk(folder)
    if not _mounted(place, stack):
        return server.url(), lambda _bot: Trouble(lambda: server.stop("immediate"), server.start)
    return await server.small_database("county", place), lambda _bot: _ballast(place)


async def _server(folder: Path, stack: AsyncExitStack) -> PgServer:
    server = PgServer(folder / "pg")
    stack.callback(server.close)
    await server.start()
    return server


def _disk(folder: Path) -> Path:
    place = folder / "disk"
    place.mkdir()
    return place


def _mounted(place: Path, stack: AsyncExitStack) -> bool:
    command = ["mount", "-t", "tmpfs", "-o", f"size={ROOM}", "suozi", str(place)]
    with suppress(OSError):
        if subprocess.run(command, check=False, capture_output=True).returncode == 0:
            stack.callback(subprocess.run, ["umount", "-l", str(place)], check=False)
            return True
    return False


def _ballast(place: Path) -> Trouble:
    ballast = place / "ballast"

    def fill() -> None:
        with suppress(OSError), ballast.open("ab", buffering=0) as file:
            while file.write(bytes(1 << 16)):
                pass
        with suppress(OSError), ballast.open("ab", buffering=0) as file:
            while file.write(bytes(1 << 12)):
                pass

    async def empty() -> None:
        ballast.unlink()

    return Trouble(lambda: asyncio.to_thread(fill), empty, full=True)
