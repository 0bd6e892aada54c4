"""The wire to one bot's Telegram: the HTTP clients, the Bot API over them, and the pace of what is sent."""

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any

from domain.channel import Lane, Outcome
from handlers.api import BotApi
from handlers.limiter import Limiter
from handlers.request import AiohttpRequest
from handlers.sender import TelegramSender
from handlers.shared_pace import SharedPace
from models.session import Database


class Wire:
    """Over `api` everything goes that is quick; over `slow_api` polls and files: a poll that waits must never hold a
    connection that a reply needs. What `sender` sends waits for its turn.
    """

    def __init__(
        self, database: Database, *, token: str, api_url: str, rate: int, note: Callable[[Lane, Outcome], None]
    ) -> None:
        """`rate` is how many messages Telegram takes in a second, 0 for no limit; `note` hears how each send ended."""
        loop = asyncio.get_running_loop()
        base = f"{api_url}/bot{token}"
        self.requests = (AiohttpRequest(), AiohttpRequest(connections=2))
        self.api, self.slow_api = BotApi(self.requests[0], base), BotApi(self.requests[1], base)
        # Whoever shares a database shares Telegram's limit; the embedded one has nobody to share it with.
        self._pace = None if database.is_sqlite or not rate else SharedPace(database.beside(), rate, clock=loop.time)
        self._limiter = Limiter(rate, clock=loop.time, call_later=loop.call_later, gate=self._pace)
        self.sender = TelegramSender(self.api, self._limiter, note=note)

    async def open(self) -> None:
        """Make the clients ready."""
        for request in self.requests:
            await request.initialize()

    def hush(self) -> None:
        """Nothing more leaves; what still waits for its turn has not been sent and will not be."""
        self._limiter.close()

    def ends(self) -> list[Callable[[], Coroutine[Any, Any, None]]]:
        """What gives back the connections: to the shared pace, and each client its own."""
        pace = [self._pace.end] if self._pace is not None else []
        return [*pace, *(request.shutdown for request in self.requests)]
