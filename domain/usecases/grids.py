"""The grids that somebody works in, and the neighbouring ones of a community."""

from collections.abc import Iterable

from sqlalchemy import ColumnElement, func, or_, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from domain.access import Actor, visible_areas
from domain.refusals import Reason, RefusedError
from domain.rules.search_text import LIKE_ESCAPE, like_pattern, normalise_query
from domain.usecases.posts import chain_of
from models.area import Area, AreaKind, within
from models.member import Role

Grids = tuple[list[Area], int]


async def find_grids(
    session: AsyncSession, *, actor: Actor, roles: Iterable[Role], query: str, offset: int = 0, limit: int = 8
) -> Grids:
    """One page of the grids below the actor's posts in `roles`, by code, and how many there are."""
    return await _page(session, visible_areas(actor, roles), query, offset=offset, limit=limit)


async def grid_for(session: AsyncSession, actor: Actor, grid_id: int, roles: Iterable[Role]) -> Area:
    """The grid, when it lies below one of the actor's posts in `roles`. Raises RefusedError(NOT_YOURS)."""
    area = await session.get(Area, grid_id)
    if area is None or area.kind is not AreaKind.GRID or not actor.covers(area.path, roles):
        raise RefusedError(Reason.NOT_YOURS)
    return area


async def grids_beside(session: AsyncSession, grid: Area, query: str, *, offset: int = 0, limit: int = 8) -> Grids:
    """One page of the other grids of the grid's community, and how many there are."""
    condition = within((await community_of(session, grid)).path) & (col(Area.id) != grid.id)
    return await _page(session, condition, query, offset=offset, limit=limit)


async def community_of(session: AsyncSession, grid: Area) -> Area:
    """The community above the grid; where that level is missing, what lies right above it."""
    above = (await chain_of(session, grid.id))[1:]
    areas = {area.id: area for area in (await session.execute(select(Area).where(col(Area.id).in_(above)))).scalars()}
    chain = [areas[number] for number in above]
    return next((area for area in chain if area.kind is AreaKind.COMMUNITY), chain[0] if chain else grid)


async def _page(session: AsyncSession, condition: ColumnElement[bool], query: str, *, offset: int, limit: int) -> Grids:
    where = [condition, col(Area.kind) == AreaKind.GRID]
    if normalise_query(query):
        pattern = like_pattern(query)
        texts = (func.lower(col(Area.code)), func.replace(func.lower(col(Area.name)), " ", ""))
        where.append(or_(*(text.like(pattern, escape=LIKE_ESCAPE) for text in texts)))
    total = (await session.execute(select(func.count(col(Area.id))).where(*where))).scalar_one()
    rows = select(Area).where(*where).order_by(col(Area.code)).offset(offset).limit(limit)
    return list((await session.execute(rows)).scalars()), total
