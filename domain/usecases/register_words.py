"""Whether a text that may reach a group chat says who or where (spec 5 and 8: no household's name in a group, ever)."""

from typing import Any

from sqlalchemy import ColumnElement, and_, func, literal, or_, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.sql.elements import ColumnClause
from sqlmodel import col

from domain.rules.private_doors import doors_in
from domain.rules.private_numbers import number_in
from domain.rules.private_words import address_in, name_in
from domain.rules.search_text import LIKE_ESCAPE, like_pattern
from domain.rules.shown_text import folded
from models.area import Area, GridKind, within
from models.household import Household, Resident

_SIGNS = " ·•-－–—'’()（）#_,，、."  # what an address or a name is written with, or without
_DOTTED = "%·%"  # whoever is called by the half of her name before the dot
# Nearly all names are as long as this; a list of all such pieces of the text is looked up far faster than each name
# of the register is looked for in the text.
_USUAL = range(2, 5)


async def word_of_register(session: AsyncSession, area_path: str, text: str) -> str | None:
    """The first word of `text` that must not be said in a group: a name (of two characters or more) or an address of
    the register at or below `area_path`, or a telephone or identity number. As it was typed; None when there is none.

    People who have left count too. What a company, school or hospital is called is no secret: of an exclusive grid
    only the people's names are looked for.
    """
    number = number_in(text)
    if number is not None:
        return number
    # The database looks through the register, which may be a whole township's; the rule judges the few it finds.
    said = "".join(char for char in folded(text).lower() if char.isalnum())
    name = name_in(text, await _names(session, area_path, said))
    return name or address_in(text, await _addresses(session, area_path, text, said))


async def _names(session: AsyncSession, path: str, said: str) -> list[str]:
    stands_in = _stands_in(session, said)
    pieces = sorted({said[start : start + length] for length in _USUAL for start in range(len(said) - length + 1)})

    def inside(column: Any) -> ColumnElement[bool]:
        usual = _plain(column).in_(pieces)
        return or_(usual, and_(func.length(column) > max(_USUAL), stands_in(column)), column.like(_DOTTED))

    people = (
        select(col(Resident.name))
        .join(Household, col(Household.id) == col(Resident.household_id))
        .join(Area, col(Area.id) == col(Household.grid_id))
        .where(within(path), inside(col(Resident.name)))
    )
    homes = (
        select(col(Household.name))
        .join(Area, col(Area.id) == col(Household.grid_id))
        .where(within(path), inside(col(Household.name)))
        .where(or_(col(Area.grid_kind).is_(None), col(Area.grid_kind) != GridKind.EXCLUSIVE))
    )
    found = {*(await session.execute(people)).scalars(), *(await session.execute(homes)).scalars()}
    return sorted(found, key=lambda name: (-len(name), name))  # the longest: it says most


async def _addresses(session: AsyncSession, path: str, text: str, said: str) -> list[str]:
    inside = _stands_in(session, said)
    doors = [like_pattern(door.looked_for()) for door in doors_in(text)]
    query = (
        select(col(Household.address))
        .join(Area, col(Area.id) == col(Household.grid_id))
        .where(within(path), or_(col(Area.grid_kind).is_(None), col(Area.grid_kind) != GridKind.EXCLUSIVE))
        .where(
            or_(
                inside(col(Household.address)),
                *(func.lower(col(Household.address)).like(door, escape=LIKE_ESCAPE) for door in doors),
            )
        )
    )
    return sorted(set((await session.execute(query)).scalars()), key=lambda address: (-len(address), address))


def _plain(column: Any) -> ColumnElement[str]:
    """What is stored, in lower case and without signs, as what was said is looked through."""
    for sign in _SIGNS:
        column = func.replace(column, sign, "")
    return func.lower(column)


def _stands_in(session: AsyncSession, said: str) -> Any:
    """The condition that a column's text stands in what was said; LIKE would take a name's % for a wildcard."""
    position = func.strpos if session.get_bind().dialect.name == "postgresql" else func.instr

    def condition(column: ColumnClause[str]) -> ColumnElement[bool]:
        return position(literal(said), _plain(column)) > 0

    return condition
