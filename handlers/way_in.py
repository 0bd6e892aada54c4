"""How updates come in: fetched by the poll loop, or brought to the webhook. Either is watched once a minute."""

import asyncio
import logging
import random
from collections.abc import Awaitable, Callable
from typing import Protocol

from handlers.front_door import Address, FrontDoor
from handlers.health import Health
from handlers.hook import Hook
from handlers.poll import Poller, RawUpdate
from handlers.webhook import Webhook
from handlers.wire import Wire

_log = logging.getLogger(__name__)
UPDATES = ("message", "edited_message", "callback_query", "my_chat_member")
BRINGERS_PATIENCE = 10.0  # seconds that an update waits for the database; proxies and Telegram wait for longer
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
        self._poller = poller
        self._clock = clock

    async def run(self) -> None:
        """Take away a webhook that was left behind, and poll."""
        await self._hook.settle()
        await self._poller.run()

    async def watch(self) -> None:
        """Say so when no poll has worked for a while."""
        silent = self._poller.silent_for(self._clock())
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


def open_way_in(
    address: Address | None,
    wire: Wire,
    store: Callable[[list[RawUpdate]], Awaitable[None]],
    health: Health,
    *,
    token: str,
) -> tuple[WayIn, FrontDoor | None]:
    """How updates come in and are stored; and the door that is held out for them and for the probes, if there is one.

    Raises OSError when the door's place cannot be had.
    """
    clock = asyncio.get_running_loop().time
    if address is None or not address.webhook_url:
        rng = random.SystemRandom().random
        poller = Poller(wire.slow_api, store, allowed_updates=UPDATES, clock=clock, wait=asyncio.sleep, rng=rng)
        door = FrontDoor(address, health, None) if address is not None else None
        return Fetched(Hook(wire.api, allowed_updates=UPDATES), poller, clock), door
    webhook = Webhook(store, address.secret, clock, patience=BRINGERS_PATIENCE)
    hook = Hook(wire.api, allowed_updates=UPDATES, url=address.webhook_url, secret=address.secret, token=token)
    return Brought(hook, webhook, clock), FrontDoor(address, health, webhook)
