"""Leads (线索): what somebody has noticed, how it is looked after, and the timeline that proves it (spec 3)."""

from datetime import date, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import JSON, CheckConstraint, Index, LargeBinary, UniqueConstraint, text
from sqlmodel import Field, SQLModel

from models.columns import UtcDateTime, encrypted, enum_text, one_of


class Colour(StrEnum):
    """How urgent a lead is (W), the most urgent first."""

    RED = "red"
    ORANGE = "orange"
    YELLOW = "yellow"
    BLUE = "blue"


class Triage(StrEnum):
    """The five questions that come before everything else; any yes makes a lead red."""

    DANGER = "danger"  # in danger now
    CHILD = "child"
    COERCED = "coerced"  # cannot act for herself, or is coerced
    SEXUAL = "sexual"
    TRAFFICKING = "trafficking"


class Where(StrEnum):
    """Whom a lead is about: a household of the register, none, or somebody beyond the reporter's grid."""

    HOUSEHOLD = "household"
    NO_HOUSEHOLD = "no_household"
    OUTSIDE = "outside"


class LeadSource(StrEnum):
    """Who noticed it. An anonymous resident stays so: nothing of her is stored."""

    SEEN = "seen"
    RESIDENT = "resident"
    ANONYMOUS = "anonymous"


class LeadStage(StrEnum):
    """核实 → 支持 → 跟踪 → 回访 → closed by a second person."""

    REPORTED = "reported"
    VERIFYING = "verifying"
    SUPPORTING = "supporting"
    FOLLOWING = "following"
    REVISITING = "revisiting"
    CLOSING = "closing"  # somebody asks for the closing; a second person decides
    CLOSED = "closed"


class Lead(SQLModel, table=True):
    """What was reported. A key matter (侵权重点事项) is always red, and nothing red can be mediated.

    `item` is a key of the county's catalogue. `conversation_id` names the conversation that filed it.
    """

    __table_args__ = (
        one_of("colour", Colour),
        one_of("whereabouts", Where),
        one_of("source", LeadSource),
        one_of("stage", LeadStage),
        CheckConstraint("NOT key_matter OR colour = 'red'", name="key_matter_is_red"),
        CheckConstraint("NOT mediable OR (NOT key_matter AND colour <> 'red')", name="no_mediation_of_red"),
        CheckConstraint("(whereabouts = 'household') = (household_id IS NOT NULL)", name="household_if_said"),
        CheckConstraint(
            "stage <> 'closed' OR (closed_by_id IS NOT NULL AND closing_by_id IS NOT NULL AND closed_at IS NOT NULL"
            " AND closed_by_id <> closing_by_id)",
            name="closed_by_a_second_person",
        ),
        CheckConstraint("stage <> 'closing' OR closing_by_id IS NOT NULL", name="somebody_asks_for_closing"),
        CheckConstraint("linked_to_id IS NULL OR linked_to_id <> id", name="not_linked_to_itself"),
        # What the foreign key of mediation_request points to.
        UniqueConstraint("id", "mediable", name="lead_mediable"),
        Index("ix_lead_household_reported", "household_id", "reported_at"),
        Index("ix_lead_area_stage", "area_id", "stage"),
        # Few leads have either; without them each card and list would read all of the leads.
        Index(
            "ix_lead_closed_by",
            "closed_by_id",
            sqlite_where=text("closed_by_id IS NOT NULL"),
            postgresql_where=text("closed_by_id IS NOT NULL"),
        ),
        Index(
            "ix_lead_linked_to",
            "linked_to_id",
            sqlite_where=text("linked_to_id IS NOT NULL"),
            postgresql_where=text("linked_to_id IS NOT NULL"),
        ),
    )

    id: int = Field(default=None, primary_key=True)
    code: str = Field(unique=True, max_length=16)
    conversation_id: str = Field(unique=True, max_length=36)
    item: str = Field(max_length=48)
    triage: list[str] = Field(default_factory=list, sa_type=JSON)
    colour: Colour = Field(sa_type=enum_text(Colour))
    key_matter: bool
    mediable: bool
    stage: LeadStage = Field(default=LeadStage.REPORTED, sa_type=enum_text(LeadStage))
    area_id: int = Field(foreign_key="area.id")
    whereabouts: Where = Field(sa_type=enum_text(Where))
    household_id: int | None = Field(default=None, foreign_key="household.id")
    source: LeadSource = Field(sa_type=enum_text(LeadSource))
    reporter_id: int = Field(foreign_key="member.id", index=True)
    reported_at: datetime = Field(sa_type=UtcDateTime)
    # It went past its reporter when she reported it (see LeadHousehold): she has a receipt and nothing more.
    conflict: bool = False
    narrative: str | None = Field(default=None, sa_type=encrypted("lead.narrative"))
    persons: str | None = Field(default=None, sa_type=encrypted("lead.persons"))
    safe_contact: str | None = Field(default=None, sa_type=encrypted("lead.safe_contact"))
    safe_address: str | None = Field(default=None, sa_type=encrypted("lead.safe_address"))
    handler_id: int | None = Field(default=None, foreign_key="member.id", index=True)
    revisit_on: date | None = None
    revisits_done: int = 0
    closing_by_id: int | None = Field(default=None, foreign_key="member.id")
    closed_by_id: int | None = Field(default=None, foreign_key="member.id")
    closed_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    linked_to_id: int | None = Field(default=None, foreign_key="lead.id")
    rev: int = 0


class EntryKind(StrEnum):
    """What an entry of the timeline says."""

    REPORTED = "reported"
    ALERTED = "alerted"  # a rung of the chain was rung
    SKIPPED = "skipped"  # a rung could not be: empty, on leave, blocked …
    ACKNOWLEDGED = "acknowledged"
    TAKEN = "taken"
    HANDED_ON = "handed_on"
    STILL_ON_IT = "still_on_it"
    LAPSED = "lapsed"
    COLOUR = "colour"
    CONTACTED = "contacted"
    VERIFIED = "verified"
    UNFOUNDED = "unfounded"
    SUPPORT = "support"
    NOTE = "note"
    REVISITED = "revisited"
    CONSENT = "consent"
    LINKED = "linked"
    TO_MEDIATION = "to_mediation"
    CLOSING = "closing"
    NOT_CLOSED = "not_closed"  # the second person sends it back
    CLOSED = "closed"
    REOPENED = "reopened"
    CORRECTION = "correction"
    REFERRED = "referred"
    REFERRAL_ANSWERED = "referral_answered"
    WHISTLED = "whistled"
    WHISTLE_ANSWERED = "whistle_answered"
    BREAK_GLASS = "break_glass"


class LeadEntry(SQLModel, table=True):
    """An entry of a lead's timeline. Triggers of the database refuse to change or delete one; a mistake is put right
    by a further entry that `corrects_id` it. Only `body` may be written anew, when the keys are rotated.

    `detail` holds known words and numbers (colours, kinds of support, member numbers); what people wrote is `body`.
    """

    __tablename__ = "lead_entry"
    __table_args__ = (one_of("kind", EntryKind), Index("ix_lead_entry_lead", "lead_id", "id"))

    id: int = Field(default=None, primary_key=True)
    lead_id: int = Field(foreign_key="lead.id")
    kind: EntryKind = Field(sa_type=enum_text(EntryKind))
    at: datetime = Field(sa_type=UtcDateTime)
    by_id: int | None = Field(default=None, foreign_key="member.id")  # None: the program itself
    detail: dict[str, Any] = Field(default_factory=dict, sa_type=JSON)
    body: str | None = Field(default=None, sa_type=encrypted("lead_entry.body"))
    corrects_id: int | None = Field(default=None, foreign_key="lead_entry.id")


class FileState(StrEnum):
    """How far the copy of a sent file has come."""

    WAITING = "waiting"
    KEPT = "kept"
    REFUSED = "refused"  # not what it pretends to be, or too large
    LOST = "lost"  # the messenger gives it no more


class FileKind(StrEnum):
    """What evidence can be."""

    PHOTO = "photo"
    VOICE = "voice"


class LeadFile(SQLModel, table=True):
    """A picture or a voice message of a lead. Our own copy is cleaned (no place, no device) and encrypted."""

    __tablename__ = "lead_file"
    __table_args__ = (
        one_of("kind", FileKind),
        one_of("state", FileState),
        CheckConstraint("(state = 'kept') = (content IS NOT NULL)", name="kept_with_content"),
        Index("ix_lead_file_state", "state"),
    )

    id: int = Field(default=None, primary_key=True)
    lead_id: int = Field(foreign_key="lead.id", index=True)
    kind: FileKind = Field(sa_type=enum_text(FileKind))
    file_id: str = Field(max_length=200)
    caption: str | None = Field(default=None, sa_type=encrypted("lead_file.caption"))
    state: FileState = Field(default=FileState.WAITING, sa_type=enum_text(FileState))
    attempts: int = 0
    begun: int = 0  # tries that were begun and have not ended: what ends the program must not be tried for ever
    sent_by_id: int | None = Field(default=None, foreign_key="member.id")  # None: the reporter, with her report
    content: bytes | None = Field(default=None, sa_type=LargeBinary)  # sealed with the keyring by whoever writes it


class LeadConsent(SQLModel, table=True):
    """What the person concerned allows to be passed on, per recipient and purpose; the newest answer holds."""

    __tablename__ = "lead_consent"

    id: int = Field(default=None, primary_key=True)
    lead_id: int = Field(foreign_key="lead.id", index=True)
    recipient: str = Field(max_length=32)
    purpose: str = Field(max_length=32)
    given: bool
    recorded_at: datetime = Field(sa_type=UtcDateTime)
    recorded_by_id: int = Field(foreign_key="member.id")
