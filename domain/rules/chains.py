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
    """The chains in `file`. Raises ChainsError."""
    try:
        raw = tomllib.loads(file.read_text(encoding="utf-8"))
    except OSError as error:
        raise ChainsError(f"{file}: {error.strerror}") from error
    except ValueError as error:
        raise ChainsError(f"{file}: {error}") from error
    chains: dict[Colour, Chain] = {}
    for colour in Colour:
        try:
            chains[colour] = _chain(raw[colour.value])
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            raise ChainsError(f"{file}: [{colour.value}] {type(error).__name__}: {error}") from error
    return chains


def _chain(raw: Mapping[str, Any]) -> Chain:
    rungs = []
    before = 0
    for entry in raw["rungs"]:
        at = int(entry["at_minutes"])
        if at < before:
            raise ValueError(f"a rung at {at} minutes comes after one at {before}")
        posts = tuple(_post(text) for text in entry["posts"])
        if not posts:
            raise ValueError("a rung without posts rings nobody")
        rungs.append(Rung(at - before, posts, bool(entry.get("phones", False))))
        before = at
    if not rungs:
        raise ValueError("a chain without rungs alerts nobody")
    return Chain(
        tuple(rungs),
        _minutes(raw, "repeat_minutes"),
        _minutes(raw, "still_on_it_minutes"),
        _minutes(raw, "answer_within_minutes"),
        bool(raw.get("quiet", False)),
    )


def _minutes(raw: Mapping[str, Any], name: str) -> timedelta:
    minutes = raw[name]
    if not isinstance(minutes, int) or minutes < 1:
        raise ValueError(f"{name} must be a number of minutes, 1 or more")
    return timedelta(minutes=minutes)


def _post(text: str) -> PostOf:
    role, at, kind = str(text).partition("@")
    if not at:
        raise ValueError(f"{text!r} is no post such as head@community")
    return PostOf(Role(role), AreaKind(kind))
