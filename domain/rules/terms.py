"""How long somebody is appointed for: a term of years, both its days included (spec 1; M names three)."""

from datetime import date, timedelta

from domain.rules.cadence import add_months

RENEW_AHEAD = timedelta(days=366)  # a term with more than this before it was renewed already (ours)


def may_be_renewed(ends_on: date | None, today: date) -> bool:
    """Whether a term comes to its end, or was never set: the same command twice does not give two terms."""
    return ends_on is None or ends_on - today <= RENEW_AHEAD


def next_end(ends_on: date | None, today: date, years: int) -> date:
    """The last day of the term after the one that goes to `ends_on`; without one the first term begins today."""
    before = ends_on or today - timedelta(days=1)
    return add_months(before, 12 * years, before.day)
