"""The county's catalogue of leads: categories, items, their colours, and which are key matters (W D, spec 3).

The documents name the counts (8 categories, 26 items) and not the lists: the list that ships is ours, and a county
replaces the file. It is checked when the program starts.
"""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from models.lead import Colour, Triage

SHIPPED = Path(__file__).parent / "data" / "catalogue.toml"


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
    """The catalogue in `file`. Raises CatalogueError."""
    try:
        raw = tomllib.loads(file.read_text(encoding="utf-8"))
    except OSError as error:
        raise CatalogueError(f"{file}: {error.strerror}") from error
    except ValueError as error:
        raise CatalogueError(f"{file}: {error}") from error
    try:
        return Catalogue(
            {key: Category(key, **values) for key, values in raw["categories"].items()},
            {key: Item(key, **{**values, "colour": Colour(values["colour"])}) for key, values in raw["items"].items()},
            {Triage(key): item for key, item in raw["by_triage"].items()},
            raw["other"],
        )
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise CatalogueError(f"{file}: {error}") from error
