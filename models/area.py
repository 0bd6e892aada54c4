"""The tree of areas, from the province down to the micro-grid (spec 1)."""

from enum import StrEnum
from typing import Any

from sqlalchemy import ColumnElement, String, and_
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import Field, SQLModel, col, select

from models.columns import enum_text, one_of


class AreaKind(StrEnum):
    """The levels of the tree; one may be missing in a branch."""

    PROVINCE = "province"
    CITY = "city"
    COUNTY = "county"
    TOWNSHIP = "township"
    COMMUNITY = "community"
    VILLAGE_GROUP = "village_group"
    GRID = "grid"
    MICROGRID = "microgrid"


class GridKind(StrEnum):
    """What a grid covers: a village, a town quarter, or one company, school or hospital (专属网格)."""

    RURAL = "rural"
    URBAN = "urban"
    EXCLUSIVE = "exclusive"


_PATH: Any = String(120).with_variant(String(120, collation="C"), "postgresql")


class Area(SQLModel, table=True):
    """A node of the tree. `path` holds the ids from the root down to itself ("/1/7/"), so a subtree is a range."""

    __table_args__ = (one_of("kind", AreaKind), one_of("grid_kind", GridKind, optional=True))

    id: int = Field(default=None, primary_key=True)
    code: str = Field(unique=True, max_length=24)
    parent_id: int | None = Field(default=None, foreign_key="area.id", index=True)
    kind: AreaKind = Field(sa_type=enum_text(AreaKind))
    name: str = Field(max_length=80)
    grid_kind: GridKind | None = Field(default=None, sa_type=enum_text(GridKind))
    # Byte order on PostgreSQL too, or a range over the path would follow the server's language.
    path: str = Field(default="", index=True, sa_type=_PATH)


def within(path: str) -> ColumnElement[bool]:
    """The condition that an area lies at or below `path`. ('0' is the character after '/'.)"""
    return and_(col(Area.path) >= path, col(Area.path) < path[:-1] + "0")


async def area_by_code(session: AsyncSession, code: str) -> Area | None:
    """The area with this code, whatever the case of its letters."""
    return (await session.execute(select(Area).where(Area.code == code.strip().upper()))).scalar_one_or_none()


async def areas_in_order(session: AsyncSession) -> list[Area]:
    """The whole tree, parents before children, siblings by code."""
    rows = (await session.execute(select(Area))).scalars().all()
    names = {area.id: area.code for area in rows}
    return sorted(rows, key=lambda area: [names[int(part)] for part in area.path.split("/") if part])
