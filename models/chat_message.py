"""Messages of private chats that the bot can still delete, and those it is to delete (spec 8)."""

from datetime import datetime

from sqlalchemy import BigInteger, Index, text
from sqlmodel import Field, SQLModel

from models.columns import UtcDateTime


class ChatMessage(SQLModel, table=True):
    """A message by its number; nothing of what it says. `delete_at` says when it is to go.

    Telegram lets a bot delete a message for 48 hours; a row is forgotten after that.
    """

    __tablename__ = "chat_message"
    __table_args__ = (
        Index(
            "ix_chat_message_delete",
            "delete_at",
            sqlite_where=text("delete_at IS NOT NULL"),
            postgresql_where=text("delete_at IS NOT NULL"),
        ),
        Index("ix_chat_message_sent", "sent_at"),
    )

    chat_id: int = Field(primary_key=True, sa_type=BigInteger)
    message_id: int = Field(primary_key=True, sa_type=BigInteger)
    sent_at: datetime = Field(sa_type=UtcDateTime)
    # The conversation it belongs to, as long as that goes on: its end deletes what it left in the chat.
    flow: str | None = Field(default=None, max_length=16)
    delete_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    attempts: int = 0
