"""How a household or a person is found: by name, door, code, or the name's pinyin or initials.

The text stored beside a household holds one entry a line. A query never contains a line break, so a match
never runs from one entry into the next.
"""

import os
import unicodedata
from collections.abc import Iterable, Sequence
from functools import lru_cache
from itertools import islice, product

from domain.rules.surnames import GIVEN, SURNAMES, Reading

LIKE_ESCAPE = "!"
"""To be given to the database with every pattern: `LIKE :pattern ESCAPE '!'`."""

_SEPARATOR = "\n"
_INVISIBLE = {"Cc", "Cf", "Cs", "Zs", "Zl", "Zp"}
# Typed in many ways or left out: the dashes of codes, the dot of Uyghur and Tibetan names, the apostrophe of
# pinyin. And ü is typed as v.
_FOLDED = str.maketrans({**dict.fromkeys(" '’·•‧・⋅", None), **dict.fromkeys("‐‑‒–—−", "-"), "ü": "v"})
_LIKE_ESCAPES = str.maketrans({char: LIKE_ESCAPE + char for char in (LIKE_ESCAPE, "%", "_")})
# A long name of many-voiced characters has many readings; nobody tries more than a few.
_MOST_READINGS = 8
# SQLite refuses patterns of more than 50,000 bytes, and one character of a message may unfold into eighteen.
_LONGEST_QUERY = 200


def normalise_query(text: str) -> str:
    """What was typed, in the form in which entries are stored; empty when nothing visible was typed.

    Full-width characters become half-width, letters lower case; spaces and invisible characters go (among
    them what a database refuses: NUL and lone surrogates). Wildcards stay: `like_pattern` makes them literal.
    """
    folded = unicodedata.normalize("NFKC", text).lower().translate(_FOLDED)
    if folded.isprintable():
        return folded
    return "".join(char for char in folded if unicodedata.category(char) not in _INVISIBLE)


def like_pattern(query: str) -> str:
    """The LIKE pattern that finds the query anywhere, with its wildcards literal; escape: `LIKE_ESCAPE`.

    Of a very long query its beginning is looked for.
    An empty query gives "%%", which finds everything: the caller decides whether that is wanted.
    """
    return f"%{normalise_query(query)[:_LONGEST_QUERY].translate(_LIKE_ESCAPES)}%"


def search_text(*parts: str) -> str:
    """The parts as they are stored to be searched, an entry each; for anything but people's names."""
    return _joined(normalise_query(part) for part in parts)


def person_search_text(name: str) -> str:
    """A person's name as it is stored to be searched: itself, its pinyin and its initials."""
    return _joined(_name_entries(normalise_query(name)))


def household_search_text(code: str, address: str, names: Sequence[str]) -> str:
    """A household as it is stored to be searched: code with and without dashes, door, everybody's names."""
    plain_code = normalise_query(code)
    entries = [plain_code, plain_code.replace("-", ""), normalise_query(address)]
    for name in names:
        entries += _name_entries(normalise_query(name))
    return _joined(entries)


def _joined(entries: Iterable[str]) -> str:
    return _SEPARATOR.join(dict.fromkeys(entry for entry in entries if entry))


def _name_entries(name: str) -> list[str]:
    if not name:
        return []
    entries = [name]
    for syllables in islice(product(*_syllables_of(name)), _MOST_READINGS):
        flat = [syllable for reading in syllables for syllable in reading]
        entries += ("".join(flat), "".join([syllable[0] for syllable in flat]))
    return entries


def _syllables_of(name: str) -> list[tuple[Reading, ...]]:
    """The readings of the surname, then of each character of the given name."""
    length = 2 if name[:2] in SURNAMES else 1
    surname, given = name[:length], name[length:]
    first = SURNAMES.get(surname) or _dictionary_reading(surname)
    return [first, *(GIVEN.get(char) or _dictionary_reading(char) for char in given)]


@lru_cache(maxsize=30_000)
def _dictionary_reading(char: str) -> tuple[Reading, ...]:
    # Loaded when the first name is read: most processes never read one. Single characters need no dictionary of
    # phrases, which is four fifths of the library's memory.
    os.environ.setdefault("PYPINYIN_NO_PHRASES", "true")
    from pypinyin import Style, lazy_pinyin  # noqa: PLC0415

    # pypinyin gives back what it cannot read, such as a Latin letter.
    return ((lazy_pinyin(char, style=Style.NORMAL)[0],),)
