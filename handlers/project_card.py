"""The card of a project: what is done by whom and by when, how far it is, how satisfied people are, and her buttons."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import select
from sqlmodel import col

from domain.refusals import RefusedError
from domain.usecases.council_files import count_project_files
from domain.usecases.council_projects import ProjectSight, project_for
from domain.usecases.project_lists import project_history
from domain.usecases.project_progress import steps_of
from domain.usecases.satisfaction import may_rate, satisfaction_of
from handlers.flow import Rows
from handlers.turn import Turn, pressed_number
from models.member import Member
from models.project import ProjectEvent, ProjectState, ProjectStep

SHOWN = 3  # entries on the card; all of them have pages of their own
WORDS = 120  # of each
_TOLD = (ProjectEvent.PROGRESS, ProjectEvent.DELAYED, ProjectEvent.HANDED, ProjectEvent.STOPPED)


@dataclass(frozen=True, slots=True)
class ProjectCard:
    """A project as whoever may open its item sees it, and its owner.

    `until` is the last day of the asking, None when nobody is asked (any more); `average` and `share` are known from
    five answers on, once it is over.
    """

    code: str
    title: str
    state: ProjectState
    what: str
    owner: str
    yours: bool
    started_on: date
    due_on: date
    days_over: int
    delays: int
    ended_on: date | None
    steps: tuple[tuple[bool, str], ...]
    result: str
    news: tuple[tuple[date, ProjectEvent, str], ...]
    files: int
    asked: int
    until: date | None
    answered: int
    average: float | None
    share: int | None


async def show_project(turn: Turn, args: Sequence[str]) -> None:
    """The press `proj:show:<project>`. Raises RefusedError(NOT_YOURS)."""
    await put_card(turn, pressed_number(args) or 0)


async def put_card(turn: Turn, project_id: int) -> None:
    """The card as it is now. Raises RefusedError(NOT_YOURS)."""
    scene = turn.scene
    sight = await project_for(scene.session, scene.actor, project_id, today=scene.today)
    steps = await steps_of(scene.session, project_id)
    files = await count_project_files(scene.session, project_id)
    turn.show(await _card(turn, sight, steps, files), await _buttons(turn, sight, files))


async def _card(turn: Turn, sight: ProjectSight, steps: Sequence[ProjectStep], files: int) -> ProjectCard:
    scene, project = turn.scene, sight.project
    asking = await satisfaction_of(scene.session, project.id)
    open_until = scene.policy.today(asking.until) if asking and not asking.over else None
    owner = (
        await scene.session.execute(select(col(Member.name)).where(col(Member.id) == project.owner_id))
    ).scalar_one()
    over = (scene.today - project.due_on).days if project.state is ProjectState.ONGOING else 0
    return ProjectCard(
        code=sight.item.code,
        title=sight.item.title,
        state=project.state,
        what=project.what,
        owner=owner,
        yours=sight.owns,
        started_on=project.started_on,
        due_on=project.due_on,
        days_over=max(over, 0),
        delays=project.delays,
        ended_on=project.ended_on,
        steps=tuple((step.done_on is not None, step.what) for step in steps),
        result=project.result or "",
        news=await _news(turn, project.id),
        files=files,
        asked=asking.asked if asking else 0,
        until=open_until,
        answered=asking.answered if asking else 0,
        average=asking.average if asking else None,
        share=asking.share if asking else None,
    )


async def _news(turn: Turn, project_id: int) -> tuple[tuple[date, ProjectEvent, str], ...]:
    """The last things that were written of it, the newest first."""
    entries, _ = await project_history(turn.scene.session, project_id, kinds=_TOLD, offset=0, limit=SHOWN)
    return tuple((turn.scene.policy.today(one.at), one.kind, _cut(one.body or "")) for one in entries)


def _cut(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= WORDS else line[: WORDS - 1] + "…"


async def _buttons(turn: Turn, sight: ProjectSight, files: int) -> Rows:
    """What she may do with it now: what comes next by itself, the rest in twos."""
    number = sight.project.id
    pairs = [*_work(sight), *(await _rating(turn, number))]
    rest = [("project_line", f"proj:line:{number}:0")]
    if files:
        rest.append(("project_photos", f"proj:files:{number}"))
    if sight.standing is not None:
        rest.append(("open_item", f"item:show:{sight.item.id}"))
    return turn.rows([*pairs, *(rest[place : place + 2] for place in range(0, len(rest), 2))])


def _work(sight: ProjectSight) -> Iterable[list[tuple[str, str]]]:
    number = sight.project.id
    if not sight.works or sight.project.state is not ProjectState.ONGOING:
        return
    yield [("note_progress", f"proj:progress:{number}"), ("finish_project", f"proj:finish:{number}")]
    row = [("delay_project", f"proj:delay:{number}")]
    if sight.leads:
        row.append(("hand_project", f"proj:hand:{number}"))
    yield row
    if sight.leads:
        yield [("stop_project", f"proj:stop:{number}")]


async def _rating(turn: Turn, number: int) -> Iterable[list[tuple[str, str]]]:
    try:
        await may_rate(turn.scene.session, turn.actor, number, now=turn.scene.now)
    except RefusedError:
        return []
    return [[("rate_project", f"proj:rating:{number}")]]
