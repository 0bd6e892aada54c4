"""The files of a lead or a dispute, shown to whoever may read it: each vanishes like the rest of it."""

from collections.abc import Sequence
from dataclasses import dataclass

from domain.channel import Upload, UploadKind
from domain.usecases.dispute_reading import read_dispute_files
from domain.usecases.lead_files import LeadFiles, read_files
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
    _show(turn, await read_files(scene.session, actor=scene.actor, lead_id=pressed_number(args) or 0, now=scene.now))


async def show_dispute_files(turn: Turn, args: Sequence[str]) -> None:
    """The press `disp:files:<dispute>`. Raises RefusedError(NOT_YOURS)."""
    scene, number = turn.scene, pressed_number(args) or 0
    files = await read_dispute_files(
        scene.session, actor=scene.actor, dispute_id=number, now=scene.now, policy=scene.policy
    )
    _show(turn, files)


def _show(turn: Turn, files: LeadFiles) -> None:
    """How many there are, and then one after the other."""
    total = len(files.kept)
    turn.show_secret(FilesOfLead(files.code, total, files.waiting, files.not_kept))
    for number, file in enumerate(files.kept, 1):
        caption = FileOfLead(files.code, number, total, file.caption[:CAPTION])
        turn.show_secret(caption, upload=Upload(UploadKind(file.kind.value), file.content))
