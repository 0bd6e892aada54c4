"""The pictures and voice messages of a lead, shown to whoever may read it: each vanishes like the rest of it."""

from collections.abc import Sequence
from dataclasses import dataclass

from domain.channel import Upload, UploadKind
from domain.usecases.lead_files import read_files
from handlers.turn import Turn, pressed_number

# Telegram's limit for what stands below a file is 1024, with ours around it.
CAPTION = 800


@dataclass(frozen=True, slots=True)
class FilesOfLead:
    """How many files there are, before they come one by one."""

    code: str
    kept: int
    waiting: int
    not_kept: int


@dataclass(frozen=True, slots=True)
class FileOfLead:
    """What stands below one of them."""

    code: str
    number: int
    total: int
    caption: str


async def show_files(turn: Turn, args: Sequence[str]) -> None:
    """The press `lead:files:<lead>`. Raises RefusedError(NOT_YOURS)."""
    scene = turn.scene
    files = await read_files(scene.session, actor=scene.actor, lead_id=pressed_number(args) or 0, now=scene.now)
    total = len(files.kept)
    turn.show_secret(FilesOfLead(files.code, total, files.waiting, files.not_kept))
    for number, file in enumerate(files.kept, 1):
        caption = FileOfLead(files.code, number, total, file.caption[:CAPTION])
        turn.show_secret(caption, upload=Upload(UploadKind(file.kind.value), file.content))
