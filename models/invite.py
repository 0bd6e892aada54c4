"""One-use, expiring invitations, bound to a role and an area (spec 1)."""

from datetime import datetime

from sqlalchemy import CheckConstraint
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import Field, SQLModel, select

from models.columns import UtcDateTime, enum_text, one_of
from models.member import Role


class Invite(SQLModel, table=True):
    """An invitation. Only the hash of its code is kept: whoever reads the database cannot join with it."""

    __table_args__ = (
        one_of("role", Role),
        CheckConstraint("(used_at IS NULL) = (used_by_id IS NULL)", name="used_by_somebody"),
    )

    id: int = Field(default=None, primary_key=True)
    code_hash: str = Field(unique=True, max_length=64)
    role: Role = Field(sa_type=enum_text(Role))
    area_id: int = Field(foreign_key="area.id")
    locale: str = Field(default="zh", max_length=2)
    created_at: datetime = Field(sa_type=UtcDateTime)
    expires_at: datetime = Field(sa_type=UtcDateTime)
    used_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    used_by_id: int | None = Field(default=None, foreign_key="member.id")


async def invite_by_hash(session: AsyncSession, code_hash: str) -> Invite | None:
    """The invitation whose code has this hash, locked until the transaction ends."""
    found = await session.execute(select(Invite).where(Invite.code_hash == code_hash).with_for_update())
    return found.scalar_one_or_none()
