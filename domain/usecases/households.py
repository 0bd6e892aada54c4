"""The register of households: finding one, and all that its card shows (spec 2)."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from sqlalchemy import ColumnElement, func, or_, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from domain.access import SEES_HOUSEHOLDS, Actor, household_for, visible_households
from domain.rules.search_text import LIKE_ESCAPE, like_pattern, normalise_query
from domain.usecases.tiers import pending_change
from domain.usecases.ties import tie_of
from models.area import Area
from models.confidential import TieKind
from models.household import Household, HouseholdStatus, Resident, most_urgent_first
from models.member import Member, Role
from models.tier_change import TierChange
from models.visit import Visit

VISITS_SHOWN = 3


async def find_households(
    session: AsyncSession,
    *,
    actor: Actor,
    query: str,
    today: date,
    roles: Iterable[Role] = SEES_HOUSEHOLDS,
    but: int | None = None,
    offset: int = 0,
    limit: int = 8,
) -> tuple[list[Household], int]:
    """One page of the actor's households that `query` finds (all for an empty one), and how many there are.

    The most urgent come first. `but` leaves one household out.
    """
    where: list[ColumnElement[bool]] = [
        visible_households(actor, roles),
        col(Household.status) != HouseholdStatus.MERGED,
    ]
    if but is not None:
        where.append(col(Household.id) != but)
    if normalise_query(query):
        where.append(col(Household.search_text).like(like_pattern(query), escape=LIKE_ESCAPE))
    total = (await session.execute(select(func.count(col(Household.id))).where(*where))).scalar_one()
    rows = select(Household).where(*where).order_by(*most_urgent_first(today))
    return list((await session.execute(rows.offset(offset).limit(limit))).scalars()), total


async def people_of(session: AsyncSession, household_id: int) -> list[Resident]:
    """Those who live there now, the head first."""
    query = (
        select(Resident)
        .where(col(Resident.household_id) == household_id, col(Resident.left_on).is_(None))
        .order_by(col(Resident.relation) != "head", col(Resident.birth_year), col(Resident.id))
    )
    return list((await session.execute(query)).scalars())


@dataclass(frozen=True, slots=True)
class HouseholdCard:
    """All that a household's card shows. Visits and the pending change come with who made them; the tie is her own."""

    household: Household
    grid: Area
    people: list[Resident]
    visits: list[tuple[Visit, str]]
    pending: tuple[TierChange, str] | None
    tie: TieKind | None


async def household_card(session: AsyncSession, *, actor: Actor, household_id: int) -> HouseholdCard:
    """The household with its people and its last visits; for one that was merged away, the one it went into.

    Raises RefusedError(NOT_YOURS).
    """
    household, grid = await household_for(session, actor, household_id)
    if household.merged_into_id is not None:
        household, grid = await household_for(session, actor, household.merged_into_id)
    change = await pending_change(session, household.id)
    pending = None
    if change is not None:
        pending = (change, (await session.get_one(Member, change.proposed_by_id)).name)
    tie = await tie_of(session, actor.member_id, household.id)
    return HouseholdCard(
        household,
        grid,
        await people_of(session, household.id),
        await last_visits(session, household.id),
        pending,
        tie.kind if tie else None,
    )


async def last_visits(session: AsyncSession, household_id: int) -> list[tuple[Visit, str]]:
    """The last visits and by whom, the latest first; those of households merged into this one count too."""
    merged = select(col(Household.id)).where(col(Household.merged_into_id) == household_id)
    query = (
        select(Visit, col(Member.name))
        .join(Member, col(Member.id) == col(Visit.member_id))
        .where(or_(col(Visit.household_id) == household_id, col(Visit.household_id).in_(merged)))
        .order_by(col(Visit.visited_on).desc(), col(Visit.id).desc())
        .limit(VISITS_SHOWN)
    )
    return [(row[0], row[1]) for row in (await session.execute(query)).all()]
