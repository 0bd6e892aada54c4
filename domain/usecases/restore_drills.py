"""When the embedded database's copy was last proved to be good for restoring."""

from datetime import date, datetime

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from domain.usecases.outbox import insert_ignoring
from models.sweep_run import SweepRun

RULE = "restore_drill"


async def note_drill(session: AsyncSession, *, day: date, now: datetime) -> None:
    """A drill has succeeded."""
    row = {"rule": RULE, "period": day.isoformat(), "swept_at": now}
    await session.execute(insert_ignoring(session, SweepRun).values(**row))


async def last_drill(session: AsyncSession) -> datetime | None:
    """When one last succeeded for the first time on its day."""
    query = select(func.max(col(SweepRun.swept_at))).where(col(SweepRun.rule) == RULE)
    return (await session.execute(query)).scalar_one()


async def drilled_on(session: AsyncSession, day: date) -> bool:
    """Whether one has succeeded on `day`."""
    return await session.get(SweepRun, (RULE, day.isoformat())) is not None
