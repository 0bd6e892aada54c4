"""The way from a lead to a mediation, for ordinary matters alone, and its end when violence comes to light (spec 3).

Whoever asks for a mediation must hold an `OrdinaryMatter`: with a protected one this does not pass the type checker,
and the database refuses it besides.
"""

from datetime import datetime

from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from domain.access import Actor
from domain.refusals import Reason, RefusedError
from domain.rules.triage import OrdinaryMatter, matter_of
from models.lead import Lead
from models.mediation import MediationRequest, MediationState


def ordinary(lead: Lead) -> OrdinaryMatter:
    """The lead as a matter that may be mediated. Raises RefusedError(NEVER_MEDIATED) for any other."""
    matter = matter_of(lead)
    if not isinstance(matter, OrdinaryMatter):
        raise RefusedError(Reason.NEVER_MEDIATED)
    return matter


async def to_mediation(
    session: AsyncSession, matter: OrdinaryMatter, lead: Lead, *, actor: Actor, now: datetime
) -> MediationRequest:
    """Ask for the mediation of `matter`, which is what `lead` is about. A second request is the first one again.

    Raises RefusedError(NEVER_MEDIATED) when `matter` is not what the lead is.
    """
    if matter != matter_of(lead):
        raise RefusedError(Reason.NEVER_MEDIATED)
    earlier = await _request_of(session, lead)
    if earlier is not None:
        return earlier
    request = MediationRequest(lead_id=lead.id, asked_by_id=actor.member_id, asked_at=now)
    session.add(request)
    await session.flush()
    return request


async def take_up(
    session: AsyncSession, matter: OrdinaryMatter, lead: Lead, *, actor: Actor, now: datetime
) -> MediationRequest:
    """The lead's mediation is taken up: it is a dispute on the ladder from now on.

    Raises RefusedError: NEVER_MEDIATED, STEP_PASSED (it was taken up already).
    """
    request = await to_mediation(session, matter, lead, actor=actor, now=now)
    if request.state is not MediationState.WAITING:
        raise RefusedError(Reason.STEP_PASSED)
    request.state = MediationState.TAKEN_UP
    await session.flush()
    return request


async def freeze_mediation(session: AsyncSession, lead: Lead) -> bool:
    """Freeze the request for mediation; whether there was one. To be done before the lead becomes red."""
    await session.flush()
    frozen = await session.execute(
        update(MediationRequest)
        .where(col(MediationRequest.lead_id) == lead.id, col(MediationRequest.state) != MediationState.FROZEN)
        .values(state=MediationState.FROZEN)
        .execution_options(synchronize_session=False)
    )
    return bool(frozen.rowcount)  # type: ignore[attr-defined]


async def _request_of(session: AsyncSession, lead: Lead) -> MediationRequest | None:
    query = select(MediationRequest).where(col(MediationRequest.lead_id) == lead.id)
    return (await session.execute(query)).scalar_one_or_none()
