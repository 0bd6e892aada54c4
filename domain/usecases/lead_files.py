"""The pictures and voice messages of a lead: kept encrypted, or told to be lost (spec 8)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from domain.access import Actor, read_lead
from domain.notices import FileNotKept
from domain.rules.policy import Policy
from domain.usecases.availability import not_tied
from domain.usecases.outbox import tell
from models.keyring import keyring
from models.lead import FileKind, FileState, Lead, LeadFile

CONTENT = "lead_file.content"


async def keep_file(session: AsyncSession, file_id: int, content: bytes) -> None:
    """Keep `content` as our copy of the file, unless that is settled already."""
    await _settle(session, file_id, state=FileState.KEPT, content=keyring().seal(content, CONTENT))


async def lose_file(session: AsyncSession, file_id: int, state: FileState, *, now: datetime, policy: Policy) -> None:
    """Write down that there will be no copy, and tell whoever sent it, unless it is no more for her to hear of."""
    if not await _settle(session, file_id, state=state):
        return
    query = (
        select(col(LeadFile.kind), col(LeadFile.sent_by_id), Lead)
        .join(Lead, col(Lead.id) == col(LeadFile.lead_id))
        .where(col(LeadFile.id) == file_id)
    )
    kind, sent_by_id, lead = (await session.execute(query)).one()
    notice = FileNotKept(lead.code, lead.id, kind)
    told = await not_tied(session, lead, [sent_by_id or lead.reporter_id])
    await tell(session, told, notice, f"file-not-kept:{file_id}", now=now, policy=policy)


async def _settle(session: AsyncSession, file_id: int, **values: object) -> bool:
    waits = (col(LeadFile.id) == file_id, col(LeadFile.state) == FileState.WAITING)
    change = update(LeadFile).where(*waits).values(**values)
    done = await session.execute(change.execution_options(synchronize_session=False))
    return bool(done.rowcount)  # type: ignore[attr-defined]


@dataclass(frozen=True, slots=True)
class KeptFile:
    """A file as it was kept."""

    kind: FileKind
    caption: str
    content: bytes


@dataclass(frozen=True, slots=True)
class LeadFiles:
    """What there is of a lead's files."""

    code: str
    kept: Sequence[KeptFile]
    waiting: int
    not_kept: int


async def read_files(session: AsyncSession, *, actor: Actor, lead_id: int, now: datetime) -> LeadFiles:
    """The files of a lead, opened; the reading is logged. Raises RefusedError(NOT_YOURS)."""
    lead = (await read_lead(session, actor, lead_id, now=now)).lead
    query = select(LeadFile).where(col(LeadFile.lead_id) == lead.id).order_by(col(LeadFile.id))
    files = (await session.execute(query)).scalars().all()
    kept = [
        KeptFile(one.kind, one.caption or "", keyring().open(one.content, CONTENT))
        for one in files
        if one.content is not None
    ]
    waiting = sum(one.state is FileState.WAITING for one in files)
    return LeadFiles(lead.code, kept, waiting, len(files) - len(kept) - waiting)
