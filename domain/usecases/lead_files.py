"""The pictures and voice messages of a lead, opened for whoever may read it (spec 8)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from domain.access import Actor
from domain.lead_access import read_lead
from domain.usecases.kept_files import Shelf
from models.keyring import keyring
from models.lead import FileKind, FileState, LeadFile


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
        KeptFile(one.kind, one.caption or "", keyring().open(one.content, Shelf.LEAD.content))
        for one in files
        if one.content is not None
    ]
    waiting = sum(one.state is FileState.WAITING for one in files)
    return LeadFiles(lead.code, kept, waiting, len(files) - len(kept) - waiting)
