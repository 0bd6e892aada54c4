"""A project's history page by page, and its photos."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from domain.channel import Upload, UploadKind
from domain.usecases.council_files import project_files
from domain.usecases.council_projects import project_for
from domain.usecases.project_lists import project_history
from handlers.lead_files import CAPTION
from handlers.today import page_turn
from handlers.turn import Turn, pressed_number
from models.project import ProjectEvent

PAGE = 5
TOLD = tuple(event for event in ProjectEvent if event is not ProjectEvent.STEP_DONE)  # told with its progress


@dataclass(frozen=True, slots=True)
class ProjectHistory:
    """What has happened to a project, the newest first; in whole words."""

    code: str
    title: str
    page: int
    pages: int
    entries: tuple[tuple[date, ProjectEvent, str], ...]


@dataclass(frozen=True, slots=True)
class ProjectPhotos:
    """How many photos there are, before they come one by one."""

    code: str
    kept: int
    waiting: int
    not_kept: int


@dataclass(frozen=True, slots=True)
class ProjectPhoto:
    """What stands below one of them."""

    code: str
    number: int
    total: int
    caption: str


async def show_history(turn: Turn, args: Sequence[str]) -> None:
    """The press `proj:line:<project>:<page>`. Raises RefusedError(NOT_YOURS)."""
    scene, number = turn.scene, pressed_number(args) or 0
    sight = await project_for(scene.session, scene.actor, number, today=scene.today)
    page = pressed_number(args, 1) or 0
    entries, total = await project_history(scene.session, number, kinds=TOLD, offset=page * PAGE, limit=PAGE)
    pages = max(1, -(-total // PAGE))
    if page >= pages:
        await show_history(turn, [str(number), str(pages - 1)])
        return
    lines = tuple((scene.policy.today(one.at), one.kind, one.body or "") for one in entries)
    view = ProjectHistory(sight.item.code, sight.item.title, page + 1, pages, lines)
    back = turn.rows([[("open_project", f"proj:show:{number}")]])
    turn.show(view, (*page_turn(turn, f"proj:line:{number}", page, pages), *back))


async def show_photos(turn: Turn, args: Sequence[str]) -> None:
    """The press `proj:files:<project>`: each leaves the chat after a while. Raises RefusedError(NOT_YOURS)."""
    scene = turn.scene
    sight = await project_for(scene.session, scene.actor, pressed_number(args) or 0, today=scene.today)
    files = await project_files(scene.session, sight.project, sight.item)
    total = len(files.kept)
    turn.show_secret(ProjectPhotos(files.code, total, files.waiting, files.not_kept))
    for number, file in enumerate(files.kept, 1):
        view = ProjectPhoto(files.code, number, total, file.caption[:CAPTION])
        turn.show_secret(view, upload=Upload(UploadKind(file.kind.value), file.content))
