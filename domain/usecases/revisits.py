"""回访: who is reminded in the morning of the revisits that are due (spec 3)."""

from collections import Counter
from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from domain.access import ANSWERS_ALERTS
from domain.notices import RevisitDue
from domain.rules.handling import AT_WORK
from domain.rules.policy import Policy
from domain.usecases.closing import closers
from domain.usecases.outbox import tell_each
from models.area import Area
from models.lead import Lead
from models.member import Appointment, Member, in_force

_NOBODY = 0


async def plan_revisits(session: AsyncSession, day: date, now: datetime, policy: Policy) -> int:
    """Tell whoever has leads how many of them are to be revisited on `day` or should have been; how many were told.

    What is nobody's (any more) goes to those who could close it: no lead falls into a void.
    """
    query = select(Lead).where(col(Lead.revisit_on) <= day, col(Lead.stage).in_(AT_WORK)).order_by(col(Lead.id))
    due: Counter[int] = Counter()
    overdue: Counter[int] = Counter()
    for lead in (await session.execute(query)).scalars().all():
        for member in await _in_charge(session, lead, day, now, policy):
            (due if lead.revisit_on == day else overdue)[member] += 1
    notices = {member: RevisitDue(day, due[member], overdue[member]) for member in sorted({*due, *overdue})}
    await tell_each(session, notices, f"revisits:{day.isoformat()}", now=now, policy=policy)
    return len(notices)


async def _in_charge(session: AsyncSession, lead: Lead, day: date, now: datetime, policy: Policy) -> list[int]:
    if lead.handler_id is not None and await _still_answers(session, lead, lead.handler_id, day):
        return [lead.handler_id]
    return await closers(session, lead, besides=_NOBODY, now=now, policy=policy)


async def _still_answers(session: AsyncSession, lead: Lead, member_id: int, day: date) -> bool:
    path = (await session.execute(select(col(Area.path)).where(col(Area.id) == lead.area_id))).scalar_one()
    query = (
        select(col(Area.path))
        .join(Appointment, col(Appointment.area_id) == col(Area.id))
        .join(Member, col(Member.id) == col(Appointment.member_id))
        .where(
            col(Member.id) == member_id,
            col(Member.frozen_at).is_(None),
            col(Appointment.role).in_(ANSWERS_ALERTS),
            in_force(day),
        )
    )
    return any(path.startswith(post) for post in (await session.execute(query)).scalars())
