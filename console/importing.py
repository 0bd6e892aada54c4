"""`import-households`: a register from a spreadsheet, all of it or nothing."""

import argparse
from datetime import date
from pathlib import Path

from sqlalchemy.ext.asyncio import AsyncSession

from console.desk import Desk
from console.forms import HOUSEHOLDS
from console.intake import Progress, open_sheet, read_rows, take_over
from console.sheet import Sheet
from console.template import Example, write_template
from domain.rules.register_row import RowColumn, read_row
from domain.usecases.importing import Imported, import_register
from messages.console import phrase
from messages.render import label
from models.household import Tier

_SWITCHED = (RowColumn.PEOPLE_COUNT, RowColumn.CONTACT, RowColumn.SITUATION, RowColumn.NEEDS)


def declare_import(parser: argparse.ArgumentParser) -> None:
    """The options of `import-households`."""
    parser.add_argument("file", type=Path, metavar="FILE.xlsx", help="the spreadsheet to read, or the one to write")
    parser.add_argument("--template", action="store_true", help="write an empty sheet with the columns instead")


async def import_households(desk: Desk, args: argparse.Namespace) -> int:
    """Import the households of a spreadsheet; with any mistake in it nothing is imported."""
    locale, today = desk.settings.locale, desk.today
    if args.template:
        return write_template(args.file, HOUSEHOLDS, locale, [_example(locale, today)], days=[RowColumn.LAST_VISIT])
    sheet = open_sheet(args.file, HOUSEHOLDS, locale)
    _tell_what_is_switched_off(sheet, desk)
    rows, problems = read_rows(sheet, lambda number, cells: read_row(number, cells, today))

    async def work(session: AsyncSession, progress: Progress) -> Imported:
        return await import_register(
            session, rows, now=desk.now, policy=desk.policy, progress=progress, problems=problems
        )

    return await take_over(desk, HOUSEHOLDS, len(rows), work)


def _tell_what_is_switched_off(sheet: Sheet, desk: Desk) -> None:
    locale = desk.settings.locale
    off = [
        phrase(locale, "column", column)
        for column in _SWITCHED
        if column in sheet.columns and column not in desk.policy.register_items
    ]
    if off:
        print(phrase(locale, "households", "switched_off", columns=list(off)))


def _example(locale: str, today: date) -> Example:
    return {
        RowColumn.GRID: "YJ-QS-DG-01",
        RowColumn.ADDRESS: "东关村一组99号",
        RowColumn.NAME: "张三",
        RowColumn.PEOPLE_COUNT: 3,
        RowColumn.TIER: label(Tier.ORDINARY, locale).removesuffix(" household"),
        RowColumn.LAST_VISIT: today,
    }
