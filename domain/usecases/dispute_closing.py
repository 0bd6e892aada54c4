"""Closing a dispute: one asks, a second person decides; or sends it back, with the reason (spec 4)."""

from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from domain.access import Actor
from domain.dispute_access import CLOSES_DISPUTES, dispute_for
from domain.dispute_notices import DisputeNews
from domain.refusals import Reason, RefusedError
from domain.rules.agreements import next_follow_up
from domain.rules.ladder import DisputeEvent
from domain.rules.policy import Policy
from domain.usecases.agreements import agreement_of
from domain.usecases.dispute_changes import change_dispute, dispute_at_work, hold_dispute
from domain.usecases.dispute_clock import clock_values
from domain.usecases.dispute_closers import closers_of
from domain.usecases.dispute_follow_ups import follow_up_values
from domain.usecases.dispute_history import note_dispute
from domain.usecases.dispute_moving import tell_rung, tell_those_who_follow
from domain.usecases.dispute_plans import cancel_plans
from domain.usecases.outbox import tell
from models.confidential import DisputeGround
from models.dispute import (
    Dispute,
    DisputeEntry,
    DisputeEntryKind,
    DisputeKind,
    DisputeOutcome,
    DisputeState,
    DisputeStep,
)

DECIDE_DAYS = 3  # then whoever waits for the decision hears that it is still open
_AT_WORK = (DisputeState.REGISTERED, DisputeState.MEDIATING, DisputeState.AGREED)
_DECIDES = (DisputeGround.RUNG, DisputeGround.HEAD, DisputeGround.SECOND)


async def ask_dispute_closing(
    session: AsyncSession, *, actor: Actor, dispute_id: int, seen: int, body: str, now: datetime, policy: Policy
) -> Dispute:
    """Ask that the case be closed, by somebody of its rung. Those of the nearest level who may close it are told.

    Raises RefusedError: NOT_YOURS, HAS_CLIMBED, DISPUTE_OVER, DISPUTE_FROZEN, CLOSING_ASKED, FOLLOW_UP_FIRST,
    NO_SECOND, CHANGED_MEANWHILE.
    """
    dispute, outcome, seconds = await dispute_closing_possible(
        session, actor=actor, dispute_id=dispute_id, now=now, policy=policy
    )
    before, decide_on = dispute.state, policy.today(now) + timedelta(days=DECIDE_DAYS)
    await cancel_plans(session, dispute, actor=actor, now=now, policy=policy)
    await change_dispute(
        session,
        dispute,
        seen,
        state=DisputeState.CLOSING,
        mediable=False,
        closing_by_id=actor.member_id,
        happened_on=policy.today(now),
        next_on=decide_on,
        next_step=DisputeStep.DECIDE,
        next_step_at=policy.at(decide_on, policy.digest_at),
        round=0,
    )
    entry = await note_dispute(
        session, dispute, DisputeEntryKind.CLOSING, actor=actor, now=now, body=body,
        outcome=outcome.value, before=before.value,
    )  # fmt: skip
    notice = DisputeNews(dispute.code, dispute.id, dispute.colour, DisputeEvent.CLOSING_ASKED)
    await tell(session, seconds, notice, f"dispute-closing:{entry.id}", now=now, policy=policy)
    return dispute


async def dispute_closing_possible(
    session: AsyncSession, *, actor: Actor, dispute_id: int, now: datetime, policy: Policy
) -> tuple[Dispute, DisputeOutcome, list[int]]:
    """The case (held), what it would be closed as, and who would be asked: before anybody writes why.

    Raises RefusedError: NOT_YOURS, HAS_CLIMBED, DISPUTE_OVER, DISPUTE_FROZEN, CLOSING_ASKED, FOLLOW_UP_FIRST,
    NO_SECOND.
    """
    sight = await dispute_at_work(session, actor, dispute_id, now=now, policy=policy, states=_AT_WORK)
    dispute = sight.dispute
    outcome = closes_as(dispute)
    if outcome is DisputeOutcome.SETTLED and dispute.follow_ups_done < len(policy.revisit_days):
        raise RefusedError(Reason.FOLLOW_UP_FIRST)
    seconds = await closers_of(session, dispute, besides=actor.member_id, now=now, policy=policy)
    if not seconds:
        raise RefusedError(Reason.NO_SECOND)
    return dispute, outcome, seconds


def closes_as(dispute: Dispute) -> DisputeOutcome:
    """What the case would be closed as now. Of a counselling nothing is said but that its sessions are over."""
    if dispute.state is DisputeState.AGREED:
        return DisputeOutcome.SETTLED
    counselled = dispute.kind is DisputeKind.COUNSELLING and dispute.state is DisputeState.MEDIATING
    return DisputeOutcome.COUNSELLED if counselled else DisputeOutcome.WITHDRAWN


async def close_dispute(
    session: AsyncSession, *, actor: Actor, dispute_id: int, seen: int, body: str, now: datetime, policy: Policy
) -> Dispute:
    """Close the case as the second person, with a note.

    Raises RefusedError: NOT_YOURS, NOT_CLOSING, SECOND_PERSON (it is she who asked), CHANGED_MEANWHILE.
    """
    dispute = await dispute_to_decide(session, actor=actor, dispute_id=dispute_id, now=now, policy=policy)
    if dispute.closing_by_id == actor.member_id:
        raise RefusedError(Reason.SECOND_PERSON)
    asked = await _asking(session, dispute)
    await change_dispute(
        session,
        dispute,
        seen,
        state=DisputeState.CLOSED,
        outcome=DisputeOutcome(asked.detail["outcome"]),
        owner_id=None,
        next_on=None,
        next_step=None,
        next_step_at=None,
        closed_by_id=actor.member_id,
        closed_at=now,
    )
    entry = await note_dispute(
        session, dispute, DisputeEntryKind.CLOSED, actor=actor, now=now, body=body, outcome=asked.detail["outcome"]
    )
    await _tell_all(session, dispute, DisputeEvent.CLOSED, entry, actor=actor, now=now, policy=policy)
    return dispute


async def send_dispute_back(
    session: AsyncSession, *, actor: Actor, dispute_id: int, seen: int, body: str, now: datetime, policy: Policy
) -> Dispute:
    """Not closed yet, with the reason: the work goes on as before. Whoever asked may take her wish back in this way.

    Raises RefusedError: NOT_YOURS, NOT_CLOSING, CHANGED_MEANWHILE.
    """
    dispute = await dispute_to_decide(session, actor=actor, dispute_id=dispute_id, now=now, policy=policy)
    before = DisputeState((await _asking(session, dispute)).detail["before"])
    values = await _as_before(session, dispute, before, now=now, policy=policy)
    await change_dispute(
        session,
        dispute,
        seen,
        **values,
        state=before,
        mediable=before in (DisputeState.REGISTERED, DisputeState.MEDIATING),
        closing_by_id=None,
    )
    entry = await note_dispute(session, dispute, DisputeEntryKind.NOT_CLOSED, actor=actor, now=now, body=body)
    await _tell_all(session, dispute, DisputeEvent.SENT_BACK, entry, actor=actor, now=now, policy=policy)
    return dispute


async def dispute_to_decide(
    session: AsyncSession, *, actor: Actor, dispute_id: int, now: datetime, policy: Policy
) -> Dispute:
    """The case that waits for its closing (held), when she may decide on it, or asked for it herself.

    Raises RefusedError: NOT_YOURS, NOT_CLOSING.
    """
    if await hold_dispute(session, dispute_id) is None:
        raise RefusedError(Reason.NOT_YOURS)
    sight = await dispute_for(session, actor, dispute_id, now=now, policy=policy)
    if sight.ground not in _DECIDES:
        raise RefusedError(Reason.NOT_YOURS)
    if sight.dispute.state is not DisputeState.CLOSING:
        raise RefusedError(Reason.NOT_CLOSING)
    if sight.dispute.closing_by_id != actor.member_id and not actor.covers(sight.path, CLOSES_DISPUTES):
        raise RefusedError(Reason.NOT_YOURS)
    return sight.dispute


async def _asking(session: AsyncSession, dispute: Dispute) -> DisputeEntry:
    """The entry with which the closing was asked for: the last of its kind, since the case waits for the decision."""
    query = (
        select(DisputeEntry)
        .where(col(DisputeEntry.dispute_id) == dispute.id, col(DisputeEntry.kind) == DisputeEntryKind.CLOSING)
        .order_by(col(DisputeEntry.id).desc())
    )
    return (await session.execute(query.limit(1))).scalar_one()


async def _as_before(
    session: AsyncSession, dispute: Dispute, before: DisputeState, *, now: datetime, policy: Policy
) -> dict[str, Any]:
    """The columns of the clock with which the work goes on."""
    today = policy.today(now)
    if before is DisputeState.MEDIATING:
        return clock_values(dispute, now=now, policy=policy)
    if before is DisputeState.AGREED:
        agreement = await agreement_of(session, dispute)
        agreed_on: date = agreement.agreed_on if agreement else today
        on = next_follow_up(agreed_on, dispute.follow_ups_done, policy.revisit_days, today=today)
        return follow_up_values(on, now=now, policy=policy)
    accept_by = policy.after_quiet(now) + timedelta(hours=policy.ladder.clocks[dispute.colour].accept_hours)
    return {
        "happened_on": today,
        "next_on": policy.today(accept_by),
        "next_step": DisputeStep.ACCEPT,
        "next_step_at": accept_by,
        "round": 0,
    }


async def _tell_all(
    session: AsyncSession,
    dispute: Dispute,
    event: DisputeEvent,
    entry: DisputeEntry,
    *,
    actor: Actor,
    now: datetime,
    policy: Policy,
) -> None:
    key, besides = f"dispute-decided:{entry.id}", {actor.member_id}
    await tell_rung(session, dispute, event, key=key, besides=besides, now=now, policy=policy)
    await tell_those_who_follow(session, dispute, event, key=key, besides=besides, now=now, policy=policy)
