"""The lists of projects: a council's, one's own, those one works on; and what waits for a project (spec 5)."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import ColumnElement, Select, and_, case, func, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from domain.access import Actor
from domain.council_access import councils_of
from models.agenda import AgendaItem, ItemState
from models.member import Member
from models.project import CouncilProject, ProjectEntry, ProjectEvent, ProjectState


@dataclass(frozen=True, slots=True)
class ListedProject:
    """A project on a list."""

    id: int
    code: str
    title: str
    owner: str
    state: ProjectState
    due_on: date


async def council_projects(
    session: AsyncSession, council_id: int, *, offset: int, limit: int
) -> tuple[list[ListedProject], int]:
    """A page of a council's projects and how many there are: what is due first, then what is over."""
    return await _page(session, col(CouncilProject.council_id) == council_id, offset, limit)


async def own_projects(
    session: AsyncSession, member_id: int, *, offset: int, limit: int
) -> tuple[list[ListedProject], int]:
    """A page of the projects that somebody carries out, and how many there are."""
    return await _page(session, col(CouncilProject.owner_id) == member_id, offset, limit)


async def projects_at_work(session: AsyncSession, actor: Actor) -> list[ListedProject]:
    """What goes on and `actor` writes down: what she carries out, and all of the councils that she leads."""
    led = await _led(session, actor)
    hers = (col(CouncilProject.owner_id) == actor.member_id) | col(CouncilProject.council_id).in_(led)
    going = col(CouncilProject.state) == ProjectState.ONGOING
    return [_listed(*row) for row in (await session.execute(_query(hers & going))).all()]


async def items_without_project(session: AsyncSession, actor: Actor) -> Sequence[AgendaItem]:
    """The passed items of the councils that `actor` leads for which nobody has been named yet."""
    has_one = select(col(CouncilProject.item_id)).where(col(CouncilProject.item_id) == col(AgendaItem.id))
    query = (
        select(AgendaItem)
        .where(col(AgendaItem.council_id).in_(await _led(session, actor)), col(AgendaItem.state) == ItemState.PASSED)
        .where(~has_one.exists())
        .order_by(col(AgendaItem.changed_at), col(AgendaItem.id))
    )
    return (await session.execute(query)).scalars().all()


async def project_history(
    session: AsyncSession, project_id: int, *, kinds: Collection[ProjectEvent], offset: int, limit: int
) -> tuple[list[ProjectEntry], int]:
    """A page of a project's entries of `kinds`, the newest first, and how many there are."""
    which = and_(col(ProjectEntry.project_id) == project_id, col(ProjectEntry.kind).in_(kinds))
    total = (await session.execute(select(func.count()).select_from(ProjectEntry).where(which))).scalar_one()
    query = select(ProjectEntry).where(which).order_by(col(ProjectEntry.id).desc()).offset(offset).limit(limit)
    return list((await session.execute(query)).scalars()), total


async def _led(session: AsyncSession, actor: Actor) -> list[int]:
    return [sight.council.id for sight in await councils_of(session, actor) if sight.leads]


async def _page(
    session: AsyncSession, which: ColumnElement[bool], offset: int, limit: int
) -> tuple[list[ListedProject], int]:
    total = (await session.execute(select(func.count()).select_from(CouncilProject).where(which))).scalar_one()
    rows = (await session.execute(_query(which).offset(offset).limit(limit))).all()
    return [_listed(*row) for row in rows], total


def _query(which: ColumnElement[bool]) -> Select[int, AgendaItem, str, ProjectState, date]:
    over = case((col(CouncilProject.state) == ProjectState.ONGOING, 0), else_=1)
    return (
        select(
            col(CouncilProject.id),
            AgendaItem,
            col(Member.name),
            col(CouncilProject.state),
            col(CouncilProject.due_on),
        )
        .join(AgendaItem, col(AgendaItem.id) == col(CouncilProject.item_id))
        .join(Member, col(Member.id) == col(CouncilProject.owner_id))
        .where(which)
        .order_by(over, col(CouncilProject.due_on), col(CouncilProject.id))
    )


def _listed(number: int, item: AgendaItem, owner: str, state: ProjectState, due_on: date) -> ListedProject:
    return ListedProject(number, item.code, item.title, owner, state, due_on)
