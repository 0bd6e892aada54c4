"""Registering a dispute (登记): it is stored, and its first rung is called, in one transaction (spec 4)."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from domain.access import FILES_VISITS, Actor, is_tied, lead_for, registered_household
from domain.dispute_access import REGISTERS_DISPUTES
from domain.refusals import Reason, RefusedError
from domain.rules.ladder import Arrival, Standing
from domain.rules.policy import Policy
from domain.rules.triage import OrdinaryMatter
from domain.usecases.dispute_history import note_dispute
from domain.usecases.dispute_moving import arrive
from domain.usecases.dispute_rungs import RungPeople, all_rungs
from domain.usecases.mediation import ordinary, take_up
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
from models.household import Resident
from models.lead import Colour

MOST_PARTIES = 200
_ALPHABET = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ"  # without what is mistaken for each other on the telephone
_CODE_LENGTH = 4


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
    """What the registrar has said. `area_id` is where it happened, when no household is named."""

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

    Raises RefusedError: NOT_YOURS, HOUSEHOLD_GONE, TOO_MANY_PARTIES, SAME_PARTY, NEVER_MEDIATED (its lead has become
    red), NOBODY_MEDIATES (no rung of the ladder exists over its area).
    """
    if not actor.has_role(REGISTERS_DISPUTES):
        raise RefusedError(Reason.NOT_YOURS)
    homes = await _homes(session, facts.parties)
    area_id = await _area(session, actor, facts)
    if facts.lead_id is not None:
        lead = (await lead_for(session, actor, facts.lead_id, now=now)).lead
        await take_up(session, ordinary(lead), lead, actor=actor, now=now)
    concerned = {facts.household_id, *homes.values()} - {None}
    dispute = Dispute(
        code=await _free_code(session, conversation_id, now, policy),
        conversation_id=conversation_id,
        kind=facts.kind,
        item=facts.matter.item,
        colour=facts.matter.colour,
        source=facts.source,
        lead_id=facts.lead_id,
        area_id=area_id,
        household_id=facts.household_id,
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
    await session.flush()
    await note_dispute(
        session, dispute, DisputeEntryKind.REGISTERED, actor=actor, now=now, colour=dispute.colour.value,
        linked=facts.linked_to_id,
    )  # fmt: skip
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
    for skipped in found.skipped_below(first.rung.key):
        await note_dispute(
            session, dispute, DisputeEntryKind.SKIPPED, actor=None, now=now,
            rung=skipped.rung.key, reason=skipped.why_nobody.value,
        )  # fmt: skip
    return first


async def _homes(session: AsyncSession, parties: Sequence[PartyFacts]) -> dict[int, int]:
    """The household of each party of the register. Raises RefusedError: TOO_MANY_PARTIES, SAME_PARTY."""
    if not parties or len(parties) > MOST_PARTIES:
        raise RefusedError(Reason.TOO_MANY_PARTIES if parties else Reason.NOTHING_WRITTEN)
    residents = [party.resident_id for party in parties if party.resident_id is not None]
    if len(set(residents)) != len(residents):
        raise RefusedError(Reason.SAME_PARTY)
    query = select(col(Resident.id), col(Resident.household_id)).where(col(Resident.id).in_(residents))
    return {row[0]: row[1] for row in (await session.execute(query)).all()}


async def _area(session: AsyncSession, actor: Actor, facts: DisputeFacts) -> int:
    """The grid of the household; otherwise the area that was said, within her posts; otherwise that of her post."""
    if facts.household_id is not None:
        household, _ = await registered_household(session, actor, facts.household_id, FILES_VISITS)
        return household.grid_id
    if facts.area_id is not None:
        area = await session.get(Area, facts.area_id)
        if area is None or not actor.covers(area.path, REGISTERS_DISPUTES):
            raise RefusedError(Reason.NOT_YOURS)
        return area.id
    return next(post.area_id for post in actor.posts if post.role in REGISTERS_DISPUTES)


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


async def _free_code(session: AsyncSession, conversation_id: str, now: datetime, policy: Policy) -> str:
    """A code that tells the day and nothing else; it can be said on the telephone."""
    number = int.from_bytes(hashlib.sha256(conversation_id.encode()).digest())
    while True:
        letters = ""
        for _ in range(_CODE_LENGTH):
            number, place = divmod(number, len(_ALPHABET))
            letters += _ALPHABET[place]
        code = f"D{policy.today(now):%y%m%d}-{letters}"
        taken = select(col(Dispute.id)).where(col(Dispute.code) == code)
        if (await session.execute(taken)).first() is None:
            return code
