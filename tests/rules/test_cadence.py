"""When a household is to be visited next (spec 2, M)."""

from datetime import date, timedelta
from functools import partial

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.rules.cadence import Cycle, add_months, after_attempt, after_tier_change, completes
from domain.rules.policy import Policy
from models.household import Tier
from models.visit import VisitMode, VisitOutcome

POLICY = Policy()
DAYS = st.dates(date(2020, 1, 1), date(2040, 12, 31))
met = partial(after_attempt, mode=VisitMode.DOOR, outcome=VisitOutcome.MET, policy=POLICY)


@pytest.mark.parametrize(
    ("tier", "mode", "outcome", "complete"),
    [
        (Tier.KEY, VisitMode.DOOR, VisitOutcome.MET, True),
        (Tier.KEY, VisitMode.PHONE, VisitOutcome.MET, False),
        (Tier.KEY, VisitMode.MESSAGE, VisitOutcome.MET, False),
        (Tier.WATCH, VisitMode.PHONE, VisitOutcome.MET, True),
        (Tier.ORDINARY, VisitMode.MESSAGE, VisitOutcome.MET, True),
        (Tier.WATCH, VisitMode.DOOR, VisitOutcome.NOBODY_HOME, False),
        (Tier.ORDINARY, VisitMode.DOOR, VisitOutcome.REFUSED, False),
        (Tier.ORDINARY, VisitMode.DOOR, VisitOutcome.NOT_POSSIBLE, False),
    ],
)
def test_only_a_met_household_is_visited_and_a_key_one_only_at_the_door(
    tier: Tier, mode: VisitMode, outcome: VisitOutcome, complete: bool
) -> None:
    assert completes(tier, mode, outcome) is complete


def test_a_watch_household_visited_on_31_january_keeps_to_month_ends_twelve_times_a_year() -> None:
    cycle = met(Cycle(Tier.WATCH, date(2027, 1, 31)), visited_on=date(2027, 1, 31))
    days = []
    for _ in range(12):
        days.append(cycle.next_due_on)
        cycle = met(cycle, visited_on=cycle.next_due_on)
    assert days[:4] == [date(2027, 2, 28), date(2027, 3, 31), date(2027, 4, 30), date(2027, 5, 31)]
    assert days[-1] == date(2028, 1, 31)


def test_a_leap_year_clamps_to_29_february() -> None:
    assert add_months(date(2028, 1, 31), 1, 31) == date(2028, 2, 29)


def test_a_key_household_is_due_after_seven_days() -> None:
    cycle = met(Cycle(Tier.KEY, date(2026, 11, 18)), visited_on=date(2026, 11, 21))
    assert cycle.next_due_on == date(2026, 11, 28)


def test_an_ordinary_household_is_due_after_three_months() -> None:
    cycle = met(Cycle(Tier.ORDINARY, date(2026, 11, 18)), visited_on=date(2026, 11, 30))
    assert cycle.next_due_on == date(2027, 2, 28)


def test_nobody_home_is_tried_again_in_two_days_and_counted() -> None:
    cycle = Cycle(Tier.KEY, date(2026, 11, 21))
    for number in (1, 2, 3):
        day = cycle.next_due_on
        cycle = after_attempt(
            cycle, visited_on=day, mode=VisitMode.DOOR, outcome=VisitOutcome.NOBODY_HOME, policy=POLICY
        )
        assert (cycle.next_due_on, cycle.nobody_home_streak) == (day + timedelta(days=2), number)
    assert met(cycle, visited_on=cycle.next_due_on).nobody_home_streak == 0


def test_a_failed_attempt_ahead_of_time_does_not_pull_the_due_day_nearer() -> None:
    cycle = Cycle(Tier.ORDINARY, date(2027, 1, 10), date(2026, 10, 10), 10)
    after = after_attempt(
        cycle, visited_on=date(2026, 11, 21), mode=VisitMode.DOOR, outcome=VisitOutcome.NOBODY_HOME, policy=POLICY
    )
    assert after.next_due_on == date(2027, 1, 10)


def test_a_telephone_call_leaves_a_key_household_due() -> None:
    cycle = Cycle(Tier.KEY, date(2026, 11, 20), date(2026, 11, 13), 13, 2)
    after = after_attempt(
        cycle, visited_on=date(2026, 11, 21), mode=VisitMode.PHONE, outcome=VisitOutcome.MET, policy=POLICY
    )
    assert (after.next_due_on, after.last_visit_on, after.nobody_home_streak) == (
        date(2026, 11, 20),
        date(2026, 11, 13),
        0,
    )


def test_an_attempt_older_than_the_last_visit_changes_nothing() -> None:
    cycle = Cycle(Tier.WATCH, date(2026, 12, 20), date(2026, 11, 20), 20)
    assert met(cycle, visited_on=date(2026, 11, 18)) == cycle


def test_a_household_that_becomes_key_is_due_seven_days_after_its_last_visit_but_not_in_the_past() -> None:
    cycle = Cycle(Tier.ORDINARY, date(2027, 1, 1), date(2026, 10, 1), 1)
    assert after_tier_change(cycle, Tier.KEY, date(2026, 11, 21), POLICY).next_due_on == date(2026, 11, 21)
    fresh = Cycle(Tier.ORDINARY, date(2027, 2, 20), date(2026, 11, 20), 20)
    assert after_tier_change(fresh, Tier.KEY, date(2026, 11, 21), POLICY).next_due_on == date(2026, 11, 27)


@given(start=DAYS, tier=st.sampled_from(list(Tier)), late=st.lists(st.integers(0, 20), max_size=30))
def test_the_next_due_day_always_lies_after_the_visit(start: date, tier: Tier, late: list[int]) -> None:
    cycle = Cycle(tier, start)
    for days in late:
        visited = cycle.next_due_on + timedelta(days=days)
        cycle = met(cycle, visited_on=visited)
        assert cycle.next_due_on > visited
        assert cycle.last_visit_on == visited


@given(start=DAYS)
def test_a_watch_household_visited_on_time_has_exactly_twelve_visits_a_year(start: date) -> None:
    cycle = met(Cycle(Tier.WATCH, start), visited_on=start)
    count = 0
    while cycle.next_due_on <= add_months(start, 12, start.day):
        cycle = met(cycle, visited_on=cycle.next_due_on)
        count += 1
    assert count == 12
