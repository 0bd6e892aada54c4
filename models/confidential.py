"""Who has read what of a confidential record, and who was let in beyond her posts (spec 8)."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import CheckConstraint, Index
from sqlmodel import Field, SQLModel

from models.columns import UtcDateTime, encrypted, enum_text, one_of


class Ground(StrEnum):
    """Why somebody may open a lead."""

    REPORTER = "reporter"
    RUNG = "rung"  # its alert rang her
    HANDLER = "handler"
    SECOND = "second"  # the second person of a closing
    REFERRAL = "referral"
    BREAK_GLASS = "break_glass"


class LeadRead(SQLModel, table=True):
    """Somebody has read a lead: written in the transaction that showed it to her."""

    __tablename__ = "lead_read"
    __table_args__ = (one_of("ground", Ground), Index("ix_lead_read_lead", "lead_id", "at"))

    id: int = Field(default=None, primary_key=True)
    lead_id: int = Field(foreign_key="lead.id")
    member_id: int = Field(foreign_key="member.id", index=True)
    at: datetime = Field(sa_type=UtcDateTime)
    ground: Ground = Field(sa_type=enum_text(Ground))


class BreakGlass(SQLModel, table=True):
    """Somebody opened one lead beyond her posts, with a reason, until `until`; two others were told."""

    __tablename__ = "break_glass"
    __table_args__ = (CheckConstraint("until > at", name="ends_after_start"),)

    id: int = Field(default=None, primary_key=True)
    lead_id: int = Field(foreign_key="lead.id", index=True)
    member_id: int = Field(foreign_key="member.id", index=True)
    at: datetime = Field(sa_type=UtcDateTime)
    until: datetime = Field(sa_type=UtcDateTime)
    reason: str = Field(sa_type=encrypted("break_glass.reason"))


class TieKind(StrEnum):
    """How a member is bound to a household (a conflict of interest)."""

    OWN = "own"
    KIN = "kin"
    NEIGHBOUR = "neighbour"


class Tie(SQLModel, table=True):
    """A member's declared tie to a household: what concerns it is routed past her."""

    __table_args__ = (one_of("kind", TieKind),)

    member_id: int = Field(primary_key=True, foreign_key="member.id")
    household_id: int = Field(primary_key=True, foreign_key="household.id", index=True)
    kind: TieKind = Field(sa_type=enum_text(TieKind))
    declared_at: datetime = Field(sa_type=UtcDateTime)
    ended_at: datetime | None = Field(default=None, sa_type=UtcDateTime)


class LeadHousehold(SQLModel, table=True):
    """A further household that a lead is about, beside its own: that of another party to the dispute it
    came from, or that was made of it before it became red.

    Whoever is tied to it, now or later, is kept away from the lead.
    """

    __tablename__ = "lead_household"

    lead_id: int = Field(primary_key=True, foreign_key="lead.id")
    household_id: int = Field(primary_key=True, foreign_key="household.id", index=True)


class LeadKeptAway(SQLModel, table=True):
    """Somebody whom a lead goes past though she is tied to nobody: she stood back from that dispute."""

    __tablename__ = "lead_kept_away"

    lead_id: int = Field(primary_key=True, foreign_key="lead.id")
    member_id: int = Field(primary_key=True, foreign_key="member.id", index=True)
