"""Visits: what a worker found at a door, on the phone or by message (spec 2)."""

from datetime import date, datetime
from enum import StrEnum

from sqlalchemy import JSON, CheckConstraint, Index
from sqlmodel import Field, SQLModel

from models.columns import UtcDateTime, encrypted, enum_text, one_of


class VisitMode(StrEnum):
    """The way of a visit (R)."""

    DOOR = "door"
    PHONE = "phone"
    MESSAGE = "message"


class VisitOutcome(StrEnum):
    """How it ended. Outcomes are honest: nobody home is not a visit done."""

    MET = "met"
    NOBODY_HOME = "nobody_home"
    REFUSED = "refused"
    NOT_POSSIBLE = "not_possible"


class Visit(SQLModel, table=True):
    """One attempt to see a household. `counts` says whether it completed the cycle when it was filed.

    `conversation_id` names the conversation that filed it and is unique: filing twice is impossible.
    """

    __table_args__ = (
        one_of("mode", VisitMode),
        one_of("outcome", VisitOutcome),
        CheckConstraint("NOT counts OR outcome = 'met'", name="only_met_counts"),
        CheckConstraint("(latitude IS NULL) = (longitude IS NULL)", name="place_whole"),
        Index("ix_visit_household_day", "household_id", "visited_on"),
        Index("ix_visit_member_day", "member_id", "visited_on"),
    )

    id: int = Field(default=None, primary_key=True)
    household_id: int = Field(foreign_key="household.id")
    member_id: int = Field(foreign_key="member.id")
    conversation_id: str | None = Field(default=None, unique=True, max_length=36)
    visited_on: date
    recorded_at: datetime = Field(sa_type=UtcDateTime)
    backdated: bool = False
    mode: VisitMode = Field(sa_type=enum_text(VisitMode))
    outcome: VisitOutcome = Field(sa_type=enum_text(VisitOutcome))
    counts: bool
    five_ones: list[str] = Field(default_factory=list, sa_type=JSON)
    seen: list[str] = Field(default_factory=list, sa_type=JSON)
    seen_besides: str | None = Field(default=None, sa_type=encrypted("visit.seen_besides"))  # in her own words
    note: str | None = Field(default=None, sa_type=encrypted("visit.note"))
    trouble: bool = False
    latitude: float | None = None
    longitude: float | None = None

    @property
    def receipt(self) -> str:
        """The number the worker is given: the day of the visit and the row's own number."""
        return f"V{self.visited_on:%y%m%d}-{self.id:06d}"


class VisitNeed(SQLModel, table=True):
    """A need noticed on a visit, by its kind."""

    __tablename__ = "visit_need"

    id: int = Field(default=None, primary_key=True)
    visit_id: int = Field(foreign_key="visit.id", index=True)
    kind: str = Field(max_length=32)


class VisitPhoto(SQLModel, table=True):
    """A photo of a visit, by the messenger's own file id, with the words she put under it."""

    __tablename__ = "visit_photo"

    id: int = Field(default=None, primary_key=True)
    visit_id: int = Field(foreign_key="visit.id", index=True)
    file_id: str = Field(max_length=200)
    caption: str | None = Field(default=None, sa_type=encrypted("visit_photo.caption"))
