"""Asking others: an expert for one matter (转介), a partner unit by a whistle (吹哨) (spec 4)."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import CheckConstraint, Index, text
from sqlmodel import Field, SQLModel

from models.columns import UtcDateTime, encrypted, enum_text, one_of


class About(StrEnum):
    """What others are asked about."""

    LEAD = "lead"
    DISPUTE = "dispute"


class ReferralKind(StrEnum):
    """What is asked."""

    EXPERT = "expert"
    WHISTLE = "whistle"


class ReferralGround(StrEnum):
    """Why the matter may be passed on: the person's recorded consent, or a duty of the law."""

    CONSENT = "consent"
    LAW = "law"


class ReferralState(StrEnum):
    """How far it has come."""

    ASKED = "asked"
    ACCEPTED = "accepted"
    DECLINED = "declined"
    REPORTED = "reported"  # the result is in
    ENDED = "ended"  # its days are over, or the asker took it back


OPEN = (ReferralState.ASKED, ReferralState.ACCEPTED)


class Referral(SQLModel, table=True):
    """A lead or a dispute referred to one member. She sees that one matter until `until`, and nothing else.

    A whistle that nobody answers climbs: `climbs_at` is when, as long as it is only asked.
    """

    __table_args__ = (
        one_of("kind", ReferralKind),
        one_of("ground", ReferralGround),
        one_of("state", ReferralState),
        CheckConstraint("ground <> 'law' OR law IS NOT NULL", name="law_is_named"),
        CheckConstraint("(lead_id IS NULL) <> (dispute_id IS NULL)", name="of_one_matter"),
        CheckConstraint("state <> 'asked' OR kind <> 'whistle' OR climbs_at IS NOT NULL", name="whistle_climbs"),
        Index(
            "ux_referral_open",
            "lead_id",
            "member_id",
            unique=True,
            sqlite_where=text("state IN ('asked', 'accepted')"),
            postgresql_where=text("state IN ('asked', 'accepted')"),
        ),
        Index(
            "ux_referral_open_dispute",
            "dispute_id",
            "member_id",
            unique=True,
            sqlite_where=text("state IN ('asked', 'accepted')"),
            postgresql_where=text("state IN ('asked', 'accepted')"),
        ),
        Index("ix_referral_climbs", "climbs_at"),
    )

    id: int = Field(default=None, primary_key=True)
    lead_id: int | None = Field(default=None, foreign_key="lead.id", index=True)
    dispute_id: int | None = Field(default=None, foreign_key="dispute.id", index=True)
    kind: ReferralKind = Field(sa_type=enum_text(ReferralKind))
    member_id: int = Field(foreign_key="member.id", index=True)
    asked_by_id: int = Field(foreign_key="member.id")
    asked_at: datetime = Field(sa_type=UtcDateTime)
    ground: ReferralGround = Field(sa_type=enum_text(ReferralGround))
    law: str | None = Field(default=None, sa_type=encrypted("referral.law"))
    request: str | None = Field(default=None, sa_type=encrypted("referral.request"))
    state: ReferralState = Field(default=ReferralState.ASKED, sa_type=enum_text(ReferralState))
    until: datetime = Field(sa_type=UtcDateTime)
    answered_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    reply: str | None = Field(default=None, sa_type=encrypted("referral.reply"))
    climbs_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    climbs: int = 0
