"""The clock beside the count: a case in which nothing happens is remembered, by its owner, its head, the next rung."""

from datetime import date, datetime
from typing import Any

from domain.rules.ladder import clock_after
from domain.rules.policy import Policy
from models.dispute import Dispute


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
