"""Writing the empty sheet of an import: its header, and examples to write over."""

from collections.abc import Collection, Mapping, Sequence
from datetime import date
from enum import StrEnum
from pathlib import Path

import xlsxwriter
import xlsxwriter.exceptions

from console.errors import CommandError
from console.forms import Form
from messages.console import phrase

Example = Mapping[StrEnum, str | int | date]
_ROWS = 10_000  # as far down as a column offers its choices


def write_template(
    file: Path,
    form: Form,
    locale: str,
    examples: Sequence[Example],
    *,
    days: Collection[StrEnum] = (),
    choices: Mapping[StrEnum, Sequence[str]] | None = None,
) -> int:
    """Write the sheet; `days` are its columns of dates, `choices` what else a column offers. Raises CommandError."""
    if file.exists():
        raise CommandError(phrase(locale, "import", "exists", file=file))
    try:
        with xlsxwriter.Workbook(str(file)) as book:
            # Excel turns a door such as 3-2 into a date unless the column is text.
            text, day, bold = (
                book.add_format(style)
                for style in ({"num_format": "@"}, {"num_format": "yyyy-mm-dd"}, {"bold": True, "num_format": "@"})
            )
            sheet = book.add_worksheet()
            for place, column in enumerate(form.names):
                cell = day if column in days else text
                sheet.set_column(place, place, 18, cell)
                sheet.write_string(0, place, phrase(locale, form.columns, column), bold)
                for number, example in enumerate(examples, start=1):
                    if column in example:
                        sheet.write(number, place, example[column], cell)
                if choices and column in choices:
                    # Offered, not forced: other words for the same are read as well.
                    offer = {"validate": "list", "source": choices[column], "show_error": False}
                    sheet.data_validation(1, place, _ROWS, place, offer)
            sheet.freeze_panes(1, 0)
    except (OSError, xlsxwriter.exceptions.XlsxWriterException) as error:
        raise CommandError(f"{file}: {error}") from error
    print(phrase(locale, "import", "template", file=file))
    return 0
