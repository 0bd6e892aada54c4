"""How updates come in: fetched by the poll loop, or brought to the webhook. Either is watched once a minute."""

import asyncio
import logging
from collections.abc import Callable
from typing import Protocol

from handlers.hook import Hook
from handlers.poll import Poller
from handlers.webhook import Webhook

_log = logging.getLogger(__name__)
LONGEST_SILENCE = 120.0  # seconds; an empty poll takes 30


class WayIn(Protocol):
    """One of the two ways."""

    async def run(self) -> None:
        """Bring updates in until cancelled. Raises TokenRefused."""

    async def watch(self) -> None:
        """Say so when nothing comes in although something should: what hangs fails without a word."""


class Fetched:
    """The program asks Telegram for updates."""

    def __init__(self, hook: Hook, poller: Poller, clock: Callable[[], float]) -> None:
        """`hook` has no address: while a webhook is set Telegram refuses every poll."""
        self._hook = hook
        self.poller = poller
        self._clock = clock

    async def run(self) -> None:
        """Take away a webhook that was left behind, and poll."""
        await self._hook.settle()
        await self.poller.run()

    async def watch(self) -> None:
        """Say so when no poll has worked for a while."""
        silent = self.poller.silent_for(self._clock())
        if silent > LONGEST_SILENCE:
            _log.error("poll_silent seconds=%d", silent)


class Brought:
    """Telegram brings updates to the webhook, which the program's HTTP server holds out."""

    def __init__(self, hook: Hook, webhook: Webhook, clock: Callable[[], float]) -> None:
        self._hook = hook
        self._webhook = webhook
        self._clock = clock
        self._waited = 0  # updates at Telegram when we last looked

    async def run(self) -> None:
        """Tell Telegram where to, and stay."""
        await self._hook.settle()
        await asyncio.Event().wait()

    async def watch(self) -> None:
        """Say so when updates pile up at Telegram while none comes in, or when they are brought somewhere else.

        It is not set right here: of two programs that disagree each would take the webhook from the other for ever.
        """
        info = await self._hook.info()
        if info is None:
            return
        if info.url != self._hook.url:
            _log.error("webhook_not_ours hint=%r", "another program has set it or taken it away; restart this one")
        elif info.pending >= self._waited > 0:
            silent = self._webhook.silent_for(self._clock())
            if silent > LONGEST_SILENCE / 2:
                _log.error("webhook_silent seconds=%d pending=%d reason=%r", silent, info.pending, info.trouble)
        self._waited = info.pending
