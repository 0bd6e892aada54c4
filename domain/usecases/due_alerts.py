"""What alerts do by themselves: the next step of each, in time, and the proof that each has one (spec 3)."""

import logging
from collections.abc import Callable, Coroutine, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from sqlalchemy import ColumnElement, and_, func, or_, select, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from domain.rules.policy import Policy
from domain.usecases.alerts import open_alert, recolour_alert
from domain.usecases.availability import PassedOver, passed_over
from domain.usecases.climbing import ask, climb, give_up_rung, lapse
from domain.usecases.lost_alerts import held_by_somebody_gone, rung_in_vain
from domain.usecases.ringing import Ringing
from models.alert import Alert, AlertState, NextStep
from models.lead import Colour, Lead, LeadStage
from models.looking import Reader
from models.member import Leave, Member
from models.trouble import concerns_all

_log = logging.getLogger(__name__)
LONG_PAST = timedelta(minutes=5)  # the sweep looks every few seconds: what is older than this, it does not find
AFTER_FAULT = timedelta(minutes=1)
Step = Callable[[Ringing], Coroutine[None, None, bool]]
_FIRST_STEP = select(func.min(col(Alert.next_step_at))).where(col(Alert.state) != AlertState.CLOSED)


async def alerts_wait(reader: Reader, *, now: datetime, policy: Policy) -> bool:
    """Whether there may be anything to do for `ring_due`."""
    first = (await reader.execute(_FIRST_STEP)).scalar_one()
    if first is None:
        return False  # none is open, for each that is has a next step
    if first <= now or await held_by_somebody_gone(reader, now=now, policy=policy):
        return True
    return bool(await rung_in_vain(reader))


async def ring_due(session: AsyncSession, *, now: datetime, policy: Policy, limit: int) -> int:
    """Do one batch of what is due: climb, ask, lapse; how many alerts were moved. Red ones come first.

    An alert that another process holds is left to it. Who has an alert and can no longer answer for it loses it now;
    a rung that nobody can be reached on any more is left now.
    """
    due = col(Alert.next_step_at) <= now
    moved = await _move(session, due, _take_step, now=now, policy=policy, limit=limit)
    gone = await held_by_somebody_gone(session, now=now, policy=policy)
    moved += await _by_pages(session, gone, _lapse_if_gone, now=now, policy=policy, limit=limit)
    vain = await rung_in_vain(session)
    return moved + await _by_pages(session, vain, _give_up_if_vain, now=now, policy=policy, limit=limit)


async def _by_pages(
    session: AsyncSession, found: Sequence[int], step: Step, *, now: datetime, policy: Policy, limit: int
) -> int:
    """Those for which there is nothing to do after all must not keep the others from their turn."""
    moved = 0
    for start in range(0, len(found), limit):
        if moved < limit:
            these = col(Alert.id).in_(found[start : start + limit])
            moved += await _move(session, these, step, now=now, policy=policy, limit=limit)
    return moved


async def _move(
    session: AsyncSession,
    which: ColumnElement[bool],
    step: Step,
    *,
    now: datetime,
    policy: Policy,
    limit: int,
) -> int:
    query = (
        select(Alert, Lead)
        .join(Lead, col(Lead.id) == col(Alert.lead_id))
        .where(col(Alert.state) != AlertState.CLOSED, which)
        .order_by(col(Alert.colour) != Colour.RED, col(Alert.next_step_at), col(Alert.id))
        .limit(limit)
        .with_for_update(skip_locked=True, key_share=True)
        .execution_options(populate_existing=True)
    )
    rows = [(row[0], row[1]) for row in (await session.execute(query)).all()]
    return sum([await _guarded(session, alert, lead, step, now=now, policy=policy) for alert, lead in rows])


async def _guarded(
    session: AsyncSession, alert: Alert, lead: Lead, step: Step, *, now: datetime, policy: Policy
) -> bool:
    """One that fails, by a fault of ours, must not hold up the others."""
    number = alert.id
    try:
        async with session.begin_nested():
            done = await step(await Ringing.of(session, alert, lead, now=now, policy=policy))
            await session.flush()
    except Exception as error:
        if concerns_all(error):
            raise  # no fault of ours: all of it is tried again at the next tick
        # Without the error's own words: they could quote what is stored.
        _log.error("alert_step_failed alert_id=%d error=%s", number, type(error).__name__)
        later = update(Alert).where(col(Alert.id) == number, col(Alert.next_step_at) <= now)
        again = later.values(next_step_at=now + AFTER_FAULT).execution_options(synchronize_session=False)
        await session.execute(again)
        return False
    return done


async def _take_step(ringing: Ringing) -> bool:
    match ringing.alert.next_step:
        case NextStep.ASK:
            await ask(ringing)
        case NextStep.LAPSE:
            await lapse(ringing, PassedOver.NO_ANSWER)
        case _:
            await climb(ringing)
    return True


async def _lapse_if_gone(ringing: Ringing) -> bool:
    alert = ringing.alert
    if alert.holder_id is None:
        return False
    found = await passed_over(ringing.session, [alert.holder_id], ringing.lead, ringing.above, ringing.today)
    reason = found.get(alert.holder_id, PassedOver.LEFT_POST)
    # Whoever took it during her leave knows that she is on leave.
    if reason is PassedOver.ON_LEAVE and not await _left_since(ringing, alert.holder_id):
        holder = await ringing.session.get_one(Member, alert.holder_id)
        reason = PassedOver.BLOCKED if holder.unreachable_since is not None else None
    if reason is None:
        return False
    await lapse(ringing, reason)
    return True


async def _left_since(ringing: Ringing, member: int) -> bool:
    held_at = ringing.alert.held_at or ringing.now
    query = select(col(Leave.id)).where(
        col(Leave.member_id) == member,
        col(Leave.cancelled_at).is_(None),
        col(Leave.starts_on) <= ringing.today,
        col(Leave.ends_on) >= ringing.today,
        or_(col(Leave.noted_at) > held_at, col(Leave.starts_on) > ringing.policy.today(held_at)),
    )
    return (await ringing.session.execute(query.limit(1))).first() is not None


async def _give_up_if_vain(ringing: Ringing) -> bool:
    if ringing.alert.state is not AlertState.RINGING:
        return False
    rung = next(rung for rung in ringing.rungs if rung.position == ringing.alert.rung)
    found = await passed_over(ringing.session, rung.members, ringing.lead, ringing.above, ringing.today)
    if any(found.get(member, PassedOver.LEFT_POST) is None for member in rung.members):
        return False
    await give_up_rung(ringing)
    return True


class Fault(StrEnum):
    """What an audit can find wrong with an open lead."""

    NO_ALERT = "no_alert"
    OTHER_COLOUR = "other_colour"
    OVERDUE = "overdue"


@dataclass(frozen=True, slots=True)
class Repair:
    """A lead that would have waited in vain; it has been put right."""

    lead_id: int
    fault: Fault


async def audit_alerts(session: AsyncSession, *, now: datetime, policy: Policy) -> Sequence[Repair]:
    """Prove that every open lead above blue has an open alert of its colour with a next step that is not long past.

    What is not so is put right and reported, with numbers only.
    """
    open_alert_of = and_(col(Alert.lead_id) == col(Lead.id), col(Alert.state) != AlertState.CLOSED)
    wrong = or_(
        col(Alert.id).is_(None),
        col(Alert.colour) != col(Lead.colour),
        col(Alert.next_step_at) < now - LONG_PAST,
    )
    query = (
        select(col(Lead.id))
        .outerjoin(Alert, open_alert_of)
        .where(col(Lead.stage) != LeadStage.CLOSED, col(Lead.colour) != Colour.BLUE, wrong)
        .order_by(col(Lead.id))
        .limit(1000)
    )
    repairs = []
    for lead_id in (await session.execute(query)).scalars().all():
        fault = await _put_right(session, lead_id, now=now, policy=policy)
        if fault is not None:
            _log.error("alert_repaired lead_id=%d fault=%s", lead_id, fault.value)
            repairs.append(Repair(lead_id, fault))
    return repairs


async def _put_right(session: AsyncSession, lead_id: int, *, now: datetime, policy: Policy) -> Fault | None:
    """Hold the lead and its alert and look again: somebody may have answered, or another process put it right."""
    # Lead before alert, as everywhere.
    leads = select(Lead).where(col(Lead.id) == lead_id).with_for_update(key_share=True)
    lead = (await session.execute(leads.execution_options(populate_existing=True))).scalar_one()
    if lead.stage is LeadStage.CLOSED or lead.colour is Colour.BLUE:
        return None
    alerts = select(Alert).where(col(Alert.lead_id) == lead_id, col(Alert.state) != AlertState.CLOSED)
    locked = alerts.with_for_update(key_share=True).execution_options(populate_existing=True)
    alert = (await session.execute(locked)).scalar_one_or_none()
    if alert is None:
        await open_alert(session, lead, now=now, policy=policy)
        return Fault.NO_ALERT
    if alert.colour is not lead.colour:
        await recolour_alert(session, lead, now=now, policy=policy)
        return Fault.OTHER_COLOUR
    if alert.next_step_at is not None and alert.next_step_at < now - LONG_PAST:
        await _guarded(session, alert, lead, _take_step, now=now, policy=policy)
        return Fault.OVERDUE
    return None
