"""What every conversation and screen is given: who acts, when, under which settings, in which transaction."""

from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy.ext.asyncio import AsyncSession

from domain.access import Actor
from domain.rules.policy import Policy


@dataclass(frozen=True, slots=True)
class Scene:
    """One update's surroundings."""

    session: AsyncSession
    actor: Actor
    now: datetime
    policy: Policy

    @property
    def today(self) -> date:
        """The county's local day."""
        return self.policy.today(self.now)
