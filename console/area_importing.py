"""`areas --import` and `areas --template`: the tree of areas from a spreadsheet, all of it or nothing."""

from enum import StrEnum
from pathlib import Path

from sqlalchemy.ext.asyncio import AsyncSession

from console.desk import Desk
from console.forms import AREAS
from console.intake import Progress, open_sheet, read_rows, take_over
from console.template import Example, write_template
from domain.rules.area_row import AreaColumn, code_in, read_area_row
from domain.usecases.area_importing import import_areas
from domain.usecases.importing import Imported
from messages.console import phrase
from models.area import AreaKind, GridKind

_EXAMPLES = (
    ("YJ", "", AreaKind.COUNTY, "云锦县", None),
    ("YJ-QS", "YJ", AreaKind.TOWNSHIP, "青梭镇", None),
    ("YJ-QS-DG", "YJ-QS", AreaKind.COMMUNITY, "东关村", None),
    ("YJ-QS-DG-Z1", "YJ-QS-DG", AreaKind.VILLAGE_GROUP, "东关村一组", None),
    ("YJ-QS-DG-01", "YJ-QS-DG-Z1", AreaKind.GRID, "东关村第1网格", GridKind.RURAL),
    ("YJ-QS-DG-01-W1", "YJ-QS-DG-01", AreaKind.MICROGRID, "东关村第1网格第1微网格", None),
    ("YJ-QS-DG-02", "YJ-QS-DG", AreaKind.GRID, "东关小学网格", GridKind.EXCLUSIVE),
)


async def import_tree(desk: Desk, file: Path) -> int:
    """Import the areas of a spreadsheet; with any mistake in it nothing is imported."""
    sheet = open_sheet(file, AREAS, desk.settings.locale)
    rows, problems = read_rows(sheet, read_area_row)
    mentioned = {code for _, cells in sheet.rows if (code := code_in(cells)) is not None}

    async def work(session: AsyncSession, progress: Progress) -> Imported:
        return await import_areas(session, rows, mentioned=mentioned, progress=progress, problems=problems)

    return await take_over(desk, AREAS, len(rows), work)


def write_example_tree(file: Path, locale: str) -> int:
    """Write a small tree to write over, with the kinds to choose from."""
    kinds = {kind: phrase(locale, "area_kind", kind) for kind in AreaKind}
    grid_kinds = {kind: phrase(locale, "area_grid_kind", kind) for kind in GridKind}
    examples: list[Example] = [
        {
            AreaColumn.CODE: code,
            AreaColumn.PARENT: parent,
            AreaColumn.KIND: kinds[kind],
            AreaColumn.NAME: name,
            AreaColumn.GRID_KIND: grid_kinds[grid_kind] if grid_kind else "",
        }
        for code, parent, kind, name, grid_kind in _EXAMPLES
    ]
    choices: dict[StrEnum, list[str]] = {
        AreaColumn.KIND: list(kinds.values()),
        AreaColumn.GRID_KIND: list(grid_kinds.values()),
    }
    return write_template(file, AREAS, locale, examples, choices=choices)
