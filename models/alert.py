"""Alerts (预警): who must answer for a lead, who was rung when, and what happens next (spec 3)."""

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import JSON, CheckConstraint, Index, UniqueConstraint, text
from sqlmodel import Field, SQLModel

from models.columns import UtcDateTime, enum_text, one_of
from models.lead import Colour


class AlertState(StrEnum):
    """Whether somebody has it."""

    RINGING = "ringing"
    HELD = "held"  # acknowledged, or being worked on: it has an owner
    CLOSED = "closed"


class NextStep(StrEnum):
    """What the program does at `next_step_at`."""

    CLIMB = "climb"  # ring the next rung; after the last one, ring that again
    ASK = "ask"  # "still on it?"
    LAPSE = "lapse"  # nobody said yes: it rings again


class Alert(SQLModel, table=True):
    """An alert of a lead. While it is open it always has a next step: the database refuses one without.

    `colour` is the lead's when the chain was copied; `rung` is the position of the last one rung, -1 for none.
    `round` counts rings, questions and lapses, so that each of their notices has a name of its own.
    """

    __table_args__ = (
        one_of("colour", Colour),
        one_of("state", AlertState),
        one_of("next_step", NextStep, optional=True),
        CheckConstraint("(state = 'closed') = (next_step IS NULL)", name="open_has_next_step"),
        CheckConstraint("(next_step IS NULL) = (next_step_at IS NULL)", name="next_step_has_time"),
        CheckConstraint("(state = 'held') = (holder_id IS NOT NULL)", name="held_by_somebody"),
        Index(
            "ux_alert_open",
            "lead_id",
            unique=True,
            sqlite_where=text("state <> 'closed'"),
            postgresql_where=text("state <> 'closed'"),
        ),
        Index(
            "ix_alert_next_step",
            "next_step_at",
            sqlite_where=text("state <> 'closed'"),
            postgresql_where=text("state <> 'closed'"),
        ),
    )

    id: int = Field(default=None, primary_key=True)
    lead_id: int = Field(foreign_key="lead.id", index=True)
    colour: Colour = Field(sa_type=enum_text(Colour))
    state: AlertState = Field(default=AlertState.RINGING, sa_type=enum_text(AlertState))
    opened_at: datetime = Field(sa_type=UtcDateTime)
    rung: int = -1
    round: int = 0
    holder_id: int | None = Field(default=None, foreign_key="member.id", index=True)
    held_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    working: bool = False  # 我来处理, not only 签收
    next_step: NextStep | None = Field(default=None, sa_type=enum_text(NextStep))
    next_step_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    closed_at: datetime | None = Field(default=None, sa_type=UtcDateTime)


class RungState(StrEnum):
    """What became of a rung."""

    WAITING = "waiting"
    RUNG = "rung"
    SKIPPED = "skipped"


class AlertRung(SQLModel, table=True):
    """A rung of the alert's own copy of the chain: whom it rings, how many minutes after the rung before it.

    `posts` says which posts it stands for (`[role, area id]`), `members` who held them when the alert was opened;
    `passed_over` says who of them was not rung, and why (`{member id: reason}`). `phones` adds the list of those to
    telephone now.
    """

    __tablename__ = "alert_rung"
    __table_args__ = (
        UniqueConstraint("alert_id", "position", name="rung_once"),
        one_of("state", RungState),
        CheckConstraint("after_minutes >= 0", name="time_runs_forward"),
    )

    id: int = Field(default=None, primary_key=True)
    alert_id: int = Field(foreign_key="alert.id")
    position: int
    after_minutes: int
    posts: list[Any] = Field(default_factory=list, sa_type=JSON)
    members: list[int] = Field(default_factory=list, sa_type=JSON)
    passed_over: dict[str, str] = Field(default_factory=dict, sa_type=JSON)
    phones: bool = False
    state: RungState = Field(default=RungState.WAITING, sa_type=enum_text(RungState))
    at: datetime | None = Field(default=None, sa_type=UtcDateTime)


class AlertBell(SQLModel, table=True):
    """Somebody was rung for an alert. It lets her open the lead while the alert is open.

    `handed` says that it came to her from a colleague's hand and not by the chain, and waits for her answer.
    """

    __tablename__ = "alert_bell"
    __table_args__ = (UniqueConstraint("alert_id", "member_id", name="bell_once"),)

    id: int = Field(default=None, primary_key=True)
    alert_id: int = Field(foreign_key="alert.id")
    member_id: int = Field(foreign_key="member.id", index=True)
    position: int
    first_at: datetime = Field(sa_type=UtcDateTime)
    last_at: datetime = Field(sa_type=UtcDateTime)
    times: int = 1
    handed: bool = False
