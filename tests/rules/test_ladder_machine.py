"""The ladder's promises, whatever people, time and chance do (spec 4): by the rules alone.

The sequences of a normal run are always the same, 5,000 of them; LADDER_EXAMPLES=20000 tries as many new ones.
"""

import os
from collections import Counter

import pytest
from hypothesis import HealthCheck, settings
from hypothesis.stateful import run_state_machine_as_test

from domain.refusals import Reason
from tests.rules.ladder_promises import Climbing

# A minute or two of thinking; the usual limit is for a test of seconds.
pytestmark = pytest.mark.timeout(900)
EXAMPLES = int(os.environ.get("LADDER_EXAMPLES", "0"))
# A machine that is refused everything would prove nothing: all of this was seen on the way.
EVERYTHING = {
    *(Reason.NEVER_ON_LADDER.value, "accepted", "planned", "held failed", "held partly", "held absent"),
    *("held agreed", "held refused", "climbed", "passed up", "given back", "out of time", "stays on the last rung"),
    *("broken", "holds", "closed", "sent back", "reopened", "frozen", "refused", "exhausted", "remind", "head"),
}


def test_no_sequence_breaks_a_promise_of_the_ladder() -> None:
    seen: Counter[str] = Counter()
    run_state_machine_as_test(
        lambda: Climbing(seen),  # type: ignore[arg-type]
        settings=settings(
            max_examples=EXAMPLES or 5000,
            stateful_step_count=40,
            derandomize=not EXAMPLES,
            database=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
    assert set(seen) >= EVERYTHING, EVERYTHING - set(seen)
