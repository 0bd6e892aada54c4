"""From a view to its text.

A view is a frozen dataclass. Its class names the template: `domain.household_notices.MorningDigest` in Chinese
is `zh/household_notices/morning_digest.html`; its fields are the whole context. Words for enumerations, buttons
and menu entries are in `labels.toml` of each language.
"""

import re
import tomllib
from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from datetime import date, datetime
from enum import Enum
from functools import cache
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined, Template, pass_context
from jinja2.runtime import Context

HERE = Path(__file__).parent
LOCALES = ("zh", "en")
_WEEKDAYS = {"zh": "一二三四五六日", "en": ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")}
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


class UnknownLabelError(LookupError):
    """A label is missing in a language: a mistake of ours that a test finds."""


@cache
def labels(locale: str) -> Mapping[str, Mapping[str, str]]:
    """All labels of a language, by section and key."""
    return tomllib.loads((HERE / locale / "labels.toml").read_text(encoding="utf-8"))


def label(member: Enum | str, locale: str, section: str = "button") -> str:
    """The word for an enumeration's member, or for `member` as a key of `section`. Raises UnknownLabelError."""
    name, key = (type(member).__name__, str(member.value)) if isinstance(member, Enum) else (section, member)
    try:
        return labels(locale)[name][key]
    except KeyError as error:
        raise UnknownLabelError(f"{locale}: [{name}] {key}") from error


def day_text(day: date, locale: str) -> str:
    """A day as people write it, with its weekday."""
    weekday = _WEEKDAYS[locale][day.weekday()]
    if locale == "zh":
        return f"{day.month}月{day.day}日（周{weekday}）"
    return f"{weekday} {day.day} {_MONTHS[day.month - 1]}"


def template_name(view_type: type) -> str:
    """The template of a view class, without the language."""
    snake = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", view_type.__name__).lower()
    return f"{view_type.__module__.rsplit('.', 1)[-1]}/{snake}.html"


def render(view: object, locale: str) -> str:
    """The text of `view` as HTML. Raises TypeError for something that is no view."""
    if not is_dataclass(view) or isinstance(view, type):
        raise TypeError(f"{type(view).__name__} is not a view")
    context = {field.name: getattr(view, field.name) for field in fields(view)}
    return _template(f"{locale}/{template_name(type(view))}").render(context).strip()


@cache
def environment() -> Environment:
    """The one Jinja2 environment: strict about names, escaping everything."""
    made = Environment(
        loader=FileSystemLoader(HERE), autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    made.filters["label"] = _label_filter
    made.filters["day"] = _day_filter
    made.filters["clock"] = _clock_filter
    return made


@cache
def _template(name: str) -> Template:
    return environment().get_template(name)


def _locale(context: Context) -> str:
    return (context.name or "zh/").split("/", 1)[0]


@pass_context
def _label_filter(context: Context, member: Any, section: str = "button") -> str:
    return label(member, _locale(context), section)


@pass_context
def _day_filter(context: Context, day: date) -> str:
    return day_text(day, _locale(context))


def _clock_filter(instant: datetime) -> str:
    return f"{instant:%H:%M}"
