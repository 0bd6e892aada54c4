"""Items of a women's council: who proposed what, what was said of it, who is invited to it, how far it is (spec 5)."""

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import JSON, CheckConstraint, Index, LargeBinary, UniqueConstraint
from sqlmodel import Field, SQLModel

from models.columns import UtcDateTime, encrypted, enum_text, one_of
from models.lead import FileKind, FileState


class Urgency(StrEnum):
    """急事急议 opens at once with a short deadline, 小事快议 is a quick vote, 难事共议 is discussed first (W)."""

    URGENT = "urgent"
    SMALL = "small"
    HARD = "hard"


class ItemSource(StrEnum):
    """Where it comes from."""

    MEMBER = "member"  # proposed by a member of the council
    VISIT = "visit"  # a need that a worker noticed on her visits


class ItemState(StrEnum):
    """How far an item is. What becomes of a decision is in its project."""

    PROPOSED = "proposed"
    ASKED = "asked"  # the chair wants to know more; the proposer answers
    ACCEPTED = "accepted"  # on the agenda
    DISCUSSING = "discussing"
    VOTING = "voting"
    PASSED = "passed"
    REJECTED = "rejected"
    NO_QUORUM = "no_quorum"
    DECLINED = "declined"  # not taken up, with a reason
    MERGED = "merged"  # into another item, which keeps its words
    WITHDRAWN = "withdrawn"  # by its proposer
    DROPPED = "dropped"  # after a vote that decided nothing or against it, with a reason


class AgendaItem(SQLModel, table=True):
    """An item. Its words may stand in a group chat: no name and no address of the register is in them.

    `code` is the area's code, the year and the council's own count, e.g. "YJ-ZY-JX-26-007".
    """

    __tablename__ = "agenda_item"
    __table_args__ = (
        one_of("urgency", Urgency),
        one_of("source", ItemSource),
        one_of("state", ItemState),
        UniqueConstraint("council_id", "year", "number", name="numbered_once"),
        CheckConstraint("(state = 'merged') = (merged_into_id IS NOT NULL)", name="merged_somewhere"),
        CheckConstraint("merged_into_id IS NULL OR merged_into_id <> id", name="not_merged_into_itself"),
        Index("ix_agenda_item_council", "council_id", "state"),
    )

    id: int = Field(default=None, primary_key=True)
    code: str = Field(unique=True, max_length=32)
    conversation_id: str = Field(unique=True, max_length=36)
    council_id: int = Field(foreign_key="council.id")
    year: int
    number: int
    title: str = Field(sa_type=encrypted("agenda_item.title"))
    body: str = Field(sa_type=encrypted("agenda_item.body"))  # what is wanted, and for whom
    urgency: Urgency = Field(sa_type=enum_text(Urgency))
    source: ItemSource = Field(sa_type=enum_text(ItemSource))
    state: ItemState = Field(default=ItemState.PROPOSED, sa_type=enum_text(ItemState))
    proposer_id: int = Field(foreign_key="member.id", index=True)
    proposed_at: datetime = Field(sa_type=UtcDateTime)
    changed_at: datetime = Field(sa_type=UtcDateTime)  # when it came into its state
    merged_into_id: int | None = Field(default=None, foreign_key="agenda_item.id", index=True)
    rev: int = 0


class ItemEvent(StrEnum):
    """What an entry of an item's history says; the proposer hears of it in the same words."""

    PROPOSED = "proposed"
    REVISED = "revised"  # its words were changed; the body holds those before
    ASKED = "asked"
    ANSWERED = "answered"
    ACCEPTED = "accepted"
    DECLINED = "declined"
    MERGED = "merged"  # into another
    TOOK_IN = "took_in"  # another one
    WITHDRAWN = "withdrawn"
    DISCUSSION = "discussion"  # it is open for discussion
    OPINION = "opinion"
    INVITED = "invited"  # somebody of X
    JOINED = "joined"
    UNINVITED = "uninvited"
    ON_MEETING = "on_meeting"  # a meeting will deal with it
    OPENED = "opened"  # the vote
    CANCELLED = "cancelled"  # the vote
    PASSED = "passed"
    REJECTED = "rejected"
    NO_QUORUM = "no_quorum"
    AGAIN = "again"  # back on the agenda
    DROPPED = "dropped"
    PROJECT = "project"  # it has an owner and a day
    PROGRESS = "progress"
    DELAYED = "delayed"
    HANDED = "handed"  # the project has another owner
    DONE = "done"
    STOPPED = "stopped"
    RATED = "rated"  # satisfaction is known


class ItemEntry(SQLModel, table=True):
    """An entry of an item's history. Triggers of the database refuse to change or delete one.

    `detail` holds known words and numbers; what people wrote is `body`. Nothing of a secret ballot but its opening
    and its end ever stands here.
    """

    __tablename__ = "item_entry"
    __table_args__ = (one_of("kind", ItemEvent), Index("ix_item_entry_item", "item_id", "id"))

    id: int = Field(default=None, primary_key=True)
    item_id: int = Field(foreign_key="agenda_item.id")
    kind: ItemEvent = Field(sa_type=enum_text(ItemEvent))
    at: datetime = Field(sa_type=UtcDateTime)
    by_id: int | None = Field(default=None, foreign_key="member.id")  # None: the program itself
    detail: dict[str, Any] = Field(default_factory=dict, sa_type=JSON)
    body: str | None = Field(default=None, sa_type=encrypted("item_entry.body"))


class GuestKind(StrEnum):
    """Who is invited as one of X."""

    EXPERT = "expert"  # of the experts' pool, or a unit that can help
    RESIDENT = "resident"  # somebody whom the item concerns
    ELDER = "elder"


class ItemGuest(SQLModel, table=True):
    """One of X: invited to one item by a one-use link, votes in that item and sees nothing else of the council.

    She holds the post `council_guest` of the area for as long as one of her items is open; the post alone gives her
    nothing.
    """

    __tablename__ = "item_guest"
    __table_args__ = (
        one_of("kind", GuestKind),
        UniqueConstraint("item_id", "member_id", name="guest_once"),
        CheckConstraint("(member_id IS NULL) = (joined_at IS NULL)", name="joined_at_some_time"),
        CheckConstraint("member_id IS NOT NULL OR code_hash IS NOT NULL", name="invited_somehow"),
    )

    id: int = Field(default=None, primary_key=True)
    item_id: int = Field(foreign_key="agenda_item.id")
    kind: GuestKind = Field(sa_type=enum_text(GuestKind))
    invited_by_id: int = Field(foreign_key="member.id")
    invited_at: datetime = Field(sa_type=UtcDateTime)
    code_hash: str | None = Field(default=None, unique=True, max_length=64)
    locale: str = Field(default="zh", max_length=2)
    expires_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    member_id: int | None = Field(default=None, foreign_key="member.id", index=True)
    joined_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    ended_at: datetime | None = Field(default=None, sa_type=UtcDateTime)  # uninvited, or the item is over


class CouncilFile(SQLModel, table=True):
    """A picture or voice message of an item, a meeting or a project. Our own copy is cleaned and encrypted."""

    __tablename__ = "council_file"
    __table_args__ = (
        one_of("kind", FileKind),
        one_of("state", FileState),
        CheckConstraint("(state = 'kept') = (content IS NOT NULL)", name="kept_with_content"),
        CheckConstraint(
            "(CASE WHEN item_id IS NULL THEN 0 ELSE 1 END) + (CASE WHEN meeting_id IS NULL THEN 0 ELSE 1 END)"
            " + (CASE WHEN project_id IS NULL THEN 0 ELSE 1 END) = 1",
            name="of_one_thing",
        ),
        Index("ix_council_file_state", "state"),
    )

    id: int = Field(default=None, primary_key=True)
    item_id: int | None = Field(default=None, foreign_key="agenda_item.id", index=True)
    meeting_id: int | None = Field(default=None, foreign_key="council_meeting.id", index=True)
    project_id: int | None = Field(default=None, foreign_key="council_project.id", index=True)
    kind: FileKind = Field(sa_type=enum_text(FileKind))
    file_id: str = Field(max_length=200)
    caption: str | None = Field(default=None, sa_type=encrypted("council_file.caption"))
    state: FileState = Field(default=FileState.WAITING, sa_type=enum_text(FileState))
    attempts: int = 0
    begun: int = 0
    sent_by_id: int = Field(foreign_key="member.id")
    sent_at: datetime = Field(sa_type=UtcDateTime)
    content: bytes | None = Field(default=None, sa_type=LargeBinary)  # sealed with the keyring by whoever writes it
