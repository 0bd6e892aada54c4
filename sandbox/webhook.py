"""Posts updates to the bot's webhook: side by side, but those of one chat one after the other."""

from __future__ import annotations

import asyncio
from itertools import islice
from typing import Any

import aiohttp

from sandbox.botapi import BotApi
from sandbox.faults import HANDOUTS
from sandbox.records import Json
from sandbox.refusals import Refused
from sandbox.updates import lane_of
from sandbox.wire import encode, parse_body
from sandbox.world import World

LOOKAHEAD = 200
FIRST_PAUSE, LONGEST_PAUSE = 0.1, 30.0
TIMEOUT = aiohttp.ClientTimeout(total=60)


class Webhook:
    """Delivers updates while a webhook is set; what the bot does not take is offered again, ever more rarely."""

    def __init__(self, world: World, api: BotApi) -> None:
        self._world = world
        self._api = api
        self._under_way: dict[Any, asyncio.Task[None]] = {}

    async def run(self) -> None:
        """Works until cancelled."""
        async with aiohttp.ClientSession(timeout=TIMEOUT, cookie_jar=aiohttp.DummyCookieJar()) as session:
            try:
                while True:
                    self._start_deliveries(session)
                    await self._world.updates.news()
            finally:
                tasks = list(self._under_way.values())
                for task in tasks:
                    task.cancel()
                await asyncio.gather(*tasks, return_exceptions=True)

    def _start_deliveries(self, session: aiohttp.ClientSession) -> None:
        hook = self._world.settings.get("webhook")
        if not hook:
            return
        for update in list(islice(self._world.updates.pending.values(), LOOKAHEAD)):
            if len(self._under_way) >= hook["max_connections"]:
                return
            lane = lane_of(update)
            if lane not in self._under_way:
                self._under_way[lane] = asyncio.create_task(self._deliver(session, hook, lane, update))

    async def _deliver(self, session: aiohttp.ClientSession, hook: Json, lane: Any, update: Json) -> None:
        pause = FIRST_PAUSE
        try:
            while self._still_wanted(hook, update):
                problem = await self._post(session, hook, update)
                if problem is None:
                    self._world.updates.confirm(update["update_id"])
                    return
                self._note(hook, problem)
                await asyncio.sleep(pause)
                pause = min(2 * pause, LONGEST_PAUSE)
        finally:
            self._under_way.pop(lane, None)
            self._world.updates.wake()

    def _still_wanted(self, hook: Json, update: Json) -> bool:
        now = self._world.settings.get("webhook") or {}
        return now.get("url") == hook["url"] and update["update_id"] in self._world.updates.pending

    async def _post(self, session: aiohttp.ClientSession, hook: Json, update: Json) -> str | None:
        """Posts an update once. Returns what went wrong, or None."""
        headers = {"content-type": "application/json"}
        if hook["secret_token"]:
            headers["X-Telegram-Bot-Api-Secret-Token"] = hook["secret_token"]
        fault = self._api.faults.take(HANDOUTS, "getupdates", None)
        copies = 2 if fault and fault.kind == "duplicate_updates" else 1
        try:
            for _ in range(copies):
                async with session.post(hook["url"], data=encode(update), headers=headers) as response:
                    if not 200 <= response.status < 300:
                        return f"Wrong response from the webhook: {response.status} {response.reason}"
                    await self._obey(response.headers.get("content-type", ""), await response.read())
        except (aiohttp.ClientError, TimeoutError) as problem:
            return str(problem) or type(problem).__name__
        return None

    async def _obey(self, kind: str, body: bytes) -> None:
        """A bot may put one method call into its answer to the webhook."""
        if not kind.startswith(("application/json", "multipart/form-data", "application/x-www-form-urlencoded")):
            return
        try:
            params, uploads = await parse_body(kind, body)
        except Refused:  # whatever the bot answered, its update has arrived
            return
        method = str(params.pop("method", "")).lower().replace("_", "")
        if method:
            await self._api.perform(method, params, uploads)

    def _note(self, hook: Json, problem: str) -> None:
        current = self._world.settings.get("webhook")
        if current and current["url"] == hook["url"]:
            trouble = {"last_error_date": int(self._world.clock()), "last_error_message": problem}
            self._world.set("webhook", {**current, "trouble": trouble})
