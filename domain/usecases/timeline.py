"""The timeline of a lead: entries are only ever added (spec 3)."""

from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from domain.access import Actor
from domain.rules.handling import STARTS_ANEW, is_supported
from models.lead import EntryKind, Lead, LeadEntry


async def note(
    session: AsyncSession,
    lead: Lead,
    kind: EntryKind,
    *,
    actor: Actor | None,
    now: datetime,
    body: str | None = None,
    corrects: int | None = None,
    **detail: Any,
) -> LeadEntry:
    """Add an entry. `body` is what somebody wrote, `detail` known words and numbers; no actor: the program did it."""
    entry = LeadEntry(
        lead_id=lead.id,
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


async def timeline_of(session: AsyncSession, lead: Lead) -> list[LeadEntry]:
    """All entries, in the order in which they were made."""
    query = select(LeadEntry).where(col(LeadEntry.lead_id) == lead.id).order_by(col(LeadEntry.id))
    return list((await session.execute(query)).scalars())


async def was_supported(session: AsyncSession, lead: Lead) -> bool:
    """Whether support was given since it last became worse or was opened again."""
    kinds = {*STARTS_ANEW, EntryKind.SUPPORT}
    query = select(LeadEntry).where(col(LeadEntry.lead_id) == lead.id, col(LeadEntry.kind).in_(kinds))
    return is_supported(list((await session.execute(query.order_by(col(LeadEntry.id)))).scalars()))
