"""Where each conversation stands: a row, so that a process may end between any two answers."""

from datetime import datetime

from sqlalchemy import BigInteger, Index, text
from sqlmodel import Field, SQLModel

from models.columns import UtcDateTime, encrypted


class Conversation(SQLModel, table=True):
    """One conversation of one person in one chat. At most one is active there; kept ones wait as drafts.

    `state` is the engine's own JSON (answers, what was loaded, what is half chosen); `rev` tells its questions apart.
    """

    __table_args__ = (
        Index(
            "ux_conversation_active",
            "chat_id",
            "user_id",
            unique=True,
            sqlite_where=text("active"),
            postgresql_where=text("active"),
        ),
        Index("ix_conversation_expiry", "expires_at"),
        Index("ix_conversation_person", "user_id"),
    )

    id: str = Field(primary_key=True, max_length=36)
    chat_id: int = Field(sa_type=BigInteger)
    user_id: int = Field(sa_type=BigInteger)
    flow: str = Field(max_length=32)
    version: int
    step: str = Field(max_length=32)
    state: str = Field(sa_type=encrypted("conversation.state"))
    rev: int = Field(sa_type=BigInteger)
    active: bool = True
    started_at: datetime = Field(sa_type=UtcDateTime)
    updated_at: datetime = Field(sa_type=UtcDateTime)
    expires_at: datetime = Field(sa_type=UtcDateTime)
