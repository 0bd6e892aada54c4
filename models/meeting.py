"""Meetings of a women's council: when and how, who came, and the record of it (妇女议事会活动记录表; spec 5)."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import CheckConstraint, Index, UniqueConstraint, false, text
from sqlmodel import Field, SQLModel

from models.ballot import Seat
from models.columns import UtcDateTime, encrypted, enum_text, one_of


class MeetingMode(StrEnum):
    """集中 / 现场 / 上门 / 线上 (R)."""

    TOGETHER = "together"
    ON_SITE = "on_site"
    AT_HOME = "at_home"
    ONLINE = "online"

    @property
    def at_a_place(self) -> bool:
        """Whether people come to a place that everybody may know."""
        return self in (MeetingMode.TOGETHER, MeetingMode.ON_SITE)

    @property
    def at_a_door(self) -> bool:
        """Whether it is in somebody's home: whose door it is reaches no group and no paper."""
        return self is MeetingMode.AT_HOME


class MeetingState(StrEnum):
    """How far a meeting is."""

    PLANNED = "planned"
    RUNNING = "running"  # it has begun: sign in
    HELD = "held"
    CANCELLED = "cancelled"


class CouncilMeeting(SQLModel, table=True):
    """A meeting of a council. A ballot that is opened outside any meeting makes one of its own: online, quick.

    `sign_code` is what the chair shows in the room to whoever has no button at hand.
    """

    __tablename__ = "council_meeting"
    __table_args__ = (
        one_of("mode", MeetingMode),
        one_of("state", MeetingState),
        CheckConstraint("(state IN ('running', 'held')) = (begun_at IS NOT NULL)", name="begun_at_some_time"),
        CheckConstraint("(state IN ('held', 'cancelled')) = (ended_at IS NOT NULL)", name="ended_at_some_time"),
        Index("ix_council_meeting_council", "council_id", "planned_at"),
        Index(
            "ix_council_meeting_planned",
            "planned_at",
            sqlite_where=text("state IN ('planned', 'running')"),
            postgresql_where=text("state IN ('planned', 'running')"),
        ),
    )

    id: int = Field(default=None, primary_key=True)
    code: str = Field(unique=True, max_length=32)
    conversation_id: str = Field(unique=True, max_length=40)
    council_id: int = Field(foreign_key="council.id")
    mode: MeetingMode = Field(sa_type=enum_text(MeetingMode))
    quick: bool = False  # made by a ballot, for its record
    planned_at: datetime = Field(sa_type=UtcDateTime)
    place: str | None = Field(default=None, sa_type=encrypted("council_meeting.place"))
    chair_id: int = Field(foreign_key="member.id")
    recorder_id: int | None = Field(default=None, foreign_key="member.id")
    state: MeetingState = Field(default=MeetingState.PLANNED, sa_type=enum_text(MeetingState))
    sign_code: str | None = Field(default=None, sa_type=encrypted("council_meeting.sign_code"))
    begun_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    ended_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    rev: int = 0

    @property
    def public_place(self) -> str:
        """Where it is, as everybody may know it."""
        return "" if self.mode.at_a_door else self.place or ""


class MeetingItem(SQLModel, table=True):
    """An item that a meeting deals with, in its order."""

    __tablename__ = "meeting_item"

    meeting_id: int = Field(primary_key=True, foreign_key="council_meeting.id")
    item_id: int = Field(primary_key=True, foreign_key="agenda_item.id", index=True)
    position: int


class SignedBy(StrEnum):
    """How it is known that somebody was there."""

    BUTTON = "button"
    CODE = "code"
    CHAIR = "chair"  # written down by the chair or the recorder
    VOTE = "vote"  # of a quick ballot: she voted in it


class Attendance(SQLModel, table=True):
    """Somebody was at a meeting."""

    __table_args__ = (one_of("seat", Seat), one_of("how", SignedBy))

    meeting_id: int = Field(primary_key=True, foreign_key="council_meeting.id")
    member_id: int = Field(primary_key=True, foreign_key="member.id", index=True)
    seat: Seat = Field(sa_type=enum_text(Seat))
    how: SignedBy = Field(sa_type=enum_text(SignedBy))
    at: datetime | None = Field(default=None, sa_type=UtcDateTime)  # none where it would tell when she voted


class MinutesState(StrEnum):
    """How far a record is."""

    DRAFT = "draft"
    OUT = "out"  # those who were there have three days to ask for corrections
    FINAL = "final"


class Minutes(SQLModel, table=True):
    """What a meeting's recorder wrote, beside what the records say by themselves."""

    __table_args__ = (
        one_of("state", MinutesState),
        CheckConstraint("(state = 'draft') OR (corrections_until IS NOT NULL)", name="out_until_some_time"),
        CheckConstraint("(state = 'final') = (final_at IS NOT NULL)", name="final_at_some_time"),
        Index(
            "ix_minutes_until",
            "corrections_until",
            sqlite_where=text("state = 'out'"),
            postgresql_where=text("state = 'out'"),
        ),
    )

    meeting_id: int = Field(primary_key=True, foreign_key="council_meeting.id")
    state: MinutesState = Field(default=MinutesState.DRAFT, sa_type=enum_text(MinutesState))
    opinions: str | None = Field(default=None, sa_type=encrypted("minutes.opinions"))
    decisions: str | None = Field(default=None, sa_type=encrypted("minutes.decisions"))
    version: int = 0  # of the last copy that was sent round
    corrections_until: datetime | None = Field(default=None, sa_type=UtcDateTime)
    final_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    # Its days are over: of who was there and who said what the numbers are left.
    nameless: bool = Field(default=False, sa_column_kwargs={"server_default": false()})
    rev: int = 0


class MinutesVersion(SQLModel, table=True):
    """The record as it was sent round: all that its Word file says, as JSON. Triggers refuse to change one."""

    __tablename__ = "minutes_version"
    __table_args__ = (UniqueConstraint("meeting_id", "version", name="minutes_version_once"),)

    id: int = Field(default=None, primary_key=True)
    meeting_id: int = Field(foreign_key="council_meeting.id")
    version: int
    at: datetime = Field(sa_type=UtcDateTime)
    facts: str = Field(sa_type=encrypted("minutes_version.facts"))


class CorrectionState(StrEnum):
    """What became of a correction."""

    WAITING = "waiting"
    TAKEN = "taken"
    NOT_TAKEN = "not_taken"


class MinutesCorrection(SQLModel, table=True):
    """What somebody who was there wants corrected in the record."""

    __tablename__ = "minutes_correction"
    __table_args__ = (
        one_of("state", CorrectionState),
        CheckConstraint("(state = 'waiting') = (decided_at IS NULL)", name="decided_at_some_time"),
    )

    id: int = Field(default=None, primary_key=True)
    meeting_id: int = Field(foreign_key="council_meeting.id", index=True)
    version: int
    conversation_id: str = Field(unique=True, max_length=36)
    member_id: int = Field(foreign_key="member.id")
    at: datetime = Field(sa_type=UtcDateTime)
    body: str = Field(sa_type=encrypted("minutes_correction.body"))
    state: CorrectionState = Field(default=CorrectionState.WAITING, sa_type=enum_text(CorrectionState))
    answer: str | None = Field(default=None, sa_type=encrypted("minutes_correction.answer"))
    decided_by_id: int | None = Field(default=None, foreign_key="member.id")
    decided_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
