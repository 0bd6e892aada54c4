"""What is planned for a case, and that it is off (spec 4)."""

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from domain.access import Actor
from domain.dispute_access import stands_back
from domain.dispute_notices import MediationAhead
from domain.rules.policy import Policy
from domain.usecases.dispute_history import note_dispute
from domain.usecases.outbox import tell_each
from models.dispute import Dispute, DisputeEntryKind, DisputeKind
from models.mediation import Mediation, MediationGuest, MediationStage


async def planned_mediation(session: AsyncSession, dispute: Dispute) -> Mediation | None:
    """The mediation that is planned for the case; there is at most one."""
    query = select(Mediation).where(
        col(Mediation.dispute_id) == dispute.id, col(Mediation.stage) == MediationStage.PLANNED
    )
    return (await session.execute(query.execution_options(populate_existing=True))).scalar_one_or_none()


async def guests_of(session: AsyncSession, mediation: Mediation) -> dict[int, bool]:
    """Who is to be there: the leader and those of the rung (False), and who was invited besides (True)."""
    query = select(MediationGuest).where(col(MediationGuest.mediation_id) == mediation.id)
    found = {guest.member_id: guest.invited for guest in (await session.execute(query)).scalars()}
    return {mediation.leader_id: False} | found


async def cancel_plans(
    session: AsyncSession,
    dispute: Dispute,
    *,
    actor: Actor | None,
    now: datetime,
    policy: Policy,
) -> Mediation | None:
    """Call off what is planned, if anything is; those who were to be there are told, except whoever acts."""
    mediation = await planned_mediation(session, dispute)
    if mediation is None:
        return None
    mediation.stage = MediationStage.CANCELLED
    await session.flush()
    await note_dispute(
        session,
        dispute,
        DisputeEntryKind.CANCELLED,
        actor=actor,
        now=now,
        mediation=mediation.id,
    )
    await tell_of_plan(session, dispute, mediation, "off", cancelled=True, actor=actor, now=now, policy=policy)
    return mediation


async def tell_of_plan(
    session: AsyncSession,
    dispute: Dispute,
    mediation: Mediation,
    occasion: str,
    *,
    cancelled: bool = False,
    actor: Actor | None = None,
    now: datetime,
    policy: Policy,
) -> None:
    """Tell those who are to be there; `occasion` names this telling, which happens once for each of them."""
    if mediation.planned_at is None:
        return
    local = mediation.planned_at.astimezone(policy.zone)
    guests = await guests_of(session, mediation)
    back = await stands_back(session, dispute, list(guests))
    notices = {
        member: MediationAhead(
            dispute.code,
            dispute.id,
            mediation.id,
            local.date(),
            local,
            cancelled,
            invited,
            counselling=dispute.kind is DisputeKind.COUNSELLING,
        )
        for member, invited in guests.items()
        if member not in back and (actor is None or member != actor.member_id)
    }
    key = f"mediation-{occasion}:{mediation.id}:{local:%Y%m%d%H%M}"
    await tell_each(session, notices, key, now=now, policy=policy)
