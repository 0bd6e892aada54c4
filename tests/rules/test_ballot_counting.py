"""How a council's vote is counted: quorum, majority, ties, deadlines, and the box of a secret ballot."""

from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test

from domain.rules.ballot import (
    LONGEST,
    SHORTEST,
    Tally,
    VotingRules,
    deadline_fits,
    may_open,
    needed_in_favour,
    needed_to_vote,
    outcome_of,
    tally_of,
    usual_deadline,
)
from domain.rules.urn import Urn, UrnError
from domain.usecases.ballot_reminders import reminders_due
from models.agenda import ItemState, Urgency
from models.ballot import BallotChoice, BallotOutcome
from models.council import Majority
from tests.support.county import SATURDAY

HALF, TWO_THIRDS = Majority.MORE_THAN_HALF, Majority.TWO_THIRDS
PASSED, REJECTED, NO_QUORUM = BallotOutcome.PASSED, BallotOutcome.REJECTED, BallotOutcome.NO_QUORUM
USUAL = VotingRules(2, 3, HALF, abstain_counts=True)


@pytest.mark.parametrize(
    ("electorate", "num", "den", "needed"),
    [
        (9, 2, 3, 6),
        (7, 2, 3, 5),
        (8, 2, 3, 6),
        (1, 2, 3, 1),
        (300, 2, 3, 200),
        (10, 1, 2, 5),
        (11, 1, 2, 6),
        (5, 1, 1, 5),
    ],
)
def test_so_many_of_the_list_must_vote(electorate: int, num: int, den: int, needed: int) -> None:
    assert needed_to_vote(electorate, VotingRules(num, den, HALF, abstain_counts=True)) == needed


@pytest.mark.parametrize(
    ("votes", "majority", "abstain_counts", "outcome"),
    [
        ((4, 2, 0), HALF, True, PASSED),
        ((3, 3, 0), HALF, True, REJECTED),  # a tie is no majority
        ((3, 2, 1), HALF, True, REJECTED),  # three of six are not more than half of them
        ((3, 2, 1), HALF, False, PASSED),  # but of five
        ((4, 2, 0), TWO_THIRDS, True, PASSED),
        ((4, 2, 1), TWO_THIRDS, True, REJECTED),
        ((4, 2, 1), TWO_THIRDS, False, PASSED),
        ((0, 0, 6), HALF, False, REJECTED),  # nobody was for it
        ((0, 0, 6), TWO_THIRDS, False, REJECTED),
        ((0, 0, 6), HALF, True, REJECTED),
        ((5, 0, 0), HALF, True, NO_QUORUM),  # five of nine, and all of them for it
        ((1, 0, 5), HALF, False, PASSED),  # abstentions make the quorum
        ((0, 0, 0), HALF, True, NO_QUORUM),
    ],
)
def test_what_nine_people_decide(
    votes: tuple[int, int, int], majority: Majority, abstain_counts: bool, outcome: BallotOutcome
) -> None:
    assert outcome_of(Tally(*votes), 9, VotingRules(2, 3, majority, abstain_counts)) is outcome


CHOICES = st.lists(st.sampled_from(BallotChoice), max_size=40)
RULES = st.builds(
    lambda den, share, majority, counts: VotingRules(max(1, round(den * share)), den, majority, counts),
    st.integers(1, 12),
    st.floats(0.05, 1),
    st.sampled_from(Majority),
    st.booleans(),
)


@settings(derandomize=True)
@given(CHOICES, st.integers(0, 20), RULES)
def test_a_vote_in_favour_never_turns_a_pass_into_a_rejection(
    choices: list[BallotChoice], silent: int, rules: VotingRules
) -> None:
    electorate = len(choices) + silent + 1
    before = outcome_of(tally_of(choices), electorate, rules)
    after = outcome_of(tally_of([*choices, BallotChoice.FAVOUR]), electorate, rules)
    against = outcome_of(tally_of([*choices, BallotChoice.AGAINST]), electorate, rules)
    assert not (before is PASSED and after is not PASSED)
    assert not (before is REJECTED and against is not REJECTED)
    assert after is not NO_QUORUM or before is NO_QUORUM


@settings(derandomize=True)
@given(CHOICES, RULES)
def test_what_passes_has_more_for_it_than_against_it(choices: list[BallotChoice], rules: VotingRules) -> None:
    tally = tally_of(choices)
    assert tally.turnout == len(choices)
    if choices and outcome_of(tally, len(choices), rules) is PASSED:
        assert tally.favour > tally.against
        assert tally.favour >= needed_in_favour(tally, rules) >= 1


def test_when_a_vote_may_close() -> None:
    assert usual_deadline(Urgency.URGENT, SATURDAY) == SATURDAY + timedelta(hours=2)
    assert usual_deadline(Urgency.SMALL, SATURDAY) == SATURDAY + timedelta(hours=24)
    assert usual_deadline(Urgency.HARD, SATURDAY) is None
    second = timedelta(seconds=1)
    fits = {
        away: deadline_fits(SATURDAY + away, SATURDAY)
        for away in (SHORTEST - second, SHORTEST, LONGEST, LONGEST + second)
    }
    assert list(fits.values()) == [False, True, True, False]


def test_from_where_a_vote_can_be_opened() -> None:
    opens = {
        (urgency, state, discussed)
        for urgency in Urgency
        for state in ItemState
        for discussed in (False, True)
        if may_open(urgency, state, discussed=discussed)
    }
    accepted, discussing = ItemState.ACCEPTED, ItemState.DISCUSSING
    quick = {(urgency, state, talked) for urgency in (Urgency.URGENT, Urgency.SMALL)
             for state in (accepted, discussing) for talked in (False, True)}  # fmt: skip
    assert opens == quick | {(Urgency.HARD, discussing, True)}


class BoxInAllHands(RuleBasedStateMachine):
    """A box beside a list of who has put what into it."""

    @initialize(people=st.integers(1, 12))
    def empty(self, people: int) -> None:
        """Nobody has voted."""
        self.box, self.votes = Urn.empty(people, 3), dict[int, int]()
        self.length = len(self.box.dump())

    @rule(place=st.integers(-1, 12), thing=st.integers(0, 2))
    def one_votes(self, place: int, thing: int) -> None:
        """Or tries to: twice, or without being on the list."""
        fits = 0 <= place < len(self.box.put_in) and place not in self.votes
        try:
            self.box = self.box.put([place], [int(thing == one) for one in range(3)])
        except UrnError:
            assert not fits
        else:
            assert fits
            self.votes[place] = thing

    @rule(places=st.lists(st.integers(0, 12), min_size=2, max_size=4), counts=st.tuples(*[st.integers(-1, 4)] * 3))
    def papers_come(self, places: list[int], counts: tuple[int, int, int]) -> None:
        """Several at once, with a sum that may be wrong."""
        fits = (
            len(set(places)) == len(places) == sum(counts)
            and min(counts) >= 0
            and not set(places) & self.votes.keys()
            and max(places) < len(self.box.put_in)
        )
        try:
            self.box = self.box.put(places, counts)
        except UrnError:
            assert not fits
        else:
            assert fits
            things = [thing for thing, count in enumerate(counts) for _ in range(count)]
            self.votes |= dict(zip(places, things, strict=True))

    @invariant()
    def it_holds_what_was_put_in(self) -> None:
        """So many of each, from those people, in a text of the same length that can be read again."""
        if hasattr(self, "box"):
            assert self.box.sound
            assert self.box.counts == tuple(list(self.votes.values()).count(thing) for thing in range(3))
            assert {place for place, put in enumerate(self.box.put_in) if put} == set(self.votes)
            assert Urn.load(self.box.dump()) == self.box
            assert len(self.box.dump()) == self.length


def test_a_box_holds_one_vote_of_each_and_tells_nobodys() -> None:
    run_state_machine_as_test(
        BoxInAllHands,
        settings=settings(max_examples=60, derandomize=True, database=None,
                          suppress_health_check=list(HealthCheck)),
    )  # fmt: skip


@pytest.mark.parametrize("text", ["", "12|00001", "11|1", "11|0000x", "1", "11|00001|00001|001"])
def test_what_is_no_box_is_not_read_as_one(text: str) -> None:
    try:
        box = Urn.load(text)
    except UrnError:
        return
    assert not box.counts or not box.put_in  # read, but of nobody or nothing: a recount finds that it does not fit


@pytest.mark.parametrize(
    ("urgency", "length", "half", "last"),
    [
        (Urgency.URGENT, timedelta(hours=2), timedelta(hours=1), timedelta(hours=1, minutes=30)),
        (Urgency.SMALL, timedelta(hours=24), timedelta(hours=12), timedelta(hours=23)),
        (Urgency.HARD, timedelta(days=7), timedelta(days=3.5), timedelta(days=7, hours=-1)),
        (Urgency.SMALL, timedelta(minutes=20), timedelta(minutes=10), timedelta(minutes=15)),  # not in its first second
    ],
)
def test_when_somebody_is_reminded(urgency: Urgency, length: timedelta, half: timedelta, last: timedelta) -> None:
    moments = (timedelta(0), half - timedelta(seconds=1), half, last - timedelta(seconds=1), last)
    due = [reminders_due(SATURDAY, SATURDAY + length, urgency, SATURDAY + moment) for moment in moments]
    assert due == [0, 0, 1, 1, 2]
