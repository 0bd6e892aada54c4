"""Ballots of a women's council: the frozen electorate, the votes, and the count (spec 5; docs/adr/0010).

An open ballot is a row for each vote and an entry for each change of one. A secret ballot has neither: who has
voted and what was voted are two lists in one sealed box, without an order, a time or a link between them.
"""

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import JSON, CheckConstraint, ForeignKeyConstraint, Index, UniqueConstraint, text
from sqlmodel import Field, SQLModel

from models.columns import UtcDateTime, encrypted, enum_text, one_of
from models.council import Majority


class BallotChoice(StrEnum):
    """What one can vote."""

    FAVOUR = "favour"
    AGAINST = "against"
    ABSTAIN = "abstain"


class BallotState(StrEnum):
    """A ballot is opened once and ends once."""

    OPEN = "open"
    CLOSED = "closed"
    CANCELLED = "cancelled"  # by the chair, with a reason; nothing was decided


class BallotOutcome(StrEnum):
    """What it decided."""

    PASSED = "passed"
    REJECTED = "rejected"
    NO_QUORUM = "no_quorum"


class ClosedBy(StrEnum):
    """Why a ballot was closed."""

    DEADLINE = "deadline"
    CHAIR = "chair"  # everybody who could vote had voted


class Seat(StrEnum):
    """N or X."""

    STANDING = "standing"
    INVITED = "invited"


class VoteWay(StrEnum):
    """How a vote came in; what the chair entered for somebody is labelled for all to see."""

    PRESS = "press"
    PAPER = "paper"
    PROXY = "proxy"


# What a secret ballot without a quorum received is told by nothing but its sealed box: of few it would tell each one's.
_HIDDEN = "state = 'closed' AND secret AND outcome = 'no_quorum'"
_SHOWN = "(state = 'closed' AND NOT (secret AND outcome = 'no_quorum'))"


class Ballot(SQLModel, table=True):
    """One vote on one item. The rules are copied from the council when it opens, and so is the electorate.

    Triggers of the database refuse to change what was fixed at the opening (above all `secret`), and to change
    anything at all once it is closed or cancelled. `seal` fixes what was counted: see `domain/rules/hash_chain.py`.
    """

    __table_args__ = (
        one_of("majority", Majority),
        one_of("state", BallotState),
        one_of("outcome", BallotOutcome, optional=True),
        one_of("closed_by", ClosedBy, optional=True),
        CheckConstraint("quorum_num > 0 AND quorum_num <= quorum_den", name="quorum_is_a_share"),
        CheckConstraint("closes_at > opened_at", name="closes_after_opening"),
        CheckConstraint("standing >= 0 AND invited >= 0 AND standing + invited > 0", name="somebody_votes"),
        CheckConstraint("(state = 'open') = (ended_at IS NULL)", name="ended_at_some_time"),
        CheckConstraint(
            "(state = 'closed') = (outcome IS NOT NULL) AND (state = 'closed') = (closed_by IS NOT NULL)"
            " AND (state = 'closed') = (seal IS NOT NULL)",
            name="closed_with_outcome",
        ),
        CheckConstraint(
            f"{_SHOWN} = (favour IS NOT NULL) AND {_SHOWN} = (against IS NOT NULL)"
            f" AND {_SHOWN} = (abstain IS NOT NULL) AND ({_HIDDEN}) = (turnout IS NOT NULL)",
            name="counted_when_closed",
        ),
        CheckConstraint("COALESCE(favour + against + abstain, turnout) <= standing + invited", name="one_vote_each"),
        # What the foreign keys of vote and ballot_entry point to.
        UniqueConstraint("id", "secret", name="ballot_secret"),
        Index(
            "ux_ballot_open",
            "item_id",
            unique=True,
            sqlite_where=text("state = 'open'"),
            postgresql_where=text("state = 'open'"),
        ),
        Index(
            "ix_ballot_closes",
            "closes_at",
            sqlite_where=text("state = 'open'"),
            postgresql_where=text("state = 'open'"),
        ),
        Index("ix_ballot_council", "council_id", "opened_at"),
    )

    id: int = Field(default=None, primary_key=True)
    conversation_id: str = Field(unique=True, max_length=36)
    item_id: int = Field(foreign_key="agenda_item.id", index=True)
    council_id: int = Field(foreign_key="council.id")
    meeting_id: int | None = Field(default=None, foreign_key="council_meeting.id", index=True)
    secret: bool
    state: BallotState = Field(default=BallotState.OPEN, sa_type=enum_text(BallotState))
    opened_by_id: int = Field(foreign_key="member.id")
    opened_at: datetime = Field(sa_type=UtcDateTime)
    closes_at: datetime = Field(sa_type=UtcDateTime)
    quorum_num: int
    quorum_den: int
    majority: Majority = Field(sa_type=enum_text(Majority))
    abstain_counts: bool
    standing: int  # N when it opened
    invited: int  # X when it opened
    ended_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    closed_by: ClosedBy | None = Field(default=None, sa_type=enum_text(ClosedBy))
    favour: int | None = None
    against: int | None = None
    abstain: int | None = None
    turnout: int | None = None  # of a secret ballot without a quorum, in place of the counts
    outcome: BallotOutcome | None = Field(default=None, sa_type=enum_text(BallotOutcome))
    seal: str | None = Field(default=None, max_length=64)
    reminded: int = 0  # how often those who had not voted were reminded
    rev: int = 0


class Elector(SQLModel, table=True):
    """Somebody who may vote in one ballot: written when it opens, never changed, never added to.

    `position` is her place on the list, by which the box of a secret ballot knows her.
    """

    __table_args__ = (
        one_of("seat", Seat),
        UniqueConstraint("ballot_id", "position", name="elector_place_once"),
    )

    ballot_id: int = Field(primary_key=True, foreign_key="ballot.id")
    member_id: int = Field(primary_key=True, foreign_key="member.id", index=True)
    position: int
    seat: Seat = Field(sa_type=enum_text(Seat))


class Vote(SQLModel, table=True):
    """The present vote of one elector in an OPEN ballot; the database has no room for one of a secret ballot.

    A trigger refuses to write or change one when its ballot is not open any more.
    """

    __table_args__ = (
        one_of("choice", BallotChoice),
        one_of("way", VoteWay),
        CheckConstraint("NOT ballot_secret", name="never_of_a_secret_ballot"),
        CheckConstraint("(way = 'press') = (entered_by_id IS NULL)", name="entered_by_somebody"),
        ForeignKeyConstraint(
            ["ballot_id", "member_id"], ["elector.ballot_id", "elector.member_id"], name="fk_vote_elector"
        ),
        ForeignKeyConstraint(["ballot_id", "ballot_secret"], ["ballot.id", "ballot.secret"], name="fk_vote_ballot"),
    )

    ballot_id: int = Field(primary_key=True)
    member_id: int = Field(primary_key=True)
    ballot_secret: bool = False
    choice: BallotChoice = Field(sa_type=enum_text(BallotChoice))
    way: VoteWay = Field(sa_type=enum_text(VoteWay))
    entered_by_id: int | None = Field(default=None, foreign_key="member.id")
    at: datetime = Field(sa_type=UtcDateTime)


class BallotBox(SQLModel, table=True):
    """What a SECRET ballot has received so far, as one sealed text of fixed length: see `domain/rules/urn.py`.

    The whole of it is written anew with every vote.
    """

    __tablename__ = "ballot_box"

    ballot_id: int = Field(primary_key=True, foreign_key="ballot.id")
    contents: str = Field(sa_type=encrypted("ballot_box.contents"))


class BallotWords(SQLModel, table=True):
    """What a ballot is about, as it read at its opening: the item may be worded otherwise afterwards.

    The keys may be rotated, so no trigger can keep the ciphertext; the first entry of the log holds the hash of the
    words and of `salt`, without which a hash would let anybody try out words (docs/adr/0010).
    """

    __tablename__ = "ballot_words"

    ballot_id: int = Field(primary_key=True, foreign_key="ballot.id")
    title: str = Field(sa_type=encrypted("ballot_words.title"))
    body: str = Field(sa_type=encrypted("ballot_words.body"))
    salt: str = Field(sa_type=encrypted("ballot_words.salt"))


class BallotEvent(StrEnum):
    """What an entry of a ballot's log says."""

    OPENED = "opened"
    CAST = "cast"  # an open ballot's vote, or its change
    PAPERS = "papers"  # so many papers were put into a secret ballot's box by the chair
    EXTENDED = "extended"
    REMINDED = "reminded"
    CLOSED = "closed"
    CANCELLED = "cancelled"


class BallotEntry(SQLModel, table=True):
    """An entry of a ballot's log, chained: `chain` is the hash of this entry and the one before.

    Triggers of the database refuse to change or delete one, and the database itself refuses a secret ballot's CAST.
    """

    __tablename__ = "ballot_entry"
    __table_args__ = (
        one_of("kind", BallotEvent),
        one_of("choice", BallotChoice, optional=True),
        one_of("way", VoteWay, optional=True),
        CheckConstraint("kind <> 'cast' OR NOT ballot_secret", name="no_cast_of_a_secret_ballot"),
        CheckConstraint("kind <> 'papers' OR ballot_secret", name="papers_of_a_secret_ballot"),
        CheckConstraint(
            "(kind = 'cast') = (choice IS NOT NULL) AND (kind = 'cast') = (voter_id IS NOT NULL)"
            " AND (kind = 'cast') = (way IS NOT NULL)",
            name="cast_says_what",
        ),
        UniqueConstraint("ballot_id", "number", name="ballot_entry_once"),
        ForeignKeyConstraint(
            ["ballot_id", "ballot_secret"], ["ballot.id", "ballot.secret"], name="fk_ballot_entry_ballot"
        ),
    )

    id: int = Field(default=None, primary_key=True)
    ballot_id: int
    ballot_secret: bool
    number: int  # 1, 2, 3 … within its ballot
    kind: BallotEvent = Field(sa_type=enum_text(BallotEvent))
    at: datetime = Field(sa_type=UtcDateTime)
    by_id: int | None = Field(default=None, foreign_key="member.id")  # None: the program itself
    voter_id: int | None = Field(default=None, foreign_key="member.id")
    choice: BallotChoice | None = Field(default=None, sa_type=enum_text(BallotChoice))
    way: VoteWay | None = Field(default=None, sa_type=enum_text(VoteWay))
    detail: dict[str, Any] = Field(default_factory=dict, sa_type=JSON)
    chain: str = Field(max_length=64)
