"""Trees of areas as real spreadsheets, and what became of them."""

import argparse
from collections.abc import Sequence
from pathlib import Path

from sqlalchemy import select

from console.desk import Desk
from console.register import areas
from models.area import Area
from tests.console.sheets import write_sheet

HEADER = ("编号", "上级编号", "级别", "名称", "网格类型")
Row = Sequence[object]


async def load(desk: Desk, file: Path, *rows: Row, header: Sequence[str] = HEADER) -> int:
    """Import a sheet with these rows."""
    return await import_file(desk, write_sheet(file, rows, header=header))


async def import_file(desk: Desk, file: Path) -> int:
    return await areas(desk, argparse.Namespace(below=None, source=file, template=None))


async def write_template(desk: Desk, file: Path) -> int:
    return await areas(desk, argparse.Namespace(below=None, source=None, template=file))


async def tree(desk: Desk) -> dict[str, Area]:
    async with desk.database.transaction() as session:
        return {area.code: area for area in (await session.execute(select(Area))).scalars()}


def assert_paths(found: dict[str, Area]) -> None:
    """Every area says where it lies by the numbers from the top down to its own."""
    numbers = {area.id: area for area in found.values()}
    for area in found.values():
        above = "/" if area.parent_id is None else numbers[area.parent_id].path
        assert area.path == f"{above}{area.id}/", area.code
