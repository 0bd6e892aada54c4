"""Changes of a household's tier: a person proposes, with a reason; for "key" a second one signs (spec 2)."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import CheckConstraint, Index, text
from sqlmodel import Field, SQLModel

from models.columns import UtcDateTime, encrypted, enum_text, one_of
from models.household import Tier


class TierReason(StrEnum):
    """Why a household is in its tier. The documents name none; this list is ours."""

    LIVES_ALONE = "lives_alone"
    ELDER_ALONE = "elder_alone"
    LEFT_BEHIND_CHILD = "left_behind_child"
    ILLNESS = "illness"
    DISABILITY = "disability"
    HARDSHIP = "hardship"
    FAMILY_CONFLICT = "family_conflict"
    RECOVERING = "recovering"
    SETTLED = "settled"
    OTHER = "other"


class ProposalState(StrEnum):
    """Where a proposed change stands."""

    PENDING = "pending"
    APPROVED = "approved"
    DECLINED = "declined"


class TierChange(SQLModel, table=True):
    """A proposed change. The second signer is never the proposer; one may be pending for a household."""

    __tablename__ = "tier_change"
    __table_args__ = (
        one_of("from_tier", Tier),
        one_of("to_tier", Tier),
        one_of("reason", TierReason),
        one_of("state", ProposalState),
        CheckConstraint("from_tier <> to_tier", name="changes_something"),
        CheckConstraint("(state = 'pending') = (decided_at IS NULL)", name="decided_once"),
        CheckConstraint(
            "state <> 'approved' OR (from_tier <> 'key' AND to_tier <> 'key') OR decided_by_id <> proposed_by_id",
            name="key_needs_two",
        ),
        Index(
            "ux_tier_change_pending",
            "household_id",
            unique=True,
            sqlite_where=text("state = 'pending'"),
            postgresql_where=text("state = 'pending'"),
        ),
    )

    id: int = Field(default=None, primary_key=True)
    household_id: int = Field(foreign_key="household.id", index=True)
    from_tier: Tier = Field(sa_type=enum_text(Tier))
    to_tier: Tier = Field(sa_type=enum_text(Tier))
    reason: TierReason = Field(sa_type=enum_text(TierReason))
    note: str | None = Field(default=None, sa_type=encrypted("tier_change.note"))
    proposed_by_id: int = Field(foreign_key="member.id")
    proposed_at: datetime = Field(sa_type=UtcDateTime)
    state: ProposalState = Field(default=ProposalState.PENDING, sa_type=enum_text(ProposalState))
    decided_by_id: int | None = Field(default=None, foreign_key="member.id")
    decided_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
