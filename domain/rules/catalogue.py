"""The county's catalogue of leads: categories, items, their colours, and which are key matters (W D, spec 3).

The documents name the counts (8 categories, 26 items) and not the lists: the list that ships is ours, and a county
replaces the file. It is checked when the program starts.
"""

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from models.lead import Colour, Triage

SHIPPED = Path(__file__).parent / "data" / "catalogue.toml"

# A key travels in the data of a button, which has 64 bytes, and a name stands on it.
_KEY = re.compile(r"[a-z_]{1,32}")
_LONGEST_NAME = 48


class CatalogueError(ValueError):
    """A catalogue's file cannot be used; the message is one line that says where and why."""


@dataclass(frozen=True, slots=True)
class Category:
    """A category of leads, in both languages."""

    key: str
    zh: str
    en: str
    women_and_children: bool = False

    def name(self, locale: str) -> str:
        """Its name in a language."""
        return self.zh if locale == "zh" else self.en


@dataclass(frozen=True, slots=True)
class Item:
    """One kind of trouble."""

    key: str
    category: str
    zh: str
    en: str
    colour: Colour
    key_matter: bool = False

    def name(self, locale: str) -> str:
        """Its name in a language."""
        return self.zh if locale == "zh" else self.en


@dataclass(frozen=True, slots=True)
class Catalogue:
    """All categories and items. `by_triage` says which item a yes in the triage stands for when none was chosen."""

    categories: Mapping[str, Category]
    items: Mapping[str, Item]
    by_triage: Mapping[Triage, str]
    other: str  # the item of a lead that fits nowhere

    def of_category(self, category: str) -> list[Item]:
        """The items of a category, in the file's order."""
        return [item for item in self.items.values() if item.category == category]

    def name(self, item: str, locale: str) -> str:
        """The name of an item; of one that the county has removed since, its key."""
        return self.items[item].name(locale) if item in self.items else item


@cache
def shipped_catalogue() -> Catalogue:
    """The catalogue that comes with the program."""
    return read_catalogue(SHIPPED)


def read_catalogue(file: Path) -> Catalogue:
    """The catalogue in `file`. Raises CatalogueError with its first mistake."""
    try:
        raw = tomllib.loads(file.read_text(encoding="utf-8"))
    except OSError as error:
        raise CatalogueError(f"{file}: {error.strerror}") from error
    except (ValueError, RecursionError) as error:
        raise CatalogueError(f"{file}: {error}") from error
    try:
        return _catalogue(raw)
    except ValueError as error:
        raise CatalogueError(f"{file}: {error}") from error


def _catalogue(raw: Mapping[str, Any]) -> Catalogue:
    _only(raw, "the file", ("other", "by_triage", "categories", "items"))
    categories = {key: _category(key, values) for key, values in _table(raw, "categories").items()}
    items = {key: _item(key, values, categories) for key, values in _table(raw, "items").items()}
    used = {item.category for item in items.values()}
    for key in categories:
        if key not in used:
            raise ValueError(f"[categories] {key} has no item")
    by_triage = _by_triage(_table(raw, "by_triage"), items)
    other = raw.get("other")
    if not isinstance(other, str) or other not in items:
        raise ValueError("other must name the item of a lead that fits nowhere")
    return Catalogue(categories, items, by_triage, other)


def _category(key: str, values: object) -> Category:
    where = f"[categories] {key}"
    fields = _fields(values, where, ("zh", "en", "women_and_children"))
    return Category(
        key, _name(fields, "zh", where), _name(fields, "en", where), _flag(fields, "women_and_children", where)
    )


def _item(key: str, values: object, categories: Mapping[str, Category]) -> Item:
    where = f"[items] {key}"
    fields = _fields(values, where, ("category", "zh", "en", "colour", "key_matter"))
    category, colour = fields.get("category"), fields.get("colour")
    if not isinstance(category, str) or category not in categories:
        raise ValueError(f"{where}: category {category!r} is none of {', '.join(categories)}")
    if colour not in list(Colour):
        raise ValueError(f"{where}: colour {colour!r} is none of {', '.join(Colour)}")
    key_matter = _flag(fields, "key_matter", where)
    if key_matter and colour != Colour.RED:
        raise ValueError(f"{where} is a key matter and must be red")
    return Item(key, category, _name(fields, "zh", where), _name(fields, "en", where), Colour(colour), key_matter)


def _by_triage(raw: Mapping[str, Any], items: Mapping[str, Item]) -> dict[Triage, str]:
    _only(raw, "[by_triage]", tuple(Triage))
    for answer in Triage:
        item = raw.get(answer)
        if not isinstance(item, str) or item not in items:
            raise ValueError(f"[by_triage] {answer} must name an item; there is no {item!r}")
        if not items[item].key_matter:
            raise ValueError(f"[by_triage] {answer}: {item} is no key matter, and a yes in the triage always is one")
    return {answer: raw[answer] for answer in Triage}


def _table(raw: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    table = raw.get(name)
    if not isinstance(table, dict) or not table:
        raise ValueError(f"[{name}] is missing or empty")
    for key in table:
        if not _KEY.fullmatch(key):
            raise ValueError(f"[{name}] {key!r}: a key is 1 to 32 characters, a to z and _")
    return table


def _fields(values: object, where: str, known: tuple[str, ...]) -> Mapping[str, Any]:
    if not isinstance(values, dict):
        raise ValueError(f"{where} must be {{ zh = …, en = … }}")
    _only(values, where, known)
    return values


def _only(values: Mapping[str, Any], where: str, known: tuple[str, ...]) -> None:
    for field in values:
        if field not in known:
            raise ValueError(f"{where}: knows no {field!r}; there are: {', '.join(known)}")


def _name(fields: Mapping[str, Any], locale: str, where: str) -> str:
    name = fields.get(locale)
    if not isinstance(name, str) or not name.strip() or not name.isprintable() or len(name) > _LONGEST_NAME:
        raise ValueError(f"{where}: {locale} must be a name of 1 to {_LONGEST_NAME} characters")
    return name.strip()


def _flag(fields: Mapping[str, Any], field: str, where: str) -> bool:
    flag = fields.get(field, False)
    if not isinstance(flag, bool):
        raise ValueError(f"{where}: {field} must be true or false")
    return flag
