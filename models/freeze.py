"""Accounts that were frozen because a phone was lost or is in other hands (spec 8): who, by whom, when, why."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import CheckConstraint
from sqlmodel import Field, SQLModel

from models.columns import UtcDateTime, enum_text, one_of


class FreezeReason(StrEnum):
    """Why an account is frozen."""

    LOST = "lost"
    STOLEN = "stolen"
    TAKEN_OVER = "taken_over"


class AccountFreeze(SQLModel, table=True):
    """One freeze of an account, until an administrator lifts it. `conversation_id` names the ending that caused it."""

    __tablename__ = "account_freeze"
    __table_args__ = (
        one_of("reason", FreezeReason),
        CheckConstraint("lifted_by_id IS NULL OR lifted_at IS NOT NULL", name="lifted_when"),
    )

    id: int = Field(default=None, primary_key=True)
    member_id: int = Field(foreign_key="member.id", index=True)
    reason: FreezeReason = Field(sa_type=enum_text(FreezeReason))
    frozen_at: datetime = Field(sa_type=UtcDateTime)
    frozen_by_id: int = Field(foreign_key="member.id")
    conversation_id: str = Field(unique=True, max_length=36)
    lifted_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    lifted_by_id: int | None = Field(default=None, foreign_key="member.id")  # None: the operator lifted it
