"""When a household is to be visited next (spec 2; M: key every week, watch every month, ordinary as a routine)."""

import calendar
from dataclasses import dataclass
from datetime import date, timedelta

from domain.rules.policy import Policy
from models.household import Tier
from models.visit import VisitMode, VisitOutcome


@dataclass(frozen=True, slots=True)
class Cycle:
    """Where a household stands in its cycle. Only the fields that the rule of the next visit needs."""

    tier: Tier
    next_due_on: date
    last_visit_on: date | None = None
    anchor_day: int | None = None
    nobody_home_streak: int = 0


def add_months(day: date, months: int, anchor_day: int) -> date:
    """The day `months` later on `anchor_day`, or on the last day of a month that is too short for it."""
    year, month0 = divmod(day.year * 12 + day.month - 1 + months, 12)
    return date(year, month0 + 1, min(anchor_day, calendar.monthrange(year, month0 + 1)[1]))


def completes(tier: Tier, mode: VisitMode, outcome: VisitOutcome) -> bool:
    """Whether an attempt completes the visit: somebody was met, and for a key household at the door (M, R)."""
    return outcome is VisitOutcome.MET and (tier is not Tier.KEY or mode is VisitMode.DOOR)


def due_after(tier: Tier, visited_on: date, anchor_day: int, policy: Policy) -> date:
    """The next due day after a completed visit: 7 days, one calendar month, or the county's n months."""
    if tier is Tier.KEY:
        return visited_on + timedelta(days=7)
    return add_months(visited_on, 1 if tier is Tier.WATCH else policy.ordinary_months, anchor_day)


def anchor_of(cycle: Cycle, visited_on: date) -> int:
    """The day of the month the cycle keeps to.

    A visit on the very due day that a short month had pulled forward keeps the old anchor, so that
    31 Jan leads to 28 Feb and then to 31 Mar again.
    """
    anchor = cycle.anchor_day
    if anchor is None or visited_on != cycle.next_due_on:
        return visited_on.day
    clamped = min(anchor, calendar.monthrange(visited_on.year, visited_on.month)[1])
    return anchor if clamped == visited_on.day else visited_on.day


def after_attempt(cycle: Cycle, *, visited_on: date, mode: VisitMode, outcome: VisitOutcome, policy: Policy) -> Cycle:
    """The cycle after an attempt on `visited_on`.

    An attempt older than the last completed visit changes nothing. A failed one moves a due date that has
    come to the retry day, but never pulls a later one nearer.
    """
    if cycle.last_visit_on is not None and visited_on < cycle.last_visit_on:
        return cycle
    if completes(cycle.tier, mode, outcome):
        anchor = anchor_of(cycle, visited_on)
        due = due_after(cycle.tier, visited_on, anchor, policy)
        return Cycle(cycle.tier, due, visited_on, anchor, 0)
    streak = cycle.nobody_home_streak + (outcome is VisitOutcome.NOBODY_HOME)
    if outcome is VisitOutcome.MET:
        # Met, but not at the door of a key household: somebody was there, the visit itself is still owed.
        return Cycle(cycle.tier, cycle.next_due_on, cycle.last_visit_on, cycle.anchor_day, 0)
    days = policy.retry_days if outcome is VisitOutcome.NOBODY_HOME else policy.refused_days
    due = cycle.next_due_on
    if due <= visited_on:
        due = visited_on + timedelta(days=days)
    return Cycle(cycle.tier, due, cycle.last_visit_on, cycle.anchor_day, streak)


def after_tier_change(cycle: Cycle, tier: Tier, today: date, policy: Policy) -> Cycle:
    """The cycle in a new tier: counted from the last completed visit, due at once when there was none."""
    if cycle.last_visit_on is None:
        return Cycle(tier, today, None, None, cycle.nobody_home_streak)
    anchor = cycle.last_visit_on.day
    due = due_after(tier, cycle.last_visit_on, anchor, policy)
    return Cycle(tier, max(due, today), cycle.last_visit_on, anchor, cycle.nobody_home_streak)
