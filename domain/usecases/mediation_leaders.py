"""Who may lead a mediation on the rung where the case stands (spec 4)."""

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from domain.rules.policy import Policy
from domain.usecases.chain_building import holders_of
from domain.usecases.dispute_moving import rung_people
from domain.usecases.namesakes import namesakes
from models.dispute import Dispute
from models.member import Member


async def leaders_of(session: AsyncSession, dispute: Dispute, *, now: datetime, policy: Policy) -> dict[int, str]:
    """Those of the rung who may lead, with their names, in the order of its roles.

    Nobody who stands back, and nobody with a party's very name but the owner, who has said that she is a namesake.
    """
    people = await rung_people(session, dispute, now=now, policy=policy)
    if people is None:
        return {}
    wanted = {(role, people.area_id) for role in people.rung.leads}
    holding = await holders_of(session, wanted, policy.today(now))
    leading = {member for found in holding.values() for member in found}
    same = await namesakes(session, dispute, leading) - {dispute.owner_id}
    members = [member for member in people.all_who_may if member in leading - same]
    query = select(col(Member.id), col(Member.name)).where(col(Member.id).in_(members))
    names = {row[0]: row[1] for row in (await session.execute(query)).all()}
    return {member: names[member] for member in members}
