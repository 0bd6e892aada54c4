"""`import-households`: a register from a spreadsheet, all of it or nothing."""

import argparse
import sys
from collections.abc import Sequence
from datetime import date
from pathlib import Path

import xlsxwriter
import xlsxwriter.exceptions
from sqlalchemy.exc import IntegrityError
from tqdm import tqdm

from console.desk import Desk, prepare
from console.errors import CommandError
from console.sheet import RegisterSheet, read_sheet
from domain.rules.register_row import RegisterRow, RowColumn, RowProblem, read_row
from domain.usecases.importing import ImportRefusedError, import_register
from messages.console import phrase
from messages.render import label
from models.household import Tier

_SHOWN = 20
_SWITCHED = (RowColumn.PEOPLE_COUNT, RowColumn.CONTACT, RowColumn.SITUATION, RowColumn.NEEDS)


def declare_import(parser: argparse.ArgumentParser) -> None:
    """The options of `import-households`."""
    parser.add_argument("file", type=Path, metavar="FILE.xlsx", help="the spreadsheet to read, or the one to write")
    parser.add_argument("--template", action="store_true", help="write an empty sheet with the columns instead")


async def import_households(desk: Desk, args: argparse.Namespace) -> int:
    """Import the households of a spreadsheet; with any mistake in it nothing is imported."""
    locale = desk.settings.locale
    if args.template:
        return write_template(args.file, locale, desk.today)
    sheet = read_sheet(args.file, locale)
    if not sheet.rows:
        raise CommandError(phrase(locale, "import", "empty", file=args.file))
    _tell_what_is_left_out(sheet, desk)
    rows, problems = read_rows(sheet, desk.today)
    await prepare(desk.database)
    try:
        with tqdm(total=len(rows), unit=phrase(locale, "import", "rows"), disable=None) as bar:
            async with desk.database.transaction() as session:
                done = await import_register(
                    session, rows, now=desk.now, policy=desk.policy, progress=bar.update, problems=problems
                )
    except ImportRefusedError as error:
        print("\n".join(problem_lines(error.problems, locale)), file=sys.stderr)
        return 1
    except IntegrityError as error:
        raise CommandError(phrase(locale, "import", "busy"), 1) from error
    print(phrase(locale, "import", "done", new=done.new, changed=done.changed, unchanged=done.unchanged))
    return 0


def read_rows(sheet: RegisterSheet, today: date) -> tuple[list[tuple[int, RegisterRow]], list[RowProblem]]:
    """The rows that can be read, and what is wrong with the others."""
    rows: list[tuple[int, RegisterRow]] = []
    problems: list[RowProblem] = []
    for number, cells in sheet.rows:
        row = read_row(number, cells, today)
        if isinstance(row, RegisterRow):
            rows.append((number, row))
        else:
            problems += row
    return rows, problems


def problem_lines(problems: Sequence[RowProblem], locale: str) -> list[str]:
    """The first problems, a line each, the number of the others, and what follows from them."""
    lines = [
        phrase(
            locale,
            "import",
            "row",
            row=problem.row,
            column=phrase(locale, "column", problem.column),
            flaw=phrase(locale, "flaw", problem.flaw, detail=problem.detail),
        )
        for problem in problems[:_SHOWN]
    ]
    if len(problems) > _SHOWN:
        lines.append(phrase(locale, "import", "more", count=len(problems) - _SHOWN))
    return [*lines, phrase(locale, "import", "nothing", count=len(problems))]


def _tell_what_is_left_out(sheet: RegisterSheet, desk: Desk) -> None:
    locale, comma = desk.settings.locale, "、" if desk.settings.locale == "zh" else ", "
    for column in sheet.political:
        print(phrase(locale, "import", "political", column=column))
    if sheet.unknown:
        print(phrase(locale, "import", "ignored", columns=comma.join(sheet.unknown)))
    off = [
        phrase(locale, "column", column)
        for column in _SWITCHED
        if column in sheet.columns and column not in desk.policy.register_items
    ]
    if off:
        print(phrase(locale, "import", "switched_off", columns=comma.join(off)))


def write_template(file: Path, locale: str, today: date) -> int:
    """Write an empty sheet: the header, and one example row to write over."""
    if file.exists():
        raise CommandError(phrase(locale, "import", "exists", file=file))
    example: dict[RowColumn, str | int | date] = {
        RowColumn.GRID: "YJ-QS-DG-01",
        RowColumn.ADDRESS: "东关村一组99号",
        RowColumn.NAME: "张三",
        RowColumn.PEOPLE_COUNT: 3,
        RowColumn.TIER: label(Tier.ORDINARY, locale).removesuffix(" household"),
        RowColumn.LAST_VISIT: today,
    }
    try:
        with xlsxwriter.Workbook(str(file)) as book:
            # Excel turns a door such as 3-2 into a date unless the column is text.
            text, day, bold = (
                book.add_format(form)
                for form in ({"num_format": "@"}, {"num_format": "yyyy-mm-dd"}, {"bold": True, "num_format": "@"})
            )
            sheet = book.add_worksheet()
            for place, column in enumerate(RowColumn):
                is_day = column is RowColumn.LAST_VISIT
                sheet.set_column(place, place, 18, day if is_day else text)
                sheet.write_string(0, place, phrase(locale, "column", column), bold)
                if column in example:
                    sheet.write(1, place, example[column], day if is_day else text)
            sheet.freeze_panes(1, 0)
    except (OSError, xlsxwriter.exceptions.XlsxWriterException) as error:
        raise CommandError(f"{file}: {error}") from error
    print(phrase(locale, "import", "template", file=file))
    return 0
