"""The alert of a lead: opened with it, recoloured with it, closed with it (spec 3).

Who answers is in answering.py, who rings in ringing.py, what happens by itself in due_alerts.py.
"""

from datetime import datetime

from sqlalchemy import delete, select, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from domain.access import Actor
from domain.rules.policy import Policy
from domain.rules.triage import is_raise
from domain.usecases.alert_notices import drop_waiting
from domain.usecases.answering import answer_alert, hold_alert
from domain.usecases.chain_building import build_rungs
from domain.usecases.climbing import climb
from domain.usecases.posts import chain_of
from domain.usecases.ringing import Ringing
from models.alert import Alert, AlertBell, AlertRung, AlertState, NextStep
from models.lead import Lead

# What others do with an alert stands here together.
__all__ = ["answer_alert", "close_alert", "hurry_alert", "open_alert", "recolour_alert", "show_life"]


async def open_alert(session: AsyncSession, lead: Lead, *, now: datetime, policy: Policy) -> Alert:
    """Open the alert of a lead with a copy of its colour's chain, and ring the first rung.

    For a lead that is opened again, whoever handled it is rung first.
    """
    alert = Alert(lead_id=lead.id, colour=lead.colour, opened_at=now, next_step=NextStep.CLIMB, next_step_at=now)
    session.add(alert)
    await session.flush()
    await _ring_new_chain(session, alert, lead, lead.handler_id, now=now, policy=policy)
    return alert


async def close_alert(session: AsyncSession, lead: Lead, *, now: datetime) -> None:
    """End the alert of a lead, if it has one: what has not been sent yet is not sent any more."""
    alert = await _held_alert_of(session, lead)
    if alert is None:
        return
    alert.state, alert.holder_id, alert.closed_at = AlertState.CLOSED, None, now
    alert.next_step = alert.next_step_at = None
    await session.flush()
    await drop_waiting(session, alert, now=now)


async def show_life(session: AsyncSession, lead: Lead, *, actor: Actor, now: datetime, policy: Policy) -> None:
    """Somebody works on the lead: what rings is hers, and if she has it already, she need not say that she is on it.

    Whoever had only acknowledged it has taken it on by that.

    Raises RefusedError: NOT_YOURS, ALERT_CLOSED.
    """
    alert = await _held_alert_of(session, lead)
    if alert is None:
        return
    hers = alert.holder_id == actor.member_id
    if alert.state is AlertState.RINGING or (hers and not alert.working):
        await answer_alert(session, actor=actor, alert_id=alert.id, working=True, now=now, policy=policy)
    elif hers:
        ringing = await Ringing.of(session, alert, lead, now=now, policy=policy)
        ringing.next(NextStep.ASK, ringing.asks_at)
        await drop_waiting(session, alert, now=now)
        await session.flush()


async def recolour_alert(session: AsyncSession, lead: Lead, *, now: datetime, policy: Policy) -> Alert:
    """Give the alert of a lead the chain of its new colour.

    A raised one rings at once, whoever had it first; a lowered one stays with whoever has it.
    """
    alert = await _held_alert_of(session, lead)
    if alert is None:
        return await open_alert(session, lead, now=now, policy=policy)
    if alert.colour is lead.colour:
        return alert
    raised, holder = is_raise(alert.colour, lead.colour), alert.holder_id
    await drop_waiting(session, alert, now=now)
    await session.execute(delete(AlertRung).where(col(AlertRung.alert_id) == alert.id))
    # The bells stay, since they let people look; of the new chain nobody has been rung yet.
    bells = update(AlertBell).where(col(AlertBell.alert_id) == alert.id).values(position=0)
    await session.execute(bells.execution_options(synchronize_session=False))
    alert.colour, alert.rung = lead.colour, -1
    if holder is not None and not raised:
        await _keep_with_holder(session, alert, lead, now=now, policy=policy)
        return alert
    alert.state, alert.holder_id, alert.held_at, alert.working = AlertState.RINGING, None, None, False
    alert.next_step, alert.next_step_at = NextStep.CLIMB, now
    await _ring_new_chain(session, alert, lead, (holder or lead.handler_id) if raised else None, now=now, policy=policy)
    return alert


async def hurry_alert(session: AsyncSession, lead: Lead, *, now: datetime, policy: Policy) -> None:
    """The lead is verified anew: whoever has it is asked by that clock, and not only when she would have been."""
    alert = await _held_alert_of(session, lead)
    if alert is None or alert.next_step is not NextStep.ASK or alert.next_step_at is None:
        return
    ringing = await Ringing.of(session, alert, lead, now=now, policy=policy)
    ringing.next(NextStep.ASK, min(alert.next_step_at, ringing.asks_at))
    await session.flush()


async def _held_alert_of(session: AsyncSession, lead: Lead) -> Alert | None:
    """The open alert of a lead, held until the transaction ends."""
    await session.flush()
    query = select(col(Alert.id)).where(col(Alert.lead_id) == lead.id, col(Alert.state) != AlertState.CLOSED)
    number = (await session.execute(query)).scalar_one_or_none()
    found = await hold_alert(session, number) if number is not None else None
    # It may have been closed while we waited for it.
    return found[0] if found is not None and found[0].state is not AlertState.CLOSED else None


async def _ring_new_chain(
    session: AsyncSession, alert: Alert, lead: Lead, first: int | None, *, now: datetime, policy: Policy
) -> None:
    above = await chain_of(session, lead.area_id)
    rungs = await build_rungs(session, alert, above, first, today=policy.today(now), policy=policy)
    await climb(Ringing(session, alert, lead, rungs, above, now, policy))
    await session.flush()


async def _keep_with_holder(session: AsyncSession, alert: Alert, lead: Lead, *, now: datetime, policy: Policy) -> None:
    above = await chain_of(session, lead.area_id)
    rungs = await build_rungs(session, alert, above, None, today=policy.today(now), policy=policy)
    alert.round += 1
    alert.rung = 0
    ringing = Ringing(session, alert, lead, rungs, above, now, policy)
    ringing.next(NextStep.ASK, ringing.asks_at)
    await session.flush()
