"""What a red lead's handlers must know of the dispute that it came from, written into the lead (spec 3).

They may not open the dispute: nothing that was said in it must be missing from the lead.
"""

from collections.abc import Iterator, Sequence
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from domain.usecases.dispute_history import history_of
from domain.usecases.kept_files import Shelf
from domain.usecases.timeline import note
from models.dispute import Dispute, DisputeEntry, DisputeEntryKind
from models.keyring import CannotDecryptError, keyring
from models.lead import EntryKind, FileKind, FileState, Lead, LeadFile
from models.mediation import DisputeFile, Mediation, MediationStage

# What a page of the timeline shows of one entry.
ENTRY_LIMIT = 800
# What the lead has anyway; what telephones stand in; and why a colleague stood back, which is hers alone.
_LEFT_OUT = frozenset(
    {DisputeEntryKind.FROZEN, DisputeEntryKind.PARTY, DisputeEntryKind.RECUSED, DisputeEntryKind.OWNER}
)


async def take_over(
    session: AsyncSession, dispute: Dispute, lead: Lead, known: Sequence[str], *, by_id: int, now: datetime
) -> None:
    """Write into the timeline of `lead` what is `known` besides its card, what came of each mediation, and what was
    noted; and copy the pictures and voice messages. `by_id` is told when one that still waits cannot be kept.
    """
    held = await _mediations(session, dispute)
    said = [text for entry in await history_of(session, dispute) for text in _said_in(entry, held)]
    await _write(session, dispute, lead, [*known, *said], now)
    await _copy_files(session, dispute, lead, by_id)


async def take_over_late(
    session: AsyncSession,
    dispute: Dispute,
    body: str | None,
    files: Sequence[tuple[FileKind, str, str]],
    *,
    by_id: int,
    now: datetime,
) -> None:
    """What somebody writes down of a dispute that is frozen already goes on to its red lead."""
    if dispute.red_lead_id is None:
        await session.flush()
        return
    lead = await session.get_one(Lead, dispute.red_lead_id)
    await _write(session, dispute, lead, [body] if body else [], now)
    session.add_all(
        LeadFile(lead_id=lead.id, kind=kind, file_id=file_id, caption=caption or None, sent_by_id=by_id)
        for kind, file_id, caption in files
    )
    await session.flush()


async def _mediations(session: AsyncSession, dispute: Dispute) -> dict[int, str]:
    """What was said in each mediation that was held, by its number."""
    query = select(Mediation).where(
        col(Mediation.dispute_id) == dispute.id, col(Mediation.stage) == MediationStage.HELD
    )
    return {one.id: _words(one) for one in (await session.execute(query)).scalars()}


def _words(one: Mediation) -> str:
    day = one.held_on.isoformat() if one.held_on else None
    return "\n".join(part for part in (day, one.matter, one.feelings, one.promises) if part)


def _said_in(entry: DisputeEntry, held: dict[int, str]) -> Iterator[str]:
    if entry.kind is DisputeEntryKind.HELD and entry.detail.get("mediation") in held:
        yield held[entry.detail["mediation"]]
    if entry.body and entry.kind not in _LEFT_OUT:
        yield entry.body


async def _write(session: AsyncSession, dispute: Dispute, lead: Lead, said: Sequence[str], now: datetime) -> None:
    for body in _in_pieces(said, ENTRY_LIMIT):
        # By the program: nobody who works on the lead said it there, and nobody corrects it there.
        await note(session, lead, EntryKind.NOTE, actor=None, now=now, body=body, case=dispute.code)


def _in_pieces(said: Sequence[str], limit: int) -> Iterator[str]:
    """All that was said, as few pieces of at most `limit` characters as its order allows; the long is divided."""
    piece = ""
    for text in said:
        if piece and len(piece) + 2 + len(text) > limit:
            yield piece
            piece = ""
        piece = f"{piece}\n\n{text}" if piece else text
        while len(piece) > limit:
            yield piece[:limit]
            piece = piece[limit:]
    if piece:
        yield piece


async def _copy_files(session: AsyncSession, dispute: Dispute, lead: Lead, by_id: int) -> None:
    which = (FileState.KEPT, FileState.WAITING)
    query = (
        select(DisputeFile)
        .where(col(DisputeFile.dispute_id) == dispute.id, col(DisputeFile.state).in_(which))
        .order_by(col(DisputeFile.id))
    )
    for one in (await session.execute(query)).scalars():
        content = _resealed(one.content)
        session.add(
            LeadFile(
                lead_id=lead.id,
                kind=one.kind,
                file_id=one.file_id,
                caption=one.caption,
                state=FileState.WAITING if content is None else FileState.KEPT,
                sent_by_id=by_id,
                content=content,
            )
        )
    await session.flush()


def _resealed(content: bytes | None) -> bytes | None:
    """The copy, bound to its new place. One that cannot be opened is asked for again: help does not wait for it."""
    if content is None:
        return None
    try:
        return keyring().seal(keyring().open(content, Shelf.DISPUTE.content), Shelf.LEAD.content)
    except CannotDecryptError:
        return None
