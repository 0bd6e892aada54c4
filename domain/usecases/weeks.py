"""The week's summary for the heads of communities: last week's visits, and what is open now."""

from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import Select, case, func, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from domain.notices import WeekSummary
from domain.rules.policy import Policy
from domain.usecases.caseloads import over_grids
from domain.usecases.outbox import tell
from models.household import Household, HouseholdStatus
from models.member import Appointment, Role
from models.visit import Visit, VisitOutcome


async def plan_weeks(session: AsyncSession, day: date, now: datetime, policy: Policy) -> int:
    """Monday's summary for heads: the visits of the seven days before, and what is open now."""
    visits = await _visits_by_head(session, day)
    open_now = await _open_by_head(session, day)
    for member_id in sorted({*visits, *open_now}):
        notice = WeekSummary(day, *visits.get(member_id, (0, 0, 0)), *open_now.get(member_id, (0, 0)))
        await tell(session, [member_id], notice, f"week:{day.isoformat()}", now=now, policy=policy)
    return len({*visits, *open_now})


def _by_head(grids: Any, day: date, *names: str) -> Select[Any]:
    head = col(Appointment.member_id)
    return over_grids(grids, Role.HEAD, day, head, *(func.sum(grids.c[name]) for name in names)).group_by(head)


async def _visits_by_head(session: AsyncSession, day: date) -> dict[int, tuple[int, int, int]]:
    met = func.sum(case((col(Visit.outcome) == VisitOutcome.MET, 1), else_=0))
    grids = (
        select(
            col(Household.grid_id).label("grid_id"),
            func.count().label("visits"),
            met.label("met"),
            func.count(col(Household.id).distinct()).label("households"),
        )
        .join(Visit, col(Visit.household_id) == col(Household.id))
        .where(col(Visit.visited_on) >= day - timedelta(days=7), col(Visit.visited_on) < day)
        .group_by(col(Household.grid_id))
        .subquery()
    )
    rows = (await session.execute(_by_head(grids, day, "visits", "met", "households"))).all()
    return {row[0]: (int(row[1]), int(row[2]), int(row[3])) for row in rows}


async def _open_by_head(session: AsyncSession, day: date) -> dict[int, tuple[int, int]]:
    overdue = func.sum(case((col(Household.next_due_on) < day, 1), else_=0))
    grids = (
        select(col(Household.grid_id).label("grid_id"), func.count().label("due"), overdue.label("overdue"))
        .where(col(Household.status) == HouseholdStatus.ACTIVE, col(Household.next_due_on) <= day)
        .group_by(col(Household.grid_id))
        .subquery()
    )
    rows = (await session.execute(_by_head(grids, day, "due", "overdue"))).all()
    return {row[0]: (int(row[1]), int(row[2])) for row in rows}
