"""The week's summary for the heads of communities: last week's visits, and what is open now."""

from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import Select, case, func, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from domain.household_notices import WeekSummary
from domain.rules.policy import Policy
from domain.usecases.caseloads import climb, over_grids
from domain.usecases.outbox import insert_ignoring, tell_each
from models.household import Household, on_register
from models.member import Appointment, Role
from models.sweep_run import SweepRun
from models.visit import Visit, VisitOutcome

# A Monday on which the machine was off is made up for until Wednesday; later the week is half over.
CATCH_UP_DAYS = 2


async def plan_weeks(session: AsyncSession, day: date, now: datetime, policy: Policy) -> int:
    """Monday's summary for heads, once a week: the visits of the seven days before, and what is open on `day`."""
    monday = day - timedelta(days=day.weekday())
    if day.weekday() > CATCH_UP_DAYS:
        return 0
    first = insert_ignoring(session, SweepRun).values(rule="week", period=monday.isoformat(), swept_at=now)
    if (await session.execute(first)).rowcount != 1:  # type: ignore[attr-defined]
        return 0
    visits = await _visits_by_head(session, monday)
    open_now = await _open_by_head(session, day)
    notices = {
        member_id: WeekSummary(monday, *visits.get(member_id, (0, 0, 0)), *open_now.get(member_id, (0, 0)))
        for member_id in sorted({*visits, *open_now})
    }
    await tell_each(session, notices, f"week:{monday.isoformat()}", now=now, policy=policy)
    return len(notices)


def _by_head(grids: Select[*tuple[Any, ...]], day: date, *names: str) -> Select[Any]:
    head, climbed = col(Appointment.member_id), climb(grids)
    return over_grids(climbed, Role.HEAD, day, head, *(func.sum(climbed.c[name]) for name in names)).group_by(head)


async def _visits_by_head(session: AsyncSession, day: date) -> dict[int, tuple[int, int, int]]:
    met = func.sum(case((col(Visit.outcome) == VisitOutcome.MET, 1), else_=0))
    grids: Select[*tuple[Any, ...]] = (
        select(
            col(Household.grid_id).label("grid_id"),
            func.count().label("visits"),
            met.label("met"),
            func.count(col(Household.id).distinct()).label("households"),
        )
        .join(Visit, col(Visit.household_id) == col(Household.id))
        .where(col(Visit.visited_on) >= day - timedelta(days=7), col(Visit.visited_on) < day)
        .group_by(col(Household.grid_id))
    )
    rows = (await session.execute(_by_head(grids, day, "visits", "met", "households"))).all()
    return {row[0]: (int(row[1]), int(row[2]), int(row[3])) for row in rows}


async def _open_by_head(session: AsyncSession, day: date) -> dict[int, tuple[int, int]]:
    overdue = func.sum(case((col(Household.next_due_on) < day, 1), else_=0))
    grids: Select[*tuple[Any, ...]] = (
        select(col(Household.grid_id).label("grid_id"), func.count().label("due"), overdue.label("overdue"))
        .where(on_register(), col(Household.next_due_on) <= day)
        .group_by(col(Household.grid_id))
    )
    rows = (await session.execute(_by_head(grids, day, "due", "overdue"))).all()
    return {row[0]: (int(row[1]), int(row[2])) for row in rows}
