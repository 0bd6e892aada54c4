"""The webhook: Telegram brings the updates. Each is answered with 200 only once it is written down.

What Telegram gets another answer for it brings again, so a database that is away for a minute loses nothing.
"""

import asyncio
import hmac
import json
import logging
from collections.abc import Awaitable, Callable
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

_log = logging.getLogger(__name__)
SECRET_HEADER = "X-Telegram-Bot-Api-Secret-Token"  # noqa: S105
LARGEST = 1 << 20  # bytes; Telegram's updates have some thousands
AT_ONCE = 256  # updates in one commit
PATH = "/telegram"

RawUpdate = dict[str, Any]


class Intake:
    """Writes down what arrives side by side in one commit after the other, and tells each when it is."""

    def __init__(self, store: Callable[[list[RawUpdate]], Awaitable[object]]) -> None:
        self._store = store
        self._waiting: list[tuple[RawUpdate, asyncio.Future[None]]] = []
        self._writing: asyncio.Task[None] | None = None

    async def take(self, raw: RawUpdate) -> None:
        """Returns when `raw` is written down. Raises what the database raised."""
        done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.append((raw, done))
        if self._writing is None or self._writing.done():
            self._writing = asyncio.create_task(self._write())
        await done

    async def _write(self) -> None:
        while self._waiting:
            batch = self._waiting[:AT_ONCE]
            del self._waiting[: len(batch)]
            try:
                await self._store([raw for raw, _ in batch])
            except Exception as error:
                for _, done in batch:
                    if not done.done():  # whoever brought it may have gone away
                        done.set_exception(error)
            else:
                for _, done in batch:
                    if not done.done():
                        done.set_result(None)


class Webhook:
    """The endpoint that Telegram posts to; `secret` is what it was told to show with every update."""

    def __init__(
        self, store: Callable[[list[RawUpdate]], Awaitable[object]], secret: str, clock: Callable[[], float]
    ) -> None:
        """`clock` gives monotonic seconds."""
        self._intake = Intake(store)
        self._secret = secret.encode()
        self._clock = clock
        self._last = clock()

    def silent_for(self, now: float) -> float:
        """Seconds since the last update (or since the start), by the same clock."""
        return now - self._last

    async def update(self, request: Request) -> Response:
        """One update."""
        if not hmac.compare_digest(request.headers.get(SECRET_HEADER, "").encode(), self._secret):
            return Response(status_code=403)
        raw = await _update_in(request)
        if raw is None:
            # Bringing it again would bring the same: it is told to the operator and done with.
            _log.error("webhook_unreadable bytes=%s", request.headers.get("content-length", "?"))
            return Response(status_code=200)
        try:
            await self._intake.take(raw)
        except Exception as error:
            _log.warning("webhook_not_stored error=%s", type(error).__name__)
            return Response(status_code=503, headers={"Retry-After": "1"})
        self._last = self._clock()
        return Response(status_code=200)


async def _update_in(request: Request) -> RawUpdate | None:
    body = bytearray()
    async for chunk in request.stream():
        body += chunk[: LARGEST + 1 - len(body)]  # what is too large is heard out, and not kept
    try:
        raw = json.loads(body) if len(body) <= LARGEST else None
    except (ValueError, RecursionError):
        return None
    return raw if isinstance(raw, dict) and type(raw.get("update_id")) is int else None
