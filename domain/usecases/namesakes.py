"""Whoever has the very name of a party is perhaps the party: she says so, or that she is another (spec 4)."""

from collections.abc import Collection

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from models.dispute import Dispute, DisputeParty
from models.member import Member


async def namesakes(session: AsyncSession, dispute: Dispute, members: Collection[int]) -> set[int]:
    """Those of `members` who have the very name of a party: perhaps she is the party, perhaps a namesake."""
    parties = select(DisputeParty).where(col(DisputeParty.dispute_id) == dispute.id)
    names = {_plain(party.name) for party in (await session.execute(parties)).scalars()}
    people = select(col(Member.id), col(Member.name)).where(col(Member.id).in_(members))
    return {row[0] for row in (await session.execute(people)).all() if _plain(row[1]) in names} if members else set()


def _plain(name: str) -> str:
    return "".join(name.split()).casefold()
