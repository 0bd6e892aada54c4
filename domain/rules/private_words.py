"""What must not stand in a text that may reach a group chat: names, doors, telephone and identity numbers (spec 5, 8).

Pure: the register's names and addresses are given. What is found is returned as it stands in the text, so that
whoever wrote it sees which word is meant.
"""

import re
import unicodedata
from collections.abc import Iterable

_LOOSE = r"[\s'’·•‧・⋅]*"  # a name is found however it is spaced out
_SHORTEST_NAME = 2
_SHORTEST_LATIN = 3  # two Latin letters are a syllable of any word list
_SHORTEST_ADDRESS = 4  # "3号" is a day of the month as well as a door
_SHORTEST_DASHED_DOOR = 5  # "3-501" is a door, "3-5" a number of people
_DOTS = re.compile(r"[·•‧・⋅]")
_NUMBERS = (
    re.compile(r"(?<!\d)\d{17}[\dXx](?![\dA-Za-z])"),  # an identity card
    re.compile(r"(?<!\d)(?:\+?86[- ]?)?1[3-9]\d(?:[- ]?\d{4}){2}(?!\d)"),  # a mobile telephone
    re.compile(r"(?<!\d)0\d{2,3}[- ]?\d{7,8}(?!\d)"),  # one at home, with its area
    re.compile(r"(?:电话|手机|号码|微信|[Pp]hone|[Tt]el|[Ww]e[Cc]hat)\D{0,4}?(\d[\d -]{5,}\d)"),
)
_DOOR = re.compile(r"\d+(?:[^\d\s，。；：、,.;:!?！？/年月日时点]{1,4}\d+)+")


def folded(text: str) -> str:
    """The text in one way of writing: full-width digits and letters are ordinary ones. Its words stay as they are."""
    return unicodedata.normalize("NFKC", text)


def number_in(text: str) -> str | None:
    """The first telephone or identity number in the text."""
    for pattern in _NUMBERS:
        found = pattern.search(folded(text))
        if found:
            return found[found.lastindex or 0].strip()
    return None


def name_in(text: str, names: Iterable[str]) -> str | None:
    """The first of `names` that stands in the text. One of a single character is none: it would be found everywhere."""
    text = folded(text)
    for name in names:
        for part in _parts(folded(name)):
            found = _as_words(part).search(text)
            if found:
                return found[0]
    return None


def doors_in(text: str) -> list[str]:
    """What reads like a door of a building, such as 3栋2单元501: to be looked for among the addresses."""
    found = (match[0] for match in _DOOR.finditer(folded(text)))
    return [door for door in found if not _is_span(door)]


def address_in(text: str, addresses: Iterable[str]) -> str | None:
    """The first of `addresses` that stands in the text: whole, or from its first number on."""
    text = folded(text)
    for address in addresses:
        whole = "".join(folded(address).split())
        if len(whole) >= _SHORTEST_ADDRESS:
            found = _loosely(whole).search(text)
            if found:
                return found[0]
        for door in doors_in(text):
            if re.search(rf"(?<!\d){re.escape(door)}\D*$", whole):
                return door
    return None


def _is_span(door: str) -> bool:
    """Whether it may as well be "3-5 people" or "9~11"."""
    return re.fullmatch(r"\d+[-~至到](?:\d+)", door) is not None and len(door) < _SHORTEST_DASHED_DOOR


def _parts(name: str) -> list[str]:
    """The name; and what comes before the dot of a Uyghur or Kazakh one, by which she is called."""
    name = name.strip()
    called, dot, _ = _DOTS.sub("·", name).partition("·")
    parts = [name, called] if dot and len(called) > _SHORTEST_NAME else [name]
    return [part for part in parts if len(part) >= (_SHORTEST_LATIN if part.isascii() else _SHORTEST_NAME)]


def _as_words(name: str) -> re.Pattern[str]:
    pattern = _loosely(name).pattern
    if name.isascii():  # Latin words have edges: an Ann is not planned
        pattern = rf"(?<![A-Za-z0-9]){pattern}(?![A-Za-z0-9])"
    return re.compile(pattern, re.IGNORECASE)


def _loosely(text: str) -> re.Pattern[str]:
    """The text however it is spaced; a number at its edge is the whole number."""
    kept = [char for char in text if not re.fullmatch(_LOOSE, char)]
    before = r"(?<!\d)" if kept and kept[0].isdigit() else ""
    after = r"(?!\d)" if kept and kept[-1].isdigit() else ""
    return re.compile(before + _LOOSE.join(re.escape(char) for char in kept) + after, re.IGNORECASE)
