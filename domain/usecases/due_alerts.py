"""What alerts do by themselves: the next step of each, in time, and the proof that each has one (spec 3)."""

import logging
from collections.abc import Callable, Coroutine, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from sqlalchemy import ColumnElement, and_, or_, select, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased
from sqlmodel import col

from domain.access import ANSWERS_ALERTS
from domain.rules.policy import Policy
from domain.usecases.alerts import open_alert, recolour_alert
from domain.usecases.availability import PassedOver, passed_over
from domain.usecases.climbing import ask, climb, give_up_rung, lapse
from domain.usecases.ringing import Ringing
from models.alert import Alert, AlertBell, AlertRung, AlertState, NextStep, RungState
from models.area import Area
from models.lead import Colour, Lead, LeadStage
from models.member import Appointment, Leave, Member, in_force

_log = logging.getLogger(__name__)
LONG_PAST = timedelta(minutes=5)  # the sweep looks every few seconds: what is older than this, it does not find
AFTER_FAULT = timedelta(minutes=1)
Step = Callable[[Ringing], Coroutine[None, None, bool]]


async def ring_due(session: AsyncSession, *, now: datetime, policy: Policy, limit: int) -> int:
    """Do one batch of what is due: climb, ask, lapse; how many alerts were moved. Red ones come first.

    An alert that another process holds is left to it. Who has an alert and can no longer answer for it loses it now;
    a rung that nobody can be reached on any more is left now.
    """
    due = col(Alert.next_step_at) <= now
    moved = await _move(session, due, _take_step, now=now, policy=policy, limit=limit)
    gone = _held_by_somebody_gone(now, policy)
    moved += await _move(session, gone, _lapse_if_gone, now=now, policy=policy, limit=limit)
    return moved + await _move(session, _rung_in_vain(), _give_up_if_vain, now=now, policy=policy, limit=limit)


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


def _held_by_somebody_gone(now: datetime, policy: Policy) -> ColumnElement[bool]:
    """The condition for alerts whose holder may be gone: found by the few members who are, not by all alerts."""
    today = policy.today(now)
    out = select(col(Member.id)).where(
        or_(col(Member.frozen_at).is_not(None), col(Member.unreachable_since).is_not(None))
    )
    away = select(col(Leave.member_id)).where(
        col(Leave.cancelled_at).is_(None), col(Leave.starts_on) <= today, col(Leave.ends_on) >= today
    )
    ended = select(col(Appointment.member_id)).where(col(Appointment.ends_on) < today)
    over, place = aliased(Area), aliased(Area)
    covers = (
        select(col(Appointment.id))
        .join(over, col(over.id) == col(Appointment.area_id))
        .join(place, col(place.id) == col(Lead.area_id))
        .where(
            col(Appointment.member_id) == col(Alert.holder_id),
            col(Appointment.role).in_(ANSWERS_ALERTS),
            in_force(today),
            col(place.path).startswith(col(over.path)),
        )
    )
    holder = col(Alert.holder_id)
    return or_(holder.in_(out.union_all(away)), and_(holder.in_(ended), ~covers.exists()))


async def _lapse_if_gone(ringing: Ringing) -> bool:
    alert = ringing.alert
    assert alert.holder_id is not None  # noqa: S101 - the database holds to it
    found = await passed_over(ringing.session, [alert.holder_id], ringing.lead, ringing.above, ringing.today)
    reason = found.get(alert.holder_id, PassedOver.LEFT_POST)
    # Whoever took it during her leave knows that she is on leave.
    if reason is None or (reason is PassedOver.ON_LEAVE and not await _left_since(ringing, alert.holder_id)):
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


def _rung_in_vain() -> ColumnElement[bool]:
    """The condition for ringing alerts of whose last rung somebody has become unreachable."""
    unreachable = (
        select(col(AlertBell.alert_id))
        .join(Member, col(Member.id) == col(AlertBell.member_id))
        .where(or_(col(Member.unreachable_since).is_not(None), col(Member.frozen_at).is_not(None)))
    )
    still_rung = select(col(AlertRung.id)).where(
        col(AlertRung.alert_id) == col(Alert.id),
        col(AlertRung.position) == col(Alert.rung),
        col(AlertRung.state) == RungState.RUNG,
    )
    return and_(col(Alert.state) == AlertState.RINGING, col(Alert.id).in_(unreachable), still_rung.exists())


async def _give_up_if_vain(ringing: Ringing) -> bool:
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
        select(Lead, Alert)
        .outerjoin(Alert, open_alert_of)
        .where(col(Lead.stage) != LeadStage.CLOSED, col(Lead.colour) != Colour.BLUE, wrong)
        .order_by(col(Lead.id))
        .limit(1000)
    )
    repairs = []
    for lead, alert in (await session.execute(query)).all():
        fault = await _put_right(session, lead, alert, now=now, policy=policy)
        _log.error("alert_repaired lead_id=%d fault=%s", lead.id, fault.value)
        repairs.append(Repair(lead.id, fault))
    return repairs


async def _put_right(session: AsyncSession, lead: Lead, alert: Alert | None, *, now: datetime, policy: Policy) -> Fault:
    if alert is None:
        await open_alert(session, lead, now=now, policy=policy)
        return Fault.NO_ALERT
    if alert.colour is not lead.colour:
        await recolour_alert(session, lead, now=now, policy=policy)
        return Fault.OTHER_COLOUR
    await _guarded(session, alert, lead, _take_step, now=now, policy=policy)
    return Fault.OVERDUE
