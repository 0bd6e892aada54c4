"""The lawful ways besides a mediation: which fit a case, and that the parties were told of them (G, spec 4)."""

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from domain.access import Actor
from domain.dispute_access import DisputeSight, dispute_for, read_dispute
from domain.refusals import Reason, RefusedError
from domain.rules.lawful_ways import LawfulWay, ways_of
from domain.rules.policy import Policy
from domain.usecases.agreements import agreement_of
from domain.usecases.dispute_history import note_dispute
from models.confidential import DisputeGround
from models.dispute import DisputeEntry, DisputeEntryKind, DisputeState
from models.mediation import CourtState


async def read_lawful_ways(
    session: AsyncSession, *, actor: Actor, dispute_id: int, now: datetime, policy: Policy
) -> tuple[DisputeSight, tuple[LawfulWay, ...]]:
    """The ways that fit the case, for whoever reads it; they tell what it is about, so the reading is logged.

    Raises RefusedError: NOT_YOURS, DISPUTE_FROZEN (violence has its own ways, on the red lead's card).
    """
    sight = await read_dispute(session, actor, dispute_id, now=now, policy=policy)
    if not sight.reads_all:
        raise RefusedError(Reason.NOT_YOURS)
    if sight.dispute.state is DisputeState.FROZEN:
        raise RefusedError(Reason.DISPUTE_FROZEN)
    agreement = await agreement_of(session, sight.dispute)
    open_to_court = agreement is not None and agreement.court is CourtState.NONE
    return sight, ways_of(sight.dispute.item, agreed=open_to_court)


async def tell_lawful_ways(
    session: AsyncSession, *, actor: Actor, dispute_id: int, now: datetime, policy: Policy
) -> DisputeEntry:
    """Somebody of the rung has explained the ways to the parties: it is written down, once a day for each of them.

    Raises RefusedError: NOT_YOURS, DISPUTE_FROZEN.
    """
    sight = await dispute_for(session, actor, dispute_id, now=now, policy=policy)
    if sight.ground is not DisputeGround.RUNG:
        raise RefusedError(Reason.NOT_YOURS)
    if sight.dispute.state is DisputeState.FROZEN:
        raise RefusedError(Reason.DISPUTE_FROZEN)
    query = (
        select(DisputeEntry)
        .where(col(DisputeEntry.dispute_id) == dispute_id, col(DisputeEntry.by_id) == actor.member_id)
        .where(col(DisputeEntry.kind) == DisputeEntryKind.WAYS_SHOWN)
        .order_by(col(DisputeEntry.id).desc())
    )
    last = (await session.execute(query.limit(1))).scalar_one_or_none()
    if last is not None and policy.today(last.at) == policy.today(now):
        return last
    return await note_dispute(session, sight.dispute, DisputeEntryKind.WAYS_SHOWN, actor=actor, now=now)
