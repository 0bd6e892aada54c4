"""回访: who is reminded in the morning of the revisits that are due (spec 3)."""

from collections import Counter
from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement, and_, func, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased
from sqlmodel import col

from domain.access import ANSWERS_ALERTS
from domain.lead_notices import RevisitDue
from domain.rules.handling import REVISITED
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
    due: Counter[int] = Counter()
    overdue: Counter[int] = Counter()
    wanted = and_(col(Lead.revisit_on) <= day, col(Lead.stage).in_(REVISITED))
    answers = _handler_still_answers(day)
    late = col(Lead.revisit_on) < day
    theirs = select(col(Lead.handler_id), late, func.count()).where(wanted, answers)
    for member, is_late, count in (await session.execute(theirs.group_by(col(Lead.handler_id), late))).all():
        (overdue if is_late else due)[int(member or _NOBODY)] += count
    nobodys = select(Lead).where(wanted, ~answers).order_by(col(Lead.id))
    for lead in (await session.execute(nobodys)).scalars().all():
        for member in await closers(session, lead, besides=_NOBODY, now=now, policy=policy):
            (due if lead.revisit_on == day else overdue)[member] += 1
    notices = {member: RevisitDue(day, due[member], overdue[member]) for member in sorted({*due, *overdue})}
    await tell_each(session, notices, f"revisits:{day.isoformat()}", now=now, policy=policy)
    return len(notices)


def _handler_still_answers(day: date) -> ColumnElement[bool]:
    """The condition that the lead has a handler who still holds a post over its area, and can use her account."""
    above: Any = aliased(Area)
    here = select(col(Area.path)).where(col(Area.id) == col(Lead.area_id)).correlate(Lead).scalar_subquery()
    return (
        select(col(Appointment.id))
        .join(above, above.id == col(Appointment.area_id))
        .join(Member, col(Member.id) == col(Appointment.member_id))
        .where(
            col(Appointment.member_id) == col(Lead.handler_id),
            col(Appointment.role).in_(ANSWERS_ALERTS),
            col(Member.frozen_at).is_(None),
            in_force(day),
            func.substr(here, 1, func.length(above.path)) == above.path,
        )
        .correlate(Lead)
        .exists()
    )
