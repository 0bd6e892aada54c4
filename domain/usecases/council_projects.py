"""Projects of passed items (领办项目): who may see and work on which, and holding one while it is changed (spec 5)."""

from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from domain.access import Actor
from domain.council_access import Standing, hold_item, item_for
from domain.refusals import Reason, RefusedError
from domain.usecases.project_owners import may_own
from models.agenda import AgendaItem
from models.area import Area
from models.council import Council
from models.project import CouncilProject, ProjectState


@dataclass(frozen=True, slots=True)
class ProjectSight:
    """A project that somebody may open. `standing` is what she is to its item; None for an owner without a seat."""

    project: CouncilProject
    item: AgendaItem
    council: Council
    area: Area
    standing: Standing | None
    owns: bool

    @property
    def leads(self) -> bool:
        """Whether she is the council's chair."""
        return self.standing is Standing.CHAIR

    @property
    def works(self) -> bool:
        """Whether she writes down how it goes: its owner, and the chair."""
        return self.owns or self.leads


async def project_for(session: AsyncSession, actor: Actor, project_id: int, *, today: date) -> ProjectSight:
    """The project, when `actor` may open its item, or has it and may still have it.

    Raises RefusedError(NOT_YOURS) alike for one that is none of hers and one that does not exist.
    """
    query = (
        select(CouncilProject, AgendaItem, Council, Area)
        .join(AgendaItem, col(AgendaItem.id) == col(CouncilProject.item_id))
        .join(Council, col(Council.id) == col(CouncilProject.council_id))
        .join(Area, col(Area.id) == col(Council.area_id))
        .where(col(CouncilProject.id) == project_id)
    )
    row = (await session.execute(query)).one_or_none()
    if row is None:
        raise RefusedError(Reason.NOT_YOURS)
    project, item, council, area = row
    owns = project.owner_id == actor.member_id and await may_own(session, area, actor.member_id, today)
    standing: Standing | None = None
    try:
        standing = (await item_for(session, actor, item.id)).standing
    except RefusedError:
        if not owns:
            raise
    return ProjectSight(project, item, council, area, standing, owns)


async def worked_project(session: AsyncSession, actor: Actor, project_id: int, *, today: date) -> ProjectSight:
    """The project, going on, held until the transaction ends, for its owner or the chair.

    Raises RefusedError: NOT_YOURS, OWNER_ONLY, PROJECT_OVER.
    """
    sight = await project_for(session, actor, project_id, today=today)
    if not sight.works:
        raise RefusedError(Reason.OWNER_ONLY)
    await hold_project(session, sight)
    if sight.project.state is not ProjectState.ONGOING:
        raise RefusedError(Reason.PROJECT_OVER)
    return sight


async def led_project(session: AsyncSession, actor: Actor, project_id: int, *, today: date) -> ProjectSight:
    """Like `worked_project`, for the chair alone. Raises RefusedError: NOT_YOURS, CHAIR_ONLY, PROJECT_OVER."""
    sight = await project_for(session, actor, project_id, today=today)
    if not sight.leads:
        raise RefusedError(Reason.CHAIR_ONLY)
    return await worked_project(session, actor, project_id, today=today)


async def hold_project(session: AsyncSession, sight: ProjectSight) -> None:
    """Let others who change this project wait, and read it as it is now. The item is held first: see `hold_item`."""
    await hold_item(session, sight.item)
    await session.refresh(sight.project, with_for_update={"key_share": True})


async def change_project(session: AsyncSession, project: CouncilProject, seen: int, **values: Any) -> None:
    """Set `values` in the change that follows revision `seen`, and read the project as it is now.

    Raises RefusedError(CHANGED_MEANWHILE) when somebody else was quicker.
    """
    await session.flush()
    taken = await session.execute(
        update(CouncilProject)
        .where(col(CouncilProject.id) == project.id, col(CouncilProject.rev) == seen)
        .values(rev=seen + 1, **values)
        .execution_options(synchronize_session=False)
    )
    if taken.rowcount != 1:  # type: ignore[attr-defined]
        raise RefusedError(Reason.CHANGED_MEANWHILE)
    await session.refresh(project)


def check_seen(project: CouncilProject, seen: int) -> None:
    """Whether nobody has changed the project since revision `seen`. Raises RefusedError(CHANGED_MEANWHILE)."""
    if project.rev != seen:
        raise RefusedError(Reason.CHANGED_MEANWHILE)


async def project_of_item(session: AsyncSession, item_id: int) -> CouncilProject | None:
    """The project of an item, if it has one."""
    query = select(CouncilProject).where(col(CouncilProject.item_id) == item_id)
    return (await session.execute(query)).scalar_one_or_none()
