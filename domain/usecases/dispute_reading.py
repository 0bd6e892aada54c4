"""Reading more of a dispute than its card: its parties, its pictures. Each reading is logged (spec 8)."""

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from domain.access import Actor
from domain.dispute_access import DisputeSight, read_dispute
from domain.refusals import Reason, RefusedError
from domain.rules.policy import Policy
from domain.usecases.kept_files import Shelf
from domain.usecases.lead_files import KeptFile, LeadFiles
from models.keyring import keyring
from models.lead import FileState
from models.mediation import DisputeFile

CONTENT = Shelf.DISPUTE.content


async def read_fully(
    session: AsyncSession, *, actor: Actor, dispute_id: int, now: datetime, policy: Policy
) -> DisputeSight:
    """The dispute, for somebody who sees what was said of it. Raises RefusedError(NOT_YOURS), also for a guest."""
    sight = await read_dispute(session, actor, dispute_id, now=now, policy=policy)
    if not sight.reads_all:
        raise RefusedError(Reason.NOT_YOURS)
    return sight


async def read_dispute_files(
    session: AsyncSession, *, actor: Actor, dispute_id: int, now: datetime, policy: Policy
) -> LeadFiles:
    """The pictures of a dispute, opened; the reading is logged. Raises RefusedError(NOT_YOURS)."""
    sight = await read_fully(session, actor=actor, dispute_id=dispute_id, now=now, policy=policy)
    query = select(DisputeFile).where(col(DisputeFile.dispute_id) == dispute_id).order_by(col(DisputeFile.id))
    files = (await session.execute(query)).scalars().all()
    kept = [
        KeptFile(one.kind, one.caption or "", keyring().open(one.content, CONTENT))
        for one in files
        if one.content is not None
    ]
    waiting = sum(one.state is FileState.WAITING for one in files)
    return LeadFiles(sight.dispute.code, kept, waiting, len(files) - len(kept) - waiting)
