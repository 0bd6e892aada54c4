"""Registering a dispute (登记): it is stored, and its first rung is called, in one transaction (spec 4)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from domain.access import FILES_VISITS, Actor, is_tied, registered_household
from domain.dispute_access import REGISTERS_DISPUTES
from domain.refusals import Reason, RefusedError
from domain.rules.ladder import Arrival, Standing
from domain.rules.policy import Policy
from domain.rules.triage import OrdinaryMatter
from domain.usecases.dispute_codes import free_code
from domain.usecases.dispute_history import note_dispute
from domain.usecases.dispute_moving import arrive, note_skipped
from domain.usecases.dispute_parties import homes_of, may_open
from domain.usecases.dispute_rungs import RungPeople, all_rungs
from domain.usecases.lead_changes import lead_at_work
from domain.usecases.mediation import ordinary, take_up
from domain.usecases.timeline import note
from models.area import Area
from models.dispute import (
    Dispute,
    DisputeEntryKind,
    DisputeKind,
    DisputeParty,
    DisputeSource,
    DisputeState,
    DisputeStep,
)
from models.household import Household
from models.lead import Colour, EntryKind, FileKind, Lead
from models.mediation import DisputeFile

MOST_PARTIES = 200


@dataclass(frozen=True, slots=True)
class PartyFacts:
    """A party: a resident of the register, or a name. `consent`: she agrees to be contacted."""

    name: str
    consent: bool
    resident_id: int | None = None
    phone: str | None = None
    wishes: str | None = None


@dataclass(frozen=True, slots=True)
class DisputeFacts:
    """What the registrar has said. `area_id` is where it happened, when no household is named.

    One that comes from a lead stands where the lead does. `files`: kind, the messenger's file id, caption.
    """

    matter: OrdinaryMatter
    source: DisputeSource
    facts: str
    parties: Sequence[PartyFacts]
    kind: DisputeKind = DisputeKind.DISPUTE
    household_id: int | None = None
    area_id: int | None = None
    lead_id: int | None = None
    place: str | None = None
    people: int = 0
    linked_to_id: int | None = None
    files: Sequence[tuple[FileKind, str, str]] = ()


def mediable_matter(item: str, raised_to: Colour | None, policy: Policy) -> OrdinaryMatter:
    """The matter of a dispute about this item of the catalogue.

    Raises RefusedError: ITEM_UNKNOWN; NEVER_ON_LADDER for a key matter or anything red.
    """
    found = policy.catalogue.items.get(item)
    if found is None:
        raise RefusedError(Reason.ITEM_UNKNOWN)
    order = list(Colour)
    colour = min((found.colour, raised_to or found.colour), key=order.index)
    if found.key_matter or colour is Colour.RED:
        raise RefusedError(Reason.NEVER_ON_LADDER)
    return OrdinaryMatter(item, colour)


async def register_dispute(
    session: AsyncSession, *, actor: Actor, facts: DisputeFacts, conversation_id: str, now: datetime, policy: Policy
) -> Dispute:
    """Store a dispute with the first entry of its history, and call the lowest rung that can take it.

    Raises RefusedError: NOT_YOURS, HOUSEHOLD_GONE, TOO_MANY_PARTIES, SAME_PARTY, NOBODY_MEDIATES (no rung of the ladder
    exists over its area); of its lead NEVER_MEDIATED (it has become red), STEP_PASSED (it was taken up already),
    LEAD_CLOSED, CLOSING_ASKED.
    """
    if not actor.has_role(REGISTERS_DISPUTES):
        raise RefusedError(Reason.NOT_YOURS)
    if not facts.parties or len(facts.parties) > MOST_PARTIES:
        raise RefusedError(Reason.TOO_MANY_PARTIES if facts.parties else Reason.NOTHING_WRITTEN)
    homes = await homes_of(session, actor, [one.resident_id for one in facts.parties if one.resident_id is not None])
    lead = await _held_lead(session, actor, facts.lead_id, now) if facts.lead_id is not None else None
    area_id, household_id = await _whereabouts(session, actor, facts, lead)
    linked = facts.linked_to_id
    if linked is not None and not await may_open(session, actor, linked, now=now, policy=policy):
        raise RefusedError(Reason.NOT_YOURS)
    if lead is not None:
        await take_up(session, ordinary(lead), lead, actor=actor, now=now)
    concerned = {household_id, *homes.values()} - {None}
    dispute = Dispute(
        code=await free_code(session, conversation_id, policy.today(now)),
        conversation_id=conversation_id,
        kind=facts.kind,
        item=facts.matter.item,
        colour=facts.matter.colour,
        source=facts.source,
        lead_id=facts.lead_id,
        area_id=area_id,
        household_id=household_id,
        place=facts.place,
        facts=facts.facts,
        people=max(facts.people, len(facts.parties)),
        registered_by_id=actor.member_id,
        registered_at=now,
        conflict=any([await is_tied(session, actor.member_id, home) for home in concerned]),
        state=DisputeState.REGISTERED,
        # Where it stands is said below, once it is known who is close to a party; nobody sees it before.
        rung="",
        rung_area_id=area_id,
        rung_since=now,
        owner_id=actor.member_id,
        happened_on=policy.today(now),
        next_on=policy.today(now),
        next_step=DisputeStep.ACCEPT,
        next_step_at=now,
        linked_to_id=facts.linked_to_id,
    )
    session.add(dispute)
    await session.flush()
    _add_parties(session, dispute, facts.parties, homes, now)
    _add_files(session, dispute, facts, actor)
    await session.flush()
    await _note_registered(session, dispute, lead, actor=actor, now=now)
    first = await _first_rung(session, dispute, now=now, policy=policy)
    await arrive(
        session, dispute, Standing(first.rung.key), first, why=Arrival.REGISTERED, actor=actor, now=now, policy=policy
    )
    return dispute


async def registered_dispute(session: AsyncSession, *, actor: Actor, conversation_id: str) -> Dispute | None:
    """The dispute that `actor` registered in this conversation."""
    query = select(Dispute).where(
        col(Dispute.conversation_id) == conversation_id, col(Dispute.registered_by_id) == actor.member_id
    )
    return (await session.execute(query)).scalar_one_or_none()


async def _first_rung(session: AsyncSession, dispute: Dispute, *, now: datetime, policy: Policy) -> RungPeople:
    found = await all_rungs(session, dispute, today=policy.today(now), ladder=policy.ladder)
    if not found.can:
        raise RefusedError(Reason.NOBODY_MEDIATES)
    first = found.can[0]
    await note_skipped(session, dispute, found, first.rung.key, now=now)
    return first


async def _note_registered(
    session: AsyncSession, dispute: Dispute, lead: Lead | None, *, actor: Actor, now: datetime
) -> None:
    """The first entry of its history; an earlier case that it is linked to, and its lead, say so too."""
    await note_dispute(
        session, dispute, DisputeEntryKind.REGISTERED, actor=actor, now=now, colour=dispute.colour.value,
        linked=dispute.linked_to_id,
    )  # fmt: skip
    if dispute.linked_to_id is not None:
        earlier = await session.get_one(Dispute, dispute.linked_to_id)
        await note_dispute(session, earlier, DisputeEntryKind.LINKED, actor=actor, now=now, case=dispute.code)
    if lead is not None:
        await note(session, lead, EntryKind.TO_MEDIATION, actor=actor, now=now, case=dispute.code)


async def _held_lead(session: AsyncSession, actor: Actor, lead_id: int, now: datetime) -> Lead:
    """The lead, held until the transaction ends: it does not become red meanwhile, and nobody else takes it up.

    The order of all who hold it: `lead_holding`.
    """
    await session.execute(select(col(Lead.id)).where(col(Lead.id) == lead_id).with_for_update(key_share=True))
    lead = (await lead_at_work(session, actor, lead_id, now=now)).lead
    await session.refresh(lead)
    return lead


async def _whereabouts(
    session: AsyncSession, actor: Actor, facts: DisputeFacts, lead: Lead | None
) -> tuple[int, int | None]:
    """Area and household: those of the lead; the grid of the household; the area that was said, within her posts;
    otherwise that of her post.
    """
    if lead is not None:
        return await _of_lead(session, lead)
    if facts.household_id is not None:
        household, _ = await registered_household(session, actor, facts.household_id, FILES_VISITS)
        return household.grid_id, household.id
    if facts.area_id is not None:
        area = await session.get(Area, facts.area_id)
        if area is None or not actor.covers(area.path, REGISTERS_DISPUTES):
            raise RefusedError(Reason.NOT_YOURS)
        return area.id, None
    return next(post.area_id for post in actor.posts if post.role in REGISTERS_DISPUTES), None


async def _of_lead(session: AsyncSession, lead: Lead) -> tuple[int, int | None]:
    """Where the lead stands; its household may have been merged into another one since."""
    household = await session.get(Household, lead.household_id) if lead.household_id is not None else None
    while household is not None and household.merged_into_id is not None:
        household = await session.get_one(Household, household.merged_into_id)
    return (household.grid_id, household.id) if household is not None else (lead.area_id, None)


def _add_files(session: AsyncSession, dispute: Dispute, facts: DisputeFacts, actor: Actor) -> None:
    session.add_all(
        DisputeFile(
            dispute_id=dispute.id, kind=kind, file_id=file_id, caption=caption or None, sent_by_id=actor.member_id
        )
        for kind, file_id, caption in facts.files
    )


def _add_parties(
    session: AsyncSession, dispute: Dispute, parties: Sequence[PartyFacts], homes: dict[int, int], now: datetime
) -> None:
    session.add_all(
        DisputeParty(
            dispute_id=dispute.id,
            position=position,
            resident_id=party.resident_id,
            household_id=homes[party.resident_id] if party.resident_id is not None else None,
            name=party.name,
            phone=party.phone,
            consent=party.consent,
            consent_at=now,
            wishes=party.wishes,
        )
        for position, party in enumerate(parties, 1)
    )
