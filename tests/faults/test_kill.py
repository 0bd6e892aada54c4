"""Small crash campaigns with real processes: killed in the middle, nothing is lost and nothing happens twice."""

import pytest

from bench.crash import campaign
from bench.fault_kill import kill

# Long on a slow machine, and still no hanging: the usual limit is for a test of seconds.
pytestmark = pytest.mark.timeout(600)


async def test_no_check_in_is_lost_or_doubled_when_the_bot_is_killed() -> None:
    verdict = await campaign(people=6, visits=2, kills=4, seed=20_776, seconds=240)
    assert verdict.clean, verdict
    assert verdict.checkins == 12
    assert verdict.kills > 0


async def test_whatever_is_told_is_stored_once_with_its_receipt_wherever_the_program_is_killed() -> None:
    """Three kills of each: just after the commit of a visit, a lead, a mediation and a vote, before it, and earlier."""
    outcome = await kill(3, 1, lambda _: None)
    assert outcome.kept, outcome
    assert outcome.kills >= 12
