"""How long what is kept, as data: an entity, the day from which is counted, and a number of days (spec 8).

A county replaces the file; it is checked when the program starts. What is open has no such day and is never forgotten.
"""

import tomllib
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from functools import cache
from pathlib import Path

SHIPPED = Path(__file__).parent / "data" / "retention.toml"
_MOST_DAYS = 36_525
_LEAST_DAYS = 7  # a slip of the pen must not empty a register over night


class Entity(StrEnum):
    """What can be forgotten by a rule."""

    VISIT_PLACE = "visit_place"
    VISIT = "visit"
    HOUSEHOLD_CHANGE = "household_change"
    TIER_CHANGE = "tier_change"
    RESIDENT = "resident"
    LEAD_FILE = "lead_file"
    LEAD = "lead"
    DISPUTE_FILE = "dispute_file"
    DISPUTE = "dispute"
    BALLOT_NAMES = "ballot_names"
    MINUTES_NAMES = "minutes_names"
    PROJECT = "project"
    AGENDA_ITEM = "agenda_item"
    INVITE = "invite"
    GROUP_CODE = "group_code"
    LEAVE = "leave"
    GUEST = "guest"  # of a council, and never anything else
    MEMBER = "member"


# The columns that each may be counted from: those that are set once it is over.
SINCE: dict[Entity, tuple[str, ...]] = {
    Entity.VISIT_PLACE: ("visited_on", "recorded_at"),
    Entity.VISIT: ("visited_on", "recorded_at"),
    Entity.HOUSEHOLD_CHANGE: ("changed_at",),
    Entity.TIER_CHANGE: ("decided_at",),
    Entity.RESIDENT: ("left_on",),
    Entity.LEAD_FILE: ("closed_at",),
    Entity.LEAD: ("closed_at",),
    Entity.DISPUTE_FILE: ("closed_at",),
    Entity.DISPUTE: ("closed_at",),
    Entity.BALLOT_NAMES: ("ended_at",),
    Entity.MINUTES_NAMES: ("final_at",),
    Entity.PROJECT: ("ended_on",),
    Entity.AGENDA_ITEM: ("changed_at",),
    Entity.INVITE: ("expires_at", "created_at"),
    Entity.GROUP_CODE: ("expires_at",),
    Entity.LEAVE: ("ends_on",),
    Entity.GUEST: ("ends_on",),
    Entity.MEMBER: ("ends_on",),
}


class RetentionError(ValueError):
    """A file of rules cannot be used; the message is one line that says where and why."""


@dataclass(frozen=True, slots=True)
class RetentionRule:
    """What `entity` was over on a day of `since` so many days ago, or earlier, is forgotten."""

    entity: Entity
    since: str
    days: int

    def last_day(self, today: date) -> date:
        """The last day of `since` that is forgotten today."""
        return today - timedelta(days=self.days)


@dataclass(frozen=True, slots=True)
class Retention:
    """The rules, in the order in which they are carried out."""

    rules: tuple[RetentionRule, ...]


@cache
def shipped_retention() -> Retention:
    """The rules that come with the program."""
    return read_retention(SHIPPED)


def read_retention(file: Path) -> Retention:
    """The rules in `file`. Raises RetentionError with its first mistake."""
    try:
        raw = tomllib.loads(file.read_text(encoding="utf-8"))
    except OSError as error:
        raise RetentionError(f"{file}: {error.strerror}") from error
    except (ValueError, RecursionError) as error:
        raise RetentionError(f"{file}: {error}") from error
    try:
        return Retention(_rules(raw))
    except ValueError as error:
        raise RetentionError(f"{file}: {error}") from error


def _rules(raw: dict[str, object]) -> tuple[RetentionRule, ...]:
    for name in raw:
        if name != "rules":
            raise ValueError(f"knows no {name!r}; there are: rules")
    entries = raw.get("rules", [])
    if not isinstance(entries, list):
        raise ValueError("needs [[rules]]")
    rules: list[RetentionRule] = []
    for number, entry in enumerate(entries, 1):
        try:
            rule = _rule(entry)
        except ValueError as error:
            raise ValueError(f"rule {number}: {error}") from error
        if any(rule.entity is other.entity for other in rules):
            raise ValueError(f"rule {number}: {rule.entity} stands twice")
        rules.append(rule)
    return tuple(rules)


def _rule(raw: object) -> RetentionRule:
    if not isinstance(raw, dict):
        raise ValueError("must be a table")
    for name in raw:
        if name not in ("entity", "since", "days"):
            raise ValueError(f"knows no {name!r}; there are: entity, since, days")
    entity = raw.get("entity")
    if entity not in list(Entity):
        raise ValueError(f"entity {entity!r} is none; there are: {', '.join(Entity)}")
    known = SINCE[Entity(entity)]
    since = raw.get("since")
    if since not in known:
        raise ValueError(f"since {since!r} is no day of {entity}; there are: {', '.join(known)}")
    days = raw.get("days")
    if type(days) is not int or not _LEAST_DAYS <= days <= _MOST_DAYS:
        raise ValueError(f"days must be a whole number from {_LEAST_DAYS} to {_MOST_DAYS}")
    return RetentionRule(Entity(entity), str(since), days)
