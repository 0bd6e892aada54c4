"""Mediations (调解): asked for, planned, held, and what came of them: agreements and their papers (spec 4)."""

from datetime import date, datetime
from enum import StrEnum

from sqlalchemy import JSON, CheckConstraint, ForeignKeyConstraint, Index, LargeBinary, UniqueConstraint, text
from sqlmodel import Field, SQLModel

from models.columns import UtcDateTime, encrypted, enum_text, one_of
from models.lead import FileKind, FileState


class MediationState(StrEnum):
    """Where a request for mediation stands."""

    WAITING = "waiting"
    TAKEN_UP = "taken_up"  # it is a dispute on the ladder now
    FROZEN = "frozen"  # violence was disclosed, or the lead became red


class MediationRequest(SQLModel, table=True):
    """An ordinary lead that is to be mediated. The foreign key holds it to leads that may be: a lead can lose
    `mediable` only when its request is frozen first.
    """

    __tablename__ = "mediation_request"
    __table_args__ = (
        one_of("state", MediationState),
        ForeignKeyConstraint(
            ["lead_id", "mediable"], ["lead.id", "lead.mediable"], onupdate="CASCADE", name="fk_mediation_request_lead"
        ),
        CheckConstraint("state = 'frozen' OR mediable", name="only_what_may_be"),
    )

    id: int = Field(default=None, primary_key=True)
    lead_id: int = Field(unique=True)
    mediable: bool = True
    state: MediationState = Field(default=MediationState.WAITING, sa_type=enum_text(MediationState))
    asked_by_id: int = Field(foreign_key="member.id")
    asked_at: datetime = Field(sa_type=UtcDateTime)


class MediationStage(StrEnum):
    """A mediation is planned, and then held or cancelled."""

    PLANNED = "planned"
    HELD = "held"
    CANCELLED = "cancelled"


class MediationMethod(StrEnum):
    """How people were brought together."""

    TOGETHER = "together"  # face to face
    APART = "apart"  # with each party by herself (背靠背)
    ON_SITE = "on_site"  # at the boundary stone, in the stairwell
    REMOTE = "remote"  # by telephone or video


class AttemptResult(StrEnum):
    """What came of an attempt. Only FAILED counts on the ladder; SESSION is a counselling's, and never more."""

    AGREED = "agreed"
    PARTLY = "partly"
    FAILED = "failed"
    REFUSED = "refused"  # a party wants no (more) mediation
    ABSENT = "absent"  # a party did not come
    SESSION = "session"


class Mediation(SQLModel, table=True):
    """One mediation of a dispute, or one session of a counselling.

    The foreign key holds what is planned to disputes that may be mediated: a dispute can be frozen, ended or settled
    only when nothing is planned any more. `rung` is where the case stood. `counted`: a failed try of that rung.
    """

    __table_args__ = (
        one_of("stage", MediationStage),
        one_of("method", MediationMethod, optional=True),
        one_of("result", AttemptResult, optional=True),
        ForeignKeyConstraint(
            ["dispute_id", "mediable"],
            ["dispute.id", "dispute.mediable"],
            onupdate="CASCADE",
            name="fk_mediation_dispute",
        ),
        CheckConstraint("stage <> 'planned' OR mediable", name="planned_only_what_may_be"),
        CheckConstraint("stage <> 'planned' OR planned_at IS NOT NULL", name="planned_has_time"),
        CheckConstraint("(stage = 'held') = (result IS NOT NULL)", name="held_with_result"),
        CheckConstraint("(stage = 'held') = (held_on IS NOT NULL)", name="held_on_a_day"),
        CheckConstraint("counted = (result IS NOT NULL AND result = 'failed')", name="only_failed_counts"),
        Index(
            "ux_mediation_planned",
            "dispute_id",
            unique=True,
            sqlite_where=text("stage = 'planned'"),
            postgresql_where=text("stage = 'planned'"),
        ),
        Index("ix_mediation_dispute", "dispute_id", "id"),
        Index(
            "ix_mediation_planned_at",
            "planned_at",
            sqlite_where=text("stage = 'planned'"),
            postgresql_where=text("stage = 'planned'"),
        ),
    )

    id: int = Field(default=None, primary_key=True)
    dispute_id: int
    mediable: bool = True
    rung: str = Field(max_length=16)
    stage: MediationStage = Field(sa_type=enum_text(MediationStage))
    planned_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    planned_by_id: int | None = Field(default=None, foreign_key="member.id")
    # None: it was held without having been planned.
    plan_conversation_id: str | None = Field(default=None, unique=True, max_length=36)
    place: str | None = Field(default=None, sa_type=encrypted("mediation.place"))
    public: bool = False  # open to others, if the parties choose so
    guests_agreed: bool = False  # the parties agree to those who are invited
    leader_id: int = Field(foreign_key="member.id", index=True)
    held_on: date | None = None
    method: MediationMethod | None = Field(default=None, sa_type=enum_text(MediationMethod))
    result: AttemptResult | None = Field(default=None, sa_type=enum_text(AttemptResult))
    counted: bool = False
    # 事心双解 (W): the matter, and the feelings.
    matter: str | None = Field(default=None, sa_type=encrypted("mediation.matter"))
    feelings: str | None = Field(default=None, sa_type=encrypted("mediation.feelings"))
    promises: str | None = Field(default=None, sa_type=encrypted("mediation.promises"))
    absent: list[int] = Field(default_factory=list, sa_type=JSON)  # positions of the parties who did not come
    recorded_by_id: int | None = Field(default=None, foreign_key="member.id")
    recorded_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    record_conversation_id: str | None = Field(default=None, unique=True, max_length=36)


class MediationGuest(SQLModel, table=True):
    """Somebody who is to be there besides the leader: a colleague of the rung, an elder, an executive."""

    __tablename__ = "mediation_guest"

    mediation_id: int = Field(primary_key=True, foreign_key="mediation.id")
    member_id: int = Field(primary_key=True, foreign_key="member.id", index=True)
    invited: bool = True  # False: of the rung itself, which needs no parties' consent


class CourtState(StrEnum):
    """司法确认: whether a court makes the agreement enforceable."""

    NONE = "none"
    ASKED = "asked"
    CONFIRMED = "confirmed"
    DECLINED = "declined"


class Agreement(SQLModel, table=True):
    """What the parties agreed on in a mediation. A further one of the same dispute follows a broken one."""

    __table_args__ = (
        one_of("court", CourtState),
        UniqueConstraint("mediation_id", name="one_of_a_mediation"),
        CheckConstraint("(court = 'none') = (court_on IS NULL)", name="court_on_a_day"),
        CheckConstraint("broken_on IS NULL OR broken_on >= agreed_on", name="broken_afterwards"),
        Index(
            "ux_agreement_standing",
            "dispute_id",
            unique=True,
            sqlite_where=text("broken_on IS NULL"),
            postgresql_where=text("broken_on IS NULL"),
        ),
    )

    id: int = Field(default=None, primary_key=True)
    dispute_id: int = Field(foreign_key="dispute.id", index=True)
    mediation_id: int = Field(foreign_key="mediation.id")
    agreed_on: date
    text: str = Field(sa_type=encrypted("agreement.text"))
    court: CourtState = Field(default=CourtState.NONE, sa_type=enum_text(CourtState))
    court_on: date | None = None
    broken_on: date | None = None


class DisputeFile(SQLModel, table=True):
    """A picture of a dispute: the signed agreement, what it is about. Our own copy is cleaned and encrypted."""

    __tablename__ = "dispute_file"
    __table_args__ = (
        one_of("kind", FileKind),
        one_of("state", FileState),
        CheckConstraint("(state = 'kept') = (content IS NOT NULL)", name="kept_with_content"),
        Index("ix_dispute_file_state", "state"),
    )

    id: int = Field(default=None, primary_key=True)
    dispute_id: int = Field(foreign_key="dispute.id", index=True)
    mediation_id: int | None = Field(default=None, foreign_key="mediation.id")
    kind: FileKind = Field(sa_type=enum_text(FileKind))
    file_id: str = Field(max_length=200)
    caption: str | None = Field(default=None, sa_type=encrypted("dispute_file.caption"))
    state: FileState = Field(default=FileState.WAITING, sa_type=enum_text(FileState))
    attempts: int = 0
    begun: int = 0
    sent_by_id: int = Field(foreign_key="member.id")
    content: bytes | None = Field(default=None, sa_type=LargeBinary)  # sealed with the keyring by whoever writes it
