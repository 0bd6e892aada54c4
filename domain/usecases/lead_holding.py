"""Holding a lead together with what hangs on it, in the one order in which everybody does (spec 3 and 4).

The order: the dispute that was made of it, the lead, its request for mediation, its alert. Two who took them in another
order could wait for each other, and the database would throw one of them out: perhaps the one who calls for help.

Whoever registers a dispute has only the lead to hold: nobody else sees the dispute before it is stored. Therefore a
dispute may be there by the time the lead is held; then it is let go, and both are held in their order.
"""

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from domain.usecases.dispute_changes import hold_dispute
from models.dispute import Dispute
from models.lead import Lead


async def hold_lead(session: AsyncSession, lead: Lead) -> None:
    """The lead as it is now, and the dispute that was made of it, held until the transaction ends.

    To be done before its request for mediation or its alert is touched.
    """
    held: int | None = None
    while not await _hold_unless_another(session, lead, held):
        held = await _dispute_of(session, lead)
        if held is not None:
            await hold_dispute(session, held)
    await session.refresh(lead)


async def _hold_unless_another(session: AsyncSession, lead: Lead, held: int | None) -> bool:
    """Hold the lead, when `held` is the dispute that was made of it, or there is none."""
    if await _dispute_of(session, lead) != held:
        return False
    async with session.begin_nested() as attempt:
        # Fully: what it may be mediated for changes, and with it what the keys of others point to.
        await session.execute(select(col(Lead.id)).where(col(Lead.id) == lead.id).with_for_update())
        if await _dispute_of(session, lead) == held:
            return True
        await attempt.rollback()
    return False


async def _dispute_of(session: AsyncSession, lead: Lead) -> int | None:
    """The number of the dispute that was made of it; there is never a second one, nor is one ever taken away."""
    query = select(col(Dispute.id)).where(col(Dispute.lead_id) == lead.id)
    return (await session.execute(query)).scalar_one_or_none()
