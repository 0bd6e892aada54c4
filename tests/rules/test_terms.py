"""A term of years, both its days included."""

from datetime import date, timedelta

import pytest

from domain.rules.terms import RENEW_AHEAD, may_be_renewed, next_end

TODAY = date(2026, 11, 21)


@pytest.mark.parametrize(
    ("ends_on", "years", "until"),
    [
        (None, 3, date(2029, 11, 20)),  # the first term begins today
        (date(2026, 12, 31), 3, date(2029, 12, 31)),
        (TODAY, 1, date(2027, 11, 21)),
        (date(2028, 2, 29), 1, date(2029, 2, 28)),
        (date(2028, 2, 29), 4, date(2032, 2, 29)),
    ],
)
def test_the_next_term_begins_when_the_one_before_is_over(ends_on: date | None, years: int, until: date) -> None:
    assert next_end(ends_on, TODAY, years) == until


@pytest.mark.parametrize(
    ("ends_on", "may"),
    [(None, True), (TODAY, True), (TODAY + RENEW_AHEAD, True), (TODAY + RENEW_AHEAD + timedelta(days=1), False)],
)
def test_a_term_is_renewed_in_its_last_year(ends_on: date | None, may: bool) -> None:
    assert may_be_renewed(ends_on, TODAY) is may
