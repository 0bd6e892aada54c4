"""Women's councils (妇女议事会), their settings, their group chats and what stands in these (spec 5)."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import BigInteger, CheckConstraint, Index, UniqueConstraint, text
from sqlmodel import Field, SQLModel

from models.columns import UtcDateTime, enum_text, one_of


class Majority(StrEnum):
    """How many of the votes cast must be in favour."""

    MORE_THAN_HALF = "more_than_half"
    TWO_THIRDS = "two_thirds"  # at least


class Council(SQLModel, table=True):
    """The council of an area. Its standing members (N) are those who hold a council's post there.

    `quorum_num / quorum_den` of N+X must vote (R, W: 2/3). With `abstain_counts` an abstention is a vote cast.
    `alliance` is the name of the alliance (联盟, R) that guides it.
    """

    __table_args__ = (
        one_of("majority", Majority),
        CheckConstraint("locale IN ('zh', 'en')", name="locale_known"),
        CheckConstraint("quorum_num > 0 AND quorum_num <= quorum_den", name="quorum_is_a_share"),
    )

    id: int = Field(default=None, primary_key=True)
    area_id: int = Field(unique=True, foreign_key="area.id")
    name: str = Field(max_length=80)
    alliance: str | None = Field(default=None, max_length=80)
    locale: str = Field(default="zh", max_length=2)  # of its group chat and its record
    quorum_num: int = 2
    quorum_den: int = 3
    majority: Majority = Field(default=Majority.MORE_THAN_HALF, sa_type=enum_text(Majority))
    abstain_counts: bool = True
    secret: bool = False  # how it votes unless the chair chooses otherwise
    founded_at: datetime = Field(sa_type=UtcDateTime)
    rev: int = 0


class GroupState(StrEnum):
    """Whether the bot can speak in a council's group."""

    BOUND = "bound"
    LOST = "lost"  # the bot was put out, may not write any more, or the group is gone


class CouncilGroup(SQLModel, table=True):
    """The one group chat of a council.

    Telegram takes 20 messages a minute in a group, edits included: `free_at` is when the next may go, and whoever
    sends holds `lease_until`, so that several replicas keep the pace together.
    """

    __tablename__ = "council_group"
    __table_args__ = (one_of("state", GroupState),)

    council_id: int = Field(primary_key=True, foreign_key="council.id")
    chat_id: int = Field(unique=True, sa_type=BigInteger)
    state: GroupState = Field(default=GroupState.BOUND, sa_type=enum_text(GroupState))
    bound_by_id: int = Field(foreign_key="member.id")
    bound_at: datetime = Field(sa_type=UtcDateTime)
    lost_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    free_at: datetime = Field(sa_type=UtcDateTime)
    lease_until: datetime | None = Field(default=None, sa_type=UtcDateTime)


class GroupCode(SQLModel, table=True):
    """A one-use, expiring code with which its chair binds a council to the group she sends it in."""

    __tablename__ = "group_code"

    code_hash: str = Field(primary_key=True, max_length=64)
    council_id: int = Field(foreign_key="council.id", index=True)
    issued_by_id: int = Field(foreign_key="member.id")
    expires_at: datetime = Field(sa_type=UtcDateTime)
    used_at: datetime | None = Field(default=None, sa_type=UtcDateTime)


class PostKind(StrEnum):
    """What a message of ours in a council's group is about; it says what `subject_id` is."""

    BOUND = "bound"  # the council
    BALLOT = "ballot"
    MEETING = "meeting"


class GroupPost(SQLModel, table=True):
    """One message of ours in a council's group, rewritten as its subject changes.

    It shows state number `shown` of `wanted`: many changes within three seconds are one edit, and what is sent is
    always the state of the moment. `message_id` is None until it has been sent.
    """

    __tablename__ = "group_post"
    __table_args__ = (
        one_of("kind", PostKind),
        UniqueConstraint("council_id", "kind", "subject_id", name="post_once"),
        CheckConstraint("shown <= wanted", name="shown_was_wanted"),
        CheckConstraint("(message_id IS NULL) = (chat_id IS NULL)", name="message_in_a_chat"),
        Index(
            "ix_group_post_stale",
            "council_id",
            sqlite_where=text("shown < wanted"),
            postgresql_where=text("shown < wanted"),
        ),
    )

    id: int = Field(default=None, primary_key=True)
    council_id: int = Field(foreign_key="council.id")
    kind: PostKind = Field(sa_type=enum_text(PostKind))
    subject_id: int
    chat_id: int | None = Field(default=None, sa_type=BigInteger)  # where the message stands
    message_id: int | None = Field(default=None, sa_type=BigInteger)
    replaces: int | None = Field(default=None, sa_type=BigInteger)  # taken out of the chat when a new one stands there
    wanted: int = 1
    shown: int = 0
    wanted_at: datetime = Field(sa_type=UtcDateTime)  # the change that waits longest
    urgent: bool = False  # a result, or a new ballot: before the turnout of others
