"""Pictures and voice messages of items, meetings and projects: taken down, and opened for whoever may see them."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from domain.usecases.kept_files import Shelf
from domain.usecases.lead_files import KeptFile, LeadFiles
from domain.usecases.register_words import word_of_register
from models.agenda import AgendaItem, CouncilFile
from models.area import Area
from models.council import Council
from models.keyring import keyring
from models.lead import FileKind, FileState
from models.meeting import CouncilMeeting
from models.project import CouncilProject

# What was sent: its kind, the messenger's id of it, and what stands below it.
Sent = tuple[FileKind, str, str]


async def add_item_files(
    session: AsyncSession, item: AgendaItem, files: Sequence[Sent], *, sent_by_id: int, now: datetime
) -> None:
    """Take down what was sent with an item; our own copies are fetched afterwards."""
    await _add(session, item.council_id, [_file(one, sent_by_id, now, item_id=item.id) for one in files])


async def add_meeting_files(
    session: AsyncSession, meeting: CouncilMeeting, files: Sequence[Sent], *, sent_by_id: int, now: datetime
) -> None:
    """Take down what was sent with a meeting; our own copies are fetched afterwards."""
    await _add(session, meeting.council_id, [_file(one, sent_by_id, now, meeting_id=meeting.id) for one in files])


async def add_project_files(
    session: AsyncSession, project: CouncilProject, files: Sequence[Sent], *, sent_by_id: int, now: datetime
) -> None:
    """Take down what was sent with a project; our own copies are fetched afterwards."""
    item = await session.get_one(AgendaItem, project.item_id)
    await _add(session, item.council_id, [_file(one, sent_by_id, now, project_id=project.id) for one in files])


async def item_files(session: AsyncSession, item: AgendaItem) -> LeadFiles:
    """What was sent with an item, opened. The caller has made sure that she may see it."""
    return await _opened(session, item.code, col(CouncilFile.item_id) == item.id)


async def meeting_files(session: AsyncSession, meeting: CouncilMeeting) -> LeadFiles:
    """What was sent with a meeting, opened. The caller has made sure that she may see it."""
    return await _opened(session, meeting.code, col(CouncilFile.meeting_id) == meeting.id)


async def project_files(session: AsyncSession, project: CouncilProject, item: AgendaItem) -> LeadFiles:
    """What was sent with a project, opened. The caller has made sure that she may see it."""
    return await _opened(session, item.code, col(CouncilFile.project_id) == project.id)


async def count_project_files(session: AsyncSession, project_id: int) -> int:
    """How many things were sent with a project."""
    query = select(func.count()).select_from(CouncilFile).where(col(CouncilFile.project_id) == project_id)
    return (await session.execute(query)).scalar_one()


async def _add(session: AsyncSession, council_id: int, files: Sequence[CouncilFile]) -> None:
    """What stands below a picture goes where the picture goes: with a name, a door or a number in it, it stays in the
    chat of whoever sent it (5).
    """
    council = await session.get_one(Council, council_id)
    area = await session.get_one(Area, council.area_id)
    for file in files:
        if file.caption and await word_of_register(session, area.path, file.caption):
            file.caption = None
    session.add_all(files)
    await session.flush()


def _file(
    sent: Sent,
    sent_by_id: int,
    now: datetime,
    *,
    item_id: int | None = None,
    meeting_id: int | None = None,
    project_id: int | None = None,
) -> CouncilFile:
    kind, file_id, caption = sent
    return CouncilFile(
        item_id=item_id,
        meeting_id=meeting_id,
        project_id=project_id,
        kind=kind,
        file_id=file_id,
        caption=caption or None,
        sent_by_id=sent_by_id,
        sent_at=now,
    )


async def _opened(session: AsyncSession, code: str, which: ColumnElement[bool]) -> LeadFiles:
    files = (await session.execute(select(CouncilFile).where(which).order_by(col(CouncilFile.id)))).scalars().all()
    kept = [
        KeptFile(one.kind, one.caption or "", keyring().open(one.content, Shelf.COUNCIL.content))
        for one in files
        if one.content is not None
    ]
    waiting = sum(one.state is FileState.WAITING for one in files)
    return LeadFiles(code, kept, waiting, len(files) - len(kept) - waiting)
