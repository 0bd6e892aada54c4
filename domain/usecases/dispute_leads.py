"""The leads that wait to become disputes: verified as ordinary, and taken up by nobody yet (spec 3 and 4)."""

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from domain.access import Actor, visible_areas
from domain.dispute_access import REGISTERS_DISPUTES
from domain.refusals import Reason, RefusedError
from domain.usecases.lead_changes import lead_at_work
from domain.usecases.mediation import ordinary
from models.area import Area
from models.lead import Lead
from models.mediation import MediationRequest, MediationState

_LOOKED_AT = 100


async def lead_to_mediate(session: AsyncSession, actor: Actor, lead_id: int, *, now: datetime) -> Lead:
    """The lead, when `actor` works on it and it waits for its mediation.

    Raises RefusedError: NOT_YOURS, LEAD_CLOSED, CLOSING_ASKED, NEVER_MEDIATED (it is red by now), VERIFY_FIRST,
    STEP_PASSED (it is on the ladder already).
    """
    lead = (await lead_at_work(session, actor, lead_id, now=now)).lead
    ordinary(lead)
    query = select(col(MediationRequest.state)).where(col(MediationRequest.lead_id) == lead.id)
    state = (await session.execute(query)).scalar_one_or_none()
    if state is None:
        raise RefusedError(Reason.VERIFY_FIRST)
    if state is not MediationState.WAITING:
        raise RefusedError(Reason.STEP_PASSED)
    return lead


async def can_become_dispute(session: AsyncSession, actor: Actor, lead_id: int, *, now: datetime) -> bool:
    """Whether `actor` may register the dispute that the lead is."""
    if not actor.has_role(REGISTERS_DISPUTES):
        return False
    try:
        await lead_to_mediate(session, actor, lead_id, now=now)
    except RefusedError:
        return False
    return True


async def leads_to_mediate(session: AsyncSession, *, actor: Actor, query: str, now: datetime) -> list[Lead]:
    """The leads that `actor` may bring onto the ladder, the oldest request first; `query`: a part of a code."""
    near = select(col(Area.id)).where(visible_areas(actor, REGISTERS_DISPUTES))
    waiting = (
        select(Lead)
        .join(MediationRequest, col(MediationRequest.lead_id) == col(Lead.id))
        .where(col(MediationRequest.state) == MediationState.WAITING, col(Lead.area_id).in_(near))
        .order_by(col(MediationRequest.id))
        .limit(_LOOKED_AT)
    )
    wanted = query.strip().upper()
    found = [lead for lead in (await session.execute(waiting)).scalars() if wanted in lead.code]
    return [lead for lead in found if await can_become_dispute(session, actor, lead.id, now=now)]
