"""What is to be told to other people, written in the transaction that caused it."""

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import JSON, BindParameter, Index, bindparam, or_, select, text
from sqlmodel import Field, SQLModel, col

from models.columns import UtcDateTime, enum_text, one_of
from models.looking import any_row


class OutboxState(StrEnum):
    """How far a notice has come."""

    WAITING = "waiting"
    SENT = "sent"
    DROPPED = "dropped"  # no longer wanted when its turn came
    UNKNOWN = "unknown"  # it may have arrived; it is not sent twice
    FAILED = "failed"


class OutboxMessage(SQLModel, table=True):
    """One notice for one member. `dedupe_key` says rule, subject and period: the same thing is told once.

    The payload is a notice of domain.notices: by design it holds nothing that an onlooker must not read.
    """

    __tablename__ = "outbox"
    __table_args__ = (
        one_of("state", OutboxState),
        # In the very order in which they are taken: a morning's digests all have the same lane and time.
        Index(
            "ix_outbox_waiting",
            "lane",
            "not_before",
            "id",
            sqlite_where=text("state = 'waiting'"),
            postgresql_where=text("state = 'waiting'"),
        ),
        # Housekeeping looks for what was settled long ago.
        Index(
            "ix_outbox_settled",
            "settled_at",
            sqlite_where=text("settled_at IS NOT NULL"),
            postgresql_where=text("settled_at IS NOT NULL"),
        ),
    )

    id: int = Field(default=None, primary_key=True)
    dedupe_key: str = Field(unique=True, max_length=120)
    member_id: int = Field(foreign_key="member.id", index=True)
    lane: int
    kind: str = Field(max_length=48)
    payload: dict[str, Any] = Field(sa_type=JSON)
    created_at: datetime = Field(sa_type=UtcDateTime)
    not_before: datetime = Field(sa_type=UtcDateTime)
    lease_until: datetime | None = Field(default=None, sa_type=UtcDateTime)
    attempts: int = 0
    state: OutboxState = Field(default=OutboxState.WAITING, sa_type=enum_text(OutboxState))
    settled_at: datetime | None = Field(default=None, sa_type=UtcDateTime)


_NOW: BindParameter[datetime] = bindparam("now")
# What may be claimed by `now` in the lanes from `first` to `last`.
DUE = (
    col(OutboxMessage.state) == OutboxState.WAITING,
    # A range, not a list: the index of what is waiting then yields the rows in their order.
    col(OutboxMessage.lane).between(bindparam("first"), bindparam("last")),
    col(OutboxMessage.not_before) <= _NOW,
    or_(col(OutboxMessage.lease_until).is_(None), col(OutboxMessage.lease_until) <= _NOW),
)
ANY_DUE = any_row(select(col(OutboxMessage.id)).where(*DUE))
