"""Alerts whose people are gone: found from the few members who are, since the sweep looks every few seconds (spec 3).

What is found here is a guess that is proven again once the alert is held.
"""

from datetime import date, datetime, time

from sqlalchemy import or_, select
from sqlalchemy.orm import aliased
from sqlmodel import col

from domain.access import ANSWERS_ALERTS
from domain.rules.policy import Policy
from models.alert import Alert, AlertBell, AlertRung, AlertState, RungState
from models.area import Area
from models.lead import Colour, Lead
from models.looking import Reader
from models.member import Appointment, Leave, Member, in_force

_URGENT_FIRST = (col(Alert.colour) != Colour.RED, col(Alert.next_step_at), col(Alert.id))


async def held_by_somebody_gone(reader: Reader, *, now: datetime, policy: Policy) -> list[int]:
    """The alerts whose holder cannot be reached, went on leave since she has it, or left her post; red ones first."""
    today = policy.today(now)
    out = await _out_of_reach(reader)
    away = await _away_since(reader, today, policy)
    gone = {*out, *away, *await _left_a_post(reader, today)}
    if not gone:
        return []
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
    query = (
        select(col(Alert.id), col(Alert.holder_id), col(Alert.held_at), covers.exists())
        .join(Lead, col(Lead.id) == col(Alert.lead_id))
        .where(col(Alert.holder_id).in_(gone), col(Alert.state) == AlertState.HELD)
        .order_by(*_URGENT_FIRST)
    )
    return [
        alert
        for alert, holder, held_at, still_covers in (await reader.execute(query)).all()
        if not still_covers or holder in out or (holder in away and (held_at or now) < away[holder])
    ]


async def rung_in_vain(reader: Reader) -> list[int]:
    """The ringing alerts of whose last rung somebody cannot be reached any more; red ones first."""
    out = await _out_of_reach(reader)
    if not out:
        return []
    last = (
        (col(AlertRung.alert_id) == col(Alert.id))
        & (col(AlertRung.position) == col(Alert.rung))
        & (col(AlertRung.state) == RungState.RUNG)
    )
    query = (
        select(col(Alert.id), col(AlertRung.members))
        .join(AlertRung, last)
        .where(
            col(Alert.id).in_(select(col(AlertBell.alert_id)).where(col(AlertBell.member_id).in_(out))),
            col(Alert.state) == AlertState.RINGING,
        )
        .order_by(*_URGENT_FIRST)
    )
    return [alert for alert, members in (await reader.execute(query)).all() if out & set(members)]


async def _out_of_reach(reader: Reader) -> set[int]:
    query = select(col(Member.id)).where(
        or_(col(Member.frozen_at).is_not(None), col(Member.unreachable_since).is_not(None))
    )
    return set((await reader.execute(query)).scalars())


async def _away_since(reader: Reader, today: date, policy: Policy) -> dict[int, datetime]:
    """Who is on leave today, and since when one knows: whoever takes an alert after that does so all the same."""
    query = select(col(Leave.member_id), col(Leave.noted_at), col(Leave.starts_on)).where(
        col(Leave.cancelled_at).is_(None), col(Leave.starts_on) <= today, col(Leave.ends_on) >= today
    )
    since: dict[int, datetime] = {}
    for member, noted_at, starts_on in (await reader.execute(query)).all():
        begins = max(noted_at, policy.at(starts_on, time.min))
        since[member] = max(begins, since.get(member, begins))
    return since


async def _left_a_post(reader: Reader, today: date) -> set[int]:
    query = select(col(Appointment.member_id)).where(
        col(Appointment.ends_on) < today, col(Appointment.role).in_(ANSWERS_ALERTS)
    )
    return set((await reader.execute(query)).scalars())
