"""A uvicorn server that lives inside somebody else's event loop, and starts and ends at once."""

from __future__ import annotations

import asyncio
import contextlib
import socket
from collections.abc import Generator

import uvicorn
from starlette.types import ASGIApp

ALLOWED_HOSTS = {"127.0.0.1", "localhost", "::1"}
LAST_WORDS_SECONDS = 2.0


def open_listener(host: str, port: int) -> socket.socket:
    """A socket on this machine only; port 0 takes a free one.

    Raises `ValueError` for a host that is not this machine, `OSError` when the port is taken.
    """
    if host not in ALLOWED_HOSTS:
        raise ValueError("the sandbox listens on this machine only")
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    # Only with the protocol named does asyncio turn off Nagle's delay, which costs 40 ms an answer.
    listener = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, port))
    except OSError:
        listener.close()
        raise
    return listener


class EmbeddedServer(uvicorn.Server):
    """uvicorn without signal handlers (they are the host program's business) and without waiting in steps."""

    def __init__(self, app: ASGIApp) -> None:
        config = uvicorn.Config(
            app,
            log_config=None,
            access_log=False,
            lifespan="off",
            server_header=False,
            date_header=False,
            proxy_headers=False,
            ws="none",
            timeout_keep_alive=75,  # seconds; as long as public servers keep an idle connection
        )
        super().__init__(config)
        self._leave = asyncio.Event()
        self._open = asyncio.Event()
        self._serving: asyncio.Task[None] | None = None

    async def begin(self, listener: socket.socket) -> None:
        """Serves in the background; returns when requests are accepted. Raises what went wrong at the start."""
        self._serving = asyncio.create_task(self.serve(sockets=[listener]))
        opened = asyncio.create_task(self._open.wait())
        await asyncio.wait({self._serving, opened}, return_when=asyncio.FIRST_COMPLETED)
        opened.cancel()
        if self._serving.done():
            self._serving.result()

    async def end(self) -> None:
        """Lets requests under way finish for a moment, then closes all connections. One that does not end is left."""
        self._leave.set()
        if self._serving is not None:
            done, _ = await asyncio.wait([self._serving], timeout=2 * LAST_WORDS_SECONDS)
            self._serving.cancel()  # nothing to one that is done
            for serving in done:
                serving.result()

    @contextlib.contextmanager
    def capture_signals(self) -> Generator[None, None, None]:
        """Leaves the signal handlers alone."""
        yield

    async def main_loop(self) -> None:
        """Replaces uvicorn's tick ten times a second: nothing here needs one."""
        self._open.set()
        await self._leave.wait()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Closes the door, then the connections."""
        for server in self.servers:
            server.close()
        for listener in sockets or []:
            listener.close()
        for connection in list(self.server_state.connections):
            connection.shutdown()
        # uvicorn tells nobody when the last one has gone. By the clock: a machine with much to do sleeps for longer.
        clock = asyncio.get_running_loop().time
        ends = clock() + LAST_WORDS_SECONDS
        while clock() < ends and (self.server_state.connections or self.server_state.tasks):  # noqa: ASYNC110
            await asyncio.sleep(0.005)
        for task in list(self.server_state.tasks):
            task.cancel()
        for connection in list(self.server_state.connections):
            connection.transport.abort()
        await asyncio.gather(*self.server_state.tasks, return_exceptions=True)
