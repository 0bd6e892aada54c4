"""Reading a spreadsheet as people make them: titles above the header, merged cells, empty lines."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from python_calamine import CalamineError, CalamineSheet, CalamineWorkbook

from console.errors import CommandError
from console.forms import Form, plain
from messages.console import phrase

_HEADER_WITHIN = 10
_POLITICAL = re.compile(r"政治|党员|党派|团员|political|party")
Cells = Mapping[str, object]
Grid = Sequence[Sequence[object]]


@dataclass(frozen=True, slots=True)
class Sheet:
    """The rows of a sheet by their numbers, and the columns that mean nothing to this program."""

    rows: tuple[tuple[int, Cells], ...]
    columns: frozenset[StrEnum]
    political: tuple[str, ...]
    unknown: tuple[str, ...]


def read_sheet(file: Path, form: Form, locale: str) -> Sheet:
    """The first sheet that has the columns which are needed. Raises CommandError."""
    if not file.exists():
        raise CommandError(phrase(locale, "import", "no_file", file=file))
    try:
        with CalamineWorkbook.from_path(file) as book:
            for name in book.sheet_names:
                found = _read(book.get_sheet_by_name(name), file, form, locale)
                if found is not None:
                    return found
    except (CalamineError, OSError) as error:
        raise CommandError(phrase(locale, "import", "no_sheet", file=file, reason=error)) from error
    needed = [phrase(locale, form.columns, column) for column in form.required]
    raise CommandError(phrase(locale, "import", "no_header", file=file, rows=_HEADER_WITHIN, columns=needed))


def _read(sheet: CalamineSheet, file: Path, form: Form, locale: str) -> Sheet | None:
    grid: Grid = sheet.to_python(skip_empty_area=False)
    header = next(
        (
            number
            for number, line in enumerate(grid[:_HEADER_WITHIN])
            if set(form.required) <= set(_columns(line, form))
        ),
        None,
    )
    if header is None:
        return None
    words, columns = [str(cell).strip() for cell in grid[header]], _columns(grid[header], form)
    known = [column for column in columns if column is not None]
    for column in known:
        if known.count(column) > 1:
            raise CommandError(
                phrase(locale, "import", "double_column", file=file, column=phrase(locale, form.columns, column))
            )
    strange = [word for word, column in zip(words, columns, strict=True) if word and column is None]
    political = tuple(word for word in strange if _POLITICAL.search(plain(word)))
    places = {column: place for place, column in enumerate(columns) if column is not None}
    rows = tuple(_rows(sheet, grid, header + 1, places))
    return Sheet(rows, frozenset(known), political, tuple(word for word in strange if word not in political))


def _columns(line: Sequence[object], form: Form) -> list[StrEnum | None]:
    return [form.column_of(cell) for cell in line]


def _rows(sheet: CalamineSheet, grid: Grid, header: int, places: Mapping[StrEnum, int]) -> Iterator[tuple[int, Cells]]:
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
