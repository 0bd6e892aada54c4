"""The webhook: Telegram brings the updates. Each is answered with 200 only once it is written down.

What Telegram gets another answer for it brings again, so a database that is away for a minute loses nothing.
"""

import asyncio
import hmac
import json
import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response

from models.trouble import cannot_be_reached

_log = logging.getLogger(__name__)
SECRET_HEADER = "X-Telegram-Bot-Api-Secret-Token"  # noqa: S105
LARGEST = 1 << 20  # bytes; Telegram's updates have some thousands
AT_ONCE = 256  # updates in one commit
AGAIN = 0.5  # seconds between two tries while the database is away
LONGEST = 10.0  # seconds after which whoever brought an update hears something, also from a database that says nothing
PATH = "/telegram"

RawUpdate = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Brought:
    """An update whose bringer waits for its answer."""

    raw: RawUpdate
    done: asyncio.Future[None]
    at: float


class Intake:
    """Writes down what arrives side by side in one commit after the other, and tells each when it is."""

    def __init__(
        self, store: Callable[[list[RawUpdate]], Awaitable[object]], clock: Callable[[], float], patience: float
    ) -> None:
        """An update waits up to `patience` seconds for a database that is away: Telegram comes again ever more rarely,
        so who is not sent away is served as soon as it is back.
        """
        self._store = store
        self._clock = clock
        self._patience = patience
        self._waiting: list[Brought] = []
        self._writing: asyncio.Task[None] | None = None

    async def take(self, raw: RawUpdate) -> None:
        """Returns when `raw` is written down. Raises what the database raised, and TimeoutError when it said nothing:
        it may yet be written down, and is known then when it is brought again.
        """
        done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.append(Brought(raw, done, self._clock()))
        if self._writing is None or self._writing.done():
            self._writing = asyncio.create_task(self._write())
        async with asyncio.timeout(max(self._patience, LONGEST)):
            await done

    async def _write(self) -> None:
        while self._waiting:
            batch = self._waiting[:AT_ONCE]
            try:
                await self._store([item.raw for item in batch])
            except Exception as error:
                kept = self._refuse(batch, error)
                self._waiting[: len(batch)] = kept
                if kept:
                    await asyncio.sleep(AGAIN)
            else:
                del self._waiting[: len(batch)]
                for item in batch:
                    if not item.done.done():  # whoever brought it may have gone away
                        item.done.set_result(None)

    def _refuse(self, batch: list[Brought], error: Exception) -> list[Brought]:
        """Tell those who have waited for too long; the others."""
        longest = self._patience if cannot_be_reached(error) else 0.0
        kept = []
        for item in batch:
            if item.done.done():
                continue
            if self._clock() - item.at < longest:
                kept.append(item)
            else:
                item.done.set_exception(error)
        return kept


class Webhook:
    """The endpoint that Telegram posts to; `secret` is what it was told to show with every update."""

    def __init__(
        self,
        store: Callable[[list[RawUpdate]], Awaitable[object]],
        secret: str,
        clock: Callable[[], float],
        *,
        patience: float = 0.0,
    ) -> None:
        """`clock` gives monotonic seconds; `patience` are those for which an update waits for the database."""
        self._intake = Intake(store, clock, patience)
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
        try:
            raw = await _update_in(request)
        except ClientDisconnect:  # a proxy that gave up: Telegram brings it again
            _log.info("webhook_broken_off")
            return Response(status_code=400)
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
