"""The clock beside the count: a case in which nothing happens is remembered, by its owner, its head, the next rung."""

from datetime import date, datetime, timedelta
from typing import Any

from domain.rules.ladder import ClockStep, clock_after, clock_resumed
from domain.rules.policy import Policy
from models.dispute import Dispute, DisputeKind, DisputeStep


def clock_values(dispute: Dispute, *, now: datetime, policy: Policy, next_on: date | None = None) -> dict[str, Any]:
    """The columns that start the clock anew: something has happened.

    `next_on` is the day that people have set; until then the clock stands still. Without one, the day for people is
    the clock's own.
    """
    today = policy.today(now)
    since = max(today, next_on) if next_on else today
    step = clock_after(policy.ladder, dispute.colour, since, today=today)
    return {
        "happened_on": since,
        "next_on": next_on or step.on,
        "next_step": step.step,
        "next_step_at": policy.at(step.on, policy.digest_at),
        "round": 0,
    }


def resumed_values(
    dispute: Dispute, since: date, *, now: datetime, policy: Policy, next_on: date | None = None
) -> dict[str, Any]:
    """The columns of a clock that has run on from `since`. What stands as overdue already is put off no further."""
    step = clock_resumed(policy.ladder, dispute.colour, since, today=policy.today(now))
    if dispute.kind is DisputeKind.COUNSELLING and step.step is DisputeStep.CLIMB:
        step = ClockStep(DisputeStep.HEAD, step.on)  # its clock stops at the head
    at = policy.at(step.on, policy.digest_at)
    clock = policy.ladder.clocks[dispute.colour]
    overdue = since + timedelta(days=clock.climb_days) <= policy.today(now)
    if overdue and dispute.next_step is step.step and dispute.next_step_at is not None:
        at = min(at, dispute.next_step_at)
    return {
        "happened_on": since,
        "next_on": next_on or policy.today(at),
        "next_step": step.step,
        "next_step_at": at,
        "round": 0,
    }
