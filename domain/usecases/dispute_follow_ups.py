"""Following up an agreement (回访): it holds, it is broken, or nobody was met (G, spec 4)."""

from datetime import date, datetime
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from domain.access import Actor
from domain.refusals import Reason, RefusedError
from domain.rules.agreements import TRY_AGAIN_DAYS, FollowUpResult, counts, next_follow_up
from domain.rules.ladder import Arrival, Course, DisputeEvent, after_broken
from domain.rules.policy import Policy
from domain.usecases.agreements import agreement_of
from domain.usecases.dispute_changes import change_dispute, dispute_at_work
from domain.usecases.dispute_clock import clock_values
from domain.usecases.dispute_ending import end_dispute
from domain.usecases.dispute_history import note_dispute
from domain.usecases.dispute_moving import climb_to, standing_of, standing_values, tell_rung, tell_those_who_follow
from domain.usecases.dispute_rungs import rungs_over
from domain.usecases.late_records import frozen_case, keep_for_red_lead
from models.dispute import Dispute, DisputeEntryKind, DisputeOutcome, DisputeState, DisputeStep


async def follow_up(
    session: AsyncSession,
    *,
    actor: Actor,
    dispute_id: int,
    seen: int,
    result: FollowUpResult,
    body: str,
    now: datetime,
    policy: Policy,
) -> Dispute:
    """Write down a follow-up of an agreement, by somebody of its rung.

    What holds on its day counts, and the next one is planned; what is broken opens the case again on its rung, or
    sends it up, as the rule says (ADR 0009); nobody met: somebody comes again in two days. What was being written when
    violence ended the case is a late record, and its red lead has it too.
    Raises RefusedError: NOT_YOURS, HAS_CLIMBED, NO_AGREEMENT, CLOSING_ASKED, DISPUTE_OVER, CHANGED_MEANWHILE.
    """
    frozen = await frozen_case(session, actor, dispute_id, now=now, policy=policy)
    if frozen is not None:
        await keep_for_red_lead(session, frozen, body, actor=actor, now=now, result=result.value)
        return frozen
    dispute = await followed_dispute(session, actor=actor, dispute_id=dispute_id, now=now, policy=policy)
    if dispute.rev != seen:
        raise RefusedError(Reason.CHANGED_MEANWHILE)
    counted = counts(result, dispute.next_on or date.max, policy.today(now))
    await note_dispute(
        session, dispute, DisputeEntryKind.FOLLOWED_UP, actor=actor, now=now, body=body,
        result=result.value, counted=counted,
    )  # fmt: skip
    if result is FollowUpResult.BROKEN:
        await _broken(session, dispute, actor=actor, now=now, policy=policy)
    else:
        agreement = await agreement_of(session, dispute)
        agreed_on = agreement.agreed_on if agreement else policy.today(now)
        await _goes_on(session, dispute, result, agreed_on, counted=counted, now=now, policy=policy)
    return dispute


async def followed_dispute(
    session: AsyncSession, *, actor: Actor, dispute_id: int, now: datetime, policy: Policy
) -> Dispute:
    """A case whose agreement the actor's rung follows up now; held.

    Raises RefusedError: NOT_YOURS, HAS_CLIMBED, NO_AGREEMENT, CLOSING_ASKED, DISPUTE_OVER, DISPUTE_FROZEN.
    """
    states = (DisputeState.AGREED, DisputeState.REGISTERED, DisputeState.MEDIATING)
    sight = await dispute_at_work(session, actor, dispute_id, now=now, policy=policy, states=states)
    if sight.dispute.state is not DisputeState.AGREED:
        raise RefusedError(Reason.NO_AGREEMENT)
    return sight.dispute


def follow_up_values(on: date, *, now: datetime, policy: Policy) -> dict[str, Any]:
    """The columns that say when the next follow-up is due."""
    return {
        "happened_on": policy.today(now),
        "next_on": on,
        "next_step": DisputeStep.FOLLOW_UP,
        "next_step_at": policy.at(on, policy.digest_at),
        "round": 0,
    }


async def _goes_on(
    session: AsyncSession,
    dispute: Dispute,
    result: FollowUpResult,
    agreed_on: date,
    *,
    counted: bool,
    now: datetime,
    policy: Policy,
) -> None:
    today = policy.today(now)
    due_on, done = dispute.next_on or today, dispute.follow_ups_done
    if counted:
        done = min(done + 1, len(policy.revisit_days))
        due_on = next_follow_up(agreed_on, done, policy.revisit_days, today=today)
    elif result is FollowUpResult.NOT_REACHED and due_on <= today:
        due_on = date.fromordinal(today.toordinal() + TRY_AGAIN_DAYS)
    await change_dispute(
        session, dispute, dispute.rev, follow_ups_done=done, **follow_up_values(due_on, now=now, policy=policy)
    )


async def _broken(session: AsyncSession, dispute: Dispute, *, actor: Actor, now: datetime, policy: Policy) -> None:
    today = policy.today(now)
    await break_agreement(session, dispute, today)
    entry = await note_dispute(session, dispute, DisputeEntryKind.BROKEN, actor=actor, now=now)
    above = await rungs_over(session, dispute, today=today, ladder=policy.ladder)
    move = after_broken(policy.ladder, standing_of(dispute), above.keys)
    match move.course:
        case Course.CLIMBS:
            await climb_to(
                session, dispute, move.standing, above, why=Arrival.FAILED, actor=actor, now=now, policy=policy
            )
        case Course.EXHAUSTED:
            values = standing_values(move.standing)
            await end_dispute(session, dispute, DisputeOutcome.EXHAUSTED, actor=actor, now=now, policy=policy, **values)
        case _:
            await change_dispute(
                session,
                dispute,
                dispute.rev,
                **standing_values(move.standing),
                **clock_values(dispute, now=now, policy=policy),
                state=DisputeState.MEDIATING,
                mediable=True,
                follow_ups_done=0,
            )
            await _tell_of_break(session, dispute, entry.id, actor=actor, now=now, policy=policy)


async def break_agreement(session: AsyncSession, dispute: Dispute, on: date) -> None:
    """The standing agreement, if there is one, holds no more."""
    agreement = await agreement_of(session, dispute)
    if agreement is not None:
        agreement.broken_on = max(on, agreement.agreed_on)
        await session.flush()


async def _tell_of_break(
    session: AsyncSession, dispute: Dispute, entry_id: int, *, actor: Actor, now: datetime, policy: Policy
) -> None:
    key, besides = f"dispute-broken:{entry_id}", {actor.member_id}
    await tell_rung(session, dispute, DisputeEvent.BROKEN, key=key, besides=besides, now=now, policy=policy)
    await tell_those_who_follow(session, dispute, DisputeEvent.BROKEN, key=key, besides=besides, now=now, policy=policy)
