"""A recount finds whatever was changed after a vote, and says what it is."""

from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from domain.rules.ballot import Tally
from domain.rules.hash_chain import LoggedEvent, chained
from domain.rules.recount import Fault, StoredBallot, recount
from domain.rules.urn import Urn
from domain.usecases.ballot_log import stored_ballot
from models.ballot import Ballot, BallotChoice, BallotOutcome, BallotState, Seat, VoteWay
from models.council import Majority
from tests.rules.ballot_machine import BallotsInAllHands
from tests.support.councils import VOTERS
from tests.support.county import SATURDAY

FAVOUR, AGAINST = BallotChoice.FAVOUR, BallotChoice.AGAINST
Tamper = Callable[[StoredBallot], StoredBallot]
MINUTE = timedelta(minutes=1)


@pytest.fixture(scope="module")
def ended(sqlite_template: Path) -> tuple[StoredBallot, StoredBallot]:
    """A vote that was held openly, with changes and a paper, and one that was secret; both are closed."""
    hands = BallotsInAllHands(sqlite_template, Counter())
    hands.a_council()
    for item in (0, 1):
        hands.is_voted_in(item, list(VOTERS[:3]), AGAINST, 1)
        hands.is_voted_in(item, list(VOTERS[1:6]), FAVOUR, 1)  # the open one: two of them think again
    hands.is_entered_for(0, VOTERS[6], FAVOUR, VoteWay.PAPER)
    hands.time_passes(1, exactly=True)

    async def both(session: object) -> list[StoredBallot]:
        return [
            await stored_ballot(session, await session.get_one(Ballot, one.id))  # type: ignore[arg-type,attr-defined]
            for one in hands.ballots
        ]

    first, second = hands.transact(both)
    hands.teardown()
    return first, second


def entry(place: int, **changed: object) -> Tamper:
    """Change an entry of the log and leave its hash."""

    def tamper(ballot: StoredBallot) -> StoredBallot:
        entries = list(ballot.entries)
        entries[place] = replace(entries[place], **changed)  # type: ignore[arg-type]
        return replace(ballot, entries=entries)

    return tamper


def rewritten(change: Callable[[list[LoggedEvent]], None]) -> Tamper:
    """Change the log and make all its hashes anew: it agrees with itself, and not with the seal people have seen."""

    def tamper(ballot: StoredBallot) -> StoredBallot:
        entries, before = list(ballot.entries), ""
        change(entries)
        for place, event in enumerate(entries):
            before = chained(before, ballot.id, event)
            entries[place] = replace(event, chain=before)
        return replace(ballot, entries=entries)

    return tamper


def other_choice(entries: list[LoggedEvent]) -> None:
    """One who was for it was against it."""
    place = next(place for place, event in enumerate(entries) if event.choice is FAVOUR)
    entries[place] = replace(entries[place], choice=AGAINST)


def earlier(entries: list[LoggedEvent]) -> None:
    """A vote from before the opening."""
    entries[1] = replace(entries[1], at=entries[0].at - MINUTE)


def too_late(entries: list[LoggedEvent]) -> None:
    """A vote at the very deadline."""
    entries[1] = replace(entries[1], at=entries[-1].at)


def a_stranger(entries: list[LoggedEvent]) -> None:
    """A vote of somebody else."""
    entries[1] = replace(entries[1], voter_id=4711, by_id=4711)


def one_vote_less(ballot: StoredBallot) -> StoredBallot:
    """The vote of somebody is gone."""
    votes = dict(ballot.votes)
    votes.popitem()
    return replace(ballot, votes=votes)


def another_box(ballot: StoredBallot) -> StoredBallot:
    """One vote more for it, and one less against it."""
    assert ballot.box
    favour, against, abstain = ballot.box.counts
    return replace(ballot, box=Urn(ballot.box.put_in, (favour + 1, against - 1, abstain)))


def other_seat(ballot: StoredBallot) -> StoredBallot:
    """One of N was one of X."""
    return replace(ballot, electors=[replace(ballot.electors[0], seat=Seat.INVITED), *ballot.electors[1:]])


def other_words(ballot: StoredBallot) -> StoredBallot:
    """Something else was voted on."""
    assert ballot.words
    return replace(ballot, words=replace(ballot.words, title="换一盏灯"))


def other_majority(ballot: StoredBallot) -> StoredBallot:
    """Counted by another rule."""
    return replace(ballot, rules=replace(ballot.rules, majority=Majority.TWO_THIRDS))


def so(**changed: object) -> Tamper:
    """Change the ballot's own row."""
    return lambda ballot: replace(ballot, **changed)  # type: ignore[arg-type]


def without(*places: int) -> Tamper:
    """Take entries out of the log."""

    def tamper(ballot: StoredBallot) -> StoredBallot:
        gone = {place % len(ballot.entries) for place in places}
        return replace(ballot, entries=[event for place, event in enumerate(ballot.entries) if place not in gone])

    return tamper


NOTHING_LEFT = {
    *(Fault.LOG_INCOMPLETE, Fault.ELECTORATE_CHANGED, Fault.RULES_CHANGED, Fault.WORDS_CHANGED, Fault.VOTES_DIFFER),
    *(Fault.COUNT_DIFFERS, Fault.OUTCOME_DIFFERS, Fault.SEAL_DIFFERS),
}
OPEN: list[tuple[Tamper, set[Fault]]] = [
    (entry(1, choice=FAVOUR), {Fault.CHAIN_BROKEN}),
    (entry(1, at=SATURDAY - MINUTE), {Fault.CHAIN_BROKEN, Fault.OUT_OF_TIME}),
    (without(2), {Fault.LOG_INCOMPLETE, Fault.CHAIN_BROKEN}),
    (without(-1), {Fault.LOG_INCOMPLETE, Fault.SEAL_DIFFERS, Fault.COUNT_DIFFERS}),
    (so(entries=[]), NOTHING_LEFT),
    (rewritten(other_choice), {Fault.SEAL_DIFFERS}),
    (rewritten(earlier), {Fault.SEAL_DIFFERS, Fault.OUT_OF_TIME}),
    (rewritten(too_late), {Fault.SEAL_DIFFERS, Fault.OUT_OF_TIME}),
    (rewritten(a_stranger), {Fault.SEAL_DIFFERS, Fault.NOT_AN_ELECTOR, Fault.VOTES_DIFFER}),
    (one_vote_less, {Fault.VOTES_DIFFER}),
    (so(counted=Tally(7, 0, 0)), {Fault.COUNT_DIFFERS}),
    (so(outcome=BallotOutcome.NO_QUORUM), {Fault.OUTCOME_DIFFERS}),
    (so(seal="0" * 64), {Fault.SEAL_DIFFERS}),
    (so(electors=[]), {Fault.ELECTORATE_CHANGED, Fault.NOT_AN_ELECTOR}),
    (other_seat, {Fault.ELECTORATE_CHANGED}),
    (so(words=None), {Fault.WORDS_CHANGED}),
    (other_words, {Fault.WORDS_CHANGED}),
    (so(standing=6), {Fault.ELECTORATE_CHANGED}),
    (other_majority, {Fault.RULES_CHANGED}),
    (so(closes_at=SATURDAY), {Fault.RULES_CHANGED, Fault.OUT_OF_TIME}),
    (so(secret=True), {Fault.RULES_CHANGED, Fault.BOX_UNSOUND, Fault.COUNT_DIFFERS}),
    (so(state=BallotState.OPEN), {Fault.LOG_INCOMPLETE}),
    (so(box=Urn.empty(3, 3)), {Fault.BOX_UNSOUND}),
]
SECRET: list[tuple[Tamper, set[Fault]]] = [
    (another_box, {Fault.BOX_UNSOUND, Fault.COUNT_DIFFERS, Fault.OUTCOME_DIFFERS}),
    (so(box=None), {Fault.BOX_UNSOUND, Fault.COUNT_DIFFERS}),
    (so(box=Urn((True,) * 8, (3, 3, 0))), {Fault.BOX_UNSOUND}),
    (so(secret=False), {Fault.RULES_CHANGED, Fault.BOX_UNSOUND, Fault.COUNT_DIFFERS}),
    (so(votes={1: (FAVOUR, VoteWay.PRESS, None)}), {Fault.VOTES_DIFFER}),
    (so(counted=Tally(6, 0, 0)), {Fault.COUNT_DIFFERS}),
    (entry(-1, detail={}), {Fault.CHAIN_BROKEN, Fault.BOX_UNSOUND, Fault.COUNT_DIFFERS}),
]


def test_what_nobody_has_changed_adds_up(ended: tuple[StoredBallot, StoredBallot]) -> None:
    first, second = ended
    assert recount(first).tally == Tally(6, 1, 0)
    assert recount(second).tally == Tally(3, 3, 0)
    assert recount(first).adds_up
    assert recount(second).adds_up


def test_the_end_of_a_secret_log_is_the_same_whoever_has_voted(ended: tuple[StoredBallot, StoredBallot]) -> None:
    """Nothing in it comes from the list of who has voted, by which that could be tried out without a key."""
    counted = {"favour": 3, "against": 3, "abstain": 0, "outcome": "rejected", "by": "deadline"}
    assert ended[1].entries[-1].detail == counted


@pytest.mark.parametrize("case", range(len(OPEN)))
def test_what_was_changed_of_an_open_ballot_is_found(ended: tuple[StoredBallot, StoredBallot], case: int) -> None:
    tamper, faults = OPEN[case]
    assert faults <= set(recount(tamper(ended[0])).faults)


@pytest.mark.parametrize("case", range(len(SECRET)))
def test_what_was_changed_of_a_secret_ballot_is_found(ended: tuple[StoredBallot, StoredBallot], case: int) -> None:
    tamper, faults = SECRET[case]
    assert faults <= set(recount(tamper(ended[1])).faults)


def test_every_fault_is_found_somewhere() -> None:
    assert {fault for _, faults in OPEN + SECRET for fault in faults} == set(Fault)
