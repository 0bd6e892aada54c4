"""The project of a passed item (领办项目): who may see it, who may have it, how it begins and changes (spec 5)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import or_, select, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from domain.access import Actor
from domain.council_access import ItemSight, Standing, hold_item, item_for, led_item
from domain.council_notices import ProjectNews
from domain.refusals import Reason, RefusedError
from domain.rules.policy import Policy
from domain.usecases.item_history import note_item, tell_of_item
from domain.usecases.outbox import tell_each
from domain.usecases.project_owners import chairs_or_heads, may_own, possible_owners
from models.agenda import AgendaItem, ItemEvent, ItemState
from models.area import Area
from models.council import Council
from models.project import CouncilProject, ProjectEntry, ProjectEvent, ProjectState, ProjectStep

MOST_STEPS = 12
STEP_LIMIT = 80  # in UTF-16 units, like every limit of a text
FURTHEST_DAYS = 366
# How the item's own history, which its proposers follow, tells of what happened to its project.
IN_ITEM = {
    ProjectEvent.STARTED: ItemEvent.PROJECT,
    ProjectEvent.PROGRESS: ItemEvent.PROGRESS,
    ProjectEvent.DELAYED: ItemEvent.DELAYED,
    ProjectEvent.HANDED: ItemEvent.HANDED,
    ProjectEvent.DONE: ItemEvent.DONE,
    ProjectEvent.STOPPED: ItemEvent.STOPPED,
    ProjectEvent.RATING_OVER: ItemEvent.RATED,
}


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


@dataclass(frozen=True, slots=True)
class ProjectPlan:
    """What a project begins with."""

    owner_id: int
    due_on: date
    what: str
    steps: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class Happening:
    """What an entry says: known words and numbers in `detail`, what somebody wrote in `body`."""

    kind: ProjectEvent
    body: str | None = None
    detail: dict[str, Any] | None = None
    conversation_id: str | None = None


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


async def item_to_carry_out(session: AsyncSession, actor: Actor, item_id: int) -> ItemSight:
    """A passed item that has no project yet, for its council's chair.

    Raises RefusedError: NOT_YOURS, CHAIR_ONLY, STEP_PASSED (it has not passed, or has a project already).
    """
    sight = await led_item(session, actor, item_id)
    if sight.item.state is not ItemState.PASSED or await project_of_item(session, item_id) is not None:
        raise RefusedError(Reason.STEP_PASSED)
    return sight


async def start_project(
    session: AsyncSession, *, actor: Actor, item_id: int, plan: ProjectPlan, conversation_id: str, now: datetime,
    policy: Policy,
) -> CouncilProject:  # fmt: skip
    """What was decided gets an owner, a day and steps (执委领办, R D); she and the proposers hear of it.

    Raises RefusedError: NOT_YOURS, CHAIR_ONLY, STEP_PASSED, CANNOT_OWN, DAY_IN_PAST, DAY_TOO_FAR.
    """
    today = policy.today(now)
    sight = await item_to_carry_out(session, actor, item_id)
    await hold_item(session, sight.item)
    await item_to_carry_out(session, actor, item_id)  # once more: two chairs may press at the same time
    await check_owner(session, sight.item, sight.council, plan.owner_id, today)
    check_day(plan.due_on, today)
    project = CouncilProject(
        conversation_id=conversation_id,
        item_id=item_id,
        council_id=sight.council.id,
        owner_id=plan.owner_id,
        what=plan.what,
        started_on=today,
        due_on=plan.due_on,
    )
    session.add(project)
    await session.flush()
    session.add_all(
        ProjectStep(project_id=project.id, position=position, what=what)
        for position, what in enumerate(plan.steps[:MOST_STEPS], 1)
    )
    detail = {"owner": plan.owner_id, "due": plan.due_on.isoformat(), "steps": len(plan.steps)}
    happening = Happening(ProjectEvent.STARTED, plan.what, detail)
    await note_and_tell(session, project, sight.item, happening, actor=actor, now=now, policy=policy)
    return project


async def note_and_tell(
    session: AsyncSession, project: CouncilProject, item: AgendaItem, happening: Happening, *, actor: Actor | None,
    now: datetime, policy: Policy, owner_before: int | None = None,
) -> ProjectEntry:  # fmt: skip
    """Write it into the project's history and into the item's; the proposers, the chair and the owner hear of it.

    Nobody hears of what she did herself. An owner who proposed the item hears of it as its proposer.
    """
    by_id = actor.member_id if actor else None
    entry = await note_project(session, project, happening, by_id=by_id, now=now)
    detail = {"project": project.id, **(happening.detail or {})}
    in_item = await note_item(session, item, IN_ITEM[happening.kind], at=now, by_id=by_id, detail=detail)
    chairs = await chairs_or_heads(session, await session.get_one(Council, project.council_id), policy.today(now))
    await tell_of_item(session, item, in_item, now=now, policy=policy, also=chairs)
    hers = happening.kind in (ProjectEvent.STARTED, ProjectEvent.HANDED)
    heard = {by_id} if hers else {by_id, *chairs, *await proposers_of(session, item.id)}
    news = {project.owner_id: False, owner_before: True} if owner_before else {project.owner_id: False}
    await tell_each(
        session,
        {
            member: ProjectNews(item.code, project.id, happening.kind, project.due_on, lost)
            for member, lost in news.items()
            if member is not None and member not in heard
        },
        f"project:{entry.id}",
        now=now,
        policy=policy,
    )
    return entry


async def note_project(
    session: AsyncSession, project: CouncilProject, happening: Happening, *, by_id: int | None, now: datetime
) -> ProjectEntry:
    """Add an entry to the project's history; no `by_id`: the program did it."""
    entry = ProjectEntry(
        project_id=project.id,
        kind=happening.kind,
        at=now,
        by_id=by_id,
        detail=happening.detail or {},
        body=happening.body,
        conversation_id=happening.conversation_id,
    )
    session.add(entry)
    await session.flush()
    return entry


async def check_owner(session: AsyncSession, item: AgendaItem, council: Council, owner_id: int, today: date) -> None:
    """Whether she can have the project. Raises RefusedError(CANNOT_OWN)."""
    if owner_id not in {one.member.id for one in await possible_owners(session, council, item.id, today)}:
        raise RefusedError(Reason.CANNOT_OWN)


def check_seen(project: CouncilProject, seen: int) -> None:
    """Whether nobody has changed the project since revision `seen`. Raises RefusedError(CHANGED_MEANWHILE)."""
    if project.rev != seen:
        raise RefusedError(Reason.CHANGED_MEANWHILE)


def check_day(due_on: date, today: date) -> None:
    """Whether a project may be due on that day. Raises RefusedError: DAY_IN_PAST, DAY_TOO_FAR."""
    if due_on < today:
        raise RefusedError(Reason.DAY_IN_PAST)
    latest = today + timedelta(days=FURTHEST_DAYS)
    if due_on > latest:
        raise RefusedError(Reason.DAY_TOO_FAR, latest=latest)


async def project_of_item(session: AsyncSession, item_id: int) -> CouncilProject | None:
    """The project of an item, if it has one."""
    query = select(CouncilProject).where(col(CouncilProject.item_id) == item_id)
    return (await session.execute(query)).scalar_one_or_none()


async def proposers_of(session: AsyncSession, item_id: int) -> set[int]:
    """Who proposed the item, or one that was merged into it."""
    query = select(col(AgendaItem.proposer_id)).where(
        or_(col(AgendaItem.id) == item_id, col(AgendaItem.merged_into_id) == item_id)
    )
    return set((await session.execute(query)).scalars())
