"""The year of councils as an Excel file: a line for each council, their sum, and their months."""

import io
from collections.abc import Iterable, Sequence
from dataclasses import fields

import xlsxwriter

from domain.usecases.council_years import MONTHS, CouncilYear, YearFigures, months_used
from messages.render import label

SECTION = "year_sheet"
# What is worked out from the counts, after them.
SHARES = ("turnout", "share")
# Of these alone no share could be made without telling how few there were.
_LEFT_OUT = frozenset({"voted", "entitled", "satisfied"})
COUNTS = tuple(one.name for one in fields(YearFigures) if one.name not in _LEFT_OUT)


def write_year(name: str, year: int, found: Sequence[CouncilYear], locale: str) -> bytes:
    """The file's content. Nothing in it is a formula: names are text, whatever they begin with."""

    def word(key: str) -> str:
        return label(key, locale, SECTION)

    file = io.BytesIO()
    with xlsxwriter.Workbook(file, {"in_memory": True}) as book:
        bold = book.add_format({"bold": True, "text_wrap": True})
        sheet = book.add_worksheet(word("figures"))
        sheet.write_string(0, 0, f"{name} · {year}", bold)
        _header(sheet, [word("council"), word("months_used"), *(word(key) for key in (*COUNTS, *SHARES))], bold)
        for row, one in enumerate(found, 2):
            _line(sheet, row, one.sight.council.name, [months_used(one), *_values(one.figures)])
        if len(found) > 1:
            sums = found[0].figures
            for one in found[1:]:
                sums = sums.plus(one.figures)
            used = sum(months_used(one) for one in found)
            _line(sheet, len(found) + 2, word("sum"), [used, *_values(sums)])
        sheet.freeze_panes(2, 1)
        _months(book.add_worksheet(word("months")), found, locale, bold)
    return file.getvalue()


def _values(figures: YearFigures) -> list[int | None]:
    return [getattr(figures, key) for key in (*COUNTS, *SHARES)]


def _months(sheet: xlsxwriter.worksheet.Worksheet, found: Iterable[CouncilYear], locale: str, bold: object) -> None:
    months = [label("month", locale, SECTION).format(month=month) for month in range(1, MONTHS + 1)]
    sheet.write_string(0, 0, label("months_words", locale, SECTION))
    _header(sheet, [label("council", locale, SECTION), *months], bold)
    for row, one in enumerate(found, 2):
        _line(sheet, row, one.sight.council.name, list(one.months))


def _header(sheet: xlsxwriter.worksheet.Worksheet, words: Sequence[str], bold: object) -> None:
    for place, text in enumerate(words):
        sheet.write_string(1, place, text, bold)
    sheet.set_column(0, 0, 28)
    sheet.set_column(1, len(words), 11)


def _line(sheet: xlsxwriter.worksheet.Worksheet, row: int, name: str, values: Sequence[int | None]) -> None:
    sheet.write_string(row, 0, name)
    for place, value in enumerate(values, 1):
        if value is None:
            sheet.write_string(row, place, "—")
        else:
            sheet.write_number(row, place, value)
