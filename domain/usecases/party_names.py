"""Who the parties of a dispute are, after it was registered: a further one, a name put right, a tie to the register."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from domain.access import Actor
from domain.refusals import Reason, RefusedError
from domain.rules.policy import Policy
from domain.usecases.dispute_changes import change_dispute, dispute_at_work
from domain.usecases.dispute_history import note_dispute
from domain.usecases.dispute_parties import resident_in_register
from domain.usecases.disputes import MOST_PARTIES, PartyFacts
from models.dispute import Dispute, DisputeEntryKind, DisputeParty


@dataclass(frozen=True, slots=True)
class PartyName:
    """Who a party is after all: the right name, or a resident of the register, whose name is hers then."""

    position: int
    name: str | None = None
    resident_id: int | None = None


async def add_party(
    session: AsyncSession,
    *,
    actor: Actor,
    dispute_id: int,
    seen: int,
    facts: PartyFacts,
    now: datetime,
    policy: Policy,
) -> DisputeParty:
    """A further party, whom nobody had named; of the register, when the actor may see her there.

    From then on the case goes past her kin. Raises RefusedError: TOO_MANY_PARTIES, SAME_PARTY, HOUSEHOLD_GONE,
    NOT_YOURS, HAS_CLIMBED, DISPUTE_OVER, DISPUTE_FROZEN, CHANGED_MEANWHILE.
    """
    dispute, parties = await _parties(session, actor, dispute_id, now=now, policy=policy)
    if len(parties) >= MOST_PARTIES:
        raise RefusedError(Reason.TOO_MANY_PARTIES)
    position = max((one.position for one in parties), default=0) + 1
    party = DisputeParty(
        dispute_id=dispute.id, position=position, name=facts.name, phone=facts.phone, consent=facts.consent,
        consent_at=now, wishes=facts.wishes,
    )  # fmt: skip
    if facts.resident_id is not None:
        await _tie(session, actor, party, facts.resident_id)
    _told_apart(party, parties)
    session.add(party)
    await change_dispute(session, dispute, seen, people=max(dispute.people, len(parties) + 1))
    await _note(session, dispute, party, f"＋ {party.name}", actor=actor, now=now)
    return party


async def name_party(
    session: AsyncSession, *, actor: Actor, dispute_id: int, seen: int, name: PartyName, now: datetime, policy: Policy
) -> DisputeParty:
    """Put a party's name right, or say which resident of the actor's register she is; the history keeps the old name.

    From then on the case goes past the kin of her household. Raises RefusedError: SAME_PARTY, HOUSEHOLD_GONE,
    STEP_PASSED (no such party), NOT_YOURS, HAS_CLIMBED, DISPUTE_OVER, DISPUTE_FROZEN, CHANGED_MEANWHILE.
    """
    dispute, parties = await _parties(session, actor, dispute_id, now=now, policy=policy)
    party = next((one for one in parties if one.position == name.position), None)
    if party is None:
        raise RefusedError(Reason.STEP_PASSED)
    await change_dispute(session, dispute, seen)
    before = party.name
    if name.resident_id is not None:
        await _tie(session, actor, party, name.resident_id)
    else:
        party.name = name.name or before
    _told_apart(party, [one for one in parties if one is not party])
    await session.flush()
    await _note(session, dispute, party, f"{before} → {party.name}", actor=actor, now=now)
    return party


async def _parties(
    session: AsyncSession, actor: Actor, dispute_id: int, *, now: datetime, policy: Policy
) -> tuple[Dispute, Sequence[DisputeParty]]:
    dispute = (await dispute_at_work(session, actor, dispute_id, now=now, policy=policy)).dispute
    query = select(DisputeParty).where(col(DisputeParty.dispute_id) == dispute.id)
    return dispute, list((await session.execute(query)).scalars())


async def _tie(session: AsyncSession, actor: Actor, party: DisputeParty, resident_id: int) -> None:
    person, household = await resident_in_register(session, actor, resident_id)
    party.resident_id, party.household_id, party.name = person.id, household.id, person.name


def _told_apart(party: DisputeParty, others: Sequence[DisputeParty]) -> None:
    """Nobody stands there twice; two people of one name have different telephones, or are two residents."""
    for other in others:
        both = party.resident_id is not None and other.resident_id is not None
        same = party.name == other.name and not (party.phone and party.phone != other.phone)
        if party.resident_id == other.resident_id if both else same:
            raise RefusedError(Reason.SAME_PARTY)


async def _note(
    session: AsyncSession, dispute: Dispute, party: DisputeParty, body: str, *, actor: Actor, now: datetime
) -> None:
    await note_dispute(
        session, dispute, DisputeEntryKind.PARTY, actor=actor, now=now, body=body,
        position=party.position, registered=party.resident_id is not None,
    )  # fmt: skip
