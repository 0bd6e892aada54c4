"""Real spreadsheets for tests, written with XlsxWriter."""

from collections.abc import Callable, Iterable, Sequence
from datetime import date
from pathlib import Path
from typing import Any

import xlsxwriter

HEADER = ("编号", "网格", "门牌", "户主", "人数", "联系方式", "家庭情况", "需求", "分级", "上次走访")
Touch = Callable[[Any, Any], None]


def write_sheet(
    file: Path, rows: Iterable[Sequence[object]], *, header: Sequence[str] = HEADER, touch: Touch | None = None
) -> Path:
    """A sheet with `header` in its first row; `touch` gets the book and the sheet for what is special."""
    with xlsxwriter.Workbook(str(file)) as book:
        sheet, day = book.add_worksheet(), book.add_format({"num_format": "yyyy-mm-dd"})
        sheet.write_row(0, 0, header)
        for number, row in enumerate(rows, start=1):
            for place, value in enumerate(row):
                if isinstance(value, date):
                    sheet.write_datetime(number, place, value, day)
                elif value is not None:
                    sheet.write(number, place, value)
        if touch:
            touch(book, sheet)
    return file
