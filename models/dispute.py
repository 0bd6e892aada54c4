"""Disputes (矛盾纠纷): what people quarrel about, on which rung of the ladder it stands, and its history (spec 4)."""

from datetime import date, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import JSON, CheckConstraint, ForeignKeyConstraint, Index, UniqueConstraint, text
from sqlmodel import Field, SQLModel

from models.columns import UtcDateTime, encrypted, enum_text, one_of
from models.lead import Colour


class DisputeKind(StrEnum):
    """An ordinary dispute, or the counselling of a couple or family (婚姻家庭辅导).

    A counselling has no tries and no idle clock that make it climb; it climbs when nobody accepts it, when somebody
    passes it up, and when nobody on its rung is left.
    """

    DISPUTE = "dispute"
    COUNSELLING = "counselling"


class DisputeSource(StrEnum):
    """How it came to light."""

    VISIT = "visit"
    LEAD = "lead"
    OFFICE = "office"  # somebody came to the office
    COUNCIL = "council"  # an item of a women's council


class DisputeState(StrEnum):
    """登记 → 受理 → 回访 → closed by a second person; or ended without an agreement; or frozen."""

    REGISTERED = "registered"  # waits on its rung for somebody to accept it
    MEDIATING = "mediating"
    AGREED = "agreed"  # followed up
    CLOSING = "closing"  # somebody asks for the closing; a second person decides
    CLOSED = "closed"
    ENDED = "ended"  # no mediation any more: the lawful ways were offered
    FROZEN = "frozen"  # violence came to light; for good


OPEN_STATES = (DisputeState.REGISTERED, DisputeState.MEDIATING, DisputeState.AGREED, DisputeState.CLOSING)
_OPEN = "('registered', 'mediating', 'agreed', 'closing')"


class DisputeOutcome(StrEnum):
    """How it ended."""

    SETTLED = "settled"  # the agreement is kept
    REFUSED = "refused"  # a party wants no mediation
    EXHAUSTED = "exhausted"  # the last rung's tries failed too
    WITHDRAWN = "withdrawn"  # the parties need no help any more, or it was registered by mistake
    COUNSELLED = "counselled"  # the sessions are over; whatever the couple decided


class DisputeStep(StrEnum):
    """What the program does at `next_step_at`."""

    ACCEPT = "accept"  # nobody has accepted it: call the rung again, at last the next one
    REMIND = "remind"  # nothing happened: its owner
    HEAD = "head"  # still nothing: the rung's head
    CLIMB = "climb"  # still nothing: the next rung
    FOLLOW_UP = "follow_up"  # a follow-up is due
    DECIDE = "decide"  # the second person has not decided


class Dispute(SQLModel, table=True):
    """A case on the mediation ladder. Red ones do not exist: what is red is a lead and never mediated.

    `rung` is a key of the county's ladder, `tried` says how many failed attempts each rung has had since the case
    arrived there, `broken` how many agreements were broken there. `came_from` is the rung that passed it up ("beyond
    me"), to which it may be given back; `given_back` are the rungs that have done so. While it is open it has an
    owner, a date for people (`next_on`) and a step of the program's (`next_step`).
    """

    __table_args__ = (
        one_of("kind", DisputeKind),
        one_of("colour", Colour),
        one_of("source", DisputeSource),
        one_of("state", DisputeState),
        one_of("outcome", DisputeOutcome, optional=True),
        one_of("next_step", DisputeStep, optional=True),
        CheckConstraint("colour <> 'red'", name="never_red"),
        CheckConstraint("mediable = (state IN ('registered', 'mediating'))", name="mediable_while_mediated"),
        CheckConstraint("lead_mediable OR state IN ('frozen', 'closed', 'ended')", name="no_mediation_of_red"),
        CheckConstraint("(source = 'lead') = (lead_id IS NOT NULL)", name="lead_if_from_one"),
        CheckConstraint(f"(state IN {_OPEN}) = (owner_id IS NOT NULL)", name="open_has_owner"),
        CheckConstraint(f"(state IN {_OPEN}) = (next_on IS NOT NULL)", name="open_has_next_date"),
        CheckConstraint(f"(state IN {_OPEN}) = (next_step IS NOT NULL)", name="open_has_next_step"),
        CheckConstraint("(next_step IS NULL) = (next_step_at IS NULL)", name="next_step_has_time"),
        CheckConstraint("(state IN ('closed', 'ended')) = (outcome IS NOT NULL)", name="ended_somehow"),
        CheckConstraint("(state = 'frozen') = (red_lead_id IS NOT NULL)", name="frozen_by_a_red_lead"),
        CheckConstraint("state <> 'mediating' OR accepted_at IS NOT NULL", name="mediated_once_accepted"),
        CheckConstraint(
            "state <> 'closed' OR (closed_by_id IS NOT NULL AND closing_by_id IS NOT NULL AND closed_at IS NOT NULL"
            " AND closed_by_id <> closing_by_id)",
            name="closed_by_a_second_person",
        ),
        CheckConstraint("state <> 'closing' OR closing_by_id IS NOT NULL", name="somebody_asks_for_closing"),
        CheckConstraint("linked_to_id IS NULL OR linked_to_id <> id", name="not_linked_to_itself"),
        ForeignKeyConstraint(
            ["lead_id", "lead_mediable"], ["lead.id", "lead.mediable"], onupdate="CASCADE", name="fk_dispute_lead"
        ),
        UniqueConstraint("lead_id", name="one_of_a_lead"),
        # What the foreign key of mediation points to.
        UniqueConstraint("id", "mediable", name="dispute_mediable"),
        Index("ix_dispute_rung", "rung_area_id", "rung", "state"),
        Index("ix_dispute_area_state", "area_id", "state"),
        Index(
            "ix_dispute_next_step",
            "next_step_at",
            sqlite_where=text("next_step_at IS NOT NULL"),
            postgresql_where=text("next_step_at IS NOT NULL"),
        ),
    )

    id: int = Field(default=None, primary_key=True)
    code: str = Field(unique=True, max_length=16)
    conversation_id: str = Field(unique=True, max_length=36)
    kind: DisputeKind = Field(default=DisputeKind.DISPUTE, sa_type=enum_text(DisputeKind))
    item: str = Field(max_length=48)
    colour: Colour = Field(sa_type=enum_text(Colour))
    mediable: bool = True
    state: DisputeState = Field(default=DisputeState.REGISTERED, sa_type=enum_text(DisputeState))
    outcome: DisputeOutcome | None = Field(default=None, sa_type=enum_text(DisputeOutcome))
    source: DisputeSource = Field(sa_type=enum_text(DisputeSource))
    lead_id: int | None = None
    lead_mediable: bool = True
    area_id: int = Field(foreign_key="area.id")
    household_id: int | None = Field(default=None, foreign_key="household.id", index=True)
    place: str | None = Field(default=None, sa_type=encrypted("dispute.place"))
    facts: str = Field(sa_type=encrypted("dispute.facts"))
    # So many are concerned, whether they are named as parties or not (群体性).
    people: int = 0
    registered_by_id: int = Field(foreign_key="member.id", index=True)
    registered_at: datetime = Field(sa_type=UtcDateTime)
    # The registrar is bound to a party's household: she has a receipt and nothing more.
    conflict: bool = False
    rung: str = Field(max_length=16)
    rung_area_id: int = Field(foreign_key="area.id")
    rung_since: datetime = Field(sa_type=UtcDateTime)
    tried: dict[str, int] = Field(default_factory=dict, sa_type=JSON)
    broken: dict[str, int] = Field(default_factory=dict, sa_type=JSON)
    came_from: str | None = Field(default=None, max_length=16)
    given_back: list[str] = Field(default_factory=list, sa_type=JSON)
    owner_id: int | None = Field(default=None, foreign_key="member.id", index=True)
    accepted_at: datetime | None = Field(default=None, sa_type=UtcDateTime)  # on the present rung
    # The clock beside the count runs from here.
    happened_on: date
    next_on: date | None = None
    next_step: DisputeStep | None = Field(default=None, sa_type=enum_text(DisputeStep))
    next_step_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    # Counts the program's own steps, so that each of their notices has a name of its own.
    round: int = 0
    follow_ups_done: int = 0
    closing_by_id: int | None = Field(default=None, foreign_key="member.id")
    closed_by_id: int | None = Field(default=None, foreign_key="member.id")
    closed_at: datetime | None = Field(default=None, sa_type=UtcDateTime)  # closed, ended or frozen
    red_lead_id: int | None = Field(default=None, foreign_key="lead.id")
    linked_to_id: int | None = Field(default=None, foreign_key="dispute.id", index=True)
    rev: int = 0


class DisputeParty(SQLModel, table=True):
    """A party: a resident of the register, or somebody from outside. Without consent nobody contacts her."""

    __tablename__ = "dispute_party"
    __table_args__ = (
        UniqueConstraint("dispute_id", "position", name="party_once"),
        CheckConstraint("resident_id IS NULL OR household_id IS NOT NULL", name="resident_has_household"),
    )

    id: int = Field(default=None, primary_key=True)
    dispute_id: int = Field(foreign_key="dispute.id")
    position: int
    resident_id: int | None = Field(default=None, foreign_key="resident.id", index=True)
    household_id: int | None = Field(default=None, foreign_key="household.id", index=True)
    name: str = Field(sa_type=encrypted("dispute_party.name"))
    phone: str | None = Field(default=None, sa_type=encrypted("dispute_party.phone"))
    consent: bool
    consent_at: datetime = Field(sa_type=UtcDateTime)
    wishes: str | None = Field(default=None, sa_type=encrypted("dispute_party.wishes"))


class DisputeEntryKind(StrEnum):
    """What an entry of the history says."""

    REGISTERED = "registered"
    LINKED = "linked"
    ARRIVED = "arrived"  # on a rung: the detail says from where and why
    SKIPPED = "skipped"  # a rung that could not take it
    CALLED = "called"  # the rung was called (again) to accept it
    ACCEPTED = "accepted"
    OWNER = "owner"  # it has another owner
    RECUSED = "recused"  # somebody stands back
    PLANNED = "planned"
    CANCELLED = "cancelled"  # a planned mediation
    HELD = "held"  # a mediation or session, with its result
    LATE_RECORD = "late_record"  # of an attempt on a case that had moved on: kept, not counted
    PASSED_UP = "passed_up"
    GIVEN_BACK = "given_back"
    REMINDED = "reminded"
    HEAD_TOLD = "head_told"
    AGREED = "agreed"
    COURT = "court"  # 司法确认
    FOLLOWED_UP = "followed_up"
    BROKEN = "broken"
    ENDED = "ended"
    WAYS_SHOWN = "ways_shown"  # the lawful ways were explained
    FROZEN = "frozen"
    CLOSING = "closing"
    NOT_CLOSED = "not_closed"
    CLOSED = "closed"
    REOPENED = "reopened"
    COLOUR = "colour"
    PARTY = "party"  # consent, wishes or telephone of a party were written down anew
    NOTE = "note"
    CORRECTION = "correction"
    REFERRED = "referred"
    REFERRAL_ANSWERED = "referral_answered"
    EXPORTED = "exported"  # the case file was taken


class DisputeEntry(SQLModel, table=True):
    """An entry of a dispute's history. Triggers of the database refuse to change or delete one.

    `detail` holds known words and numbers; what people wrote is `body`, the one thing that may be written anew, when
    the keys are rotated.
    """

    __tablename__ = "dispute_entry"
    __table_args__ = (one_of("kind", DisputeEntryKind), Index("ix_dispute_entry_dispute", "dispute_id", "id"))

    id: int = Field(default=None, primary_key=True)
    dispute_id: int = Field(foreign_key="dispute.id")
    kind: DisputeEntryKind = Field(sa_type=enum_text(DisputeEntryKind))
    at: datetime = Field(sa_type=UtcDateTime)
    by_id: int | None = Field(default=None, foreign_key="member.id")  # None: the program itself
    detail: dict[str, Any] = Field(default_factory=dict, sa_type=JSON)
    body: str | None = Field(default=None, sa_type=encrypted("dispute_entry.body"))
    corrects_id: int | None = Field(default=None, foreign_key="dispute_entry.id")
