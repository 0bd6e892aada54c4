"""The parties of a dispute: residents of the register, and earlier cases of the same people (反复性, spec 4)."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, and_, false, select
from sqlalchemy import func as sql
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from domain.access import FILES_VISITS, Actor, registered_household, visible_areas, visible_households
from domain.dispute_access import REGISTERS_DISPUTES, dispute_for
from domain.refusals import Reason, RefusedError
from domain.rules.policy import Policy
from domain.rules.search_text import LIKE_ESCAPE, like_pattern, normalise_query
from models.area import Area
from models.dispute import Dispute, DisputeParty
from models.household import Household, HouseholdStatus, Resident

REMEMBERED = timedelta(days=730)  # an older case says little about a quarrel of today
_LOOKED_AT = 300  # cases whose parties are compared by name
_NAMES_COMPARED = 3000
_OFFERED = 8


async def find_residents(
    session: AsyncSession, *, actor: Actor, query: str, household_id: int | None, offset: int = 0, limit: int = 8
) -> tuple[list[tuple[Resident, Household]], int]:
    """One page of the people in the actor's register whom `query` finds, and how many there are.

    Those whose own name has it come before those who live with them. Without a query: who lives in `household_id`.
    """
    where: list[ColumnElement[bool]] = [
        visible_households(actor, FILES_VISITS),
        col(Household.status) != HouseholdStatus.MERGED,
        col(Resident.left_on).is_(None),
    ]
    if normalise_query(query):
        where.append(col(Household.search_text).like(like_pattern(query), escape=LIKE_ESCAPE))
    else:
        where.append(col(Household.id) == household_id if household_id is not None else false())
    joined = select(Resident, Household).join(Household, col(Household.id) == col(Resident.household_id)).where(*where)
    count = select(sql.count()).select_from(joined.with_only_columns(col(Resident.id)).subquery())
    total = int((await session.execute(count)).scalar_one())
    own_name = col(Resident.name).contains(query.strip(), autoescape=True)
    rows = joined.order_by(own_name.desc(), col(Household.code), col(Resident.id)).offset(offset).limit(limit)
    return [(row[0], row[1]) for row in (await session.execute(rows)).all()], total


async def resident_in_register(session: AsyncSession, actor: Actor, resident_id: int) -> tuple[Resident, Household]:
    """Somebody who lives in a household of the actor's register. Raises RefusedError: NOT_YOURS, HOUSEHOLD_GONE."""
    person = await session.get(Resident, resident_id)
    if person is None or person.left_on is not None:
        raise RefusedError(Reason.NOT_YOURS)
    household, _ = await registered_household(session, actor, person.household_id, FILES_VISITS)
    return person, household


async def homes_of(session: AsyncSession, actor: Actor, residents: Sequence[int]) -> dict[int, int]:
    """The household of each resident, all of the actor's register.

    Raises RefusedError: SAME_PARTY (somebody stands there twice), NOT_YOURS.
    """
    if len(set(residents)) != len(residents):
        raise RefusedError(Reason.SAME_PARTY)
    query = (
        select(col(Resident.id), col(Resident.household_id), col(Area.path))
        .join(Household, col(Household.id) == col(Resident.household_id))
        .join(Area, col(Area.id) == col(Household.grid_id))
        .where(col(Resident.id).in_(residents))
    )
    rows = (await session.execute(query)).all() if residents else []
    if len(rows) != len(residents) or not all(actor.covers(row[2], FILES_VISITS) for row in rows):
        raise RefusedError(Reason.NOT_YOURS)
    return {row[0]: row[1] for row in rows}


@dataclass(frozen=True, slots=True)
class Concerned:
    """Whom a new case is about: its household, the households of its parties, and the names of the others."""

    homes: Collection[int]
    names: Collection[str] = ()


async def earlier_disputes(
    session: AsyncSession, *, actor: Actor, concerned: Concerned, now: datetime, policy: Policy
) -> list[Dispute]:
    """Earlier cases of the same household or the same parties, the newest first; only such that she may open.

    Names are encrypted, so those of outsiders are compared one by one, among the newest cases below her posts.
    """
    found = [
        *await _of_homes(session, concerned.homes, now),
        *(await _of_names(session, actor, set(concerned.names), now) if concerned.names else []),
    ]
    newest = sorted({dispute.id: dispute for dispute in found}.values(), key=lambda one: one.id, reverse=True)
    offered: list[Dispute] = []
    for dispute in newest:
        if len(offered) < _OFFERED and await may_open(session, actor, dispute.id, now=now, policy=policy):
            offered.append(dispute)
    return offered


async def may_open(session: AsyncSession, actor: Actor, dispute_id: int, *, now: datetime, policy: Policy) -> bool:
    """Whether she may open a case and see what was said."""
    try:
        sight = await dispute_for(session, actor, dispute_id, now=now, policy=policy)
    except RefusedError:
        return False
    return sight.reads_all


async def _of_homes(session: AsyncSession, homes: Collection[int], now: datetime) -> list[Dispute]:
    if not homes:
        return []
    # What was registered of a household counts for the one it was merged into.
    merged = select(col(Household.id)).where(col(Household.merged_into_id).in_(homes))
    same = {*homes, *(await session.execute(merged)).scalars()}
    about = select(col(Dispute.id)).where(col(Dispute.household_id).in_(same))
    between = select(col(DisputeParty.dispute_id)).where(col(DisputeParty.household_id).in_(same))
    query = (
        select(Dispute)
        .where(col(Dispute.id).in_(about.union(between)), col(Dispute.registered_at) >= now - REMEMBERED)
        .order_by(col(Dispute.id).desc())
        .limit(_LOOKED_AT)
    )
    return list((await session.execute(query)).scalars())


async def _of_names(session: AsyncSession, actor: Actor, names: set[str], now: datetime) -> list[Dispute]:
    near = select(col(Area.id)).where(visible_areas(actor, REGISTERS_DISPUTES))
    query = (
        select(Dispute)
        .where(and_(col(Dispute.area_id).in_(near), col(Dispute.registered_at) >= now - REMEMBERED))
        .order_by(col(Dispute.id).desc())
        .limit(_LOOKED_AT)
    )
    disputes = {dispute.id: dispute for dispute in (await session.execute(query)).scalars()}
    if not disputes:
        return []
    newest = select(col(DisputeParty.dispute_id), col(DisputeParty.name)).where(
        col(DisputeParty.dispute_id).in_(disputes)
    )
    parties = newest.order_by(col(DisputeParty.dispute_id).desc()).limit(_NAMES_COMPARED)
    same = {row[0] for row in (await session.execute(parties)).all() if row[1] in names}
    return [disputes[number] for number in same]
