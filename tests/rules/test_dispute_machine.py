"""The ladder's promises through the use-cases, on a database: people do whatever they may, leave, and time goes by.

The sequences of a normal run are always the same; DISPUTE_EXAMPLES=300 tries as many new ones.
"""

import os
from collections import Counter
from collections.abc import Callable
from pathlib import Path

from hypothesis import HealthCheck, settings
from hypothesis.stateful import run_state_machine_as_test

from domain.refusals import Reason
from domain.rules.agreements import FollowUpResult
from models.dispute import DisputeState
from models.mediation import AttemptResult
from tests.rules.dispute_promises import Promises
from tests.support.county import COUNTY, HEAD, POLICY, TOWNSHIP, WORKER
from tests.support.ladder import EXECUTIVE

FAILED = AttemptResult.FAILED
EVERYTHING = {
    *(f"state {state.value}" for state in DisputeState if state is not DisputeState.CLOSING),
    *(f"rung {rung.key}" for rung in POLICY.ladder.rungs),
    *("accepted", "planned", "held failed", "held partly", "held absent", "held agreed", "passed up", "given back"),
    *("follow-up holds", "follow-up broken", "follow-up not_reached", "closing asked", "send_dispute_back"),
    *("close_dispute", "reopened", "frozen", "lead became red", "stood back", "moved"),
    *(Reason.NEVER_ON_LADDER.value, Reason.DISPUTE_FROZEN.value),
}
EXAMPLES = int(os.environ.get("DISPUTE_EXAMPLES", "0"))


def test_no_sequence_of_what_people_can_do_breaks_a_promise_of_the_ladder(sqlite_template: Path) -> None:
    seen: Counter[str] = Counter()
    run_state_machine_as_test(
        lambda: Promises(sqlite_template, seen),  # type: ignore[arg-type]
        settings=settings(
            max_examples=EXAMPLES or 10,
            stateful_step_count=25,
            derandomize=not EXAMPLES,
            database=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
    assert seen["accepted"]


def test_the_machine_gets_everywhere(sqlite_template: Path) -> None:
    """A machine that is refused everything would prove nothing. By hand, so that no state is left to chance."""
    seen: Counter[str] = Counter()
    hands = Promises(sqlite_template, seen)
    hands.a_county()
    first, second = 1, 2  # the second came from a lead
    steps: list[Callable[[], None]] = [
        lambda: hands.is_mediated(first, [FAILED], 2),
        lambda: hands.is_passed_up(first),
        lambda: hands.is_given_back(first),
        lambda: hands.is_mediated(first, [AttemptResult.PARTLY, AttemptResult.ABSENT, FAILED], 0),
        lambda: hands.is_agreed_on_and_broken(first, 4),
        lambda: hands.somebody_is_gone(HEAD, "leaves"),
        lambda: hands.somebody_stands_back(first, EXECUTIVE),
        lambda: hands.days_pass([1, 10, 5, 15]),
        lambda: hands.is_mediated(first, [FAILED] * 9, 1),
        lambda: hands.is_reopened(first),
        lambda: hands.is_mediated(first, [AttemptResult.AGREED], 0),
        lambda: hands.is_followed_up(first, FollowUpResult.HOLDS, after=True),
        lambda: hands.is_followed_up(first, FollowUpResult.NOT_REACHED, after=True),
        lambda: hands.is_followed_up(first, FollowUpResult.HOLDS, after=True),
        lambda: hands.somebody_is_gone(HEAD, "back"),
        lambda: hands.is_closed(first, closed=False),
        lambda: hands.is_closed(first, closed=True),
        lambda: hands.is_reopened(first),
        lambda: hands.violence_is_disclosed(first, COUNTY, it_is=True),
        lambda: hands.is_reopened(first),
        lambda: hands.is_mediated(first, [FAILED], 1),
        lambda: hands.is_mediated(second, [AttemptResult.PARTLY], 3),
        lambda: hands.is_planned(second, 3),
        lambda: hands.its_lead_becomes_red(second, TOWNSHIP, it_is=True),
        lambda: hands.something_else_is_registered(WORKER, "domestic_violence", None),
    ]
    for step in steps:
        step()
        hands.no_promise_is_broken()
    hands.teardown()
    assert set(seen) >= EVERYTHING, EVERYTHING - set(seen)
