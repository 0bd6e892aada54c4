"""What a red lead takes over from the dispute in which violence came to light (spec 3)."""

from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from models.dispute import Dispute, DisputeParty
from models.household import Household

# As much as somebody may write who reports a lead herself: its card fits one message.
NARRATIVE_LIMIT = 1500
PERSONS_LIMIT = 300


@dataclass(frozen=True, slots=True)
class Known:
    """What is known: the household, what was said, and who the parties are."""

    household_id: int | None
    narrative: str
    persons: str


async def what_is_known(session: AsyncSession, dispute: Dispute, body: str | None) -> Known:
    """What the dispute knows that whoever helps now must know.

    No telephone: who answers it is not known, and whoever calls may be heard by the wrong one.
    """
    query = (
        select(DisputeParty, col(Household.code))
        .outerjoin(Household, col(Household.id) == col(DisputeParty.household_id))
        .where(col(DisputeParty.dispute_id) == dispute.id)
        .order_by(col(DisputeParty.position))
    )
    parties = [(row[0], row[1]) for row in (await session.execute(query)).all()]
    names = [f"{party.name} {code}" if code else party.name for party, code in parties]
    said = [dispute.code, body, dispute.facts, dispute.place]
    return Known(
        household_id=await _kept(session, dispute.household_id or _only_home([party for party, _ in parties])),
        narrative=_cut("\n".join(part for part in said if part), NARRATIVE_LIMIT),
        persons=_cut("、".join(names), PERSONS_LIMIT),
    )


def _only_home(parties: list[DisputeParty]) -> int | None:
    """The household of the parties, where all whom the register knows live in one."""
    homes = {party.household_id for party in parties if party.household_id is not None}
    return homes.pop() if len(homes) == 1 else None


async def _kept(session: AsyncSession, household_id: int | None) -> int | None:
    """The household, or the one into which it was merged since."""
    if household_id is None:
        return None
    household = await session.get_one(Household, household_id)
    return household.merged_into_id or household.id


def _cut(text: str, limit: int) -> str:
    """At most `limit` UTF-16 units, as messengers count; what is cut off can still be read in the dispute."""
    units = text.encode("utf-16-le", "surrogatepass")
    if len(units) <= limit * 2:
        return text
    return units[: (limit - 1) * 2].decode("utf-16-le", "ignore") + "…"
