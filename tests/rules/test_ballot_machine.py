"""A ballot's life through the use-cases, whatever people try; BALLOT_EXAMPLES=300 tries as many new sequences."""

import os
from collections import Counter
from collections.abc import Callable
from pathlib import Path

from hypothesis import HealthCheck, settings
from hypothesis.stateful import run_state_machine_as_test

from domain.refusals import Reason
from models.ballot import BallotChoice, VoteWay
from tests.rules.ballot_machine import BallotsInAllHands
from tests.rules.ballot_model import GUESTS, LATECOMER, PEOPLE
from tests.support.councils import CHAIR, VOTERS

FAVOUR = BallotChoice.FAVOUR
EVERYTHING = {
    *("opened secret=True", "opened secret=False", "cast secret=True", "cast secret=False", "entered", "papers"),
    *("closed by its deadline", "closed by the chair", "extended", "cancelled"),
    *("guest gone by_chair=True", "guest gone by_chair=False"),
    *("outcome True passed", "outcome False passed", "outcome True rejected", "outcome True no_quorum"),
    *(
        reason.value
        for reason in (
            *(Reason.CHAIR_ONLY, Reason.NOT_YOURS, Reason.FROZEN, Reason.ITEM_VOTING, Reason.NOT_ON_AGENDA),
            *(Reason.DEADLINE_TOO_SOON, Reason.ONLY_LATER, Reason.BALLOT_OVER, Reason.NOT_ELECTOR, Reason.SEAT_LOST),
            *(Reason.VOTE_IS_FINAL, Reason.VOTED_HERSELF, Reason.SOMEBODY_CAN_VOTE, Reason.PAPERS_SINGLY),
            *(Reason.PAPERS_TOGETHER, Reason.PAPERS_DISAGREE, Reason.TOO_FEW_PAPERS),
        )
    ),
}
EXAMPLES = int(os.environ.get("BALLOT_EXAMPLES", "0"))


def test_no_sequence_of_what_people_try_makes_a_ballot_wrong(sqlite_template: Path) -> None:
    seen: Counter[str] = Counter()
    run_state_machine_as_test(
        lambda: BallotsInAllHands(sqlite_template, seen),  # type: ignore[arg-type]
        settings=settings(
            max_examples=EXAMPLES or 8,
            stateful_step_count=25,
            derandomize=not EXAMPLES,
            database=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
    assert {"cast secret=True", "cast secret=False"} <= set(seen)


def test_the_machine_gets_everywhere(sqlite_template: Path) -> None:
    """A machine that is refused everything would prove nothing. By hand, so that no state is left to chance."""
    seen: Counter[str] = Counter()
    hands = BallotsInAllHands(sqlite_template, seen)
    hands.a_council()  # item 0 is voted on openly, item 1 secretly
    first, second, third = VOTERS[1:4]
    people = list(PEOPLE)
    steps: list[Callable[[], None]] = [
        lambda: hands.is_opened(0, secret=True, minutes=90, by=CHAIR),
        lambda: hands.is_closed_by_the_chair(0),
        lambda: hands.a_seat_is_lost_or_given(LATECOMER, gone=False),
        lambda: hands.is_voted_in(0, [LATECOMER, GUESTS[0], GUESTS[1], first], FAVOUR, 2),
        lambda: hands.a_seat_is_lost_or_given(second, gone=True),
        lambda: hands.is_voted_in(0, [second], FAVOUR, 1),
        lambda: hands.is_entered_for(0, first, FAVOUR, VoteWay.PAPER),
        lambda: hands.is_entered_for(0, third, FAVOUR, VoteWay.PROXY),
        lambda: hands.is_entered_for(1, third, FAVOUR, VoteWay.PROXY),
        lambda: hands.is_voted_in(0, [third], BallotChoice.ABSTAIN, 1),
        lambda: hands.an_account_is_frozen(third, frozen=True),
        lambda: hands.is_voted_in(0, [third], FAVOUR, 1),
        lambda: hands.is_given_more_time(0, -60),
        lambda: hands.is_given_more_time(0, 20),
        lambda: hands.papers_are_put_in(0, set(VOTERS[3:6]), 2, wrong=False),
        lambda: hands.papers_are_put_in(1, set(VOTERS[3:5]), 2, wrong=False),
        lambda: hands.papers_are_put_in(1, set(VOTERS[3:6]), 2, wrong=True),
        lambda: hands.papers_are_put_in(1, set(VOTERS[3:6]), 2, wrong=False),
        lambda: hands.is_voted_in(1, [*VOTERS[3:6], first], FAVOUR, 2),
        lambda: hands.is_cancelled(0, second, sure=True),
        lambda: hands.a_guest_goes(0, by_chair=True),
        lambda: hands.a_guest_goes(1, by_chair=False),
        lambda: hands.a_guest_goes(1, by_chair=True),
        lambda: hands.everybody_votes(1, 6, people),
        lambda: hands.is_closed_by_the_chair(1),
        lambda: hands.time_passes(30, exactly=False),
        lambda: hands.time_passes(30, exactly=True),
        lambda: hands.is_opened(0, secret=True, minutes=90, by=CHAIR),
        lambda: hands.is_taken_up_again(0),
        lambda: hands.a_guest_goes(0, by_chair=True),
        lambda: hands.is_opened(0, secret=True, minutes=90, by=first),
        lambda: hands.is_opened(0, secret=True, minutes=5, by=CHAIR),
        lambda: hands.is_opened(0, secret=True, minutes=90, by=CHAIR),
        lambda: hands.everybody_votes(0, 2, people),
        lambda: hands.time_passes(700, exactly=True),
        lambda: hands.is_taken_up_again(0),
        lambda: hands.is_opened(0, secret=False, minutes=90, by=CHAIR),
        lambda: hands.everybody_votes(0, 9, people),
        lambda: hands.is_closed_by_the_chair(0),
        lambda: hands.is_taken_up_again(1),
        lambda: hands.is_opened(1, secret=True, minutes=600, by=CHAIR),
        lambda: hands.is_cancelled(1, CHAIR, sure=True),
        lambda: hands.is_given_more_time(1, 20),
        lambda: hands.is_opened(1, secret=True, minutes=600, by=CHAIR),
        lambda: hands.time_passes(700, exactly=False),
    ]
    for step in steps:
        step()
        hands.everything_adds_up()
    hands.teardown()
    assert set(seen) >= EVERYTHING, EVERYTHING - set(seen)
