"""Reporting a lead (上报线索): it is stored, and whoever must answer is alerted, in one transaction (spec 3)."""

import hashlib
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from domain.access import FILES_VISITS, REPORTS_LEADS, Actor, registered_household
from domain.kept_away import kept_away
from domain.refusals import Reason, RefusedError
from domain.rules.policy import Policy
from domain.rules.triage import OrdinaryMatter, assess
from domain.usecases.alerts import open_alert
from domain.usecases.keeping_away import keep_away
from domain.usecases.timeline import note, timeline_of
from models.area import Area, AreaKind
from models.lead import Colour, EntryKind, FileKind, Lead, LeadConsent, LeadFile, LeadSource, LeadStage, Triage, Where
from models.member import Role

# Without the characters that are mistaken for each other on the telephone.
_ALPHABET = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ"
_CODE_LENGTH = 4
_WIDEST = frozenset({AreaKind.COUNTY, AreaKind.CITY, AreaKind.PROVINCE})


@dataclass(frozen=True, slots=True)
class LeadFacts:
    """What the reporter has said. `files` are kind, the messenger's file id, and the words under it."""

    item: str
    triage: Collection[Triage]
    whereabouts: Where
    household_id: int | None
    source: LeadSource
    narrative: str | None
    persons: str | None = None
    safe_contact: str | None = None
    safe_address: str | None = None
    raised_to: Colour | None = None
    files: Sequence[tuple[FileKind, str, str]] = ()
    consents: Sequence[tuple[str, str, bool]] = ()  # recipient, purpose, given
    same_as_id: int | None = None
    further_households: Collection[int] = ()  # that it is about as well; whoever is tied to one is kept away
    stood_back: Collection[int] = ()  # members who are kept away besides


@dataclass(frozen=True, slots=True)
class FirstCall:
    """Who was called when a lead was reported, and who comes next after how many minutes of silence."""

    colour: Colour
    roles: tuple[Role, ...]  # none: nobody at all could be called
    silent: bool  # they find it in their morning's list
    next_minutes: int
    next_roles: tuple[Role, ...]


async def report_lead(
    session: AsyncSession, *, actor: Actor, facts: LeadFacts, conversation_id: str, now: datetime, policy: Policy
) -> Lead:
    """Store a lead with the first entry of its timeline, and open its alert.

    Raises RefusedError: NOT_YOURS, HOUSEHOLD_GONE, ITEM_UNKNOWN (the county has replaced its catalogue meanwhile).
    """
    if not actor.has_role(REPORTS_LEADS):
        raise RefusedError(Reason.NOT_YOURS)
    area_id = await _area(session, actor, facts)
    return await store_lead(
        session, actor=actor, facts=facts, area_id=area_id, conversation_id=conversation_id, now=now, policy=policy
    )


async def store_lead(
    session: AsyncSession,
    *,
    actor: Actor,
    facts: LeadFacts,
    area_id: int,
    conversation_id: str,
    now: datetime,
    policy: Policy,
) -> Lead:
    """The same for somebody who has been let in already, about an area that is known.

    Raises RefusedError(ITEM_UNKNOWN).
    """
    item = policy.catalogue.items.get(facts.item)
    if item is None:
        raise RefusedError(Reason.ITEM_UNKNOWN)
    matter = assess(item, facts.triage, facts.raised_to)
    lead = Lead(
        code=await _free_code(session, conversation_id, now, policy),
        conversation_id=conversation_id,
        item=item.key,
        triage=[answer.value for answer in Triage if answer in facts.triage],
        colour=matter.colour,
        key_matter=not isinstance(matter, OrdinaryMatter) and matter.key_matter,
        mediable=isinstance(matter, OrdinaryMatter),
        area_id=area_id,
        whereabouts=facts.whereabouts,
        household_id=facts.household_id,
        source=facts.source,
        reporter_id=actor.member_id,
        reported_at=now,
        narrative=facts.narrative,
        persons=facts.persons,
        safe_contact=facts.safe_contact,
        safe_address=facts.safe_address,
        linked_to_id=await _own_earlier(session, actor, facts.same_as_id),
    )
    session.add(lead)
    await session.flush()
    _add_what_belongs_to_it(session, actor, lead, facts, now)
    # Before its alert rings: whom it goes past must be known by then.
    await keep_away(session, lead, households=facts.further_households, stood_back=facts.stood_back)
    lead.conflict = bool(await kept_away(session, lead, [actor.member_id]))
    await note(session, lead, EntryKind.REPORTED, actor=actor, now=now, colour=lead.colour.value)
    await open_alert(session, lead, now=now, policy=policy)
    return lead


async def reported_lead(session: AsyncSession, *, actor: Actor, conversation_id: str) -> Lead | None:
    """The lead that `actor` reported in this conversation."""
    query = select(Lead).where(col(Lead.conversation_id) == conversation_id, col(Lead.reporter_id) == actor.member_id)
    return (await session.execute(query)).scalar_one_or_none()


async def first_call(session: AsyncSession, lead: Lead, *, policy: Policy) -> FirstCall:
    """What the timeline says of the moment in which the lead was reported, whatever has happened since."""
    entries = [entry for entry in await timeline_of(session, lead) if entry.at == lead.reported_at]
    colour = next((Colour(one.detail["colour"]) for one in entries if one.kind is EntryKind.REPORTED), lead.colour)
    calls = [entry.detail for entry in entries if entry.kind is EntryKind.ALERTED]
    chain, reached = policy.chains[colour], max((call["position"] for call in calls), default=0)
    later = chain.rungs[reached + 1 :]
    then = later[0] if later else chain.rungs[-1]
    return FirstCall(
        colour,
        tuple(dict.fromkeys(Role(role) for call in calls for role in call["roles"])),
        bool(calls) and all(call["silent"] for call in calls),
        then.after_minutes if later else int(chain.repeat.total_seconds() // 60),
        tuple(dict.fromkeys(post.role for post in then.posts)),
    )


async def recent_own_leads(
    session: AsyncSession, *, actor: Actor, household_id: int, now: datetime, policy: Policy
) -> list[Lead]:
    """What `actor` herself has reported of a household lately, the newest first: maybe it is the same again.

    Nobody learns in this way what others have reported.
    """
    since = now - timedelta(days=policy.duplicate_days)
    query = (
        select(Lead)
        .where(
            col(Lead.household_id) == household_id,
            col(Lead.reporter_id) == actor.member_id,
            col(Lead.reported_at) >= since,
            col(Lead.stage) != LeadStage.CLOSED,
            col(Lead.conflict).is_(False),
        )
        .order_by(col(Lead.id).desc())
    )
    return list((await session.execute(query)).scalars())


async def _area(session: AsyncSession, actor: Actor, facts: LeadFacts) -> int:
    """The grid of the household; otherwise the area of her own post, and for somebody beyond it the one above.

    Never one above a county: every post of every chain stands within one.
    """
    if facts.household_id is not None:
        household, _ = await registered_household(session, actor, facts.household_id, FILES_VISITS)
        return household.grid_id
    post = next(post for post in actor.posts if post.role in REPORTS_LEADS)
    if facts.whereabouts is Where.OUTSIDE:
        area = await session.get_one(Area, post.area_id)
        return area.parent_id if area.parent_id is not None and area.kind not in _WIDEST else area.id
    return post.area_id


async def _own_earlier(session: AsyncSession, actor: Actor, lead_id: int | None) -> int | None:
    if lead_id is None:
        return None
    lead = await session.get(Lead, lead_id)
    if lead is None or lead.reporter_id != actor.member_id:
        raise RefusedError(Reason.NOT_YOURS)
    return lead.id


def _add_what_belongs_to_it(session: AsyncSession, actor: Actor, lead: Lead, facts: LeadFacts, now: datetime) -> None:
    session.add_all(
        LeadFile(lead_id=lead.id, kind=kind, file_id=file_id, caption=caption or None)
        for kind, file_id, caption in facts.files
    )
    session.add_all(
        LeadConsent(
            lead_id=lead.id,
            recipient=recipient,
            purpose=purpose,
            given=given,
            recorded_at=now,
            recorded_by_id=actor.member_id,
        )
        for recipient, purpose, given in facts.consents
    )


async def _free_code(session: AsyncSession, conversation_id: str, now: datetime, policy: Policy) -> str:
    """A code that tells the day and nothing else; it can be said on the telephone."""
    number = int.from_bytes(hashlib.sha256(conversation_id.encode()).digest())
    while True:
        letters = ""
        for _ in range(_CODE_LENGTH):
            number, place = divmod(number, len(_ALPHABET))
            letters += _ALPHABET[place]
        code = f"L{policy.today(now):%y%m%d}-{letters}"
        taken = select(col(Lead.id)).where(col(Lead.code) == code)
        if (await session.execute(taken)).first() is None:
            return code
