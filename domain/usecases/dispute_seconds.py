"""Who may decide on the closing of a dispute as the second person (spec 4)."""

from collections.abc import Collection
from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from domain.dispute_access import CLOSES_DISPUTES, stands_back
from domain.rules.policy import Policy
from domain.usecases.posts import chain_of, holders
from models.dispute import Dispute
from models.member import Member, Role, on_leave

# In the order in which they are asked, where one area has several of them.
_ROLES = tuple(role for role in Role if role in CLOSES_DISPUTES)


async def seconds_of(
    session: AsyncSession, dispute: Dispute, *, besides: int | None = None, now: datetime, policy: Policy
) -> list[int]:
    """Those of the nearest level on which somebody can: not whoever asks for the closing (`besides`, or who has
    asked), nobody who is away, out of reach, or stands back.
    """
    today = policy.today(now)
    asker = besides if besides is not None else dispute.closing_by_id
    for area_id in await chain_of(session, dispute.area_id):
        found = [member for role in _ROLES for member in await holders(session, [area_id], role, today)]
        there = await _there(session, [member for member in dict.fromkeys(found) if member != asker], today)
        back = await stands_back(session, dispute, there)
        able = [member for member in there if member not in back]
        if able:
            return able
    return []


async def _there(session: AsyncSession, members: Collection[int], today: date) -> list[int]:
    query = select(col(Member.id)).where(
        col(Member.id).in_(members), col(Member.unreachable_since).is_(None), ~on_leave(today)
    )
    present = set((await session.execute(query)).scalars()) if members else set()
    return [member for member in members if member in present]
