"""What the check-in of a visit (走访登记) says: its questions, the summary and the receipt (spec 2)."""

from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from models.household import Tier
from models.tier_change import TierReason
from models.visit import VisitMode, VisitOutcome


class FiveOne(StrEnum):
    """五个一 (M): what a visit at the door consists of."""

    WALK = "walk"  # 走一遍
    MEET = "meet"  # 见一面
    ASK = "ask"  # 问一句
    CHAT = "chat"  # 聊一聊
    CHECK = "check"  # 查一查


class Need(StrEnum):
    """Needs that a visit may notice; the list is ours. `TROUBLE` continues as a lead."""

    LIVING = "living"
    MEDICAL = "medical"
    CARE = "care"
    SCHOOLING = "schooling"
    WORK = "work"
    PAPERS = "papers"
    REPAIR = "repair"
    COMPANY = "company"
    TROUBLE = "trouble"


class TierWish(StrEnum):
    """What is to become of the household's tier."""

    STAYS = "stays"
    TO_KEY = "key"
    TO_WATCH = "watch"
    TO_ORDINARY = "ordinary"


@dataclass(frozen=True, slots=True)
class AskHousehold:
    """Which household?"""


@dataclass(frozen=True, slots=True)
class AskMode:
    """Which way was it visited?"""

    household: str
    address: str
    tier: Tier
    filed_by: str


@dataclass(frozen=True, slots=True)
class AskOutcome:
    """How did it end?"""

    household: str


@dataclass(frozen=True, slots=True)
class AskFiveOnes:
    """Which of the five were done?"""

    household: str


@dataclass(frozen=True, slots=True)
class AskSeen:
    """Who was seen?"""

    household: str


@dataclass(frozen=True, slots=True)
class AskNeeds:
    """Which needs were noticed? Words of one's own may be typed."""

    household: str


@dataclass(frozen=True, slots=True)
class AskPhotos:
    """Photos, if any."""


@dataclass(frozen=True, slots=True)
class AskPlace:
    """The place, if wanted."""


@dataclass(frozen=True, slots=True)
class AskTier:
    """Does the tier stay?"""

    household: str
    tier: Tier


@dataclass(frozen=True, slots=True)
class AskTierReason:
    """Why should it change?"""

    tier: Tier


@dataclass(frozen=True, slots=True)
class AskDay:
    """On which day was the visit?"""


@dataclass(frozen=True, slots=True)
class AskNote:
    """What is to be noted about an attempt that met nobody?"""


@dataclass(frozen=True, slots=True)
class VisitSummary:
    """Everything that will be saved."""

    household: str
    address: str
    day: date | None  # None: today, in a form begun by a program that did not note its day
    filed_later: bool
    mode: VisitMode
    outcome: VisitOutcome
    five_ones: tuple[FiveOne, ...]
    seen: tuple[str, ...]
    needs: tuple[Need, ...]
    note: str
    photos: int
    place: bool
    tier_wish: TierWish
    tier_reason: TierReason | None


@dataclass(frozen=True, slots=True)
class VisitSaved:
    """It is saved: the receipt and the next due day."""

    receipt: str
    household: str
    next_due_on: date
    counts: bool
    outcome: VisitOutcome
    backdated_to: date | None
    others: str
    trouble: bool
    key_needs_door: bool
    proposal: str
