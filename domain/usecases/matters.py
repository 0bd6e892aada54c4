"""A lead as it is shown to whoever may open it: its card and its timeline. Each reading is logged (spec 8)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from domain.access import Actor
from domain.lead_access import Sight, read_lead
from domain.refusals import Reason, RefusedError
from domain.rules.policy import Policy
from domain.usecases.dispute_leads import can_become_dispute
from domain.usecases.lead_changes import open_alert_of, role_of
from domain.usecases.remarks import linkable, linked_with, own_entries
from domain.usecases.timeline import timeline_of
from models.alert import Alert
from models.area import Area
from models.confidential import Ground
from models.household import Household
from models.lead import EntryKind, Lead, LeadConsent, LeadEntry, LeadFile
from models.member import Member, Role

# Who sees what others have done with a lead, and not only what it is about.
SEES_THE_WORK = frozenset({Ground.HANDLER, Ground.RUNG, Ground.SECOND, Ground.BREAK_GLASS})


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody by name and by what she is there; no role when she holds no post (any more)."""

    name: str
    role: Role | None


@dataclass(frozen=True, slots=True)
class Matter:
    """All that the card of a lead is made of."""

    sight: Sight
    area: Area
    household: Household | None
    reporter: Person
    holder: Person | None
    working: bool
    quiet: bool  # its chain rings nobody yet: it stands in the morning's list
    alert: Alert | None
    consents: Sequence[LeadConsent]
    files: int
    linked: Sequence[Lead]
    linkable: Sequence[Lead]
    corrects: bool  # she has written something that she could put right
    to_register: bool  # it waits for its mediation, and she may register the dispute


async def read_matter(session: AsyncSession, *, actor: Actor, lead_id: int, now: datetime, policy: Policy) -> Matter:
    """The lead with everything around it; that she has read it is written down. Raises RefusedError(NOT_YOURS)."""
    sight = await read_lead(session, actor, lead_id, now=now)
    lead = sight.lead
    area = await session.get_one(Area, lead.area_id)
    alert = await open_alert_of(session, lead)
    # While it rings, nobody has it: not even who handled it before it was opened again.
    holder_id = alert.holder_id if alert else lead.handler_id
    holder = await _person(session, holder_id, area.path, now, policy) if holder_id else None
    works = sight.ground in SEES_THE_WORK
    return Matter(
        sight=sight,
        area=area,
        household=await session.get(Household, lead.household_id) if lead.household_id else None,
        reporter=await _person(session, lead.reporter_id, area.path, now, policy),
        holder=holder,
        working=bool(alert and alert.working),
        quiet=alert is not None and await _is_quiet(session, alert, policy),
        alert=alert,
        consents=await _consents(session, lead),
        files=await _files(session, lead),
        linked=await linked_with(session, actor=actor, lead=lead, now=now) if works else (),
        linkable=await linkable(session, actor=actor, lead=lead, now=now, policy=policy) if sight.handles else (),
        corrects=bool(await own_entries(session, actor=actor, lead=lead)),
        to_register=sight.handles and await can_become_dispute(session, actor, lead.id, now=now),
    )


async def read_timeline(
    session: AsyncSession, *, actor: Actor, lead_id: int, now: datetime, policy: Policy
) -> tuple[Sight, list[tuple[LeadEntry, Person | None]]]:
    """The lead's timeline with who did what, oldest first; that she has read it is written down.

    Raises RefusedError(NOT_YOURS), also for its reporter and for an expert: they see the matter, not the work on it.
    """
    sight = await read_lead(session, actor, lead_id, now=now)
    if sight.ground not in SEES_THE_WORK:
        raise RefusedError(Reason.NOT_YOURS)
    area = await session.get_one(Area, sight.lead.area_id)
    entries = await timeline_of(session, sight.lead)
    people: dict[int, Person] = {}
    for member_id in {entry.by_id for entry in entries if entry.by_id is not None}:
        people[member_id] = await _person(session, member_id, area.path, now, policy)
    return sight, [(entry, people.get(entry.by_id or 0)) for entry in entries]


async def _person(session: AsyncSession, member_id: int, path: str, now: datetime, policy: Policy) -> Person:
    member = await session.get_one(Member, member_id)
    return Person(member.name, await role_of(session, member_id, path, policy.today(now)))


async def _is_quiet(session: AsyncSession, alert: Alert, policy: Policy) -> bool:
    """Whoever is called first by a quiet chain is not rung; who comes after her is."""
    if not policy.chains[alert.colour].quiet:
        return False
    calls = select(col(LeadEntry.detail)).where(
        col(LeadEntry.lead_id) == alert.lead_id,
        col(LeadEntry.kind) == EntryKind.ALERTED,
        col(LeadEntry.at) >= alert.opened_at,
    )
    silent = [detail["silent"] for detail in (await session.execute(calls)).scalars()]
    return bool(silent) and all(silent)


async def _consents(session: AsyncSession, lead: Lead) -> list[LeadConsent]:
    """The newest answer for each recipient and purpose."""
    query = select(LeadConsent).where(col(LeadConsent.lead_id) == lead.id).order_by(col(LeadConsent.id))
    newest: dict[tuple[str, str], LeadConsent] = {}
    for consent in (await session.execute(query)).scalars():
        newest[consent.recipient, consent.purpose] = consent
    return list(newest.values())


async def _files(session: AsyncSession, lead: Lead) -> int:
    query = select(func.count(col(LeadFile.id))).where(col(LeadFile.lead_id) == lead.id)
    return int((await session.execute(query)).scalar_one())
