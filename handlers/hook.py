"""Where Telegram brings updates to: the webhook as Telegram has it noted down; set, looked at, taken away."""

import asyncio
import hashlib
import hmac
import logging
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Any

from telegram.error import TelegramError

from handlers.api import Answer, BotApi
from handlers.causes import loggable
from handlers.poll import TokenRefused
from handlers.webhook import PATH

_log = logging.getLogger(__name__)
CONNECTIONS = 100  # at once, the most that Telegram offers: what comes together is written down together
LONGEST_PAUSE = 30.0


@dataclass(frozen=True, slots=True)
class HookInfo:
    """What Telegram says of the webhook. `trouble` is its own word for what last went wrong."""

    url: str
    pending: int
    allowed: frozenset[str]
    connections: int
    trouble: str


class Hook:
    """The webhook of one bot, as Telegram has it noted down."""

    def __init__(
        self,
        api: BotApi,
        *,
        allowed_updates: Sequence[str],
        wait: Callable[[float], Awaitable[object]] = asyncio.sleep,
        url: str = "",
        secret: str = "",
        token: str = "",
    ) -> None:
        """`url` is the address without our path; without one there shall be no webhook, for the program polls."""
        self._api = api
        self._allowed = list(allowed_updates)
        self._wait = wait
        self._secret = secret
        # Telegram does not tell which secret it has. So the address tells it, to nobody but ourselves: another
        # secret is another address, and is set again.
        mark = hmac.new(token.encode(), secret.encode(), hashlib.sha256).hexdigest()[:16]
        self.url = f"{url}{PATH}?v={mark}" if url else ""

    async def settle(self) -> None:
        """Return once Telegram has it as it shall be, however long that takes. Raises TokenRefused."""
        pause = 1.0
        while not await self._is_settled():
            await self._wait(pause)
            pause = min(2 * pause, LONGEST_PAUSE)

    async def info(self) -> HookInfo | None:
        """What Telegram has noted down; None while it gives no answer. Raises TokenRefused."""
        answer = await self._call("getWebhookInfo", {})
        if answer is None or not isinstance(answer.result, dict):
            return None
        said = answer.result
        return HookInfo(
            url=str(said.get("url", "")),
            pending=int(said.get("pending_update_count", 0)),
            allowed=frozenset(said.get("allowed_updates", ())),
            connections=int(said.get("max_connections", 0)),
            trouble=loggable(str(said.get("last_error_message", ""))),
        )

    async def _is_settled(self) -> bool:
        info = await self.info()
        if info is None:
            return False
        if not self.url:
            return not info.url or await self._set("deleteWebhook", {})
        if info.url == self.url and info.allowed == set(self._allowed) and info.connections == CONNECTIONS:
            return True
        wanted = {"url": self.url, "secret_token": self._secret, "max_connections": CONNECTIONS}
        return await self._set("setWebhook", wanted | {"allowed_updates": self._allowed})

    async def _set(self, method: str, parameters: dict[str, Any]) -> bool:
        done = await self._call(method, parameters) is not None
        if done:
            _log.info("webhook_changed method=%s", method)
        return done

    async def _call(self, method: str, parameters: dict[str, Any]) -> Answer | None:
        try:
            answer = await self._api.call(method, parameters)
        except TelegramError as error:
            _log.warning("webhook_call_failed method=%s error=%s", method, type(error).__name__)
            return None
        if answer.ok:
            return answer
        if answer.code in (401, 404):
            raise TokenRefused("Telegram refused the bot's token; ask BotFather for the present one")
        # Its words are about our own address: a name that is not found, a certificate that nobody trusts.
        level = logging.ERROR if answer.code == 400 else logging.WARNING
        _log.log(
            level, "webhook_refused method=%s code=%d reason=%r", method, answer.code, loggable(answer.description)
        )
        return None
