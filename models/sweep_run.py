"""Which planned work has been done: reruns, catch-up and several replicas are harmless by these keys."""

from datetime import date, datetime

from sqlalchemy import bindparam, select
from sqlmodel import Field, SQLModel, col

from models.columns import UtcDateTime
from models.looking import Reader


class SweepRun(SQLModel, table=True):
    """A rule was swept for a period ("morning", "2026-11-21")."""

    __tablename__ = "sweep_run"

    rule: str = Field(primary_key=True, max_length=32)
    period: str = Field(primary_key=True, max_length=16)
    swept_at: datetime = Field(sa_type=UtcDateTime)


_RUN = select(col(SweepRun.swept_at)).where(
    col(SweepRun.rule) == bindparam("rule"), col(SweepRun.period) == bindparam("period")
)


async def was_swept(reader: Reader, rule: str, period: str) -> bool:
    """Whether the rule was swept for the period."""
    return (await reader.execute(_RUN, {"rule": rule, "period": period})).first() is not None


class LateMark(SQLModel, table=True):
    """A household's lateness was told under a rule: once for each due date that passed."""

    __tablename__ = "late_mark"

    rule: str = Field(primary_key=True, max_length=32)
    household_id: int = Field(primary_key=True, foreign_key="household.id")
    due_on: date = Field(primary_key=True)
    told_on: date = Field(index=True)
