"""The people who work here, and their appointments: who is what, where, from when to when (spec 1)."""

from collections.abc import Iterable
from datetime import date, datetime
from enum import StrEnum

from sqlalchemy import BigInteger, BindParameter, CheckConstraint, ColumnElement, UniqueConstraint, or_, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import Field, SQLModel, col

from models.columns import UtcDateTime, enum_text, one_of


class Role(StrEnum):
    """What somebody is appointed to be."""

    GRID_WORKER = "grid_worker"
    INSTRUCTOR = "instructor"
    EXECUTIVE = "executive"
    MEDIATOR = "mediator"
    HEAD = "head"
    TOWNSHIP_CENTRE = "township_centre"
    COUNTY_CENTRE = "county_centre"
    FEDERATION_OFFICER = "federation_officer"
    COUNCIL_CHAIR = "council_chair"
    COUNCIL_MEMBER = "council_member"
    EXPERT = "expert"
    PARTNER_UNIT = "partner_unit"
    ADMINISTRATOR = "administrator"  # accounts, never cases
    AUDITOR = "auditor"  # who has read what, never cases
    COUNCIL_GUEST = "council_guest"  # one of X: invited to single items, and without any other right


class Member(SQLModel, table=True):
    """Somebody who has joined by an invitation. Her private chat has her Telegram id."""

    __table_args__ = (CheckConstraint("locale IN ('zh', 'en')", name="locale_known"),)

    id: int = Field(default=None, primary_key=True)
    telegram_id: int = Field(unique=True, sa_type=BigInteger)
    name: str = Field(max_length=80)
    locale: str = Field(default="zh", max_length=2)
    joined_at: datetime = Field(sa_type=UtcDateTime)
    frozen_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    unreachable_since: datetime | None = Field(default=None, sa_type=UtcDateTime)


class Appointment(SQLModel, table=True):
    """A role in an area from `starts_on` to `ends_on`, both days included; without an end it goes on."""

    __table_args__ = (
        UniqueConstraint("member_id", "area_id", "role", "starts_on", name="appointment_once"),
        CheckConstraint("ends_on IS NULL OR ends_on >= starts_on", name="ends_after_start"),
        one_of("role", Role),
    )

    id: int = Field(default=None, primary_key=True)
    member_id: int = Field(foreign_key="member.id", index=True)
    area_id: int = Field(foreign_key="area.id", index=True)
    role: Role = Field(sa_type=enum_text(Role))
    starts_on: date
    ends_on: date | None = None


class Leave(SQLModel, table=True):
    """A member is away from `starts_on` to `ends_on`, both days included: alerts go past her."""

    __table_args__ = (CheckConstraint("ends_on >= starts_on", name="ends_after_start"),)

    id: int = Field(default=None, primary_key=True)
    member_id: int = Field(foreign_key="member.id", index=True)
    starts_on: date
    ends_on: date
    noted_at: datetime = Field(sa_type=UtcDateTime)
    cancelled_at: datetime | None = Field(default=None, sa_type=UtcDateTime)


async def holders_of_posts(session: AsyncSession, members: Iterable[int], day: date) -> set[int]:
    """Those of `members` who hold any post on `day`.

    Asked by itself: as a condition of a longer statement PostgreSQL looks through everybody's posts for a few.
    """
    query = select(col(Appointment.member_id)).where(col(Appointment.member_id).in_(set(members)), in_force(day))
    return set((await session.execute(query)).scalars())


def in_force(day: date | BindParameter[date]) -> ColumnElement[bool]:
    """The condition that an appointment holds on `day`, or on the day that a statement is given as it is executed."""
    return (col(Appointment.starts_on) <= day) & or_(
        col(Appointment.ends_on).is_(None), col(Appointment.ends_on) >= day
    )


def on_leave(day: date) -> ColumnElement[bool]:
    """The condition that the member has noted leave for `day` and not taken it back."""
    return (
        select(col(Leave.id))
        .where(
            col(Leave.member_id) == col(Member.id),
            col(Leave.cancelled_at).is_(None),
            col(Leave.starts_on) <= day,
            col(Leave.ends_on) >= day,
        )
        .exists()
    )
