"""The register of households: finding, showing, adding, editing, moving, merging (spec 2)."""

from collections.abc import Iterable
from dataclasses import dataclass

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from domain.access import SEES_HOUSEHOLDS, Actor, household_for, visible_households
from domain.rules.search_text import LIKE_ESCAPE, like_pattern, normalise_query
from models.area import Area
from models.household import Household, HouseholdStatus, Resident
from models.member import Role
from models.visit import Visit


async def find_households(
    session: AsyncSession,
    *,
    actor: Actor,
    query: str,
    roles: Iterable[Role] = SEES_HOUSEHOLDS,
    offset: int = 0,
    limit: int = 8,
) -> tuple[list[Household], int]:
    """One page of the actor's households that `query` finds (all for an empty one), and how many there are."""
    where: list[ColumnElement[bool]] = [
        visible_households(actor, roles),
        col(Household.status) != HouseholdStatus.MERGED,
    ]
    if normalise_query(query):
        where.append(col(Household.search_text).like(like_pattern(query), escape=LIKE_ESCAPE))
    total = (await session.execute(select(func.count(col(Household.id))).where(*where))).scalar_one()
    rows = select(Household).where(*where).order_by(col(Household.next_due_on), col(Household.code))
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
    """All that a household's card shows."""

    household: Household
    grid: Area
    people: list[Resident]
    visits: list[Visit]


async def household_card(session: AsyncSession, *, actor: Actor, household_id: int) -> HouseholdCard:
    """The household with its people and its last three visits. Raises RefusedError(NOT_YOURS)."""
    household, grid = await household_for(session, actor, household_id)
    visits = (
        select(Visit)
        .where(col(Visit.household_id) == household.id)
        .order_by(col(Visit.visited_on).desc(), col(Visit.id).desc())
        .limit(3)
    )
    return HouseholdCard(
        household, grid, await people_of(session, household.id), list((await session.execute(visits)).scalars())
    )
