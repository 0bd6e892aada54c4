"""The first step of every conversation about one project: which one; mostly it is known from its card."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select
from sqlmodel import col

from domain.refusals import Reason, RefusedError
from domain.rules.search_text import normalise_query
from domain.usecases.council_projects import ProjectSight, led_project, project_for, worked_project
from domain.usecases.project_lists import projects_at_work
from domain.usecases.project_owners import Candidate, found_by_name, possible_owners
from domain.usecases.project_progress import steps_of
from handlers.flow import Step
from handlers.questions import Answers, Facts, Found, Pick
from handlers.scene import Scene
from handlers.shortened import short_name
from messages.render import label
from models.agenda import AgendaItem
from models.council import Council


@dataclass(frozen=True, slots=True)
class AskProject:
    """Which project is it about?"""


@dataclass(frozen=True, slots=True)
class ProjectPick:
    """Picks a project; `load` authorises her for what the conversation does."""

    load: Callable[..., Awaitable[ProjectSight]]

    @property
    def step(self) -> Step:
        """The step itself; another project is another conversation, so it is not offered for change."""
        return Step("project", lambda _a, _f: AskProject(), Pick(_search, self._resolve), editable=False)

    async def refresh(self, scene: Scene, answers: Answers) -> Facts:
        """What the conversation knows of the project, as it is now. Raises RefusedError."""
        return await self._resolve(scene, answers["project"], answers, {})

    async def in_reach(self, scene: Scene, answers: Answers) -> bool:
        """Whether the project is still hers to see."""
        if "project" not in answers:
            return True
        try:
            await project_for(scene.session, scene.actor, answers["project"], today=scene.today)
        except RefusedError:
            return False
        return True

    async def _resolve(self, scene: Scene, value: int, _answers: Answers, _facts: Facts) -> dict[str, Any]:
        sight = await self.load(scene.session, scene.actor, value, today=scene.today)
        steps = await steps_of(scene.session, value)
        return {
            "code": sight.item.code,
            "title": sight.item.title,
            "area_path": sight.area.path,
            "due": sight.project.due_on.isoformat(),
            "rev": sight.project.rev,
            "open_steps": [[str(step.position), step.what] for step in steps if step.done_on is None],
        }


WORKED = ProjectPick(worked_project)
LED = ProjectPick(led_project)


async def _search(scene: Scene, _answers: Answers, _facts: Facts, query: str, offset: int, limit: int) -> Found:
    wanted = normalise_query(query)
    rows = [
        (row.id, f"{row.code} {short_name(row.title)}")
        for row in await projects_at_work(scene.session, scene.actor)
        if wanted in normalise_query(row.code) or wanted in normalise_query(row.title)
    ]
    return Found(rows[offset : offset + limit], len(rows))


async def owners_found(scene: Scene, item_id: int, query: str, besides: int = 0) -> list[tuple[int, str]]:
    """Who can have the project of an item, by name and post; not `besides`, who has it."""
    people = await _candidates(scene, item_id)
    return [(one.member.id, owner_line(scene, one)) for one in found_by_name(query, people) if one.member.id != besides]


async def owner_named(scene: Scene, item_id: int, member_id: int) -> str:
    """Name and post of one of them. Raises RefusedError(CANNOT_OWN)."""
    for one in await _candidates(scene, item_id):
        if one.member.id == member_id:
            return owner_line(scene, one)
    raise RefusedError(Reason.CANNOT_OWN)


def owner_line(scene: Scene, one: Candidate) -> str:
    """Somebody by name and post."""
    return f"{short_name(one.member.name)} · {label(one.role, scene.actor.locale)}"


async def item_and_owner(scene: Scene, project_id: int) -> tuple[int, int]:
    """The item that a project carries out, and who has it. Raises RefusedError(NOT_YOURS)."""
    sight = await project_for(scene.session, scene.actor, project_id, today=scene.today)
    return sight.item.id, sight.project.owner_id


async def _candidates(scene: Scene, item_id: int) -> list[Candidate]:
    query = (
        select(Council)
        .join(AgendaItem, col(AgendaItem.council_id) == col(Council.id))
        .where(col(AgendaItem.id) == item_id)
    )
    council = (await scene.session.execute(query)).scalar_one()
    return await possible_owners(scene.session, council, item_id, scene.today)
