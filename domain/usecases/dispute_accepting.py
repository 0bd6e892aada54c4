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
from domain.usecases.dispute_moving import rung_people, tell_rung, tell_those_who_follow
from domain.usecases.dispute_owning import heirs, set_owner
from domain.usecases.namesakes import namesakes
from models.dispute import OPEN_STATES, Dispute, DisputeEntryKind, DisputeState


async def accept_dispute(
    session: AsyncSession, *, actor: Actor, dispute_id: int, now: datetime, policy: Policy, namesake: bool = False
) -> Dispute:
    """`actor` accepts the case for her rung: it is hers, and may be mediated.

    `namesake`: she says that she only has the name of a party; that is written down.

    Raises RefusedError: NOT_YOURS, ACCEPTED_ALREADY, DISPUTE_OVER, DISPUTE_FROZEN, HAS_CLIMBED, PARTY_OF_CASE (a party
    has her very name, and she has not said that it is not she).
    """
    sight = await dispute_at_work(session, actor, dispute_id, now=now, policy=policy, states=OPEN_STATES)
    dispute = sight.dispute
    if dispute.state is not DisputeState.REGISTERED:
        raise RefusedError(Reason.ACCEPTED_ALREADY)
    same_name = bool(await namesakes(session, dispute, [actor.member_id]))
    if same_name and not namesake:
        raise RefusedError(Reason.PARTY_OF_CASE)
    await change_dispute(
        session,
        dispute,
        dispute.rev,
        state=DisputeState.MEDIATING,
        owner_id=actor.member_id,
        accepted_at=now,
        **clock_values(dispute, now=now, policy=policy),
    )
    entry = await note_dispute(
        session, dispute, DisputeEntryKind.ACCEPTED, actor=actor, now=now, rung=dispute.rung, namesake=same_name
    )
    key = f"dispute-accepted:{entry.id}"
    besides = {actor.member_id}
    await tell_rung(session, dispute, DisputeEvent.ACCEPTED, key=key, besides=besides, now=now, policy=policy)
    await tell_those_who_follow(
        session, dispute, DisputeEvent.ACCEPTED, key=key, besides=besides, now=now, policy=policy
    )
    return dispute


async def may_hand_over(
    session: AsyncSession, *, actor: Actor, dispute_id: int, now: datetime, policy: Policy
) -> tuple[Dispute, list[int]]:
    """The case, held, and who of its rung could have it in place of its owner: `actor` herself too, if it is another's.

    Raises RefusedError: NOT_YOURS, NOT_ACCEPTED, DISPUTE_OVER, DISPUTE_FROZEN, HAS_CLIMBED, NO_COLLEAGUE.
    """
    sight = await dispute_at_work(session, actor, dispute_id, now=now, policy=policy, states=_ACCEPTED)
    people = await rung_people(session, sight.dispute, now=now, policy=policy)
    receivers = await heirs(session, sight.dispute, people)
    if not receivers:
        raise RefusedError(Reason.NO_COLLEAGUE)
    return sight.dispute, receivers


async def hand_over(
    session: AsyncSession,
    *,
    actor: Actor,
    dispute_id: int,
    seen: int,
    to_id: int,
    reason: str,
    now: datetime,
    policy: Policy,
) -> Dispute:
    """A colleague of the rung has the case from now on, with everything that is planned; the clock runs on (spec 4).

    Raises RefusedError: RECEIVER_NOT_FREE, CHANGED_MEANWHILE, and those of `may_hand_over`.
    """
    dispute, receivers = await may_hand_over(session, actor=actor, dispute_id=dispute_id, now=now, policy=policy)
    if to_id not in receivers:
        raise RefusedError(Reason.RECEIVER_NOT_FREE)
    if dispute.rev != seen:
        raise RefusedError(Reason.CHANGED_MEANWHILE)
    await set_owner(session, dispute, to_id, actor=actor, now=now, policy=policy, body=reason)
    return dispute


_ACCEPTED = (DisputeState.MEDIATING, DisputeState.AGREED, DisputeState.CLOSING)
