"""Lists of projects: a council's, and those that one carries out oneself."""

from collections.abc import Sequence
from dataclasses import dataclass

from domain.channel import Button
from domain.council_access import SEES_COUNCILS, council_for
from domain.usecases.project_lists import ListedProject, council_projects, own_projects
from handlers.flow import Rows
from handlers.shortened import short_name
from handlers.talking import NotForRole
from handlers.today import page_turn
from handlers.turn import Turn, pressed_number
from messages.render import label
from models.project import ProjectState

PAGE = 8


@dataclass(frozen=True, slots=True)
class CouncilProjects:
    """The projects of a council; each line opens its card."""

    council: str
    total: int
    page: int
    pages: int


@dataclass(frozen=True, slots=True)
class MyProjects:
    """The projects that she carries out."""

    total: int
    page: int
    pages: int


async def list_projects(turn: Turn, args: Sequence[str]) -> None:
    """The press `co:projects:<council>:<page>`. Raises RefusedError(NOT_YOURS)."""
    scene, number = turn.scene, pressed_number(args) or 0
    sight = await council_for(scene.session, scene.actor, number)
    page = pressed_number(args, 1) or 0
    rows, total = await council_projects(scene.session, number, offset=page * PAGE, limit=PAGE)
    pages = max(1, -(-total // PAGE))
    if page >= pages:
        await list_projects(turn, [str(number), str(pages - 1)])
        return
    buttons = (*_rows(turn, rows), *page_turn(turn, f"co:projects:{number}", page, pages))
    back = turn.rows([[("open_council", f"co:show:{number}")]])
    turn.show(CouncilProjects(sight.council.name, total, page + 1, pages), (*buttons, *back))


async def list_own_projects(turn: Turn, args: Sequence[str]) -> None:
    """The press `proj:mine:<page>`."""
    if not turn.actor.has_role(SEES_COUNCILS):
        turn.show(NotForRole())
        return
    session, page = turn.scene.session, pressed_number(args) or 0
    rows, total = await own_projects(session, turn.actor.member_id, offset=page * PAGE, limit=PAGE)
    pages = max(1, -(-total // PAGE))
    if page >= pages:
        await list_own_projects(turn, [str(pages - 1)])
        return
    buttons = (*_rows(turn, rows), *page_turn(turn, "proj:mine", page, pages))
    turn.show(MyProjects(total, page + 1, pages), buttons)


def _rows(turn: Turn, rows: Sequence[ListedProject]) -> Rows:
    return tuple((Button(_line(turn, row), f"proj:show:{row.id}"),) for row in rows)


def _line(turn: Turn, row: ListedProject) -> str:
    """A project on one line: how it stands, when it is due, its code and title."""
    late = (turn.scene.today - row.due_on).days
    if row.state is not ProjectState.ONGOING:
        mark = label(row.state, turn.locale)
    elif late > 0:
        mark = "⏰ " + label("overdue", turn.locale, "standing").format(days=late)
    else:
        mark = f"{row.due_on:%m-%d}"
    return f"{mark} · {row.code} {short_name(row.title)}"
