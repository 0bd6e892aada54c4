"""Updates as they arrived, written down before they are confirmed to Telegram."""

from datetime import datetime

from sqlalchemy import BigInteger, Index, text
from sqlmodel import Field, SQLModel

from models.columns import UtcDateTime, encrypted

TRIES = 3  # of one update


class InboxUpdate(SQLModel, table=True):
    """One raw update. `seq` is the order of arrival; the payload is emptied once it is done.

    `update_id` is unique, so an update that Telegram hands out again is recognised, whatever its number. One that is
    set aside for longer than Telegram can hand it out again has given its number free, and -`seq` in its place.
    `attempts` counts up to three, and from minus three to zero once an operator has it handled again.
    """

    __tablename__ = "inbox"
    __table_args__ = (
        Index(
            "ix_inbox_waiting",
            "seq",
            sqlite_where=text("done_at IS NULL"),
            postgresql_where=text("done_at IS NULL"),
        ),
        Index("ix_inbox_done", "done_at"),
        # The operator's figures count these every few seconds.
        Index("ix_inbox_aside", "seq", sqlite_where=text("set_aside = 1"), postgresql_where=text("set_aside")),
    )

    seq: int = Field(default=None, primary_key=True)
    update_id: int = Field(unique=True, sa_type=BigInteger)
    chat_id: int = Field(sa_type=BigInteger)
    payload: str | None = Field(default=None, sa_type=encrypted("inbox.payload"))
    received_at: datetime = Field(sa_type=UtcDateTime)
    attempts: int = 0
    done_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    set_aside: bool = False
