"""What the end of a conversation said, kept for a while: a reply can be lost on its way."""

from datetime import datetime

from sqlalchemy import BigInteger, Index
from sqlmodel import Field, SQLModel

from models.columns import UtcDateTime, encrypted


class FlowReceipt(SQLModel, table=True):
    """The reply at the end of one conversation, written in the transaction that saved what it was about.

    `id` is the name of that ending. Whoever presses "save" once more is shown it again.
    """

    __tablename__ = "flow_receipt"
    __table_args__ = (Index("ix_flow_receipt_at", "at"),)

    id: str = Field(primary_key=True, max_length=36)
    user_id: int = Field(sa_type=BigInteger)
    at: datetime = Field(sa_type=UtcDateTime)
    reply: str = Field(sa_type=encrypted("flow_receipt.reply"))  # JSON: the text and its buttons
