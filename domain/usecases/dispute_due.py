"""What disputes do by themselves: the next step of each, in time, and the proof that each has one (M, spec 4)."""

import logging
from collections.abc import Callable, Coroutine, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from sqlalchemy import ColumnElement, and_, func, not_, or_, select, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from domain.rules.policy import Policy
from domain.usecases.dispute_absent import owned_by_somebody_gone, replace_if_gone
from domain.usecases.dispute_changes import change_dispute, hold_dispute
from domain.usecases.dispute_clock import clock_values
from domain.usecases.dispute_leaderless import lead_by_another
from domain.usecases.dispute_steps import Due, take_step
from models.dispute import OPEN_STATES, Dispute, DisputeState, DisputeStep
from models.lead import Colour
from models.looking import Reader
from models.trouble import concerns_all

_log = logging.getLogger(__name__)
LONG_PAST = timedelta(minutes=15)  # the sweep looks every minute: what is older than this, it does not find
AFTER_FAULT = timedelta(minutes=5)
Step = Callable[[Due], Coroutine[None, None, bool]]
STEPS: dict[DisputeState, tuple[DisputeStep, ...]] = {
    DisputeState.REGISTERED: (DisputeStep.ACCEPT,),
    DisputeState.MEDIATING: (DisputeStep.REMIND, DisputeStep.HEAD, DisputeStep.CLIMB),
    DisputeState.AGREED: (DisputeStep.FOLLOW_UP,),
    DisputeState.CLOSING: (DisputeStep.DECIDE,),
}
_FIRST_STEP = select(func.min(col(Dispute.next_step_at))).where(col(Dispute.state).in_(OPEN_STATES))


async def first_step_at(reader: Reader) -> datetime | None:
    """When the next step of an open case is due; None when none is open, for each that is has a next step."""
    return (await reader.execute(_FIRST_STEP)).scalar_one()


async def move_disputes(session: AsyncSession, *, now: datetime, policy: Policy, limit: int) -> int:
    """Do one batch of what is due: call again, remind, tell the head, climb; how many cases were moved.

    A case that somebody else holds is left to her, or to the other process.
    """
    due = col(Dispute.next_step_at) <= now
    return await _move(session, due, take_step, now=now, policy=policy, limit=limit)


async def replace_absent(session: AsyncSession, cases: Sequence[int], *, now: datetime, policy: Policy) -> int:
    """Whoever has one of these cases and can have it no more loses it now; how many cases were moved.

    `cases` come from `owned_by_somebody_gone`, as many as one transaction is to hold.
    """
    these = col(Dispute.id).in_(cases)
    return await _move(session, these, replace_if_gone, now=now, policy=policy, limit=len(cases))


async def replace_leaders(session: AsyncSession, cases: Sequence[int], *, now: datetime, policy: Policy) -> int:
    """What is planned for these cases (`led_by_somebody_gone`) is led by another, or is off; how many were changed."""
    these = col(Dispute.id).in_(cases)
    return await _move(session, these, lead_by_another, now=now, policy=policy, limit=len(cases))


async def steps_due(session: AsyncSession, until: datetime) -> dict[DisputeStep, int]:
    """How many cases have a step of each kind to do by `until`, as things stand."""
    query = (
        select(col(Dispute.next_step), func.count(col(Dispute.id)))
        .where(col(Dispute.state).in_(OPEN_STATES), col(Dispute.next_step_at) < until)
        .group_by(col(Dispute.next_step))
    )
    found = {row[0]: int(row[1]) for row in (await session.execute(query)).all()}
    return {step: found.get(step, 0) for step in DisputeStep}


async def _move(
    session: AsyncSession, which: ColumnElement[bool], step: Step, *, now: datetime, policy: Policy, limit: int
) -> int:
    query = (
        select(Dispute)
        .where(col(Dispute.state).in_(OPEN_STATES), which)
        .order_by(col(Dispute.colour) != Colour.ORANGE, col(Dispute.next_step_at), col(Dispute.id))
        .limit(limit)
        .with_for_update(skip_locked=True, key_share=True)
        .execution_options(populate_existing=True)
    )
    disputes = list((await session.execute(query)).scalars())
    return sum([await _guarded(Due(session, dispute, now, policy), step) for dispute in disputes])


async def _guarded(due: Due, step: Step) -> bool:
    """One that fails, by a fault of ours, must not hold up the others."""
    session, number = due.session, due.dispute.id
    try:
        async with session.begin_nested():
            done = await step(due)
            await session.flush()
    except Exception as error:
        if concerns_all(error):
            raise  # no fault of ours: all of it is tried again at the next tick
        # Without the error's own words: they could quote what is stored.
        _log.error("dispute_step_failed dispute_id=%d error=%s", number, type(error).__name__)
        later = update(Dispute).where(col(Dispute.id) == number, col(Dispute.next_step_at) <= due.now)
        again = later.values(next_step_at=due.now + AFTER_FAULT).execution_options(synchronize_session=False)
        await session.execute(again)
        return False
    return done


class Fault(StrEnum):
    """What an audit can find wrong with an open case."""

    WRONG_STEP = "wrong_step"  # its next step is none of its state
    OVERDUE = "overdue"
    OWNER_GONE = "owner_gone"


@dataclass(frozen=True, slots=True)
class Repair:
    """A case that would have waited in vain; it has been put right."""

    dispute_id: int
    fault: Fault


async def audit_disputes(session: AsyncSession, *, now: datetime, policy: Policy) -> Sequence[Repair]:
    """Prove that every open case has an owner who can have it, and a next step of its state that is not long past.

    What is not so is put right and reported, with numbers only. (That it has an owner and a step at all, the database
    holds.)
    """
    known = or_(
        *(and_(col(Dispute.state) == state, col(Dispute.next_step).in_(steps)) for state, steps in STEPS.items())
    )
    wrong = or_(not_(known), col(Dispute.next_step_at) < now - LONG_PAST)
    query = select(col(Dispute.id)).where(col(Dispute.state).in_(OPEN_STATES), wrong).order_by(col(Dispute.id))
    found = list((await session.execute(query.limit(1000))).scalars())
    gone = await owned_by_somebody_gone(session, now=now, policy=policy)
    repairs = []
    for dispute_id in dict.fromkeys([*found, *gone[:1000]]):
        fault = await _put_right(session, dispute_id, now=now, policy=policy)
        if fault is not None:
            _log.error("dispute_repaired dispute_id=%d fault=%s", dispute_id, fault.value)
            repairs.append(Repair(dispute_id, fault))
    return repairs


async def _put_right(session: AsyncSession, dispute_id: int, *, now: datetime, policy: Policy) -> Fault | None:
    """Hold the case and look again: somebody may have worked on it, or another process put it right."""
    dispute = await hold_dispute(session, dispute_id)
    if dispute is None or dispute.state not in OPEN_STATES:
        return None
    due = Due(session, dispute, now, policy)
    if dispute.next_step not in STEPS[dispute.state]:
        await _guarded(due, _step_of_its_state)
        return Fault.WRONG_STEP
    if dispute.next_step_at is not None and dispute.next_step_at < now - LONG_PAST:
        await _guarded(due, take_step)
        return Fault.OVERDUE
    return Fault.OWNER_GONE if await _guarded(due, replace_if_gone) else None


async def _step_of_its_state(due: Due) -> bool:
    dispute = due.dispute
    if dispute.state is DisputeState.MEDIATING:
        values = clock_values(dispute, now=due.now, policy=due.policy)
    else:
        values = {"next_step": STEPS[dispute.state][0], "next_step_at": due.now, "round": 0}
    await change_dispute(due.session, dispute, dispute.rev, **values)
    return True
