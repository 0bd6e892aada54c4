"""Which of her cases a conversation is about: those that stand or stood on her rungs, by code (spec 4)."""

from sqlalchemy import ColumnElement, and_, case, func, not_, or_, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from domain.access import Actor
from domain.dispute_access import on_rungs_of
from domain.rules.ladder_file import Ladder
from models.confidential import DisputeFollower, Recusal, Tie
from models.dispute import Dispute, DisputeParty
from models.household import Resident
from models.lead import Colour

_COLOURS = list(Colour)


def not_past(member_id: int) -> ColumnElement[bool]:
    """The condition that a dispute does not go past this member: `dispute_access.stands_back`, for many at once."""
    recused = select(col(Recusal.dispute_id)).where(col(Recusal.member_id) == member_id)
    homes = select(col(Tie.household_id)).where(col(Tie.member_id) == member_id, col(Tie.ended_at).is_(None))
    kin = select(col(DisputeParty.dispute_id)).where(col(DisputeParty.household_id).in_(homes))
    moved = (
        select(col(DisputeParty.dispute_id))
        .join(Resident, col(Resident.id) == col(DisputeParty.resident_id))
        .where(col(Resident.household_id).in_(homes))
    )
    return and_(
        col(Dispute.id).not_in(recused),
        col(Dispute.id).not_in(kin),
        col(Dispute.id).not_in(moved),
        not_(and_(col(Dispute.household_id).is_not(None), col(Dispute.household_id).in_(homes))),
    )


async def disputes_with_code(
    session: AsyncSession, *, actor: Actor, ladder: Ladder, query: str = "", offset: int = 0, limit: int = 8
) -> tuple[list[Dispute], int]:
    """One page of the cases that stand on a rung of hers or stood there, the most urgent first, and how many there are.

    `query` is a part of a code.
    """
    followed = select(col(DisputeFollower.dispute_id)).where(col(DisputeFollower.member_id) == actor.member_id)
    hers = or_(on_rungs_of(actor, ladder), col(Dispute.id).in_(followed))
    found = select(Dispute).where(hers, not_past(actor.member_id))
    if query:
        # autoescape: "%" and "_" are letters like others here.
        found = found.where(col(Dispute.code).contains(query.strip().upper(), autoescape=True))
    total = (await session.execute(select(func.count()).select_from(found.subquery()))).scalar_one()
    colour = case({colour.value: place for place, colour in enumerate(_COLOURS)}, value=col(Dispute.colour))
    page = found.order_by(col(Dispute.owner_id).is_(None), colour, col(Dispute.next_on), col(Dispute.id).desc())
    return list((await session.execute(page.offset(offset).limit(limit))).scalars()), total
