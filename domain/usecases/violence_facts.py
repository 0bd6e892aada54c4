"""What a red lead takes over from the dispute in which violence came to light (spec 3).

Whoever helps now may not open the dispute. So all that was said in it goes into the lead: the beginning onto its card,
the whole into its timeline (`taking_over`). Left out are telephones and why somebody stood back.
"""

from collections.abc import Sequence
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
    """What is known: the household, what was said, who the parties are, and what each wishes."""

    household_id: int | None
    said: str
    names: str
    wishes: Sequence[str]

    @property
    def narrative(self) -> str:
        """As much of what was said as the lead's card shows."""
        return _cut(self.said, NARRATIVE_LIMIT)

    @property
    def persons(self) -> str:
        """As many of the parties as the lead's card shows."""
        return _cut(self.names, PERSONS_LIMIT)

    @property
    def whole(self) -> Sequence[str]:
        """All of it."""
        return [self.said, self.names, *self.wishes]

    @property
    def beyond(self) -> Sequence[str]:
        """What the card does not show, or not to its end."""
        cut = [text for text, shown in ((self.said, self.narrative), (self.names, self.persons)) if shown != text]
        return [*cut, *self.wishes]


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
    return Known(
        household_id=await _kept(session, dispute.household_id or _only_home([party for party, _ in parties])),
        said="\n".join(part for part in (dispute.code, body, dispute.facts, dispute.place) if part),
        names="、".join(f"{party.name} {code}" if code else party.name for party, code in parties),
        wishes=[f"{party.name}：{party.wishes}" for party, _ in parties if party.wishes],
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
    """At most `limit` UTF-16 units, as messengers count; the whole is in the lead's timeline."""
    units = text.encode("utf-16-le", "surrogatepass")
    if len(units) <= limit * 2:
        return text
    return units[: (limit - 1) * 2].decode("utf-16-le", "ignore") + "…"
