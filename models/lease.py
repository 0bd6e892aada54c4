"""What replicas share besides the work itself: who alone does a piece of it, and when a message may go next."""

from datetime import datetime

from sqlalchemy import BigInteger, CheckConstraint
from sqlmodel import Field, SQLModel

from models.columns import UtcDateTime


class Lease(SQLModel, table=True):
    """One process at a time does what has this name. The fence tells its turns apart, and only grows.

    The row stays when nobody holds it: whoever comes next gets a higher fence than all before her.
    """

    __tablename__ = "lease"
    __table_args__ = (
        CheckConstraint("fence > 0", name="fence_above_zero"),
        CheckConstraint("holder <> ''", name="held_by_somebody"),
    )

    name: str = Field(primary_key=True, max_length=40)
    holder: str = Field(max_length=120)
    fence: int = Field(sa_type=BigInteger)
    until: datetime = Field(sa_type=UtcDateTime)


class Pace(SQLModel, table=True):
    """From when on a chat's next message keeps its even pace; of chat 0, that of all messages (docs/adr/0011)."""

    __tablename__ = "pace"

    chat_id: int = Field(primary_key=True, sa_type=BigInteger, sa_column_kwargs={"autoincrement": False})
    until: datetime = Field(sa_type=UtcDateTime)
