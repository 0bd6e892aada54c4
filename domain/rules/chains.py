"""Who is alerted, in which order, by which clock: a chain for each colour, as a county's data (spec 3).

The figures of red, orange and yellow are the spec's defaults; who stands on which rung is ours. A county replaces the
file; it is checked when the program starts.
"""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from functools import cache
from pathlib import Path
from typing import Any

from models.area import AreaKind
from models.lead import Colour
from models.member import Role

SHIPPED = Path(__file__).parent / "data" / "chains.toml"

# Whoever is rung must be able to open the alert: domain/access.py goes by this same list.
MAY_BE_RUNG = frozenset({Role.INSTRUCTOR, Role.HEAD, Role.TOWNSHIP_CENTRE, Role.COUNTY_CENTRE, Role.FEDERATION_OFFICER})
_A_YEAR = 525_600  # minutes; more is a slip of the pen


class ChainsError(ValueError):
    """A file of chains cannot be used; the message is one line that says where and why."""


@dataclass(frozen=True, slots=True)
class PostOf:
    """A post to ring: everybody who holds `role` in the nearest area of `kind` above the lead."""

    role: Role
    kind: AreaKind


@dataclass(frozen=True, slots=True)
class Rung:
    """A rung: rung so many minutes after the one before it. `phones` adds the "phone them now" list."""

    after_minutes: int
    posts: tuple[PostOf, ...]
    phones: bool = False


@dataclass(frozen=True, slots=True)
class Chain:
    """The chain of a colour. The last rung is rung again every `repeat` until somebody answers.

    Whoever has it is asked after `still_on_it` whether she is still on it, and has `answer_within` to say so.
    A `quiet` chain rings nobody by itself: its leads stand in the morning digest, until its clock has run out.
    """

    rungs: tuple[Rung, ...]
    repeat: timedelta
    still_on_it: timedelta
    answer_within: timedelta
    quiet: bool = False


Chains = Mapping[Colour, Chain]


@cache
def shipped_chains() -> Chains:
    """The chains that come with the program."""
    return read_chains(SHIPPED)


def read_chains(file: Path) -> Chains:
    """The chains in `file`. Raises ChainsError with its first mistake."""
    try:
        raw = tomllib.loads(file.read_text(encoding="utf-8"))
    except OSError as error:
        raise ChainsError(f"{file}: {error.strerror}") from error
    except (ValueError, RecursionError) as error:
        raise ChainsError(f"{file}: {error}") from error
    try:
        _only(raw, tuple(Colour))
        return {colour: _chain(colour, raw.get(colour)) for colour in Colour}
    except ValueError as error:
        raise ChainsError(f"{file}: {error}") from error


def _chain(colour: Colour, raw: object) -> Chain:
    try:
        if not isinstance(raw, dict):
            raise ValueError("is missing")
        _only(raw, ("rungs", "repeat_minutes", "still_on_it_minutes", "answer_within_minutes", "quiet"))
        chain = Chain(
            _rungs(raw.get("rungs")),
            _minutes(raw, "repeat_minutes"),
            _minutes(raw, "still_on_it_minutes"),
            _minutes(raw, "answer_within_minutes"),
            _flag(raw, "quiet"),
        )
        if chain.quiet and colour is Colour.RED:
            raise ValueError("red is never quiet")
        return chain
    except ValueError as error:
        raise ValueError(f"[{colour}] {error}") from error


def _rungs(raw: object) -> tuple[Rung, ...]:
    if not isinstance(raw, list) or not raw:
        raise ValueError("needs rungs: a chain without any alerts nobody")
    rungs: list[Rung] = []
    before = 0
    for number, entry in enumerate(raw, 1):
        try:
            if not isinstance(entry, dict):
                raise ValueError("must be { at_minutes = …, posts = [...] }")
            _only(entry, ("at_minutes", "posts", "phones"))
            at = _at(entry.get("at_minutes"), before if rungs else None)
            rungs.append(Rung(at - before, _posts(entry.get("posts")), _flag(entry, "phones")))
        except ValueError as error:
            raise ValueError(f"rung {number}: {error}") from error
        before = at
    return tuple(rungs)


def _at(minutes: object, before: int | None) -> int:
    if type(minutes) is not int or not 0 <= minutes <= _A_YEAR:
        raise ValueError("at_minutes must be a whole number of minutes from the alert")
    if before is None and minutes:
        raise ValueError("at_minutes must be 0: somebody is rung at once")
    if before is not None and minutes <= before:
        raise ValueError(f"at_minutes {minutes} does not come after {before}")
    return minutes


def _posts(raw: object) -> tuple[PostOf, ...]:
    if not isinstance(raw, list) or not raw:
        raise ValueError("needs posts: without any it rings nobody")
    return tuple(_post(text) for text in raw)


def _post(text: object) -> PostOf:
    role, at, kind = str(text).partition("@")
    if not isinstance(text, str) or not at:
        raise ValueError(f"{text!r} is no post such as head@community")
    if role not in MAY_BE_RUNG:
        raise ValueError(f"{text!r}: {role!r} answers no alerts; there are: {', '.join(sorted(MAY_BE_RUNG))}")
    if kind not in list(AreaKind):
        raise ValueError(f"{text!r}: {kind!r} is no kind of area; there are: {', '.join(AreaKind)}")
    return PostOf(Role(role), AreaKind(kind))


def _minutes(raw: Mapping[str, Any], name: str) -> timedelta:
    minutes = raw.get(name)
    if type(minutes) is not int or not 1 <= minutes <= _A_YEAR:
        raise ValueError(f"{name} must be a whole number of minutes, 1 or more")
    return timedelta(minutes=minutes)


def _flag(raw: Mapping[str, Any], name: str) -> bool:
    flag = raw.get(name, False)
    if not isinstance(flag, bool):
        raise ValueError(f"{name} must be true or false")
    return flag


def _only(values: Mapping[str, Any], known: tuple[str, ...]) -> None:
    for name in values:
        if name not in known:
            raise ValueError(f"knows no {name!r}; there are: {', '.join(known)}")
