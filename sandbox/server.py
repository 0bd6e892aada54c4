"""The sandbox as one object: start it, add people, act as them, stop it."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from starlette.types import Receive, Scope, Send

from sandbox import keeping
from sandbox.act_table import do
from sandbox.botapi import BotApi
from sandbox.call import Upload
from sandbox.faults import Faults
from sandbox.founding import found_group, found_person
from sandbox.guard import Guard
from sandbox.journal import Journal
from sandbox.limits import Limits
from sandbox.listener import EmbeddedServer, open_listener
from sandbox.pages import page_app
from sandbox.records import Json
from sandbox.trouble import order_fault
from sandbox.webhook import Webhook
from sandbox.world import World

SAVE_SECONDS = 0.3


class Sandbox:
    """An embedded stand-in for Telegram with one bot.

    `clock` gives unix seconds and dates everything; `limits_clock` (by default the same) measures Telegram's sending
    limits. With `state_file` the made-up world survives a restart, also after a kill. `privacy` is Telegram's privacy
    mode: in groups the bot sees only what is meant for it.
    """

    def __init__(  # noqa: PLR0917 - the order is part of its contract
        self,
        clock: Callable[[], float],
        rng: random.Random,
        token: str,
        bot_username: str = "suozi_bot",
        state_file: Path | None = None,
        enforce_limits: bool = False,
        *,
        bot_name: str = "梭子",
        privacy: bool = True,
        limits_clock: Callable[[], float] | None = None,
    ) -> None:
        number, colon, secret = token.partition(":")
        if not (number.isdigit() and colon and secret):
            raise ValueError("a bot token looks like 123456:ABC")
        bot = {"id": int(number), "is_bot": True, "first_name": bot_name, "username": bot_username}
        journal = Journal(state_file) if state_file else None
        self.token = token
        self.url = ""
        self.saved = asyncio.Event()
        self.world = World(clock=clock, rng=rng, bot=bot, journal=journal)
        keeping.load(self.world)
        self.world.settings["me"] = {
            **bot,
            "can_join_groups": True,
            "can_read_all_group_messages": not privacy,
            "supports_inline_queries": False,
        }
        self._limits = Limits(limits_clock or clock)
        self._faults = Faults(rng)
        self.bot_api = BotApi(self.world, token, self._limits, self._faults, enforce_limits=enforce_limits)
        self._pages = page_app(self.world, self.bot_api, self._limits)
        self._webhook = Webhook(self.world, self.bot_api)
        self._server: EmbeddedServer | None = None
        self._tasks: list[asyncio.Task[None]] = []
        self.app = Guard(self._route)

    async def _route(self, scope: Scope, receive: Receive, send: Send) -> None:
        path = scope["path"]
        if path.startswith("/bot"):
            await self.bot_api(scope, receive, send)
        elif path.startswith("/file/bot"):
            await self.bot_api.download(scope, send)
        else:
            await self._pages(scope, receive, send)

    async def start(self, host: str = "127.0.0.1", port: int = 0) -> str:
        """Listens inside the running loop and returns the address. Port 0 takes a free one.

        Raises `ValueError` for a host that is not this machine, `OSError` when the port is taken.
        """
        listener = open_listener(host, port)
        chosen = listener.getsockname()[1]
        self._server = EmbeddedServer(self.app)
        await self._server.begin(listener)
        self._tasks = [asyncio.create_task(self._keep()), asyncio.create_task(self._webhook.run())]
        self.url = f"http://[{host}]:{chosen}" if ":" in host else f"http://{host}:{chosen}"
        return self.url

    async def stop(self) -> None:
        """Ends all connections, and writes the state file for good. A stopped sandbox cannot be started again."""
        self.bot_api.closing.set()
        self.world.feed.close()
        self.world.updates.wake()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        if self._server is not None:
            await self._server.end()
        keeping.close(self.world)

    async def _keep(self) -> None:
        while True:
            await asyncio.sleep(SAVE_SECONDS)
            keeping.save(self.world)
            self.saved.set()
            self.saved.clear()

    def add_person(
        self,
        id: int | None = None,
        first_name: str = "",
        last_name: str | None = None,
        *,
        username: str | None = None,
        language_code: str | None = "zh-hans",
        note: str = "",
        started: bool = False,
    ) -> Json:
        """Adds a person and returns the User. `started`: has already opened the private chat with the bot.

        Raises `Unclear` when the id is taken.
        """
        fields = {
            "id": id,
            "first_name": first_name,
            "last_name": last_name,
            "username": username,
            "language_code": language_code,
            "note": note,
            "started": started,
        }
        return found_person(self.world, fields).user()

    def add_group(
        self,
        title: str,
        members: Sequence[int],
        *,
        id: int | None = None,
        admins: Sequence[int] = (),
        bot: bool = True,
        bot_admin: bool = False,
    ) -> Json:
        """Adds a group and returns the Chat; with the bot in it the bot gets the updates that Telegram sends then.

        Raises `Unclear` when a member does not exist or the id is taken.
        """
        fields = {
            "id": id,
            "title": title,
            "members": list(members),
            "admins": list(admins),
            "bot": bot,
            "bot_admin": bot_admin,
        }
        return found_group(self.world, fields).face

    def act(
        self, person_id: int, chat_id: int, action: str, file: tuple[str, str, bytes] | None = None, **fields: Any
    ) -> Any:
        """What `POST /sandbox/act` does, without HTTP; `file` is (name, mime type, bytes). Raises `Unclear`."""
        uploads = {"file": Upload(*file)} if file else {}
        return do(self.world, {"person_id": person_id, "chat_id": chat_id, "action": action, **fields}, uploads)

    def fault(self, kind: str, **wish: Any) -> None:
        """What `POST /sandbox/faults` does, without HTTP. Raises `Unclear`."""
        order_fault(self.world, self._faults, {"kind": kind, **wish})

    def messages(self, chat_id: int) -> list[Json]:
        """All messages of a chat that are still there, oldest first."""
        return list(self.world.chats[chat_id].messages.values())
