"""The history of a dispute: entries are only ever added (spec 4)."""

from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from domain.access import Actor
from models.dispute import Dispute, DisputeEntry, DisputeEntryKind


async def note_dispute(
    session: AsyncSession,
    dispute: Dispute,
    kind: DisputeEntryKind,
    *,
    actor: Actor | None,
    now: datetime,
    body: str | None = None,
    corrects: int | None = None,
    **detail: Any,
) -> DisputeEntry:
    """Add an entry. `body` is what somebody wrote, `detail` known words and numbers; no actor: the program did it."""
    entry = DisputeEntry(
        dispute_id=dispute.id,
        kind=kind,
        at=now,
        by_id=actor.member_id if actor else None,
        body=body,
        corrects_id=corrects,
        detail=detail,
    )
    session.add(entry)
    await session.flush()
    return entry


async def history_of(session: AsyncSession, dispute: Dispute) -> list[DisputeEntry]:
    """All entries, in the order in which they were made."""
    query = select(DisputeEntry).where(col(DisputeEntry.dispute_id) == dispute.id).order_by(col(DisputeEntry.id))
    return list((await session.execute(query)).scalars())
