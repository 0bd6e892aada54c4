"""Accepting a case on its rung (受理), and who has it (spec 4)."""

from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from domain.access import Actor
from domain.refusals import Reason, RefusedError
from domain.rules.ladder import DisputeEvent
from domain.rules.policy import Policy
from domain.usecases.dispute_changes import change_dispute, dispute_at_work
from domain.usecases.dispute_clock import clock_values
from domain.usecases.dispute_history import note_dispute
from domain.usecases.dispute_moving import tell_rung, tell_those_who_follow
from models.dispute import OPEN_STATES, Dispute, DisputeEntryKind, DisputeState


async def accept_dispute(
    session: AsyncSession, *, actor: Actor, dispute_id: int, now: datetime, policy: Policy
) -> Dispute:
    """`actor` accepts the case for her rung: it is hers, and may be mediated.

    Raises RefusedError: NOT_YOURS, ACCEPTED_ALREADY, DISPUTE_OVER, DISPUTE_FROZEN, HAS_CLIMBED.
    """
    sight = await dispute_at_work(session, actor, dispute_id, now=now, policy=policy, states=OPEN_STATES)
    dispute = sight.dispute
    if dispute.state is not DisputeState.REGISTERED:
        raise RefusedError(Reason.ACCEPTED_ALREADY)
    await change_dispute(
        session,
        dispute,
        dispute.rev,
        state=DisputeState.MEDIATING,
        owner_id=actor.member_id,
        accepted_at=now,
        **clock_values(dispute, now=now, policy=policy),
    )
    entry = await note_dispute(session, dispute, DisputeEntryKind.ACCEPTED, actor=actor, now=now, rung=dispute.rung)
    key = f"dispute-accepted:{entry.id}"
    besides = {actor.member_id}
    await tell_rung(session, dispute, DisputeEvent.ACCEPTED, key=key, besides=besides, now=now, policy=policy)
    await tell_those_who_follow(
        session, dispute, DisputeEvent.ACCEPTED, key=key, besides=besides, now=now, policy=policy
    )
    return dispute
