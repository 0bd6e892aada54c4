"""A stand-in for Telegram in memory that watches every window of its sending limits."""

import asyncio
import re
from collections import deque
from collections.abc import Callable, Collection, Mapping
from typing import Any

from handlers.api import Answer

OVERALL_A_SECOND = 30
BURST_IN_A_CHAT = 3
_ROUNDING = 1e-6
_CODE = re.compile(r"L\d{6}-[0-9A-Z]{4}")


class StrictTelegram:
    """What `BotApi` offers, for private chats. What breaks a limit is refused with 429, and counted."""

    def __init__(self, clock: Callable[[], float], service: float, dead: Collection[int] = ()) -> None:
        """`clock` gives seconds; an answer takes `service` of them. In `dead` chats the bot is blocked."""
        self._clock = clock
        self._service = service
        self._dead = frozenset(dead)
        self._second: deque[float] = deque()
        self._level: dict[int, tuple[float, float]] = {}
        self.broken = 0
        self.copies: dict[str, list[float]] = {}  # of the alert of each code
        self.others: list[float] = []

    async def call(self, _method: str, parameters: Mapping[str, Any], *, read_timeout: float | None = None) -> Answer:
        """Take one message; every call of the measurement is one."""
        now = self._clock()
        refused = self._is_too_much(parameters["chat_id"], now)
        self.broken += refused
        blocked = parameters["chat_id"] in self._dead
        if not refused and not blocked:
            found = _CODE.search(parameters["text"])
            (self.copies.setdefault(found[0], []) if found else self.others).append(now)
        await asyncio.sleep(self._service)
        if refused:
            return Answer(ok=False, code=429, retry_after=1.0)
        if blocked:
            return Answer(ok=False, code=403, description="Forbidden: bot was blocked by the user")
        return Answer(ok=True, code=200, result={"message_id": 1})

    def _is_too_much(self, chat: int, now: float) -> bool:
        while self._second and self._second[0] <= now - 1.0 + _ROUNDING:
            self._second.popleft()
        level, since = self._level.get(chat, (0.0, now))
        level = max(0.0, level - (now - since)) + 1.0
        if len(self._second) >= OVERALL_A_SECOND or level > BURST_IN_A_CHAT + _ROUNDING:
            return True
        self._second.append(now)
        self._level[chat] = (level, now)
        return False
