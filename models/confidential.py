"""Who has read what of a confidential record, who was let in beyond her posts, and whom it goes past (spec 8)."""

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


class DisputeFollower(SQLModel, table=True):
    """Somebody of a rung that the case has left: she keeps following it and hears how it goes on."""

    __tablename__ = "dispute_follower"

    dispute_id: int = Field(primary_key=True, foreign_key="dispute.id")
    member_id: int = Field(primary_key=True, foreign_key="member.id", index=True)
    rung: str = Field(max_length=16)
    since: datetime = Field(sa_type=UtcDateTime)


class Recusal(SQLModel, table=True):
    """Somebody stands back from a case (回避): she is a party, or kin, or a party asked for it. It goes past her."""

    member_id: int = Field(primary_key=True, foreign_key="member.id")
    dispute_id: int = Field(primary_key=True, foreign_key="dispute.id", index=True)
    at: datetime = Field(sa_type=UtcDateTime)
    recorded_by_id: int = Field(foreign_key="member.id")
    reason: str | None = Field(default=None, sa_type=encrypted("recusal.reason"))


class DisputeGround(StrEnum):
    """Why somebody may open a dispute."""

    RUNG = "rung"  # it stands on her rung
    FOLLOWER = "follower"  # it stood there
    REGISTRAR = "registrar"
    HEAD = "head"  # she is the head of its rung
    SECOND = "second"  # the second person of a closing
    GUEST = "guest"  # invited to a mediation: sees when and where, nothing else
    REFERRAL = "referral"


class DisputeRead(SQLModel, table=True):
    """Somebody has read a dispute, or taken its case file: written in the transaction that showed it to her."""

    __tablename__ = "dispute_read"
    __table_args__ = (one_of("ground", DisputeGround), Index("ix_dispute_read_dispute", "dispute_id", "at"))

    id: int = Field(default=None, primary_key=True)
    dispute_id: int = Field(foreign_key="dispute.id")
    member_id: int = Field(foreign_key="member.id", index=True)
    at: datetime = Field(sa_type=UtcDateTime)
    ground: DisputeGround = Field(sa_type=enum_text(DisputeGround))
    exported: bool = False
