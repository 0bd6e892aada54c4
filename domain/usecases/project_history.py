"""The history of a project: entries are only ever added, and its people and the item's hear of each (spec 5)."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from domain.access import Actor
from domain.council_notices import ProjectNews
from domain.rules.policy import Policy
from domain.usecases.item_history import note_item, proposers_of, tell_of_item
from domain.usecases.outbox import tell_each
from domain.usecases.project_owners import chairs_or_heads
from models.agenda import AgendaItem, ItemEvent
from models.council import Council
from models.project import CouncilProject, ProjectEntry, ProjectEvent

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
class Happening:
    """What an entry says: known words and numbers in `detail`, what somebody wrote in `body`."""

    kind: ProjectEvent
    body: str | None = None
    detail: dict[str, Any] | None = None
    conversation_id: str | None = None


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
