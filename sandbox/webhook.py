"""Posts updates to the bot's webhook."""

from __future__ import annotations

from sandbox.botapi import BotApi
from sandbox.world import World


class Webhook:
    """Delivers updates while a webhook is set."""

    def __init__(self, world: World, api: BotApi) -> None:
        self._world = world
        self._api = api

    async def run(self) -> None:
        """Works until cancelled."""
