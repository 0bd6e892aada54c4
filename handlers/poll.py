"""The poll loop: fetch a batch of raw updates, have it stored, and only then confirm it to Telegram.

python-telegram-bot's own loop confirms before anything is handled, so a killed process loses its backlog, and
parses a batch as a whole, so one malformed update blocks the rest. Here an update is a plain dict until the
inbox has it; whoever handles it parses it alone.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence
from typing import Any

from telegram.error import TelegramError

from handlers.api import Answer, BotApi

_log = logging.getLogger(__name__)

RawUpdate = dict[str, Any]


class TokenRefused(Exception):
    """Telegram does not know this bot's token; polling again cannot help."""


class PollFailed(Exception):
    """One poll brought no updates because the Bot API refused it; `retry_after` is seconds, 0 when not said."""

    def __init__(self, code: int, retry_after: float = 0.0) -> None:
        super().__init__(f"getUpdates was refused with code {code}")
        self.code = code
        self.retry_after = retry_after


class Poller:
    """Brings the updates of one bot to `store`, each at least once, until cancelled."""

    def __init__(
        self,
        api: BotApi,
        store: Callable[[list[RawUpdate]], Awaitable[object]],
        *,
        allowed_updates: Sequence[str],
        clock: Callable[[], float],
        wait: Callable[[float], Awaitable[object]],
        rng: Callable[[], float],
        long_poll: int = 30,
        grace: float = 10.0,
        longest_pause: float = 30.0,
        longest_unstored: float = 5.0,
    ) -> None:
        """`clock` gives monotonic seconds, `wait` sleeps for seconds, `rng` gives 0 <= x < 1.

        `long_poll` is how many seconds Telegram holds an empty poll; `grace` later a silent one is cut.
        Pauses grow up to `longest_pause`; those after a batch that could not be stored only up to `longest_unstored`:
        our own database is spared little by waiting, and people wait for it to be back.
        `api` should have an `AiohttpRequest` of its own, so that a waiting poll never takes a send's connection.
        """
        self._api = api
        self._store = store
        self._allowed = list(allowed_updates)
        self._clock = clock
        self._wait = wait
        self._rng = rng
        self._long_poll = long_poll
        self._grace = grace
        self._longest_pause = longest_pause
        self._longest_unstored = longest_unstored
        self._unstored = False  # a batch came that could not be stored
        self._offset: int | None = None
        self._failures = 0
        self._in_conflict = False
        self._last_success = clock()

    def silent_for(self, now: float) -> float:
        """Seconds since the last poll that worked (or since the start), by the same clock."""
        return now - self._last_success

    async def run(self) -> None:
        """Poll until cancelled. Raises `TokenRefused`; every other failure is logged and tried again."""
        while True:
            try:
                await self.poll_once(self._long_poll)
            except TokenRefused:
                raise
            except Exception as error:  # one bad poll, whatever it was, must not end the loop
                await self._pause_after(error)
            else:
                self._failures = 0

    async def poll_once(self, hold: int) -> int:
        """Fetch one batch, waiting up to `hold` seconds for it, store it, and return its size.

        The batch is confirmed by the next call, and only if `store` returned. Raises `TokenRefused`,
        `PollFailed`, `TimeoutError`, a `TelegramError` of the network, or whatever `store` raised.
        """
        parameters: dict[str, Any] = {"timeout": hold, "allowed_updates": self._allowed}
        if self._offset is not None:
            parameters["offset"] = self._offset
        async with asyncio.timeout(hold + self._grace):
            answer = await self._api.call("getUpdates", parameters, read_timeout=hold + self._grace)
        if not answer.ok or not isinstance(answer.result, list):
            raise _refusal(answer)
        count = await self._take(answer.result)
        self._last_success = self._clock()
        self._in_conflict = False
        return count

    async def _take(self, result: list[Any]) -> int:
        batch = [update for update in result if _has_id(update)]
        if len(batch) < len(result):
            _log.error("updates_without_id dropped=%d kept=%d", len(result) - len(batch), len(batch))
            if not batch:
                raise PollFailed(200)  # nothing here can be confirmed: asking at once would spin
        if not batch:
            # An offset is only needed until Telegram has heard it once. Kept for ever it would hide the ids
            # that Telegram restarts at random, possibly lower, after a week without updates.
            self._offset = None
            return 0
        self._unstored = True
        await self._store(batch)
        self._unstored = False
        self._offset = batch[-1]["update_id"] + 1  # the last one, not the highest: ids may have restarted
        return len(batch)

    async def _pause_after(self, error: Exception) -> None:
        self._failures += 1
        longest, self._unstored = self._longest_unstored if self._unstored else self._longest_pause, False
        pause = min(longest, 2.0 ** min(self._failures - 1, 10)) * (0.5 + self._rng() / 2)
        if isinstance(error, PollFailed):
            pause = max(pause, error.retry_after)
        if isinstance(error, PollFailed) and error.code == 409:
            self._report_conflict()
        else:
            # The texts of TelegramErrors are ours and hold no URL; a database's may quote what people wrote.
            detail = str(error) if isinstance(error, TelegramError | PollFailed) else ""
            _log.warning(
                "poll_failed error=%s failures=%d pause=%.1f detail=%r",
                type(error).__name__,
                self._failures,
                pause,
                detail,
            )
        await self._wait(pause)

    def _report_conflict(self) -> None:
        if not self._in_conflict:
            _log.error("poll_conflict hint=%r", "another process polls with this token, or a webhook is set")
        self._in_conflict = True


def _has_id(update: object) -> bool:
    return isinstance(update, dict) and type(update.get("update_id")) is int


def _refusal(answer: Answer) -> Exception:
    if answer.code in (401, 404):  # 404 is Telegram's word for a token that is no token at all
        return TokenRefused("Telegram refused the bot's token; ask BotFather for the present one")
    return PollFailed(answer.code, answer.retry_after)
