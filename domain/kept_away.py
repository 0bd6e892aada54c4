"""Whom a lead goes past, whatever else she is: the one place that says it, for one lead and for many (spec 4)."""

from collections.abc import Collection, Iterable

from sqlalchemy import ColumnElement, or_, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Mapped
from sqlmodel import col

from models.confidential import LeadHousehold, LeadKeptAway, Tie
from models.lead import Lead
from models.member import Member


def goes_past(member_id: int | Mapped[int], lead: Lead | type[Lead]) -> ColumnElement[bool]:
    """The condition that the lead goes past the member: she is tied to its household or to one of the further ones
    that it is about, or she stood back from the dispute that it came from.

    Either may be a column of the query in which the condition stands.
    """
    holds = (col(Tie.member_id) == member_id, col(Tie.ended_at).is_(None))
    own = select(col(Tie.member_id)).where(*holds, col(Tie.household_id) == lead.household_id)
    further = (
        select(col(Tie.member_id))
        .join(LeadHousehold, col(LeadHousehold.household_id) == col(Tie.household_id))
        .where(*holds, col(LeadHousehold.lead_id) == lead.id)
    )
    back = select(col(LeadKeptAway.member_id)).where(
        col(LeadKeptAway.lead_id) == lead.id, col(LeadKeptAway.member_id) == member_id
    )
    return or_(own.exists(), further.exists(), back.exists())


async def kept_away(session: AsyncSession, lead: Lead, members: Collection[int]) -> set[int]:
    """Those of `members` whom the lead goes past, as things stand now."""
    query = select(col(Member.id)).where(col(Member.id).in_(members), goes_past(col(Member.id), lead))
    return set((await session.execute(query)).scalars()) if members else set()


async def who_may_hear(session: AsyncSession, lead: Lead, members: Iterable[int]) -> list[int]:
    """Those of `members`, each once and in their order, who may hear of the lead.

    `Lead.conflict` says how it was with its reporter when she reported it; a tie may have been declared since.
    """
    asked = list(dict.fromkeys(members))
    away = await kept_away(session, lead, asked)
    return [member for member in asked if member not in away]
