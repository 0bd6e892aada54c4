"""Sample values for views, built from the types of their fields."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, is_dataclass
from datetime import UTC, date, datetime
from enum import Enum, StrEnum
from functools import cache
from types import NoneType, UnionType
from typing import Any, Union, get_args, get_origin

from jinja2 import nodes

from domain.refusals import Reason
from handlers.questions import Refusal
from messages.render import LOCALES, environment, labels, template_name
from tests.messages.views import field_types, template_sources

# What a field declared as a mere StrEnum is given: a reason of either kind.
REASONS: tuple[type[StrEnum], ...] = (Refusal, Reason)


@dataclass(frozen=True, slots=True)
class Style:
    """How samples look: `rich` fills everything, otherwise all is as empty as its type allows."""

    rich: bool
    text: str = ""  # for every free text; empty: the field's own name in brackets
    repeat: int = 1


FULL = Style(rich=True)
BARE = Style(rich=False)


def sample(kind: type, style: Style = FULL, /, **fixed: Any) -> Any:
    """A view of `kind`, with some fields `fixed`."""
    words = _words(kind)
    values = {
        name: fixed[name] if name in fixed else _value(name, hint, style, words)
        for name, hint in field_types(kind).items()
    }
    return kind(**values)


def variants(kind: type) -> Iterator[Any]:
    """The view with every value of each field that the words depend on: enumerations, booleans, known texts."""
    words = _words(kind)
    for name, hint in field_types(kind).items():
        for value in [*_members(hint), *words.get(name, ())]:
            for style in (FULL, BARE):
                yield sample(kind, style, **{name: value})


def _members(hint: Any) -> list[Any]:
    if hint is bool:
        return [False, True]
    if hint is int:
        return [0, 1, 2]
    if hint is StrEnum:
        return [member for enum in REASONS for member in enum]
    if isinstance(hint, type) and issubclass(hint, Enum):
        return list(hint)
    return [value for part in get_args(hint) if _is_optional(hint) for value in _members(part)]


def _is_optional(hint: Any) -> bool:
    return get_origin(hint) in (Union, UnionType)


def _value(name: str, hint: Any, style: Style, words: Mapping[str, list[str]]) -> Any:
    if _is_optional(hint):
        options = [part for part in get_args(hint) if part is not NoneType]
        return _value(name, options[0], style, words) if style.rich else None
    if get_origin(hint) is tuple:
        return _tuple(name, get_args(hint), style, words)
    if name in words:
        return words[name][0]
    return _plain(name, hint, style)


def _plain(name: str, hint: Any, style: Style) -> Any:
    plain: dict[Any, tuple[Any, Any]] = {
        str: (style.text or f"‹{name}›", ""),
        int: (3, 0),
        float: (1.5, 0.0),
        bool: (True, False),
        date: (date(2026, 11, 21), date(2026, 1, 1)),
        datetime: (datetime(2026, 11, 21, 8, 5, tzinfo=UTC), datetime(2026, 1, 1, tzinfo=UTC)),
        StrEnum: (REASONS[0].PRESS_A_BUTTON, REASONS[-1].NOT_YOURS) if hint is StrEnum else (None, None),  # type: ignore[attr-defined]
    }
    if hint in plain:
        return plain[hint][0 if style.rich else 1]
    if isinstance(hint, type) and issubclass(hint, Enum):
        return list(hint)[0 if style.rich else -1]
    if isinstance(hint, type) and is_dataclass(hint):
        return sample(hint, style)
    raise TypeError(f"{name}: a view cannot have a field of type {hint}; it is flat text, numbers, days and members")


def _tuple(name: str, parts: tuple[Any, ...], style: Style, words: Mapping[str, list[str]]) -> tuple[Any, ...]:
    if parts[-1] is not ...:
        return tuple(_value(name, part, style, words) for part in parts)
    if not style.rich:
        return ()
    members = _members(parts[0])
    if members and parts[0] not in (bool, int):
        return tuple(members)
    if get_origin(parts[0]) is tuple:
        return tuple(_rows(name, get_args(parts[0]), style, words))
    return tuple(_value(name, parts[0], style, words) for _ in range(2 * style.repeat))


def _rows(name: str, columns: tuple[Any, ...], style: Style, words: Mapping[str, list[str]]) -> Iterator[Any]:
    """Rows of a table: one for every member of the first column that has members."""
    first = tuple(_value(name, column, style, words) for column in columns)
    for place, column in enumerate(columns):
        members = _members(column)
        if members and column not in (bool, int):
            yield from ((*first[:place], member, *first[place + 1 :]) for member in members)
            return
    yield from (first for _ in range(2 * style.repeat))


@cache
def _words(kind: type) -> dict[str, list[str]]:
    """The known values of text fields: keys of a label section, and what a template compares them with."""
    found: dict[str, list[str]] = {}
    texts = {name for name, hint in field_types(kind).items() if hint is str}
    for locale in LOCALES:
        source = template_sources(locale).get(template_name(kind))
        if source is None:
            continue
        tree = environment().parse(source)
        for name, value in [*_label_keys(tree, locale), *_compared(tree)]:
            if name in texts and value not in found.setdefault(name, []):
                found[name].append(value)
    return found


def _label_keys(tree: nodes.Template, locale: str) -> Iterator[tuple[str, str]]:
    for node in tree.find_all(nodes.Filter):
        if node.name == "label" and isinstance(node.node, nodes.Name):
            section = node.args[0].as_const() if node.args else "button"
            yield from ((node.node.name, key) for key in labels(locale).get(section, {}))


def _compared(tree: nodes.Template) -> Iterator[tuple[str, str]]:
    for node in tree.find_all(nodes.Compare):
        if isinstance(node.expr, nodes.Name):
            for operand in node.ops:
                if isinstance(operand.expr, nodes.Const) and isinstance(operand.expr.value, str):
                    yield node.expr.name, operand.expr.value
