"""Counting a ballot again from all that is stored of it, which proves what was counted (spec 5; docs/adr/0010)."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from domain.rules.ballot import CHOICES, Tally, VotingRules, is_published, outcome_of, tally_of
from domain.rules.hash_chain import (
    LoggedEvent,
    Place,
    Words,
    chained,
    count_to_log,
    electorate_to_log,
    rules_to_log,
    words_hash,
)
from domain.rules.urn import Urn
from models.ballot import BallotChoice, BallotEvent, BallotOutcome, BallotState, Seat, VoteWay


@dataclass(frozen=True, slots=True)
class StoredBallot:
    """All that is stored of a ballot."""

    id: int
    item_id: int
    words: Words | None
    secret: bool
    state: BallotState
    opened_at: datetime
    closes_at: datetime
    rules: VotingRules
    standing: int
    invited: int
    counted: Tally | None
    turnout: int | None  # of a secret ballot without a quorum, in place of the count
    outcome: BallotOutcome | None
    seal: str | None
    electors: Sequence[Place]
    votes: Mapping[int, tuple[BallotChoice, VoteWay, int | None]]  # by member: what, how, entered by whom
    box: Urn | None
    entries: Sequence[LoggedEvent]


class Fault(StrEnum):
    """What does not add up."""

    LOG_INCOMPLETE = "log_incomplete"  # an entry is missing, or it does not begin or end as it must
    CHAIN_BROKEN = "chain_broken"  # an entry is not the one that was written
    ELECTORATE_CHANGED = "electorate_changed"
    RULES_CHANGED = "rules_changed"
    WORDS_CHANGED = "words_changed"  # what was voted on reads otherwise than at the opening
    NOT_AN_ELECTOR = "not_an_elector"  # a vote of somebody who is not on the list
    OUT_OF_TIME = "out_of_time"  # a vote before the opening, or at the deadline or after it
    VOTES_DIFFER = "votes_differ"  # the votes are not those of the log
    BOX_UNSOUND = "box_unsound"  # not as many votes in it as people who have voted, or not the box that was counted
    COUNT_DIFFERS = "count_differs"
    OUTCOME_DIFFERS = "outcome_differs"
    SEAL_DIFFERS = "seal_differs"


@dataclass(frozen=True, slots=True)
class Recount:
    """What counting again came to. A secret ballot that is open, or was cancelled, is not counted."""

    tally: Tally | None
    faults: tuple[Fault, ...]

    @property
    def adds_up(self) -> bool:
        """Whether nothing is wrong."""
        return not self.faults


def box_tally(box: Urn) -> Tally:
    """What is in the box of a secret ballot, counted."""
    return Tally(*box.counts)


def recount(ballot: StoredBallot) -> Recount:
    """Count again from what is stored, and look whether everything agrees with everything else."""
    tally = _counted_anew(ballot)
    looks = (_log_faults(ballot), _opening_faults(ballot), _vote_faults(ballot), _box_faults(ballot))
    faults = {fault for look in (*looks, _count_faults(ballot, tally)) for fault in look}
    return Recount(tally, tuple(fault for fault in Fault if fault in faults))


def _counted_anew(ballot: StoredBallot) -> Tally | None:
    if not ballot.secret:
        return tally_of(choice for choice, _, _ in _replayed(ballot).values())
    return box_tally(ballot.box) if ballot.box is not None and ballot.state is BallotState.CLOSED else None


def _replayed(ballot: StoredBallot) -> dict[int, tuple[BallotChoice, VoteWay, int | None]]:
    """The votes as the log tells them: of each voter the last one counts."""
    votes = {}
    for event in ballot.entries:
        if event.kind is BallotEvent.CAST and event.voter_id and event.choice and event.way:
            entered_by = None if event.way is VoteWay.PRESS else event.by_id
            votes[event.voter_id] = (event.choice, event.way, entered_by)
    return votes


_ENDS = {BallotState.CLOSED: BallotEvent.CLOSED, BallotState.CANCELLED: BallotEvent.CANCELLED}


def _log_faults(ballot: StoredBallot) -> Iterable[Fault]:
    kinds = [event.kind for event in ballot.entries]
    ends = [kind for kind in kinds if kind in _ENDS.values()]
    end = _ENDS.get(ballot.state)
    if (
        [event.number for event in ballot.entries] != list(range(1, len(kinds) + 1))
        or kinds[:1] != [BallotEvent.OPENED]
        or kinds.count(BallotEvent.OPENED) != 1
        or ends != ([end] if end else [])
        or (end is not None and kinds[-1] is not end)
    ):
        yield Fault.LOG_INCOMPLETE
    before = ""
    for event in ballot.entries:
        if chained(before, ballot.id, event) != event.chain:
            yield Fault.CHAIN_BROKEN
        before = event.chain
    if ballot.state is BallotState.CLOSED and (not before or ballot.seal != before):
        yield Fault.SEAL_DIFFERS


def _opening_faults(ballot: StoredBallot) -> Iterable[Fault]:
    opening = ballot.entries[0].detail if ballot.entries else {}
    seats = [place.seat for place in ballot.electors]
    frozen = opening.get("electors") == electorate_to_log(ballot.electors)
    if not frozen or (seats.count(Seat.STANDING), seats.count(Seat.INVITED)) != (ballot.standing, ballot.invited):
        yield Fault.ELECTORATE_CHANGED
    said = (opening.get("rules"), opening.get("secret"), opening.get("item"))
    if said != (rules_to_log(ballot.rules), ballot.secret, ballot.item_id):
        yield Fault.RULES_CHANGED
    if ballot.words is None or opening.get("words") != words_hash(ballot.words):
        yield Fault.WORDS_CHANGED
    if _deadline(ballot) != ballot.closes_at:
        yield Fault.RULES_CHANGED


def _deadline(ballot: StoredBallot) -> datetime | None:
    """The deadline that the log says last."""
    said = [event.detail["closes_at"] for event in ballot.entries if "closes_at" in event.detail]
    return datetime.fromisoformat(said[-1]) if said else None


def _vote_faults(ballot: StoredBallot) -> Iterable[Fault]:
    listed = {place.member_id for place in ballot.electors}
    for event in ballot.entries:
        if event.kind is not BallotEvent.CAST:
            continue
        if event.voter_id not in listed:
            yield Fault.NOT_AN_ELECTOR
        if not ballot.opened_at <= event.at < ballot.closes_at:
            yield Fault.OUT_OF_TIME
    if dict(ballot.votes) != _replayed(ballot):
        yield Fault.VOTES_DIFFER


def _box_faults(ballot: StoredBallot) -> Iterable[Fault]:
    if not ballot.secret:
        if ballot.box is not None:
            yield Fault.BOX_UNSOUND
        return
    box = ballot.box
    fits = box is not None and (len(box.put_in), len(box.counts)) == (len(ballot.electors), len(CHOICES))
    if box is None or not fits or not box.sound or not _is_the_sealed_one(ballot, box):
        yield Fault.BOX_UNSOUND


def _is_the_sealed_one(ballot: StoredBallot, box: Urn) -> bool:
    """Whether the box of a closed ballot holds what the log's last entry says was in it.

    The log has no hash of the whole box: it can be read without keys, and whoever tried all lists of who has voted
    and who has not would have found the one that it fits.
    """
    if ballot.state is not BallotState.CLOSED:
        return True
    last = _last(ballot)
    if not is_published(ballot.outcome, secret=True):
        return last.get("turnout") == box.turnout
    return box_tally(box) == Tally(*(last.get(choice.value, -1) for choice in CHOICES))


def _count_faults(ballot: StoredBallot, tally: Tally | None) -> Iterable[Fault]:
    if ballot.state is not BallotState.CLOSED:
        return
    if tally is None:
        yield Fault.COUNT_DIFFERS
        return
    outcome = outcome_of(tally, ballot.standing + ballot.invited, ballot.rules)
    told = (tally, None) if is_published(outcome, secret=ballot.secret) else (None, tally.turnout)
    if (ballot.counted, ballot.turnout) != told:
        yield Fault.COUNT_DIFFERS
    if outcome is not ballot.outcome:
        yield Fault.OUTCOME_DIFFERS
    last = _last(ballot)
    logged = count_to_log(tally, outcome, secret=ballot.secret)
    if {name: last.get(name) for name in logged} != logged:
        yield Fault.COUNT_DIFFERS


def _last(ballot: StoredBallot) -> Mapping[str, Any]:
    return ballot.entries[-1].detail if ballot.entries else {}
