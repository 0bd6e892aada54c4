"""A passed item gets a project (执委领办, R D): an owner, a day and steps (spec 5)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy.ext.asyncio import AsyncSession

from domain.access import Actor
from domain.council_access import ItemSight, hold_item, led_item
from domain.refusals import Reason, RefusedError
from domain.rules.policy import Policy
from domain.usecases.council_projects import project_of_item
from domain.usecases.project_history import Happening, note_and_tell
from domain.usecases.project_owners import check_owner
from models.agenda import ItemState
from models.project import CouncilProject, ProjectEvent, ProjectStep

MOST_STEPS = 12
STEP_LIMIT = 80  # in UTF-16 units, like every limit of a text
FURTHEST_DAYS = 366


@dataclass(frozen=True, slots=True)
class ProjectPlan:
    """What a project begins with."""

    owner_id: int
    due_on: date
    what: str
    steps: Sequence[str] = ()


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


def check_day(due_on: date, today: date) -> None:
    """Whether a project may be due on that day. Raises RefusedError: DAY_IN_PAST, DAY_TOO_FAR."""
    if due_on < today:
        raise RefusedError(Reason.DAY_IN_PAST)
    latest = today + timedelta(days=FURTHEST_DAYS)
    if due_on > latest:
        raise RefusedError(Reason.DAY_TOO_FAR, latest=latest)
