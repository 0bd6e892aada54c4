"""What is added to a lead without moving it on: the reporter's word, a correction, a link to another lead (spec 3)."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import or_, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from domain.access import Actor
from domain.kept_away import who_may_hear
from domain.lead_access import lead_for
from domain.lead_notices import LeadNews
from domain.refusals import Reason, RefusedError
from domain.rules.handling import LeadEvent
from domain.rules.policy import Policy
from domain.usecases.lead_changes import change_lead, holders_of, lead_at_work, path_of, role_over
from domain.usecases.outbox import tell
from domain.usecases.timeline import note
from models.confidential import Ground
from models.lead import EntryKind, FileKind, Lead, LeadEntry, LeadFile, LeadStage

# What somebody wrote herself; what the program noted is right by itself.
CORRECTABLE = frozenset(
    {
        *(EntryKind.CONTACTED, EntryKind.VERIFIED, EntryKind.UNFOUNDED, EntryKind.SUPPORT, EntryKind.NOTE),
        *(EntryKind.REVISITED, EntryKind.TO_MEDIATION, EntryKind.CORRECTION),
    }
)


async def add_note(
    session: AsyncSession,
    *,
    actor: Actor,
    lead_id: int,
    body: str | None,
    files: Sequence[tuple[FileKind, str, str]] = (),
    now: datetime,
    policy: Policy,
) -> LeadEntry:
    """The reporter, or whoever works on it, adds what came to light since: words, or files that are fetched like those
    of a report (kind, the messenger's file id, the words under it). Whoever else has the lead is told that there is
    something.

    Raises RefusedError: NOT_YOURS, LEAD_CLOSED.
    """
    lead = await lead_to_add_to(session, actor=actor, lead_id=lead_id, now=now)
    session.add_all(
        LeadFile(lead_id=lead.id, kind=kind, file_id=file_id, caption=caption or None, sent_by_id=actor.member_id)
        for kind, file_id, caption in files
    )
    reporter = lead.reporter_id == actor.member_id
    detail = {"files": len(files)} if files else {}
    entry = await note(session, lead, EntryKind.NOTE, actor=actor, now=now, body=body, reporter=reporter, **detail)
    role = role_over(actor, await path_of(session, lead))
    news = LeadNews(lead.code, lead.id, lead.colour, role, LeadEvent.NOTE_ADDED)
    holders = await who_may_hear(session, lead, await holders_of(session, lead))
    told = [member for member in holders if member != actor.member_id]
    await tell(session, told, news, f"lead-note:{entry.id}", now=now, policy=policy)
    return entry


async def lead_to_add_to(session: AsyncSession, *, actor: Actor, lead_id: int, now: datetime) -> Lead:
    """A lead that `actor` has reported or works on, and that is open. Raises RefusedError: NOT_YOURS, LEAD_CLOSED."""
    sight = await lead_for(session, actor, lead_id, now=now)
    if sight.ground not in (Ground.REPORTER, Ground.HANDLER, Ground.RUNG):
        raise RefusedError(Reason.NOT_YOURS)
    if sight.lead.stage is LeadStage.CLOSED:
        raise RefusedError(Reason.LEAD_CLOSED)
    return sight.lead


async def own_entries(session: AsyncSession, *, actor: Actor, lead: Lead) -> list[LeadEntry]:
    """What `actor` has written about the lead and may correct, the newest first."""
    query = (
        select(LeadEntry)
        .where(col(LeadEntry.lead_id) == lead.id, col(LeadEntry.by_id) == actor.member_id)
        .where(col(LeadEntry.kind).in_(CORRECTABLE))
        .order_by(col(LeadEntry.id).desc())
    )
    return list((await session.execute(query)).scalars())


async def correct(
    session: AsyncSession, *, actor: Actor, lead_id: int, entry_id: int, body: str, now: datetime
) -> LeadEntry:
    """Put right an entry of one's own: by a further one, and the first one stays.

    Raises RefusedError: NOT_YOURS, LEAD_CLOSED, NOT_YOUR_ENTRY.
    """
    sight = await lead_for(session, actor, lead_id, now=now)
    if sight.lead.stage is LeadStage.CLOSED:
        raise RefusedError(Reason.LEAD_CLOSED)
    if not sight.handles and sight.ground is not Ground.REPORTER:
        raise RefusedError(Reason.NOT_YOURS)
    if entry_id not in {entry.id for entry in await own_entries(session, actor=actor, lead=sight.lead)}:
        raise RefusedError(Reason.NOT_YOUR_ENTRY)
    return await note(session, sight.lead, EntryKind.CORRECTION, actor=actor, now=now, body=body, corrects=entry_id)


async def linkable(session: AsyncSession, *, actor: Actor, lead: Lead, now: datetime, policy: Policy) -> list[Lead]:
    """Leads of the same household, reported at most the county's days apart, that she may see and that are not linked.

    The newest first. Nobody learns in this way of a lead that she may not see.
    """
    if lead.household_id is None:
        return []
    apart = timedelta(days=policy.duplicate_days)
    query = (
        select(Lead)
        .where(
            col(Lead.household_id) == lead.household_id,
            col(Lead.id) != lead.id,
            col(Lead.reported_at) >= lead.reported_at - apart,
            col(Lead.reported_at) <= lead.reported_at + apart,
        )
        .order_by(col(Lead.id).desc())
    )
    around = [other for other in (await session.execute(query)).scalars() if not _linked(lead, other)]
    return [other for other in around if await _sees(session, actor, other, now)]


async def linked_with(session: AsyncSession, *, actor: Actor, lead: Lead, now: datetime) -> list[Lead]:
    """The leads that are linked with this one and that she may see too."""
    query = select(Lead).where(or_(col(Lead.id) == lead.linked_to_id, col(Lead.linked_to_id) == lead.id))
    found = list((await session.execute(query.order_by(col(Lead.id)))).scalars())
    return [other for other in found if await _sees(session, actor, other, now)]


async def link(
    session: AsyncSession, *, actor: Actor, lead_id: int, other_id: int, now: datetime, policy: Policy
) -> Lead:
    """Say that two leads are about the same: the later one points to the earlier one; neither is changed otherwise.

    Raises RefusedError: NOT_YOURS, LEAD_CLOSED, NOT_LINKABLE, CHANGED_MEANWHILE.
    """
    lead = (await lead_at_work(session, actor, lead_id, now=now, also=(LeadStage.CLOSING,))).lead
    others = await linkable(session, actor=actor, lead=lead, now=now, policy=policy)
    other = next((one for one in others if one.id == other_id), None)
    if other is None:
        raise RefusedError(Reason.NOT_LINKABLE)
    later, earlier = (lead, other) if lead.id > other.id else (other, lead)
    if later.linked_to_id is not None:
        raise RefusedError(Reason.NOT_LINKABLE)
    await change_lead(session, later, later.rev, linked_to_id=earlier.id)
    for one, to in ((lead, other), (other, lead)):
        await note(session, one, EntryKind.LINKED, actor=actor, now=now, code=to.code)
    return lead


def _linked(lead: Lead, other: Lead) -> bool:
    later, earlier = (lead, other) if lead.id > other.id else (other, lead)
    return later.linked_to_id is not None or earlier.linked_to_id == later.id


async def _sees(session: AsyncSession, actor: Actor, lead: Lead, now: datetime) -> bool:
    try:
        await lead_for(session, actor, lead.id, now=now)
    except RefusedError:
        return False
    return True
