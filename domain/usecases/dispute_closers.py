"""Who may close a dispute as the second person (spec 4)."""

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from domain.dispute_access import CLOSES_DISPUTES, stands_back
from domain.rules.policy import Policy
from domain.usecases.posts import chain_of, holders
from models.dispute import Dispute
from models.member import Member, Role, on_leave

# In the order in which they are asked.
_CLOSERS = tuple(role for role in Role if role in CLOSES_DISPUTES)


async def closers_of(
    session: AsyncSession, dispute: Dispute, *, besides: int, now: datetime, policy: Policy
) -> list[int]:
    """Those of the nearest level who may close the case: from its rung upwards, and only then below it.

    Nobody on leave or out of reach, nobody whom the case goes past, and not `besides`.
    """
    upwards = await chain_of(session, dispute.rung_area_id)
    for area_id in dict.fromkeys([*upwards, *await chain_of(session, dispute.area_id)]):
        found = [member for role in _CLOSERS for member in await holders(session, [area_id], role, policy.today(now))]
        back = await stands_back(session, dispute, found)
        able = [member for member in dict.fromkeys(found) if member != besides and member not in back]
        present = await _present(session, able, now, policy)
        if present:
            return present
    return []


async def _present(session: AsyncSession, members: list[int], now: datetime, policy: Policy) -> list[int]:
    query = select(col(Member.id)).where(
        col(Member.id).in_(members), col(Member.unreachable_since).is_(None), ~on_leave(policy.today(now))
    )
    present = set((await session.execute(query)).scalars())
    return [member for member in members if member in present]
