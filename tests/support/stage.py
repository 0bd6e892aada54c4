"""A sandbox with a few people, and a bot that does exactly what a test tells it."""

from __future__ import annotations

import random
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, Self

from aiohttp import ClientSession

from sandbox.server import Sandbox

TOKEN = "100:for-tests"
NOON = 1_780_027_200  # an afternoon in May 2026, in China


class ScriptedBot:
    """Speaks the Bot API over HTTP, one call at a time."""

    def __init__(self, session: ClientSession, url: str) -> None:
        self._session = session
        self._url = url
        self._offset = 0

    async def call(self, method: str, **params: Any) -> Any:
        """Calls a method and returns its result."""
        async with self._session.post(f"{self._url}/bot{TOKEN}/{method}", json=params) as response:
            body = await response.json()
        assert body["ok"], f"{method}: {body}"
        return body["result"]

    async def says(self, chat_id: int, text: str, **params: Any) -> Any:
        """Sends a text."""
        return await self.call("sendMessage", chat_id=chat_id, text=text, **params)

    async def hears(self, kind: str = "message") -> Any:
        """Waits for the next update of a kind and returns what is in it."""
        while True:
            for update in await self.call("getUpdates", offset=self._offset, timeout=10, limit=1):
                self._offset = update["update_id"] + 1
                if kind in update:
                    return update[kind]


class Stage:
    """A running sandbox, its bot, and the made-up people by name."""

    def __init__(self, state_file: Path) -> None:
        self._state_file = state_file
        self._port = 0
        self.people: dict[str, int] = {}
        self.sandbox = self._made()

    def _made(self) -> Sandbox:
        return Sandbox(lambda: NOON, random.Random(7), TOKEN, state_file=self._state_file)

    @classmethod
    @asynccontextmanager
    async def running(cls, state_file: Path) -> AsyncIterator[Self]:
        """Starts it, and stops it afterwards."""
        stage = cls(state_file)
        await stage.sandbox.start()
        stage._port = int(stage.sandbox.url.rpartition(":")[2])
        async with ClientSession() as session:
            stage.bot = ScriptedBot(session, stage.url)
            try:
                yield stage
            finally:
                await stage.sandbox.stop()

    bot: ScriptedBot

    @property
    def url(self) -> str:
        """Where the page is."""
        return self.sandbox.url

    def add(self, name: str, note: str = "网格员", *, started: bool = True) -> int:
        """Adds a person and returns her id."""
        user = self.sandbox.add_person(first_name=name, note=note, started=started)
        self.people[name] = user["id"]
        return self.people[name]

    async def stop(self) -> None:
        """The server goes away."""
        await self.sandbox.stop()

    async def start_again(self) -> None:
        """A new server on the same port, with what the old one remembered."""
        self.sandbox = self._made()
        await self.sandbox.start(port=self._port)
