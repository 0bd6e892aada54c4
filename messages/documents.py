"""From a view to a Word document. The view's class names the template: `CaseFile` in Chinese is
`zh/documents/case_file.docx`, an ordinary Word file with blanks, which a county may change in Word.

Its fields are the whole context; words and days are filled in as in a message (`messages.render`).
"""

import io
import re
from collections.abc import Callable
from dataclasses import fields, is_dataclass
from datetime import date
from pathlib import Path
from typing import Any

from jinja2 import Environment, StrictUndefined
from markupsafe import Markup

from messages.render import HERE, label

# What XML 1.0 cannot hold; people paste such things.
_NO_TEXT = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
# What the Word template itself would read as commands for a new line, a new paragraph or a new page.
_COMMANDS = str.maketrans({"\a": None, "\f": None, "\t": " ", "\r": None})
PICTURE_MM = 120


def document_file(view_type: type, locale: str) -> Path:
    """The Word file with the blanks for a view."""
    snake = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", view_type.__name__).lower()
    return HERE / locale / "documents" / f"{snake}.docx"


def render_document(view: object, locale: str) -> bytes:
    """The Word file of a view. It takes a while: call it in a thread. Raises TypeError for something that is no view.

    A picture is a field of bytes under the key `picture` of a row; what is no picture stands there as a word.
    """
    from docxtpl import DocxTemplate  # noqa: PLC0415 - takes long to import, and few ever need it

    if not is_dataclass(view) or isinstance(view, type):
        raise TypeError(f"{type(view).__name__} is not a view")
    template = DocxTemplate(document_file(type(view), locale))
    context = {field.name: getattr(view, field.name) for field in fields(view)}
    environment = _environment(locale)
    environment.filters["picture"] = _picture_filter(template, locale)
    template.render(context, environment, autoescape=True)
    written = io.BytesIO()
    template.save(written)
    return written.getvalue()


def document_blanks(view_type: type, locale: str) -> set[str]:
    """The fields that the template of a view asks for."""
    from docxtpl import DocxTemplate  # noqa: PLC0415 - as above

    template, environment = DocxTemplate(document_file(view_type, locale)), _environment(locale)
    environment.filters["picture"] = _picture_filter(template, locale)
    return set(template.get_undeclared_template_variables(environment))


def _environment(locale: str) -> Environment:
    made = Environment(autoescape=True, undefined=StrictUndefined, finalize=_readable)
    made.filters["label"] = lambda member, section="button": label(member, locale, section)
    made.filters["day"] = lambda day: _day(day, locale)
    made.filters["clock"] = lambda instant: f"{instant:%H:%M}"
    return made


def _day(day: date | None, locale: str) -> str:
    """A day with its year: a file is read years later."""
    if day is None:
        return ""
    return f"{day.year}年{day.month}月{day.day}日" if locale == "zh" else f"{day.day} {day:%B} {day.year}"


def _readable(value: Any) -> Any:
    """Text without what a Word file cannot hold."""
    if isinstance(value, str) and not isinstance(value, Markup):
        return _NO_TEXT.sub("", value.translate(_COMMANDS))
    return value


def _picture_filter(template: Any, locale: str) -> Callable[[bytes], Any]:
    from docx.image.exceptions import UnrecognizedImageError  # noqa: PLC0415 - as above
    from docx.shared import Mm  # noqa: PLC0415
    from docxtpl import InlineImage  # noqa: PLC0415

    def shown(content: bytes) -> Any:
        try:
            return Markup(str(InlineImage(template, io.BytesIO(content), width=Mm(PICTURE_MM))))  # noqa: S704 - ours
        except UnrecognizedImageError:
            return label("no_picture", locale, "case_file")

    return shown
