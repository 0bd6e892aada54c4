"""The Bot API over HTTP: finds the method, lets faults and limits have their say, and answers."""

from __future__ import annotations

import asyncio
import logging
from collections import Counter
from collections.abc import Awaitable
from typing import Any

from starlette.types import Receive, Scope, Send

from sandbox.call import Call, Upload
from sandbox.faults import ANSWERS, HANDOUTS, Faults
from sandbox.limits import Limits
from sandbox.methods.chats import LARGEST_DOWNLOAD
from sandbox.methods.generic import generic_method
from sandbox.methods.table import METHODS
from sandbox.records import Json
from sandbox.refusals import Refused, not_found, too_many
from sandbox.updates import lane_of
from sandbox.wire import answer, read_params
from sandbox.world import World

LATE_AT_ONCE = 20
logger = logging.getLogger(__name__)


class BotApi:
    """Answers `/bot<token>/<method>` and `/file/bot<token>/<path>`."""

    def __init__(self, world: World, token: str, limits: Limits, faults: Faults, *, enforce_limits: bool) -> None:
        self._world = world
        self._token = token
        self._limits = limits
        self._enforce_limits = enforce_limits
        self.faults = faults
        self.calls: Counter[str] = Counter()
        self.refusals: Counter[str] = Counter()
        self.struck: Counter[str] = Counter()  # calls that met each kind of trouble
        self.closing = asyncio.Event()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request of the bot."""
        try:
            method = self._method(scope["path"])
            params, uploads = await read_params(scope, receive)
        except Refused as refused:
            await answer(send, refused.code, refused.body())
            return
        fault = self.faults.take(ANSWERS, method, params.get("chat_id"))
        if fault is not None:
            self.struck[fault.kind] += 1
        if fault is None:
            await answer(send, *await self.perform(method, params, uploads))
        elif fault.kind == "too_many":
            await answer(send, 429, too_many(fault.retry_after).body())
        elif fault.kind == "server_error":
            await answer(send, 500, Refused(500, "Internal Server Error").body())
        else:
            status, _ = (200, {}) if fault.kind == "lost" else await self.perform(method, params, uploads)
            await self._break_off(fault.kind, status, receive, send)

    async def _break_off(self, kind: str, status: int, receive: Receive, send: Send) -> None:
        """Never answers, or promises an answer and hangs up: what a bad line does."""
        if kind == "cut":
            headers = [(b"content-type", b"application/json"), (b"content-length", b"1000000")]
            await send({"type": "http.response.start", "status": status, "headers": headers})
            await send({"type": "http.response.body", "body": b'{"ok":', "more_body": True})
            return
        await until_first(self.closing.wait(), _hung_up(receive))
        await answer(send, 500, Refused(500, "Internal Server Error").body())

    def _method(self, path: str) -> str:
        token, _, method = path.removeprefix("/bot").partition("/")
        number, colon, secret = token.partition(":")
        if not (number.isdigit() and colon and secret and method):
            raise not_found()
        if token != self._token:
            raise Refused(401, "Unauthorized")
        return method.lower().replace("_", "")

    async def perform(self, method: str, params: Json, uploads: dict[str, Upload]) -> tuple[int, Json]:
        """Does what a call asks. Returns the HTTP status and the body of the answer."""
        self.calls[method] += 1
        call = Call(self._world, method, params, uploads)
        try:
            if Limits.counts(method):
                self._charge(call)
            result = (METHODS.get(method) or generic_method(method))(call)
            if isinstance(result, Awaitable):
                result = self._handed_out(await result)
        except Refused as refused:
            self.refusals[refused.description] += 1
            return refused.code, refused.body()
        except Exception:
            logger.exception("the sandbox failed at %s", method)
            return 500, Refused(500, "Internal Server Error").body()
        return 200, {"ok": True, "result": result}

    def _charge(self, call: Call) -> None:
        chat_id = call.number("chat_id")
        if chat_id is None:
            return
        media = call.structure("media", "media") if call.method == "sendmediagroup" else None
        sends = len(media) if isinstance(media, list) else 1
        wait = self._limits.charge(chat_id, sends)
        if wait is not None and self._enforce_limits:
            raise too_many(wait)

    def _handed_out(self, updates: Any) -> Any:
        if not updates:
            return updates
        handed = list(updates)
        for kind in sorted(HANDOUTS):
            if self.faults.take({kind}, "getupdates", None):
                handed = self._mishandled(kind, handed)
        self._world.updates.handed.extend(updates)
        return handed

    def _mishandled(self, kind: str, updates: list[Json]) -> list[Json]:
        rng = self._world.rng
        if kind == "duplicate_updates":
            return [*updates, *updates]
        if kind == "late_duplicates":
            before = self._world.updates.handed
            return [*rng.sample(before, min(len(before), LATE_AT_ONCE)), *updates]
        if kind == "shuffled_updates":
            return rng.sample(updates, len(updates))
        # Each place is given to a chat by chance, and each chat fills its places in its own order.
        lanes: dict[Any, list[Json]] = {}
        for update in updates:
            lanes.setdefault(lane_of(update), []).append(update)
        places = rng.sample([lane_of(update) for update in updates], len(updates))
        return [lanes[lane].pop(0) for lane in places]

    async def download(self, scope: Scope, send: Send) -> None:
        """Answers a request for a file."""
        token, _, path = scope["path"].removeprefix("/file/bot").partition("/")
        if token != self._token:
            await answer(send, 401, Refused(401, "Unauthorized").body())
            return
        for file in self._world.files.values():
            if file.path == path and file.size <= LARGEST_DOWNLOAD:
                content = self._world.blobs[file.blob]
                await answer(send, 200, content, content_type=b"application/octet-stream")
                return
        await answer(send, 404, not_found().body())


async def _hung_up(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        continue


async def until_first(*waits: Any) -> None:
    """Waits for whichever comes first and drops the others."""
    tasks = [asyncio.ensure_future(wait) for wait in waits]
    try:
        await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for task in tasks:
            task.cancel()
