"""Changing a dispute: one at a time, and whoever was quicker wins (spec 4)."""

from collections.abc import Collection
from datetime import datetime
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from domain.access import Actor
from domain.dispute_access import DisputeSight, dispute_for
from domain.refusals import Reason, RefusedError
from domain.rules.policy import Policy
from models.dispute import OPEN_STATES, Dispute, DisputeState


async def hold_dispute(session: AsyncSession, dispute_id: int) -> Dispute | None:
    """The dispute as it is now, held until the transaction ends: nobody else changes it meanwhile."""
    await session.flush()
    query = select(Dispute).where(col(Dispute.id) == dispute_id).with_for_update(key_share=True)
    return (await session.execute(query.execution_options(populate_existing=True))).scalar_one_or_none()


async def change_dispute(session: AsyncSession, dispute: Dispute, seen: int, **values: Any) -> None:
    """Set `values` in the change that follows revision `seen`, and read the dispute as it is now.

    Raises RefusedError(CHANGED_MEANWHILE) when somebody else was quicker.
    """
    await session.flush()
    taken = await session.execute(
        update(Dispute)
        .where(col(Dispute.id) == dispute.id, col(Dispute.rev) == seen)
        .values(rev=seen + 1, **values)
        .execution_options(synchronize_session=False)
    )
    if taken.rowcount != 1:  # type: ignore[attr-defined]
        raise RefusedError(Reason.CHANGED_MEANWHILE)
    await session.refresh(dispute)


async def dispute_at_work(
    session: AsyncSession,
    actor: Actor,
    dispute_id: int,
    *,
    now: datetime,
    policy: Policy,
    states: Collection[DisputeState] = OPEN_STATES,
) -> DisputeSight:
    """The dispute, held, when it stands on the actor's rung in one of `states`.

    Raises RefusedError: NOT_YOURS, DISPUTE_FROZEN, DISPUTE_OVER (closed or ended), DISPUTE_AGREED, NOT_ACCEPTED (by
    nobody on this rung yet), CLOSING_ASKED, HAS_CLIMBED (it stood on her rung, or she
    registered it; she can still add a note).
    """
    if await hold_dispute(session, dispute_id) is None:
        raise RefusedError(Reason.NOT_YOURS)
    sight = await dispute_for(session, actor, dispute_id, now=now, policy=policy)
    state = sight.dispute.state
    if state in _OVER:
        raise RefusedError(_OVER[state])
    if not sight.handles:
        raise RefusedError(Reason.HAS_CLIMBED if sight.took_part else Reason.NOT_YOURS)
    if state not in states:
        raise RefusedError(_NOT_NOW.get(state, Reason.DISPUTE_OPEN))
    return sight


_OVER = {
    DisputeState.FROZEN: Reason.DISPUTE_FROZEN,
    DisputeState.CLOSED: Reason.DISPUTE_OVER,
    DisputeState.ENDED: Reason.DISPUTE_OVER,
}
_NOT_NOW = {
    DisputeState.REGISTERED: Reason.NOT_ACCEPTED,
    DisputeState.AGREED: Reason.DISPUTE_AGREED,
    DisputeState.CLOSING: Reason.CLOSING_ASKED,
    DisputeState.MEDIATING: Reason.NO_AGREEMENT,
}
