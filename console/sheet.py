"""Reading a register from a spreadsheet as people make them: titles above the header, merged cells, empty lines."""

import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from python_calamine import CalamineError, CalamineSheet, CalamineWorkbook

from console.errors import CommandError
from domain.rules.register_row import REQUIRED, RowColumn
from messages.console import phrase

_HEADER_WITHIN = 10
_NAMES: dict[RowColumn, str] = {
    RowColumn.CODE: "编号 户编号 编码 code",
    RowColumn.GRID: "网格 网格编号 网格编码 网格名称 所属网格 grid",
    RowColumn.ADDRESS: "门牌 门牌号 地址 住址 家庭住址 address",
    RowColumn.NAME: "户主 户主姓名 name",
    RowColumn.PEOPLE_COUNT: "人数 人口 人口数 家庭人口 people_count peoplecount",
    RowColumn.CONTACT: "联系方式 电话 联系电话 contact",
    RowColumn.SITUATION: "家庭情况 situation",
    RowColumn.NEEDS: "需求 家庭需求 needs",
    RowColumn.TIER: "分级 级别 tier",
    RowColumn.LAST_VISIT: "上次走访 上次走访日期 last_visit lastvisit",
}
_COLUMN_OF = {word: column for column, words in _NAMES.items() for word in words.split()}
_POLITICAL = re.compile(r"政治|党员|党派|团员|political|party")
_REMARK = re.compile(r"\(.*?\)|\*")
Cells = Mapping[str, object]
Grid = Sequence[Sequence[object]]


@dataclass(frozen=True, slots=True)
class RegisterSheet:
    """The rows of a sheet by their numbers, and the columns that mean nothing to the register."""

    rows: tuple[tuple[int, Cells], ...]
    columns: frozenset[RowColumn]
    political: tuple[str, ...]
    unknown: tuple[str, ...]


def read_sheet(file: Path, locale: str) -> RegisterSheet:
    """The first sheet that has the columns which are needed. Raises CommandError."""
    if not file.exists():
        raise CommandError(phrase(locale, "import", "no_file", file=file))
    try:
        with CalamineWorkbook.from_path(file) as book:
            for name in book.sheet_names:
                found = _read(book.get_sheet_by_name(name), file, locale)
                if found is not None:
                    return found
    except (CalamineError, OSError) as error:
        raise CommandError(phrase(locale, "import", "no_sheet", file=file, reason=error)) from error
    needed = "、".join(phrase(locale, "column", column) for column in REQUIRED)
    raise CommandError(phrase(locale, "import", "no_header", file=file, rows=_HEADER_WITHIN, columns=needed))


def _read(sheet: CalamineSheet, file: Path, locale: str) -> RegisterSheet | None:
    grid: Grid = sheet.to_python(skip_empty_area=False)
    header = next(
        (number for number, line in enumerate(grid[:_HEADER_WITHIN]) if set(REQUIRED) <= set(_columns(line))), None
    )
    if header is None:
        return None
    words, columns = [str(cell).strip() for cell in grid[header]], _columns(grid[header])
    known = [column for column in columns if column is not None]
    for column in known:
        if known.count(column) > 1:
            raise CommandError(
                phrase(locale, "import", "double_column", file=file, column=phrase(locale, "column", column))
            )
    strange = [word for word, column in zip(words, columns, strict=True) if word and column is None]
    political = tuple(word for word in strange if _POLITICAL.search(_plain(word)))
    places = {column: place for place, column in enumerate(columns) if column is not None}
    rows = tuple(_rows(sheet, grid, header + 1, places))
    return RegisterSheet(rows, frozenset(known), political, tuple(word for word in strange if word not in political))


def _columns(line: Sequence[object]) -> list[RowColumn | None]:
    return [_COLUMN_OF.get(_plain(str(cell))) for cell in line]


def _rows(
    sheet: CalamineSheet, grid: Grid, header: int, places: Mapping[RowColumn, int]
) -> Iterator[tuple[int, Cells]]:
    merged = _merged_down(sheet, grid)
    for number, line in enumerate(grid[header:], start=header + 1):
        cells = {column.value: line[place] for column, place in places.items()}
        if all(str(cell).strip() == "" for cell in cells.values()):
            continue
        for column, place in places.items():
            if cells[column.value] == "":
                cells[column.value] = merged.get((number - 1, place))
        yield number, cells


def _merged_down(sheet: CalamineSheet, grid: Grid) -> dict[tuple[int, int], object]:
    """What a merged cell says for each of the rows it covers. (Only its first cell holds the value.)"""
    covered: dict[tuple[int, int], object] = {}
    for (top, left), (bottom, _right) in sheet.merged_cell_ranges or ():
        if top < len(grid) and left < len(grid[top]):
            for row in range(top + 1, min(bottom + 1, len(grid))):
                covered[row, left] = grid[top][left]
    return covered


def _plain(word: str) -> str:
    folded = unicodedata.normalize("NFKC", word).lower()
    return _REMARK.sub("", "".join(folded.split()))
