"""What must not stand in a text that may reach a group chat: names and doors of the register (spec 5, 8).

Pure: the register's names and addresses are given. What is found is returned as it stands in the text, so that
whoever wrote it sees which word is meant. Telephone and identity numbers are in `private_numbers.py`.
"""

import re
from collections.abc import Iterable

from domain.rules.private_doors import doors_in
from domain.rules.shown_text import folded

# A name is found however it is spaced out, and with a sign or two between its characters.
_SPACE = r"[\s'’·•‧・⋅]*"
_LOOSE = rf"{_SPACE}(?:[\W_]{_SPACE}){{0,2}}"
# Two characters stand next to each other by chance where one sentence ends and another begins.
_LOOSE_SHORT = rf"{_SPACE}(?:[^\w，。；：！？、,;:!?]{_SPACE}){{0,2}}_*"
_SHORTEST_NAME = 2
_SHORTEST_LATIN = 3  # two Latin letters are a syllable of any word list
_SHORTEST_ADDRESS = 4  # "3号" is a day of the month as well as a door
_DOTS = re.compile(r"[·•‧・⋅]")


def name_in(text: str, names: Iterable[str]) -> str | None:
    """The first of `names` that stands in the text. One of a single character is none: it would be found everywhere."""
    text = folded(text)
    for name in names:
        for part in _parts(folded(name)):
            found = _as_words(part).search(text)
            if found:
                return found[0]
    return None


def address_in(text: str, addresses: Iterable[str]) -> str | None:
    """The first of `addresses` that stands in the text: whole, or from one of its numbers on."""
    text = folded(text)
    doors = doors_in(text)
    for address in addresses:
        whole = "".join(folded(address).split())
        if len(whole) >= _SHORTEST_ADDRESS:
            found = _loosely(whole, _LOOSE).search(text)
            if found:
                return found[0]
        for door in doors:
            if door.ends(whole):
                return door.word
    return None


def _parts(name: str) -> list[str]:
    """The name; and what comes before the dot of a Uyghur or Kazakh one, by which she is called."""
    name = name.strip()
    called, dot, _ = _DOTS.sub("·", name).partition("·")
    parts = [name, called] if dot and len(called) > _SHORTEST_NAME else [name]
    return [part for part in parts if len(part) >= (_SHORTEST_LATIN if part.isascii() else _SHORTEST_NAME)]


def _as_words(name: str) -> re.Pattern[str]:
    short = len(name) <= _SHORTEST_NAME or name.isascii()
    pattern = _loosely(name, _LOOSE_SHORT if short else _LOOSE).pattern
    if name.isascii():  # Latin words have edges: an Ann is not planned
        pattern = rf"(?<![A-Za-z0-9]){pattern}(?![A-Za-z0-9])"
    return re.compile(pattern, re.IGNORECASE)


def _loosely(text: str, loose: str) -> re.Pattern[str]:
    """The text however it is spaced; a number at its edge is the whole number."""
    kept = [char for char in text if not re.fullmatch(_SPACE, char)]
    before = r"(?<!\d)" if kept and kept[0].isdigit() else ""
    after = r"(?!\d)" if kept and kept[-1].isdigit() else ""
    return re.compile(before + loose.join(re.escape(char) for char in kept) + after, re.IGNORECASE)
