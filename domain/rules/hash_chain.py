"""The log of a ballot as a chain of hashes (spec 5; docs/adr/0010).

Each entry's hash covers the entry and the hash before it; the first entry holds the electorate and the rules, the
last one the count. Its hash is the ballot's seal, which the group has seen: whoever rewrites the log afterwards gets
another one.
"""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any

from domain.rules.ballot import Tally, VotingRules, is_published
from models.ballot import BallotChoice, BallotEvent, BallotOutcome, Seat, VoteWay


@dataclass(frozen=True, slots=True)
class LoggedEvent:
    """An entry of a ballot's log, with the hash that was stored."""

    number: int
    kind: BallotEvent
    at: datetime
    by_id: int | None
    voter_id: int | None
    choice: BallotChoice | None
    way: VoteWay | None
    detail: Mapping[str, Any]
    chain: str = ""


@dataclass(frozen=True, slots=True)
class Place:
    """An elector's place on the list."""

    position: int
    member_id: int
    seat: Seat


@dataclass(frozen=True, slots=True)
class Words:
    """What was voted on, and the salt without which its hash tells nothing."""

    title: str
    body: str
    salt: str


def chained(before: str, ballot_id: int, event: LoggedEvent) -> str:
    """The hash of an entry and of all before it; the first one follows the empty text."""
    facts = [
        *(before, ballot_id, event.number, event.kind.value, event.at.astimezone(UTC).isoformat()),
        *(event.by_id, event.voter_id, event.choice and event.choice.value, event.way and event.way.value),
        event.detail,
    ]
    return sha256(json.dumps(facts, sort_keys=True, separators=(",", ":")).encode()).hexdigest()


def rules_to_log(rules: VotingRules) -> dict[str, Any]:
    """A council's rules as the first entry holds them."""
    return {
        "quorum": [rules.quorum_num, rules.quorum_den],
        "majority": rules.majority.value,
        "abstain_counts": rules.abstain_counts,
    }


def electorate_to_log(electors: Iterable[Place]) -> list[list[Any]]:
    """The electorate as the first entry holds it, in its order."""
    places = sorted(electors, key=lambda place: place.position)
    return [[place.position, place.member_id, place.seat.value] for place in places]


def count_to_log(tally: Tally, outcome: BallotOutcome, *, secret: bool) -> dict[str, Any]:
    """A count as the last entry holds it."""
    if not is_published(outcome, secret=secret):
        return {"turnout": tally.turnout, "outcome": outcome.value}
    counts = {"favour": tally.favour, "against": tally.against, "abstain": tally.abstain}
    return {**counts, "outcome": outcome.value}


def words_hash(words: Words) -> str:
    """The hash of what is voted on: the log itself is readable without keys, and tells no word of it."""
    return sha256(json.dumps([words.salt, words.title, words.body]).encode()).hexdigest()
