"""The arithmetic of `bench/province.py`."""

import pytest

from bench.province import plan
from bench.province_founding import visits_a_day
from bench.province_told import Seen, percentiles
from domain.rules.policy import Policy


def test_the_cycles_of_a_thousand_households_come_to_so_many_visits_a_day() -> None:
    year = 50 * 365.25 / 7 + 150 * 12 + 800 * 4
    assert visits_a_day({"key": 50, "watch": 150, "ordinary": 800}, Policy()) == pytest.approx(year / 365.25)


def test_the_share_of_a_day_is_that_of_its_busy_hours() -> None:
    lived = plan(busiest=60, minutes=0, part=0.01)
    assert lived.minutes == {8: pytest.approx(2.1385, abs=0.001), 10: 60}
    assert lived.share == pytest.approx(0.15 + 0.06 * lived.minutes[8] / 60)
    assert plan(busiest=60, minutes=60, part=1.0).share == pytest.approx(1 - 0.06 * (1 - (20_776 / 25 / 60 + 2) / 60))


def test_digests_are_set_beside_what_the_replies_leave_of_the_limit() -> None:
    seen = Seen()
    digests = [number / 20 for number in range(201)]  # twenty a second for ten seconds, and one straggler
    replies = [number / 5 + 0.01 for number in range(50)]
    seen.digest_run([*digests, 60.0], sorted([*digests, *replies, 60.0]))
    assert seen.digest_rate == pytest.approx(20.0)
    assert seen.digest_share == pytest.approx(200 / (300 - 50))


def test_percentiles_are_in_milliseconds() -> None:
    assert list(percentiles([number / 1000 for number in range(1, 101)])) == pytest.approx([50.5, 99.01])
    assert percentiles([]) == (0.0, 0.0)
