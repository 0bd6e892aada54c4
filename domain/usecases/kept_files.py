"""Our own copies of what was sent with leads and disputes and to councils: encrypted, or told to be lost (spec 8)."""

from collections.abc import Awaitable, Callable
from datetime import datetime
from enum import StrEnum

from sqlalchemy import func, select, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from domain.council_notices import CouncilFileNotKept
from domain.dispute_access import stands_back
from domain.dispute_notices import PictureNotKept
from domain.kept_away import who_may_hear
from domain.lead_notices import FileNotKept
from domain.rules.policy import Policy
from domain.usecases.outbox import tell
from models.agenda import AgendaItem, CouncilFile
from models.dispute import Dispute
from models.keyring import keyring
from models.lead import FileState, Lead, LeadFile
from models.mediation import DisputeFile
from models.meeting import CouncilMeeting
from models.project import CouncilProject


class Shelf(StrEnum):
    """Where files are kept: by the name of their table."""

    LEAD = "lead_file"
    DISPUTE = "dispute_file"
    COUNCIL = "council_file"

    @property
    def table(self) -> type[LeadFile] | type[DisputeFile] | type[CouncilFile]:
        """The table."""
        return _TABLES[self]

    @property
    def content(self) -> str:
        """What the ciphertext of its files is bound to."""
        return f"{self.value}.content"


_TABLES: dict[Shelf, type[LeadFile] | type[DisputeFile] | type[CouncilFile]] = {
    Shelf.LEAD: LeadFile,
    Shelf.DISPUTE: DisputeFile,
    Shelf.COUNCIL: CouncilFile,
}


async def keep_file(session: AsyncSession, file_id: int, content: bytes, shelf: Shelf = Shelf.LEAD) -> None:
    """Keep `content` as our copy of the file, unless that is settled already."""
    sealed = keyring().seal(content, shelf.content)
    await _settle(session, shelf, file_id, state=FileState.KEPT, content=sealed)


async def lose_file(
    session: AsyncSession, file_id: int, state: FileState, shelf: Shelf = Shelf.LEAD, *, now: datetime, policy: Policy
) -> None:
    """Write down that there will be no copy, and tell whoever sent it, unless it is no more for her to hear of."""
    if await _settle(session, shelf, file_id, state=state):
        await _TELL[shelf](session, file_id, now, policy)


async def _settle(session: AsyncSession, shelf: Shelf, file_id: int, **values: object) -> bool:
    table = shelf.table
    waits = (col(table.id) == file_id, col(table.state) == FileState.WAITING)
    change = update(table).where(*waits).values(**values)
    done = await session.execute(change.execution_options(synchronize_session=False))
    return bool(done.rowcount)  # type: ignore[attr-defined]


async def _tell_of_leads(session: AsyncSession, file_id: int, now: datetime, policy: Policy) -> None:
    query = (
        select(col(LeadFile.kind), col(LeadFile.sent_by_id), Lead)
        .join(Lead, col(Lead.id) == col(LeadFile.lead_id))
        .where(col(LeadFile.id) == file_id)
    )
    kind, sent_by_id, lead = (await session.execute(query)).one()
    told = await who_may_hear(session, lead, [sent_by_id or lead.reporter_id])
    notice = FileNotKept(lead.code, lead.id, kind)
    await tell(session, told, notice, f"file-not-kept:{file_id}", now=now, policy=policy)


async def _tell_of_disputes(session: AsyncSession, file_id: int, now: datetime, policy: Policy) -> None:
    query = (
        select(col(DisputeFile.kind), col(DisputeFile.sent_by_id), Dispute)
        .join(Dispute, col(Dispute.id) == col(DisputeFile.dispute_id))
        .where(col(DisputeFile.id) == file_id)
    )
    kind, sent_by_id, dispute = (await session.execute(query)).one()
    told = {sent_by_id} - await stands_back(session, dispute, [sent_by_id])
    notice = PictureNotKept(dispute.code, dispute.id, kind)
    await tell(session, told, notice, f"picture-not-kept:{file_id}", now=now, policy=policy)


async def _tell_of_councils(session: AsyncSession, file_id: int, now: datetime, policy: Policy) -> None:
    query = (
        select(CouncilFile, col(AgendaItem.code), col(CouncilMeeting.code))
        .outerjoin(CouncilProject, col(CouncilProject.id) == col(CouncilFile.project_id))
        .outerjoin(
            AgendaItem, col(AgendaItem.id) == func.coalesce(col(CouncilFile.item_id), col(CouncilProject.item_id))
        )
        .outerjoin(CouncilMeeting, col(CouncilMeeting.id) == col(CouncilFile.meeting_id))
        .where(col(CouncilFile.id) == file_id)
    )
    file, item_code, meeting_code = (await session.execute(query)).one()
    notice = CouncilFileNotKept(
        item_code or meeting_code, file.kind, file.item_id or 0, file.meeting_id or 0, file.project_id or 0
    )
    await tell(session, [file.sent_by_id], notice, f"council-file-not-kept:{file_id}", now=now, policy=policy)


_TELL: dict[Shelf, Callable[[AsyncSession, int, datetime, Policy], Awaitable[None]]] = {
    Shelf.LEAD: _tell_of_leads,
    Shelf.DISPUTE: _tell_of_disputes,
    Shelf.COUNCIL: _tell_of_councils,
}
