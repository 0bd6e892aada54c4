"""A mediation ends without an agreement: the case has no owner and no date any more, the lawful ways remain (G)."""

from datetime import datetime
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from domain.access import Actor
from domain.rules.ladder import DisputeEvent
from domain.rules.policy import Policy
from domain.usecases.dispute_changes import change_dispute
from domain.usecases.dispute_history import note_dispute
from domain.usecases.dispute_moving import tell_rung, tell_those_who_follow
from domain.usecases.dispute_plans import cancel_plans
from models.dispute import Dispute, DisputeEntryKind, DisputeOutcome, DisputeState


async def end_dispute(
    session: AsyncSession,
    dispute: Dispute,
    outcome: DisputeOutcome,
    *,
    actor: Actor,
    now: datetime,
    policy: Policy,
    **values: Any,
) -> None:
    """End the mediation of a case that is held; what was planned is off, and its rung and those before hear of it.

    `values` are further columns that change with it.
    """
    await cancel_plans(session, dispute, actor=actor, now=now, policy=policy)
    await change_dispute(
        session,
        dispute,
        dispute.rev,
        **values,
        state=DisputeState.ENDED,
        mediable=False,
        outcome=outcome,
        owner_id=None,
        next_on=None,
        next_step=None,
        next_step_at=None,
        closed_at=now,
    )
    entry = await note_dispute(session, dispute, DisputeEntryKind.ENDED, actor=actor, now=now, outcome=outcome.value)
    key = f"dispute-ended:{entry.id}"
    besides = {actor.member_id}
    await tell_rung(session, dispute, DisputeEvent.ENDED, key=key, besides=besides, now=now, policy=policy)
    await tell_those_who_follow(session, dispute, DisputeEvent.ENDED, key=key, besides=besides, now=now, policy=policy)
