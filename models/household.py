"""Households, the people in them, and the trail of every change (spec 2)."""

from datetime import date, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import CheckConstraint, ColumnElement, Index, bindparam, case, text
from sqlmodel import Field, SQLModel, col

from models.columns import UtcDateTime, encrypted, enum_text, one_of


class Tier(StrEnum):
    """How closely a household is looked after: every week, every month, or as a routine (M)."""

    KEY = "key"
    WATCH = "watch"
    ORDINARY = "ordinary"


class HouseholdStatus(StrEnum):
    """Whether the household is on the register; nothing is ever deleted by hand."""

    ACTIVE = "active"
    AWAY = "away"
    MERGED = "merged"


class Sex(StrEnum):
    """As the register has it."""

    FEMALE = "f"
    MALE = "m"


class Relation(StrEnum):
    """What somebody is to the head of her household."""

    HEAD = "head"
    SPOUSE = "spouse"
    CHILD = "child"
    PARENT = "parent"
    OTHER = "other"


class Household(SQLModel, table=True):
    """A household of a grid.

    `next_due_on` is the one place that says when it is to be visited next; `anchor_day` is the day of the month
    its monthly cycle keeps to, so that month ends do not drift. `rev` refuses two edits at once.
    """

    __table_args__ = (
        one_of("tier", Tier),
        one_of("status", HouseholdStatus),
        CheckConstraint("(status = 'merged') = (merged_into_id IS NOT NULL)", name="merged_somewhere"),
        CheckConstraint("anchor_day IS NULL OR anchor_day BETWEEN 1 AND 31", name="anchor_day_in_month"),
        # The morning's plan reads this index alone.
        Index(
            "ix_household_due",
            "next_due_on",
            "grid_id",
            "tier",
            sqlite_where=text("status = 'active'"),
            postgresql_where=text("status = 'active'"),
        ),
        Index("ix_household_grid_due", "grid_id", "next_due_on"),
        Index(
            "ix_household_review",
            "tier_review_on",
            sqlite_where=text("tier_review_on IS NOT NULL"),
            postgresql_where=text("tier_review_on IS NOT NULL"),
        ),
    )

    id: int = Field(default=None, primary_key=True)
    code: str = Field(unique=True, max_length=24)
    grid_id: int = Field(foreign_key="area.id")
    microgrid_id: int | None = Field(default=None, foreign_key="area.id")
    name: str = Field(max_length=80)
    address: str = Field(max_length=120)
    search_text: str
    tier: Tier = Field(default=Tier.ORDINARY, sa_type=enum_text(Tier))
    tier_reason: str | None = Field(default=None, max_length=32)
    tier_since: date
    tier_review_on: date | None = None
    status: HouseholdStatus = Field(default=HouseholdStatus.ACTIVE, sa_type=enum_text(HouseholdStatus))
    merged_into_id: int | None = Field(default=None, foreign_key="household.id")
    registered_on: date
    last_visit_on: date | None = None
    next_due_on: date
    anchor_day: int | None = None
    nobody_home_streak: int = 0
    # 六清 (M): what the work may need to know. Political status ships switched off and no rule reads it.
    people_count: int | None = None
    situation: str | None = Field(default=None, sa_type=encrypted("household.situation"))
    contact: str | None = Field(default=None, sa_type=encrypted("household.contact"))
    needs: str | None = Field(default=None, sa_type=encrypted("household.needs"))
    political_status: str | None = Field(default=None, sa_type=encrypted("household.political_status"))
    rev: int = 0


class Resident(SQLModel, table=True):
    """A person of a household; `relation` is hers to the head of it."""

    __table_args__ = (one_of("sex", Sex, optional=True),)

    id: int = Field(default=None, primary_key=True)
    household_id: int = Field(foreign_key="household.id", index=True)
    name: str = Field(max_length=80)
    relation: str = Field(max_length=16)
    birth_year: int | None = None
    sex: Sex | None = Field(default=None, sa_type=enum_text(Sex))
    phone: str | None = Field(default=None, sa_type=encrypted("resident.phone"))
    left_on: date | None = None


class HouseholdChange(SQLModel, table=True):
    """Who changed what of a household, when: the trail is only ever added to."""

    __tablename__ = "household_change"

    id: int = Field(default=None, primary_key=True)
    household_id: int = Field(foreign_key="household.id", index=True)
    member_id: int | None = Field(default=None, foreign_key="member.id")
    changed_at: datetime = Field(sa_type=UtcDateTime)
    field: str = Field(max_length=32)
    old: str | None = Field(default=None, sa_type=encrypted("household_change.old"))
    new: str | None = Field(default=None, sa_type=encrypted("household_change.new"))


def on_register() -> ColumnElement[bool]:
    """The condition that a household is looked after.

    Its value stands in the statement itself: with a parameter SQLite could not know that `ix_household_due` fits.
    """
    active = bindparam(None, HouseholdStatus.ACTIVE, type_=enum_text(HouseholdStatus), literal_execute=True)
    return col(Household.status) == active


def most_urgent_first(today: date) -> tuple[ColumnElement[Any], ...]:
    """How lists of households are ordered: what is due by its tier, then what is not due yet, then who is away."""
    rank = case(
        (col(Household.status) != HouseholdStatus.ACTIVE, 4),
        (col(Household.next_due_on) > today, 3),
        (col(Household.tier) == Tier.KEY, 0),
        (col(Household.tier) == Tier.WATCH, 1),
        else_=2,
    )
    return rank, col(Household.next_due_on).asc(), col(Household.code).asc()
