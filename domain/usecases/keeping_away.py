"""Whom a lead goes past besides the kin of its own household: whom its dispute goes past (spec 4)."""

from collections.abc import Collection
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from domain.kept_away import kept_away
from domain.usecases.outbox import insert_ignoring
from models.confidential import LeadHousehold, LeadKeptAway, Recusal
from models.dispute import Dispute, DisputeParty
from models.household import Resident
from models.lead import Lead


@dataclass(frozen=True, slots=True)
class Concerned:
    """The households that a dispute is about, its parties' among them, and the members who stood back from it."""

    households: frozenset[int]
    stood_back: frozenset[int]


async def concerned_by(session: AsyncSession, dispute: Dispute) -> Concerned:
    """What decides whom the dispute goes past."""
    homes = select(col(DisputeParty.household_id)).where(
        col(DisputeParty.dispute_id) == dispute.id, col(DisputeParty.household_id).is_not(None)
    )
    # Whoever has moved since has kin in both homes.
    live_now = (
        select(col(Resident.household_id))
        .join(DisputeParty, col(DisputeParty.resident_id) == col(Resident.id))
        .where(col(DisputeParty.dispute_id) == dispute.id)
    )
    back = select(col(Recusal.member_id)).where(col(Recusal.dispute_id) == dispute.id)
    own = {dispute.household_id} if dispute.household_id is not None else set()
    return Concerned(
        frozenset(
            {*own, *(home for home in (await session.execute(homes.union(live_now))).scalars() if home is not None)}
        ),
        frozenset((await session.execute(back)).scalars()),
    )


async def keep_away(
    session: AsyncSession, lead: Lead, *, households: Collection[int], stood_back: Collection[int]
) -> None:
    """Write down which further households the lead is about and who is kept away besides: before its alert rings.

    Whoever handles it and is kept away by that handles it no more.
    """
    homes = [{"lead_id": lead.id, "household_id": one} for one in sorted(set(households) - {lead.household_id})]
    people = [{"lead_id": lead.id, "member_id": one} for one in sorted(set(stood_back))]
    if homes:
        await session.execute(insert_ignoring(session, LeadHousehold), homes)
    if people:
        await session.execute(insert_ignoring(session, LeadKeptAway), people)
    if lead.handler_id is not None and await kept_away(session, lead, [lead.handler_id]):
        lead.handler_id = None
