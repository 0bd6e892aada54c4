"""Handing an alert on (转给…), with a reason: it stays where it is until the colleague has answered (spec 3)."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import and_, or_, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from domain.access import ANSWERS_ALERTS, Actor
from domain.kept_away import goes_past
from domain.lead_notices import AlertHanded
from domain.refusals import Reason, RefusedError
from domain.rules.policy import Policy
from domain.usecases.answering import Answered, alert_for, post_of
from domain.usecases.availability import passed_over
from domain.usecases.outbox import tell
from domain.usecases.ringing import Ringing, note_bell
from domain.usecases.timeline import note
from models.alert import Alert, AlertBell, AlertState
from models.area import Area
from models.lead import EntryKind, Lead
from models.member import Appointment, Member, Role, in_force


async def alert_to_hand_on(
    session: AsyncSession, *, actor: Actor, alert_id: int, now: datetime, policy: Policy
) -> Answered:
    """An alert that `actor` may hand on: she has it, or it rings for her and nobody has it.

    Raises RefusedError: NOT_YOURS, ALERT_CLOSED, NOT_HOLDER.
    """
    ringing, role = await _hers(session, actor, alert_id, now, policy)
    return Answered(ringing.alert, ringing.lead, ringing.alert.state is AlertState.HELD, role)


async def receivers(
    session: AsyncSession, *, actor: Actor, alert_id: int, now: datetime, policy: Policy
) -> list[tuple[Member, Role, Area]]:
    """Who can be asked to take it over, the nearest first: whoever answers for the area and can be rung today.

    Raises RefusedError: NOT_YOURS, ALERT_CLOSED, NOT_HOLDER.
    """
    ringing, _ = await _hers(session, actor, alert_id, now, policy)
    return await _receivers(ringing, actor)


async def hand_on(
    session: AsyncSession, *, actor: Actor, alert_id: int, to_id: int, reason: str, now: datetime, policy: Policy
) -> Answered:
    """Ask somebody to take the alert over. She holds nothing until she answers; until then it stays as it is.

    `mine` of what is returned says that it is the actor's until then.
    Raises RefusedError: NOT_YOURS, ALERT_CLOSED, NOT_HOLDER, RECEIVER_NOT_FREE.
    """
    ringing, role = await _hers(session, actor, alert_id, now, policy)
    alert, lead = ringing.alert, ringing.lead
    if to_id not in {member.id for member, _, _ in await _receivers(ringing, actor)}:
        raise RefusedError(Reason.RECEIVER_NOT_FREE)
    query = select(AlertBell).where(col(AlertBell.alert_id) == alert.id, col(AlertBell.member_id) == to_id)
    known = (await session.execute(query)).scalar_one_or_none()
    bell = note_bell(ringing, known, to_id, max(alert.rung, 0))
    bell.handed = True
    alert.round += 1
    await note(session, lead, EntryKind.HANDED_ON, actor=actor, now=now, body=reason, to=to_id, role=role.value)
    notice = AlertHanded(alert.id, lead.id, lead.code, alert.colour, role)
    await tell(session, [to_id], notice, f"bell:{alert.id}:{alert.round}", now=now, policy=policy)
    await session.flush()
    return Answered(alert, lead, alert.state is AlertState.HELD, role)


async def alerts_to_hand_on(session: AsyncSession, *, actor: Actor) -> Sequence[tuple[Alert, Lead]]:
    """What `actor` may hand on, as far as its alerts tell, the newest first; each is authorised when it is chosen."""
    rung = select(col(AlertBell.alert_id)).where(col(AlertBell.member_id) == actor.member_id)
    ringing = and_(col(Alert.state) == AlertState.RINGING, col(Alert.id).in_(rung))
    query = (
        select(Alert, Lead)
        .join(Lead, col(Lead.id) == col(Alert.lead_id))
        .where(or_(col(Alert.holder_id) == actor.member_id, ringing), ~goes_past(actor.member_id, Lead))
        .order_by(col(Alert.id).desc())
        .limit(100)
    )
    return [(row[0], row[1]) for row in (await session.execute(query)).all()]


async def _hers(
    session: AsyncSession, actor: Actor, alert_id: int, now: datetime, policy: Policy
) -> tuple[Ringing, Role]:
    ringing, path = await alert_for(session, actor, alert_id, now=now, policy=policy)
    if ringing.alert.holder_id not in (None, actor.member_id):
        raise RefusedError(Reason.NOT_HOLDER)
    post = await post_of(session, actor.member_id, path, ringing.today)
    if post is None:
        raise RefusedError(Reason.NOT_YOURS)
    return ringing, post.role


async def _receivers(ringing: Ringing, actor: Actor) -> list[tuple[Member, Role, Area]]:
    query = (
        select(Member, col(Appointment.role), Area)
        .join(Appointment, and_(col(Appointment.member_id) == col(Member.id), in_force(ringing.today)))
        .join(Area, col(Area.id) == col(Appointment.area_id))
        .where(
            col(Appointment.area_id).in_(ringing.above),
            col(Appointment.role).in_(ANSWERS_ALERTS),
            col(Member.id) != actor.member_id,
        )
        .order_by(col(Appointment.id))
    )
    people: dict[int, tuple[Member, Role, Area]] = {}
    for member, role, area in (await ringing.session.execute(query)).all():
        people.setdefault(member.id, (member, role, area))
    reasons = await passed_over(ringing.session, people, ringing.lead, ringing.above, ringing.today)
    free = [person for member_id, person in people.items() if reasons[member_id] is None]
    return sorted(free, key=lambda person: (ringing.above.index(person[2].id), person[0].id))
