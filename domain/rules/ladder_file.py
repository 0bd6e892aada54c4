"""The county's ladder as data: its rungs, who stands on them, how often each tries, and its clocks (M, spec 4).

A county replaces the file; it is checked when the program starts.
"""

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from domain.rules.chains import PostOf
from models.area import AreaKind
from models.lead import Colour
from models.member import Role

SHIPPED = Path(__file__).parent / "data" / "ladder.toml"
_KEY = re.compile(r"[a-z_]{1,16}")
_LONGEST_NAME = 24
_MOST_TRIES = 9
_MOST_DAYS = 366
_MOST_HOURS = 24 * 14
COLOURS = tuple(colour for colour in Colour if colour is not Colour.RED)

# Who can work on a dispute at all: domain/dispute_access.py goes by the rungs, which go by this list.
MAY_MEDIATE = frozenset(
    {
        *(Role.GRID_WORKER, Role.INSTRUCTOR, Role.MEDIATOR, Role.EXECUTIVE, Role.HEAD),
        *(Role.TOWNSHIP_CENTRE, Role.COUNTY_CENTRE),
    }
)


class LadderFileError(ValueError):
    """A ladder's file cannot be used; the message is one line that says where and why."""


@dataclass(frozen=True, slots=True)
class LadderRung:
    """A rung: the posts `roles` in an area of kind `at` hold it; `leads` of them may lead; `head` is over it."""

    key: str
    zh: str
    en: str
    at: AreaKind
    roles: tuple[Role, ...]
    leads: frozenset[Role]
    head: PostOf
    tries: int

    def name(self, locale: str) -> str:
        """Its name in a language."""
        return self.zh if locale == "zh" else self.en


@dataclass(frozen=True, slots=True)
class LadderClock:
    """Days without anything happening, and hours until an arrival must be accepted."""

    remind_days: int
    head_days: int
    climb_days: int
    accept_hours: int


@dataclass(frozen=True, slots=True)
class Ladder:
    """The rungs from the lowest to the highest, and a clock for each colour that can be mediated."""

    rungs: tuple[LadderRung, ...]
    clocks: Mapping[Colour, LadderClock]

    def __getitem__(self, key: str) -> LadderRung:
        return self.rungs[self.place(key)]

    def place(self, key: str) -> int:
        """How high a rung is, from 0. Raises KeyError for one that the county has removed."""
        for place, rung in enumerate(self.rungs):
            if rung.key == key:
                return place
        raise KeyError(key)

    def name(self, key: str, locale: str) -> str:
        """The name of a rung; of one that the county has removed since, its key."""
        return next((rung.name(locale) for rung in self.rungs if rung.key == key), key)


@cache
def shipped_ladder() -> Ladder:
    """The ladder that comes with the program."""
    return read_ladder(SHIPPED)


def read_ladder(file: Path) -> Ladder:
    """The ladder in `file`. Raises LadderFileError with its first mistake."""
    try:
        raw = tomllib.loads(file.read_text(encoding="utf-8"))
    except OSError as error:
        raise LadderFileError(f"{file}: {error.strerror}") from error
    except (ValueError, RecursionError) as error:
        raise LadderFileError(f"{file}: {error}") from error
    try:
        _only(raw, ("rungs", "clocks"))
        return Ladder(_rungs(raw.get("rungs")), _clocks(raw.get("clocks")))
    except ValueError as error:
        raise LadderFileError(f"{file}: {error}") from error


def _rungs(raw: object) -> tuple[LadderRung, ...]:
    if not isinstance(raw, list) or not raw:
        raise ValueError("needs [[rungs]]: on a ladder without any nobody mediates")
    rungs: list[LadderRung] = []
    for number, entry in enumerate(raw, 1):
        try:
            rung = _rung(entry)
            _fits(rung, rungs)
        except ValueError as error:
            raise ValueError(f"rung {number}: {error}") from error
        rungs.append(rung)
    if rungs[-1].at is not AreaKind.COUNTY:
        raise ValueError("the last rung must stand at the county: no case is without a last one")
    return tuple(rungs)


def _fits(rung: LadderRung, below: list[LadderRung]) -> None:
    order = list(AreaKind)
    if order.index(rung.head.kind) > order.index(rung.at):
        raise ValueError(f"its head stands at the {rung.head.kind}, below it")
    if any(rung.key == other.key for other in below):
        raise ValueError(f"the key {rung.key!r} stands twice")
    if below and order.index(rung.at) >= order.index(below[-1].at):
        raise ValueError(f"{rung.at} does not lie above {below[-1].at}")


def _rung(raw: object) -> LadderRung:
    if not isinstance(raw, dict):
        raise ValueError("must be a table")
    _only(raw, ("key", "zh", "en", "at", "roles", "leads", "head", "tries"))
    key = raw.get("key")
    if not isinstance(key, str) or not _KEY.fullmatch(key):
        raise ValueError(f"key {key!r} must be 1 to 16 characters, a to z and _")
    kind = raw.get("at")
    if kind not in list(AreaKind):
        raise ValueError(f"at {kind!r} is no kind of area; there are: {', '.join(AreaKind)}")
    roles = _roles(raw, "roles")
    leads = _roles(raw, "leads")
    for role in leads:
        if role not in roles:
            raise ValueError(f"leads: {role} does not stand on the rung")
    return LadderRung(
        key,
        _name(raw, "zh"),
        _name(raw, "en"),
        AreaKind(kind),
        roles,
        frozenset(leads),
        _head(raw.get("head")),
        _number(raw, "tries", _MOST_TRIES),
    )


def _roles(raw: Mapping[str, Any], name: str) -> tuple[Role, ...]:
    values = raw.get(name)
    if not isinstance(values, list) or not values:
        raise ValueError(f"needs {name}")
    for value in values:
        if not isinstance(value, str) or value not in MAY_MEDIATE:
            raise ValueError(f"{name}: {value!r} mediates nothing; there are: {', '.join(sorted(MAY_MEDIATE))}")
    return tuple(dict.fromkeys(Role(value) for value in values))


def _head(text: object) -> PostOf:
    role, at, kind = str(text).partition("@")
    if not isinstance(text, str) or not at or role not in MAY_MEDIATE or kind not in list(AreaKind):
        raise ValueError(f"head {text!r} is no post such as head@community")
    return PostOf(Role(role), AreaKind(kind))


def _clocks(raw: object) -> dict[Colour, LadderClock]:
    if not isinstance(raw, dict):
        raise ValueError("needs [clocks.orange], [clocks.yellow] and [clocks.blue]")
    _only(raw, tuple(colour.value for colour in COLOURS))
    return {colour: _clock(colour, raw.get(colour.value)) for colour in COLOURS}


def _clock(colour: Colour, raw: object) -> LadderClock:
    try:
        if not isinstance(raw, dict):
            raise ValueError("is missing")
        _only(raw, ("remind_days", "head_days", "climb_days", "accept_hours"))
        clock = LadderClock(
            _number(raw, "remind_days", _MOST_DAYS),
            _number(raw, "head_days", _MOST_DAYS),
            _number(raw, "climb_days", _MOST_DAYS),
            _number(raw, "accept_hours", _MOST_HOURS),
        )
        if not clock.remind_days < clock.head_days < clock.climb_days:
            raise ValueError("remind_days, head_days and climb_days must follow each other")
        return clock
    except ValueError as error:
        raise ValueError(f"[clocks.{colour}] {error}") from error


def _number(raw: Mapping[str, Any], name: str, most: int) -> int:
    value = raw.get(name)
    if type(value) is not int or not 1 <= value <= most:
        raise ValueError(f"{name} must be a whole number from 1 to {most}")
    return value


def _name(raw: Mapping[str, Any], locale: str) -> str:
    name = raw.get(locale)
    if not isinstance(name, str) or not name.strip() or not name.isprintable() or len(name) > _LONGEST_NAME:
        raise ValueError(f"{locale} must be a name of 1 to {_LONGEST_NAME} characters")
    return name.strip()


def _only(values: Mapping[str, Any], known: tuple[str, ...]) -> None:
    for name in values:
        if name not in known:
            raise ValueError(f"knows no {name!r}; there are: {', '.join(known)}")
