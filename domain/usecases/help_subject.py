"""What others are asked about, seen as much as a request for help must know of it: a lead or a dispute (spec 4)."""

from abc import ABC, abstractmethod
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, ClassVar

from sqlalchemy.ext.asyncio import AsyncSession

from domain.access import Actor
from domain.rules.policy import Policy
from models.confidential import DisputeGround, Ground
from models.lead import Colour
from models.referral import About, ReferralKind

# For whom a consent is recorded.
RECIPIENT = {ReferralKind.EXPERT: "expert", ReferralKind.WHISTLE: "unit"}
PURPOSE = "help"
# What all parties to a dispute, or not all of them, have said.
AGREES, DECLINES = "agrees", "declines"


class Passing(StrEnum):
    """What the history says of a request for help."""

    ASKED = "asked"
    SILENT = "silent"  # a whistle that nobody answered has climbed
    ANSWERED = "answered"


@dataclass(frozen=True, slots=True)
class Stance:
    """Why somebody may open it, and whether she works on it; `leads`: its rung's head, who may whistle too."""

    ground: Ground | DisputeGround
    works: bool
    leads: bool = False


class Subject(ABC):
    """A lead or a dispute about which others can be asked."""

    about: ClassVar[About]
    id: int
    code: str
    colour: Colour
    area_id: int

    @property
    @abstractmethod
    def is_open(self) -> bool:
        """Whether anybody can still help with it."""

    @property
    @abstractmethod
    def worker_id(self) -> int | None:
        """Whoever has it now."""

    @abstractmethod
    async def stance_of(self, session: AsyncSession, actor: Actor, *, now: datetime, policy: Policy) -> Stance:
        """How `actor` stands to it. Raises RefusedError(NOT_YOURS) when she may not open it."""

    @abstractmethod
    async def may_hear(self, session: AsyncSession, members: Iterable[int]) -> list[int]:
        """Those of `members` whom it does not go past: nobody tied to a household of its people, or standing back."""

    @abstractmethod
    async def hold(self, session: AsyncSession) -> None:
        """Two who ask at once ask one after the other."""

    @abstractmethod
    async def note(
        self,
        session: AsyncSession,
        what: Passing,
        kind: ReferralKind,
        *,
        actor: Actor | None,
        now: datetime,
        body: str | None = None,
        **detail: Any,
    ) -> None:
        """Add to its history."""

    @abstractmethod
    async def log(self, session: AsyncSession, actor: Actor, ground: Ground | DisputeGround, now: datetime) -> None:
        """Write down that she has read of it."""

    @abstractmethod
    async def consent_to(self, session: AsyncSession, kind: ReferralKind) -> bool | None:
        """What the people concerned have last said about asking such others; None when nobody has recorded it."""

    @abstractmethod
    async def record_consent(
        self, session: AsyncSession, actor: Actor, kind: ReferralKind, *, given: bool, now: datetime
    ) -> None:
        """Write down what they say; the newest answer holds."""
