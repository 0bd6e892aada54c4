"""Taking over a tree of areas from a sheet: all of it or nothing, and a second time changes nothing (spec 1)."""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence

from sqlalchemy import select, text
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from domain.rules.area_row import AreaColumn, AreaRow
from domain.rules.area_tree import KnownArea, Rows, Tree
from domain.rules.sheet_row import RowFlaw, RowProblem
from domain.usecases.importing import Imported, ImportRefusedError
from models.area import Area, AreaKind
from models.household import Household
from models.member import Appointment

Areas = dict[str, Area]


async def import_areas(
    session: AsyncSession,
    rows: Rows,
    *,
    mentioned: Collection[str],
    progress: Callable[[int], object],
    problems: Sequence[RowProblem] = (),
) -> Imported:
    """Take over `rows`, each with its number in the sheet; `progress` hears of rows that are done.

    `mentioned` are the codes of all rows of the sheet, and `problems` those of rows that could not even be read.

    An area that is known by its code gets another name, kind of grid or parent where the row says so; its kind stays.
    Raises ImportRefusedError with every problem found, before anything is written.
    """
    await _wait_in_line(session)
    areas: Areas = {area.code: area for area in (await session.execute(select(Area))).scalars()}
    codes = {area.id: area.code for area in areas.values()}
    known = {
        code: KnownArea(area.kind, codes[area.parent_id] if area.parent_id is not None else None)
        for code, area in areas.items()
    }
    tree = Tree(known, rows, mentioned)
    found = [*problems, *tree.problems(), *await _moved_in_use(session, tree, areas)]
    if found:
        raise ImportRefusedError(found)
    new, changed = [row for _, row in rows if row.code not in areas], 0
    # From the top downwards: an area is told where it lies by the path of the one above it.
    for kind in AreaKind:
        level = [row for _, row in rows if row.kind is kind]
        changed += _change(areas, tree, [row for row in level if row.code in areas])
        await _add(session, areas, [row for row in level if row.code not in areas])
        _set_paths(areas, kind)
        progress(len(level))
    await session.flush()
    return Imported(len(new), changed, len(rows) - len(new) - changed)


async def _wait_in_line(session: AsyncSession) -> None:
    """One import at a time: a path that another one moves meanwhile would be written wrong. Reading goes on."""
    if session.get_bind().dialect.name == "postgresql":
        await session.execute(text("LOCK TABLE area IN SHARE ROW EXCLUSIVE MODE"))


async def _moved_in_use(session: AsyncSession, tree: Tree, areas: Mapping[str, Area]) -> list[RowProblem]:
    """What may not move: whoever may see a household must not change by a line in a sheet."""
    moved = tree.moved()
    if not moved:
        return []
    used = await _areas_in_use(session)
    above_used = {int(part) for area in areas.values() if area.id in used for part in area.path.split("/") if part}
    return [
        RowProblem(number, AreaColumn.PARENT, RowFlaw.IN_USE, row.code)
        for number, row in moved
        if areas[row.code].id in above_used
    ]


async def _areas_in_use(session: AsyncSession) -> set[int]:
    """The areas where a household is registered or somebody has, or had, a post."""
    used: set[int] = set()
    for place in (col(Household.grid_id), col(Household.microgrid_id), col(Appointment.area_id)):
        found = await session.execute(select(place).distinct())
        used |= {row[0] for row in found.all() if row[0] is not None}
    return used


def _change(areas: Areas, tree: Tree, rows: Iterable[AreaRow]) -> int:
    """Bring known areas to what their rows say; how many of them differed."""
    changed = 0
    for row in rows:
        area, parent = areas[row.code], tree.parent_of(row)
        said = {"name": row.name, "grid_kind": row.grid_kind, "parent_id": areas[parent].id if parent else None}
        different = {name: value for name, value in said.items() if getattr(area, name) != value}
        for name, value in different.items():
            setattr(area, name, value)
        changed += bool(different)
    return changed


async def _add(session: AsyncSession, areas: Areas, rows: Iterable[AreaRow]) -> None:
    fresh = [
        Area(
            code=row.code,
            parent_id=areas[row.parent].id if row.parent else None,
            kind=row.kind,
            name=row.name,
            grid_kind=row.grid_kind,
        )
        for row in rows
    ]
    session.add_all(fresh)
    await session.flush()  # gives them their numbers
    areas.update((area.code, area) for area in fresh)


def _set_paths(areas: Areas, kind: AreaKind) -> None:
    """Let every area of this level, and what was moved with an area above it, say where it lies now."""
    paths = {area.id: area.path for area in areas.values()}
    for area in areas.values():
        if area.kind is kind:
            path = f"{paths[area.parent_id] if area.parent_id is not None else '/'}{area.id}/"
            if area.path != path:
                area.path = path
