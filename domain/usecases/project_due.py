"""Reminders of projects: three days before the day, on the day, and every week after it (spec 5).

Looked for once a day, some councils at a time. Each is told once: by a row of `sweep_run` for the project and the
occasion.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import bindparam, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from domain.council_notices import ProjectDue, ProjectForsaken
from domain.rules.policy import Policy
from domain.usecases.one_by_one import one_by_one
from domain.usecases.outbox import insert_ignoring, tell
from domain.usecases.project_owners import able_owners, chairs_or_heads
from models.agenda import AgendaItem
from models.area import Area
from models.council import Council
from models.looking import Reader
from models.project import CouncilProject, ProjectState
from models.sweep_run import SweepRun

BEFORE = 3
WEEK = 7
_DAY, _DUE, _FORSAKEN = "project-day", "project-due", "project-forsaken"
_DONE_TODAY = select(col(SweepRun.rule)).where(col(SweepRun.rule) == _DAY, col(SweepRun.period) == bindparam("today"))
# The councils that have a project going on; none when today's reminding has been done.
TO_REMIND = (
    select(col(CouncilProject.council_id))
    .where(col(CouncilProject.state) == ProjectState.ONGOING, ~_DONE_TODAY.exists())
    .distinct()
    .order_by(col(CouncilProject.council_id))
)


@dataclass(frozen=True, slots=True)
class Going:
    """A project that goes on, as far as reminding needs it: none of its words are read."""

    id: int
    code: str
    owner_id: int
    started_on: date
    due_on: date


def occasion(due_on: date, today: date) -> date | None:
    """The day of the last reminder that is due by `today`: 3 days before, the day itself, or so many weeks after it.

    None while there is nothing to be reminded of.
    """
    late = (today - due_on).days
    if late < -BEFORE:
        return None
    return due_on - timedelta(days=BEFORE) if late < 0 else due_on + timedelta(days=late - late % WEEK)


def todays_run(now: datetime, policy: Policy) -> dict[str, str]:
    """What `TO_REMIND` needs."""
    return {"today": policy.today(now).isoformat()}


async def councils_to_remind(reader: Reader, *, now: datetime, policy: Policy) -> Sequence[int]:
    """The councils that have a project going on; none before the morning, or when today's reminding has been done."""
    if now < policy.at(policy.today(now), policy.digest_at):
        return ()
    return (await reader.execute(TO_REMIND, todays_run(now, policy))).scalars().all()


async def remind_of_projects(session: AsyncSession, councils: Sequence[int], *, now: datetime, policy: Policy) -> None:
    """Remind of every project of these councils whose occasion has come. What was missed is not caught up but by the
    latest occasion; where something goes wrong with one council, the others go on.

    The owner hears; from a week over the chair, too. Where the owner can have it no more, the chair is told to name
    another, every week until she does.
    """

    async def remind(council_id: int) -> bool:
        council = await session.get_one(Council, council_id)
        area = await session.get_one(Area, council.area_id)
        projects = await _ongoing(session, council)
        able = await able_owners(session, area, {project.owner_id for project in projects}, policy.today(now))
        for project in projects:
            act = _remind if project.owner_id in able else _ask_for_another
            await act(session, project, council, now=now, policy=policy)
        return True

    await one_by_one(session, councils, remind, what="projects_not_reminded_of", failed=set())


async def reminded_of_all(session: AsyncSession, *, now: datetime, policy: Policy) -> None:
    """Today's reminding is done: nobody looks again before tomorrow."""
    await _first_time(session, _DAY, policy.today(now).isoformat(), now)


async def _ongoing(session: AsyncSession, council: Council) -> list[Going]:
    query = (
        select(
            col(CouncilProject.id),
            col(AgendaItem.code),
            col(CouncilProject.owner_id),
            col(CouncilProject.started_on),
            col(CouncilProject.due_on),
        )
        .join(AgendaItem, col(AgendaItem.id) == col(CouncilProject.item_id))
        .where(col(CouncilProject.council_id) == council.id, col(CouncilProject.state) == ProjectState.ONGOING)
        .order_by(col(CouncilProject.due_on), col(CouncilProject.id))
    )
    return [Going(*row) for row in (await session.execute(query)).all()]


async def _remind(session: AsyncSession, project: Going, council: Council, *, now: datetime, policy: Policy) -> None:
    today = policy.today(now)
    come = occasion(project.due_on, today)
    # Whoever got it on that day has just been told.
    if come is None or come <= project.started_on:
        return
    if not await _first_time(session, _DUE, f"{project.id}:{come:%y%m%d}", now):
        return
    late = (today - project.due_on).days
    told = [project.owner_id]
    if late >= WEEK:
        told += await chairs_or_heads(session, council, today)
    notice = ProjectDue(project.code, project.id, project.due_on, max(-late, 0), max(late, 0))
    await tell(session, told, notice, f"project-due:{project.id}:{come}", now=now, policy=policy)


async def _ask_for_another(
    session: AsyncSession, project: Going, council: Council, *, now: datetime, policy: Policy
) -> None:
    today = policy.today(now)
    week = today - timedelta(days=(today - project.started_on).days % WEEK)
    # By the owner, too: the next one may be gone in the same week.
    rule = f"{_FORSAKEN}-{project.owner_id % 10_000}"
    if not await _first_time(session, rule, f"{project.id}:{week:%y%m%d}", now):
        return
    told = await chairs_or_heads(session, council, today)
    notice = ProjectForsaken(project.code, project.id, project.due_on)
    key = f"project-forsaken:{project.id}:{project.owner_id}:{week}"
    await tell(session, told, notice, key, now=now, policy=policy)


async def _first_time(session: AsyncSession, rule: str, period: str, now: datetime) -> bool:
    """Take note of an occasion; whether nobody has done so before."""
    noted = insert_ignoring(session, SweepRun).values(rule=rule, period=period, swept_at=now)
    return bool((await session.execute(noted)).rowcount)  # type: ignore[attr-defined]
