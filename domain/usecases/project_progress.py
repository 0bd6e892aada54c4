"""How a project goes on: what was done, another day, another owner, its result or its end (spec 5)."""

from collections.abc import Collection, Sequence
from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from domain.access import Actor
from domain.refusals import Reason, RefusedError
from domain.rules.policy import Policy
from domain.usecases.council_files import Sent, add_project_files
from domain.usecases.council_projects import ProjectSight, change_project, check_seen, led_project, worked_project
from domain.usecases.project_history import Happening, note_and_tell, note_project
from domain.usecases.project_owners import check_owner
from domain.usecases.project_starting import check_day
from domain.usecases.satisfaction import ask_satisfaction
from models.project import CouncilProject, ProjectEntry, ProjectEvent, ProjectState, ProjectStep


async def note_progress(
    session: AsyncSession, *, actor: Actor, project_id: int, body: str, done: Collection[int] = (),
    files: Sequence[Sent] = (), conversation_id: str, now: datetime, policy: Policy,
) -> ProjectEntry:  # fmt: skip
    """Its owner or the chair writes down what was done, with photos, and ticks the steps at the positions `done`.

    Raises RefusedError: NOT_YOURS, OWNER_ONLY, PROJECT_OVER.
    """
    today = policy.today(now)
    sight = await worked_project(session, actor, project_id, today=today)
    project = sight.project
    # Two may write at the same time: both notes stand. Only what a form decides on goes by the revision it has seen.
    await change_project(session, project, project.rev)
    await add_project_files(session, project, files, sent_by_id=actor.member_id, now=now)
    ticked = [step for step in await steps_of(session, project.id) if step.position in done and step.done_on is None]
    for step in ticked:
        step.done_on = today
        happening = Happening(ProjectEvent.STEP_DONE, detail={"step": step.position})
        await note_project(session, project, happening, by_id=actor.member_id, now=now)
    detail = {"files": len(files), "steps": [step.position for step in ticked]}
    happening = Happening(ProjectEvent.PROGRESS, body, detail, conversation_id)
    return await note_and_tell(session, project, sight.item, happening, actor=actor, now=now, policy=policy)


async def delay_project(
    session: AsyncSession, *, actor: Actor, project_id: int, seen: int, due_on: date, reason: str,
    conversation_id: str, now: datetime, policy: Policy,
) -> ProjectEntry:  # fmt: skip
    """It takes longer: its owner or the chair names a later day and why.

    Raises RefusedError: NOT_YOURS, OWNER_ONLY, PROJECT_OVER, DAY_IN_PAST, DAY_TOO_FAR, NOT_LATER, CHANGED_MEANWHILE.
    """
    sight = await worked_project(session, actor, project_id, today=policy.today(now))
    project, before = sight.project, sight.project.due_on
    check_seen(project, seen)  # first: by another's new day this one may not be later any more
    check_day(due_on, policy.today(now))
    if due_on <= before:
        raise RefusedError(Reason.NOT_LATER)
    await change_project(session, project, seen, due_on=due_on, delays=project.delays + 1)
    detail = {"from": before.isoformat(), "to": due_on.isoformat()}
    happening = Happening(ProjectEvent.DELAYED, reason, detail, conversation_id)
    return await note_and_tell(session, project, sight.item, happening, actor=actor, now=now, policy=policy)


async def hand_project_over(
    session: AsyncSession, *, actor: Actor, project_id: int, seen: int, to_id: int, reason: str,
    conversation_id: str, now: datetime, policy: Policy,
) -> ProjectEntry:  # fmt: skip
    """The chair gives it to another owner, with a reason; both owners hear of it, and the one before loses access.

    Raises RefusedError: NOT_YOURS, CHAIR_ONLY, PROJECT_OVER, CANNOT_OWN, CHANGED_MEANWHILE.
    """
    today = policy.today(now)
    sight = await led_project(session, actor, project_id, today=today)
    project, before = sight.project, sight.project.owner_id
    if to_id == before:
        raise RefusedError(Reason.CANNOT_OWN)
    await check_owner(session, sight.item, sight.council, to_id, today)
    await change_project(session, project, seen, owner_id=to_id)
    happening = Happening(ProjectEvent.HANDED, reason, {"from": before, "to": to_id}, conversation_id)
    return await note_and_tell(
        session, project, sight.item, happening, actor=actor, now=now, policy=policy, owner_before=before
    )


async def finish_project(
    session: AsyncSession, *, actor: Actor, project_id: int, seen: int, result: str, files: Sequence[Sent] = (),
    conversation_id: str, now: datetime, policy: Policy,
) -> CouncilProject:  # fmt: skip
    """It is done: its owner or the chair says what came of it, and those concerned are asked how satisfied they are.

    Raises RefusedError: NOT_YOURS, OWNER_ONLY, PROJECT_OVER, CHANGED_MEANWHILE.
    """
    sight = await worked_project(session, actor, project_id, today=policy.today(now))
    await add_project_files(session, sight.project, files, sent_by_id=actor.member_id, now=now)
    happening = Happening(ProjectEvent.DONE, result, {"files": len(files)}, conversation_id)
    await _end(session, sight, happening, seen, ProjectState.DONE, actor=actor, now=now, policy=policy)
    await ask_satisfaction(session, sight.project, sight.item, now=now, policy=policy)
    return sight.project


async def stop_project(
    session: AsyncSession, *, actor: Actor, project_id: int, seen: int, reason: str, conversation_id: str,
    now: datetime, policy: Policy,
) -> CouncilProject:  # fmt: skip
    """The chair ends it without a result, with a reason.

    Raises RefusedError: NOT_YOURS, CHAIR_ONLY, PROJECT_OVER, CHANGED_MEANWHILE.
    """
    sight = await led_project(session, actor, project_id, today=policy.today(now))
    happening = Happening(ProjectEvent.STOPPED, reason, None, conversation_id)
    await _end(session, sight, happening, seen, ProjectState.STOPPED, actor=actor, now=now, policy=policy)
    return sight.project


async def steps_of(session: AsyncSession, project_id: int) -> list[ProjectStep]:
    """Its steps, in their order."""
    query = select(ProjectStep).where(col(ProjectStep.project_id) == project_id).order_by(col(ProjectStep.position))
    return list((await session.execute(query)).scalars())


async def _end(
    session: AsyncSession, sight: ProjectSight, happening: Happening, seen: int, state: ProjectState, *, actor: Actor,
    now: datetime, policy: Policy,
) -> None:  # fmt: skip
    result = happening.body if state is ProjectState.DONE else None
    await change_project(session, sight.project, seen, state=state, ended_on=policy.today(now), result=result)
    await note_and_tell(session, sight.project, sight.item, happening, actor=actor, now=now, policy=policy)
