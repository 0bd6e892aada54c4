"""What an attempt does to its case: it stays, climbs, is agreed on, or ends, in the transaction that records it (M)."""

from datetime import date, datetime, timedelta

from sqlalchemy.ext.asyncio import AsyncSession

from domain.access import Actor
from domain.rules.ladder import Arrival, Course, DisputeEvent, Move, after_attempt
from domain.rules.policy import Policy
from domain.usecases.dispute_changes import change_dispute
from domain.usecases.dispute_clock import clock_values
from domain.usecases.dispute_ending import end_dispute
from domain.usecases.dispute_history import note_dispute
from domain.usecases.dispute_moving import climb_to, standing_of, standing_values, tell_rung, tell_those_who_follow
from domain.usecases.dispute_plans import cancel_plans, planned_mediation
from domain.usecases.dispute_rungs import rungs_over
from models.dispute import Dispute, DisputeEntryKind, DisputeKind, DisputeOutcome, DisputeState, DisputeStep
from models.mediation import Agreement, Mediation


async def take_its_course(
    session: AsyncSession,
    dispute: Dispute,
    mediation: Mediation,
    *,
    actor: Actor,
    next_on: date | None,
    now: datetime,
    policy: Policy,
) -> Course:
    """Do what the mediation that was just held does to its case, which is held (`hold_dispute`)."""
    above = await rungs_over(session, dispute, today=policy.today(now), ladder=policy.ladder)
    move = _move(dispute, mediation, above.keys, policy)
    match move.course:
        case Course.STAYS:
            next_on = next_on or await _planned_on(session, dispute, now, policy)
            await change_dispute(
                session,
                dispute,
                dispute.rev,
                **standing_values(move.standing),
                **clock_values(dispute, now=now, policy=policy, next_on=next_on),
            )
        case Course.CLIMBS:
            await climb_to(
                session, dispute, move.standing, above, why=Arrival.FAILED, actor=actor, now=now, policy=policy
            )
        case Course.AGREED:
            await _agree(session, dispute, mediation, actor=actor, now=now, policy=policy)
        case Course.REFUSED:
            await end_dispute(session, dispute, DisputeOutcome.REFUSED, actor=actor, now=now, policy=policy)
        case Course.EXHAUSTED:
            tried = dict(move.standing.tried)
            await end_dispute(
                session, dispute, DisputeOutcome.EXHAUSTED, actor=actor, now=now, policy=policy, tried=tried
            )
    return move.course


async def _planned_on(session: AsyncSession, dispute: Dispute, now: datetime, policy: Policy) -> date | None:
    """The day to come of a mediation that is planned still: this one was held before it."""
    plan = await planned_mediation(session, dispute)
    on = policy.today(plan.planned_at) if plan is not None and plan.planned_at is not None else None
    return on if on is not None and on >= policy.today(now) else None


def _move(dispute: Dispute, mediation: Mediation, above: list[str], policy: Policy) -> Move:
    standing = standing_of(dispute)
    # A counselling has sessions and no tries: none makes it climb, and nobody counts what a couple decides.
    if dispute.kind is DisputeKind.COUNSELLING or mediation.result is None:
        return Move(Course.STAYS, standing)
    return after_attempt(policy.ladder, standing, mediation.result, above)


async def _agree(
    session: AsyncSession, dispute: Dispute, mediation: Mediation, *, actor: Actor, now: datetime, policy: Policy
) -> None:
    """The parties agree: what they promised is the agreement, and the follow-ups (回访) begin."""
    agreed_on = mediation.held_on or policy.today(now)
    agreement = Agreement(
        dispute_id=dispute.id,
        mediation_id=mediation.id,
        agreed_on=agreed_on,
        text=mediation.promises or mediation.matter or "",
    )
    session.add(agreement)
    await cancel_plans(session, dispute, actor=actor, now=now, policy=policy)
    # What is written down late is followed up at once.
    first = max(agreed_on + timedelta(days=policy.revisit_days[0]), policy.today(now))
    await change_dispute(
        session,
        dispute,
        dispute.rev,
        state=DisputeState.AGREED,
        mediable=False,
        happened_on=policy.today(now),
        follow_ups_done=0,
        next_on=first,
        next_step=DisputeStep.FOLLOW_UP,
        next_step_at=policy.at(first, policy.digest_at),
        round=0,
    )
    entry = await note_dispute(session, dispute, DisputeEntryKind.AGREED, actor=actor, now=now, agreement=agreement.id)
    key = f"dispute-agreed:{entry.id}"
    besides = {actor.member_id}
    await tell_rung(session, dispute, DisputeEvent.AGREED, key=key, besides=besides, now=now, policy=policy)
    await tell_those_who_follow(session, dispute, DisputeEvent.AGREED, key=key, besides=besides, now=now, policy=policy)
