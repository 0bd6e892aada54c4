"""The agreement of a case, and whether a court confirms it (司法确认) (G, spec 4)."""

from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from domain.access import Actor
from domain.dispute_access import dispute_for
from domain.refusals import Reason, RefusedError
from domain.rules.agreements import court_steps, court_until
from domain.rules.policy import Policy
from domain.usecases.dispute_changes import change_dispute, hold_dispute
from domain.usecases.dispute_history import note_dispute
from models.confidential import DisputeGround
from models.dispute import Dispute, DisputeEntryKind, DisputeState
from models.mediation import Agreement, CourtState

# The court may take longer than the follow-ups: its answer is written down after the closing too.
_CONFIRMED_IN = (DisputeState.AGREED, DisputeState.CLOSING, DisputeState.CLOSED)


async def agreement_of(session: AsyncSession, dispute: Dispute) -> Agreement | None:
    """The agreement that nobody has broken."""
    query = select(Agreement).where(col(Agreement.dispute_id) == dispute.id, col(Agreement.broken_on).is_(None))
    return (await session.execute(query.execution_options(populate_existing=True))).scalar_one_or_none()


async def agreed_dispute(
    session: AsyncSession, *, actor: Actor, dispute_id: int, now: datetime, policy: Policy
) -> tuple[Dispute, Agreement]:
    """A case of the actor's rung and its agreement.

    Raises RefusedError: NOT_YOURS, DISPUTE_FROZEN, NO_AGREEMENT.
    """
    sight = await dispute_for(session, actor, dispute_id, now=now, policy=policy)
    if sight.dispute.state is DisputeState.FROZEN and sight.reads_all:
        raise RefusedError(Reason.DISPUTE_FROZEN)
    if sight.ground is not DisputeGround.RUNG:
        raise RefusedError(Reason.NOT_YOURS)
    agreement = await agreement_of(session, sight.dispute)
    if agreement is None or sight.dispute.state not in _CONFIRMED_IN:
        raise RefusedError(Reason.NO_AGREEMENT)
    return sight.dispute, agreement


async def record_court(
    session: AsyncSession,
    *,
    actor: Actor,
    dispute_id: int,
    seen: int,
    court: CourtState,
    on: date,
    now: datetime,
    policy: Policy,
) -> Agreement:
    """Both parties have asked a court to confirm the agreement; or the court has confirmed or declined it.

    Raises RefusedError: NOT_YOURS, NO_AGREEMENT, DISPUTE_FROZEN, STEP_PASSED (not asked yet, or answered already),
    DAY_IN_FUTURE, DAY_BEFORE_CASE (before the agreement, or the answer before the question), COURT_TOO_LATE,
    CHANGED_MEANWHILE.
    """
    if await hold_dispute(session, dispute_id) is None:
        raise RefusedError(Reason.NOT_YOURS)
    dispute, agreement = await agreed_dispute(session, actor=actor, dispute_id=dispute_id, now=now, policy=policy)
    if court not in court_steps(agreement.court):
        raise RefusedError(Reason.STEP_PASSED)
    if on > policy.today(now):
        raise RefusedError(Reason.DAY_IN_FUTURE)
    if on < (agreement.court_on or agreement.agreed_on):
        raise RefusedError(Reason.DAY_BEFORE_CASE)
    if court is CourtState.ASKED and on > court_until(agreement.agreed_on):
        raise RefusedError(Reason.COURT_TOO_LATE)
    await change_dispute(session, dispute, seen)
    agreement.court, agreement.court_on = court, on
    await session.flush()
    await note_dispute(
        session, dispute, DisputeEntryKind.COURT, actor=actor, now=now, court=court.value, on=on.isoformat()
    )
    return agreement
