"""What is told of households and visits: numbers, days and household codes (spec 8)."""

from dataclasses import dataclass, fields
from datetime import date
from typing import ClassVar

from domain.channel import Lane
from models.household import Tier
from models.member import Role


@dataclass(frozen=True, slots=True)
class MorningDigest:
    """To a worker every morning: how many households are due and overdue, by tier."""

    lane: ClassVar[Lane] = Lane.DIGEST
    on: date
    key_due: int = 0
    key_overdue: int = 0
    watch_due: int = 0
    watch_overdue: int = 0
    ordinary_due: int = 0
    ordinary_overdue: int = 0

    @property
    def total(self) -> int:
        """All households of the list, due and overdue."""
        return sum(getattr(self, field.name) for field in fields(self) if field.name != "on")

    def actions(self) -> tuple[tuple[str, str], ...]:
        """The buttons: label key and callback data."""
        return (("open_today", "today:new"),)


@dataclass(frozen=True, slots=True)
class LateHouseholds:
    """To an instructor or a head: how many visits have become late since the last word."""

    lane: ClassVar[Lane] = Lane.NOTICE
    on: date
    key: int
    watch: int
    ordinary: int

    def actions(self) -> tuple[tuple[str, str], ...]:
        """The buttons: label key and callback data."""
        return (("open_today", "today:new"),)


@dataclass(frozen=True, slots=True)
class NobodyHome:
    """To the instructor: nobody was home several times in a row."""

    lane: ClassVar[Lane] = Lane.NOTICE
    household_code: str
    household_id: int
    times: int

    def actions(self) -> tuple[tuple[str, str], ...]:
        """The buttons: label key and callback data."""
        return (("open_household", f"hh:show:{self.household_id}"),)


@dataclass(frozen=True, slots=True)
class WeekSummary:
    """To a head on Monday: last week's visits and what is open now."""

    lane: ClassVar[Lane] = Lane.DIGEST
    on: date
    visits: int
    met: int
    households: int
    due: int
    overdue: int

    def actions(self) -> tuple[tuple[str, str], ...]:
        """The buttons: label key and callback data."""
        return (("open_today", "today:new"),)


@dataclass(frozen=True, slots=True)
class TierProposed:
    """To the second signer: a change of tier that involves "key"."""

    lane: ClassVar[Lane] = Lane.NOTICE
    change_id: int
    household_code: str
    from_tier: Tier
    to_tier: Tier

    def actions(self) -> tuple[tuple[str, str], ...]:
        """The buttons: label key and callback data."""
        return (("tier_look", f"tier:look:{self.change_id}"),)


@dataclass(frozen=True, slots=True)
class TierDecided:
    """To the proposer: how the second signer decided."""

    lane: ClassVar[Lane] = Lane.NOTICE
    household_code: str
    household_id: int
    to_tier: Tier
    approved: bool

    def actions(self) -> tuple[tuple[str, str], ...]:
        """The buttons: label key and callback data."""
        return (("open_household", f"hh:show:{self.household_id}"),)


@dataclass(frozen=True, slots=True)
class TierReviewDue:
    """To the instructor: so many key tiers are up for their review today."""

    lane: ClassVar[Lane] = Lane.NOTICE
    on: date
    count: int

    def actions(self) -> tuple[tuple[str, str], ...]:
        """The buttons: label key and callback data."""
        return (("open_reviews", "reviews:new"),)


@dataclass(frozen=True, slots=True)
class HouseholdArrived:
    """To the worker of a grid: a household has moved into it."""

    lane: ClassVar[Lane] = Lane.NOTICE
    household_code: str
    household_id: int

    def actions(self) -> tuple[tuple[str, str], ...]:
        """The buttons: label key and callback data."""
        return (("open_household", f"hh:show:{self.household_id}"),)


@dataclass(frozen=True, slots=True)
class TieEnded:
    """To those above: somebody has ended her tie to a household, and hears of its leads again."""

    lane: ClassVar[Lane] = Lane.NOTICE
    household_code: str
    role: Role

    def actions(self) -> tuple[tuple[str, str], ...]:
        """The buttons: label key and callback data."""
        return ()
