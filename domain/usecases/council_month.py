"""一月一议 (W): on the 20th the chair of a council that has dealt with nothing this month hears of it, once."""

from collections.abc import Iterable
from datetime import date, datetime

from sqlalchemy import and_, exists, or_, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from domain.council_notices import MonthUnused
from domain.notices import Notice
from domain.rules.policy import Policy
from domain.usecases.council_now import handled_in, month_of
from domain.usecases.outbox import insert_ignoring, tell_each
from models.area import Area
from models.council import Council
from models.meeting import CouncilMeeting, MeetingState
from models.member import Appointment, Role, in_force
from models.sweep_run import SweepRun

REMINDED_ON = 20  # of the month (W); a morning that the machine was off is made up for until the month ends


async def plan_council_month(session: AsyncSession, day: date, now: datetime, policy: Policy) -> int:
    """The reminders of the month of `day`; 0 before the 20th, and when they have been written already.

    A chair who was appointed after the 20th, and a council founded since, hear of the next month.
    """
    if day.day < REMINDED_ON:
        return 0
    period = f"{day:%Y-%m}"
    first = insert_ignoring(session, SweepRun).values(rule="council-month", period=period, swept_at=now)
    if (await session.execute(first)).rowcount != 1:  # type: ignore[attr-defined]
        return 0
    told = 0
    for number, notices in enumerate(_one_each(await _unused(session, day, policy))):
        # Whoever chairs two councils hears of both.
        await tell_each(session, notices, f"council-month:{period}:{number}", now=now, policy=policy)
        told += len(notices)
    return told


async def _unused(session: AsyncSession, day: date, policy: Policy) -> list[tuple[int, MonthUnused]]:
    """The chairs, each with what she is told. A council that its chair never opened here has dealt with nothing."""
    twentieth = day.replace(day=REMINDED_ON)
    since, until = month_of(day, policy)
    planned = exists(
        select(col(CouncilMeeting.id)).where(
            col(CouncilMeeting.council_id) == col(Council.id),
            col(CouncilMeeting.state) == MeetingState.PLANNED,
            col(CouncilMeeting.planned_at) >= since,
            col(CouncilMeeting.planned_at) < until,
        )
    )
    query = (
        select(col(Appointment.member_id), col(Area.code), planned)
        .join(Area, col(Area.id) == col(Appointment.area_id))
        .outerjoin(Council, col(Council.area_id) == col(Area.id))
        .where(
            col(Appointment.role) == Role.COUNCIL_CHAIR,
            in_force(day),
            col(Appointment.starts_on) <= twentieth,
            or_(
                col(Council.id).is_(None),
                and_(
                    col(Council.founded_at) < policy.at(twentieth, policy.digest_at),
                    ~handled_in(col(Council.id), day, policy),
                ),
            ),
        )
        .order_by(col(Area.code), col(Appointment.id))
    )
    return [(member, MonthUnused(code, meets)) for member, code, meets in await session.execute(query)]


def _one_each(found: Iterable[tuple[int, MonthUnused]]) -> list[dict[int, Notice]]:
    layers: list[dict[int, Notice]] = []
    for member, notice in found:
        if any(layer.get(member) == notice for layer in layers):
            continue
        free = next((layer for layer in layers if member not in layer), None)
        if free is None:
            free = {}
            layers.append(free)
        free[member] = notice
    return layers
