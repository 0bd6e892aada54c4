"""An HTTP server inside the program's own event loop: the webhook's, and that of the operator's probes."""

import asyncio
import contextlib
import socket
from collections.abc import Generator

import uvicorn
from starlette.types import ASGIApp

KEEP_ALIVE_SECONDS = 75  # longer than Telegram and most proxies keep an idle connection: they close it, not we
LAST_WORDS_SECONDS = 10


def listening_socket(host: str, port: int) -> socket.socket:
    """A bound socket; port 0 takes a free one. Raises OSError when the address cannot be had."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    # Only with the protocol named does asyncio turn off Nagle's delay, which costs 40 ms an answer.
    made = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        made.bind((host, port))
        made.listen(2048)  # whoever comes before the first tick waits, and is not turned away
    except OSError:
        made.close()
        raise
    return made


class HttpServer(uvicorn.Server):
    """uvicorn without signal handlers and without an access log (a webhook's path may be guessed, its log read)."""

    def __init__(self, app: ASGIApp) -> None:
        super().__init__(
            uvicorn.Config(
                app,
                log_config=None,
                access_log=False,
                lifespan="off",
                server_header=False,
                ws="none",
                timeout_keep_alive=KEEP_ALIVE_SECONDS,
                timeout_graceful_shutdown=LAST_WORDS_SECONDS,
            )
        )

    @contextlib.contextmanager
    def capture_signals(self) -> Generator[None, None, None]:
        """Leaves the signal handlers to the program."""
        yield

    async def serve_until_cancelled(self, listener: socket.socket) -> None:
        """Serve on `listener`; when cancelled, take no more requests, finish those under way, and end."""
        serving = asyncio.create_task(self.serve(sockets=[listener]))
        try:
            await asyncio.shield(serving)
        finally:
            self.should_exit = True
            await serving
