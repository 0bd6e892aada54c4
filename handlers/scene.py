"""What every conversation and screen is given: who acts, when, under which settings, in which transaction."""

import secrets
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy.ext.asyncio import AsyncSession

from domain.access import Actor
from domain.rules.policy import Policy


@dataclass(frozen=True, slots=True)
class Scene:
    """One update's surroundings.

    `bot_name` is the bot's username, for links that lead to it; empty while it is not known. `token(n)` gives n random
    bytes as URL-safe text, for codes that are told once.
    """

    session: AsyncSession
    actor: Actor
    now: datetime
    policy: Policy
    bot_name: str = ""
    token: Callable[[int], str] = secrets.token_urlsafe

    @property
    def today(self) -> date:
        """The county's local day."""
        return self.policy.today(self.now)
