"""What every import of a spreadsheet does: read its rows, tell the mistakes, take over all of it or nothing."""

import sys
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path
from typing import TypeVar

from pydantic import BaseModel
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession
from tqdm import tqdm

from console.desk import Desk, prepare
from console.errors import CommandError
from console.forms import Form
from console.sheet import Cells, Sheet, read_sheet
from domain.rules.sheet_row import RowProblem
from domain.usecases.importing import Imported, ImportRefusedError
from messages.console import phrase

_SHOWN = 20
Row = TypeVar("Row", bound=BaseModel)
Progress = Callable[[int], object]


def open_sheet(file: Path, form: Form, locale: str) -> Sheet:
    """The sheet with its rows; says which columns are left out. Raises CommandError."""
    sheet = read_sheet(file, form, locale)
    if not sheet.rows:
        raise CommandError(phrase(locale, "import", "empty", file=file))
    for heading in sheet.political:
        print(phrase(locale, "import", "political", column=heading))
    if sheet.unknown:
        print(phrase(locale, "import", "ignored", columns=list(sheet.unknown)))
    return sheet


def read_rows(
    sheet: Sheet, read: Callable[[int, Cells], Row | list[RowProblem]]
) -> tuple[list[tuple[int, Row]], list[RowProblem]]:
    """The rows that can be read, and what is wrong with the others."""
    rows: list[tuple[int, Row]] = []
    problems: list[RowProblem] = []
    for number, cells in sheet.rows:
        row = read(number, cells)
        if isinstance(row, list):
            problems += row
        else:
            rows.append((number, row))
    return rows, problems


async def take_over(
    desk: Desk, form: Form, count: int, work: Callable[[AsyncSession, Progress], Awaitable[Imported]]
) -> int:
    """Do `work` on `count` rows in one transaction and say what it came to; the exit status."""
    locale = desk.settings.locale
    await prepare(desk.database)
    try:
        with tqdm(total=count, unit=phrase(locale, form.words, "rows"), disable=None) as bar:
            async with desk.database.transaction() as session:
                done = await work(session, bar.update)
    except ImportRefusedError as error:
        print("\n".join(problem_lines(error.problems, form, locale)), file=sys.stderr)
        return 1
    except IntegrityError as error:
        raise CommandError(phrase(locale, form.words, "busy"), 1) from error
    print(phrase(locale, form.words, "done", new=done.new, changed=done.changed, unchanged=done.unchanged))
    return 0


def problem_lines(problems: Sequence[RowProblem], form: Form, locale: str) -> list[str]:
    """The first problems, a line each, the number of the others, and what follows from them."""
    lines = [
        phrase(
            locale,
            "import",
            "row",
            row=problem.row,
            column=phrase(locale, form.columns, problem.column),
            flaw=phrase(locale, "flaw", problem.flaw, detail=problem.detail),
        )
        for problem in problems[:_SHOWN]
    ]
    if len(problems) > _SHOWN:
        lines.append(phrase(locale, "import", "more", count=len(problems) - _SHOWN))
    return [*lines, phrase(locale, form.words, "nothing", count=len(problems))]
