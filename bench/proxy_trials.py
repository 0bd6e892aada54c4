"""What a proxy does with what is not a renewal: a killed replica, one that says 503, one that hangs up, a large update.

proxy hidden=…       addresses of the program's that are not passed on, of all that were tried
      secret=…       updates without the right secret that were refused, of two
      large=…        the answers to an update of nearly 1 MiB, one of 2 MB, and one of 3 MB
      killed=… unready=… hangs_up=…
                     updates taken while one replica was killed, said 503, or hung up, of all that were brought
      longest=…      seconds until the last of those was answered
"""

import asyncio
import json
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress

from bench.proxies import Front, Place

HIDDEN = ("/", "/healthz", "/readyz", "/metrics", "/telegram/", "/telegram/readyz", "/Telegram")
LANES, EACH = 8, 15
FORGIVEN = 6.0  # seconds after which a proxy comes back to a replica that failed
FIRST_UPDATE = 2_000_000_000
UNREADY = b"HTTP/1.1 503 Service Unavailable\r\nRetry-After: 1\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"


class Trials:
    """Updates that nobody wrote, brought to a proxy."""

    def __init__(self, front: Front, secret: str) -> None:
        self._front = front
        self._secret = {"X-Telegram-Bot-Api-Secret-Token": secret, "Content-Type": "application/json"}
        self._number = FIRST_UPDATE
        self.longest = 0.0

    async def all(self, first: Place, kill: Callable[[], Awaitable[None]]) -> str:
        """Try everything; `kill` ends the replica at `first` as a power cut would."""
        hidden = [await self._front.ask(method, path) for path in HIDDEN for method in ("GET", "POST")]
        secret = [
            await self._front.ask("POST", "/telegram", b'{"update_id": 1}', headers)
            for headers in ({}, self._secret | {"X-Telegram-Bot-Api-Secret-Token": "another"})
        ]
        large = [await self._bring(size) for size in (2**20 - 100, 2_000_000, 3_000_000)]
        killed = await self._many(after_a_moment=kill)
        async with _stub(first, UNREADY):
            await asyncio.sleep(FORGIVEN)
            unready = await self._many()
        async with _stub(first, b""):
            await asyncio.sleep(FORGIVEN)
            hangs_up = await self._many()
        return (
            f"proxy hidden={hidden.count(404)}/{len(hidden)} secret={secret.count(403)}/{len(secret)}"
            f" large={','.join(map(str, large))}"
            f" killed={killed} unready={unready} hangs_up={hangs_up} longest={self.longest:.1f}"
        )

    async def _bring(self, size: int = 0) -> int:
        self._number += 1
        update = {"update_id": self._number, "nothing": {"padding": "x" * size}}
        return await self._front.ask("POST", "/telegram?v=1", json.dumps(update).encode(), self._secret)

    async def _many(self, after_a_moment: Callable[[], Awaitable[None]] | None = None) -> str:
        """How many of all that were brought side by side were taken."""
        statuses: list[int] = []

        async def lane() -> None:
            for _ in range(EACH):
                began = time.perf_counter()
                statuses.append(await self._bring())
                self.longest = max(self.longest, time.perf_counter() - began)

        lanes = [asyncio.create_task(lane()) for _ in range(LANES)]
        if after_a_moment is not None:
            await asyncio.sleep(0.1)  # a process is on the other side
            await after_a_moment()
        await asyncio.gather(*lanes)
        print("   ", {status: statuses.count(status) for status in set(statuses)}, flush=True)
        return f"{statuses.count(200)}/{len(statuses)}"


@asynccontextmanager
async def _stub(place: Place, answer: bytes) -> AsyncIterator[None]:
    """Something in a replica's place that hears an update out and answers always the same."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(OSError, EOFError):
            await reader.readuntil(b"\r\n\r\n")
            await asyncio.sleep(0.05)  # the body arrives
            writer.write(answer)
        writer.close()

    server = await asyncio.start_server(serve, place.host, place.port)
    async with server:
        yield
