"""What follows an agreement: follow-ups (回访) on their days, and its confirmation by a court (司法确认) (G)."""

from collections.abc import Sequence
from datetime import date, timedelta
from enum import StrEnum

from models.mediation import CourtState

# 《人民调解法》第三十三条: both parties together, within 30 days after the agreement takes effect. It is the law's, and
# no county's, to change.
COURT_DAYS = 30
# Nobody was met, or everything holds and nobody has asked for the closing yet.
TRY_AGAIN_DAYS = 2
EVERY_WEEK = 7


class FollowUpResult(StrEnum):
    """What a follow-up finds."""

    HOLDS = "holds"
    BROKEN = "broken"
    NOT_REACHED = "not_reached"


def counts(result: FollowUpResult, due_on: date, today: date) -> bool:
    """Whether this is the follow-up that was due: one before its day is written down and proves nothing yet."""
    return result is FollowUpResult.HOLDS and today >= due_on


def next_follow_up(agreed_on: date, done: int, days: Sequence[int], *, today: date) -> date:
    """The day of the follow-up after `done` of them; once all are done, every week until the case is closed."""
    if done < len(days):
        return max(agreed_on + timedelta(days=days[done]), today + timedelta(days=1))
    return today + timedelta(days=EVERY_WEEK)


def court_until(agreed_on: date) -> date:
    """The last day on which both parties may ask the court."""
    return agreed_on + timedelta(days=COURT_DAYS)


def court_steps(court: CourtState) -> tuple[CourtState, ...]:
    """What can come after what the court has been asked or has said."""
    if court is CourtState.NONE:
        return (CourtState.ASKED,)
    return (CourtState.CONFIRMED, CourtState.DECLINED) if court is CourtState.ASKED else ()
