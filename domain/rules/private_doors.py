"""Doors in a text, such as 3栋2单元501, 3幢2单元501, 三栋二单元501 or 3-2-501. Pure (spec 5, 8)."""

import re
from dataclasses import dataclass

from domain.rules.shown_text import folded
from domain.rules.spelt_numbers import SPELT_DIGITS, number_said

_FREE = re.compile(r"\d+(?:[^\d\s，。；：、,.;:!?！？/年月日时点]{1,4}\d+)+")
_NUMBER = rf"(?:\d+|[{SPELT_DIGITS}]+)"
_UNITS = {
    "building": "栋幢座#",
    "stairs": "单元门",
    "floor": "楼层",
    "group": "组队社",
    "house": "号院",
    "lane": "巷弄",
}
_UNIT = r"\s*(?:号楼|号院|单元|[-‐‑‒–—−_~]|[栋幢座#门楼层组队社号院巷弄])\s*"
_KNOWN = re.compile(rf"{_NUMBER}(?:{_UNIT}{_NUMBER})+")
_DASH = "-"
_TO = "[-~至到]"
_SHORTEST_DASHED = 5  # "3-501" is a door, "3-5" a number of people
_LONG_NUMBER = 3  # digits, of which few doors have any by chance


@dataclass(frozen=True, slots=True)
class Door:
    """What reads like a door: as it stands in the text, its numbers, and what stands between them."""

    word: str
    numbers: tuple[int, ...]
    units: tuple[str, ...]

    def ends(self, address: str) -> bool:
        """Whether the address ends in this door."""
        if re.search(rf"(?<!\d){re.escape(self.word)}\D*$", address):
            return True
        theirs = _last_known(address)
        if not self.units or theirs is None or theirs.numbers[-len(self.numbers) :] != self.numbers:
            return False
        pairs = list(zip(self.units, theirs.units[-len(self.units) :], strict=True))
        if any(_DASH in pair for pair in pairs):  # 3-2-501 says no units: its numbers must tell it
            return self.numbers[-1] >= 10 ** (_LONG_NUMBER - 1) or len(self.numbers) >= _LONG_NUMBER
        return all(one == other for one, other in pairs)

    def looked_for(self) -> str:
        """What the addresses among which it may be have in common: the number at the end."""
        return str(self.numbers[-1]) if self.units else self.word


def doors_in(text: str) -> list[Door]:
    """What reads like a door of a building: to be looked for among the addresses."""
    text = folded(text)
    known = [_door(match[0]) for match in _KNOWN.finditer(text)]
    free = [Door(match[0], (), ()) for match in _FREE.finditer(text)]
    return [door for door in [*known, *free] if not _is_span(door.word)]


def _door(word: str) -> Door:
    numbers = re.findall(_NUMBER, word)
    units = re.split(_NUMBER, word)[1:-1]
    return Door(word, tuple(number_said(number) for number in numbers), tuple(_kind(unit.strip()) for unit in units))


def _last_known(address: str) -> Door | None:
    found = list(_KNOWN.finditer(address))
    # Chinese numerals are often part of a name; behind the door there is nothing but "室" or the like.
    return _door(found[-1][0]) if found and not re.search(r"\d", address[found[-1].end() :]) else None


def _kind(unit: str) -> str:
    if unit == "号楼":
        return "building"
    return next((kind for kind, words in _UNITS.items() if unit[0] in words), _DASH)


def _is_span(word: str) -> bool:
    """Whether it may as well be "3-5 people" or "9~11"."""
    return re.fullmatch(rf"\d+{_TO}\d+", word) is not None and len(word) < _SHORTEST_DASHED
