"""Reminders of a council's meetings: on the eve, two hours before, and when one was never begun or ended (spec 5).

Each once, what is over once a week: by a row of `sweep_run` for the meeting and the occasion, and by the outbox's own
keys.
"""

from datetime import datetime, time, timedelta
from enum import StrEnum

from sqlalchemy import bindparam, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import QueryableAttribute, defer
from sqlmodel import col

from domain.council_notices import MeetingNews
from domain.rules.meeting_news import MeetingTold
from domain.rules.policy import Policy
from domain.usecases.meeting_people import keepers_of, tell_of_meeting
from domain.usecases.one_by_one import one_by_one
from domain.usecases.outbox import insert_ignoring, tell
from models.looking import Reader
from models.meeting import CouncilMeeting, MeetingState
from models.sweep_run import SweepRun

EVE_AT = time(18, 0)
SOON = timedelta(hours=2)
_RULE = "meeting-{}"
_AGAIN = timedelta(days=7)  # of what was not begun or not ended its keepers hear each week, until somebody does it
# Not needed for this, and a single one that cannot be decrypted would keep all others from being read.
_WORDS: tuple[QueryableAttribute[str], ...] = (CouncilMeeting.place, CouncilMeeting.sign_code)  # type: ignore[assignment]
_TO_COME = (
    col(CouncilMeeting.state).in_((MeetingState.PLANNED, MeetingState.RUNNING)),
    ~col(CouncilMeeting.quick),
    col(CouncilMeeting.planned_at) < bindparam("until"),
)
_TIMES = select(col(CouncilMeeting.planned_at), col(CouncilMeeting.state)).where(*_TO_COME)
_BY_TIME = (
    select(CouncilMeeting)
    .options(*(defer(words) for words in _WORDS))
    .where(*_TO_COME)
    .order_by(col(CouncilMeeting.planned_at))
)


class Occasion(StrEnum):
    """When somebody is reminded."""

    EVE = "eve"
    SOON = "soon"
    AFTER = "after"


RULES = tuple(_RULE.format(occasion.value) for occasion in Occasion)


def occasions(planned_at: datetime, now: datetime, policy: Policy) -> list[Occasion]:
    """The occasions of a meeting whose time has come by `now`, in their order."""
    return [occasion for occasion, at in _times(planned_at, policy) if now >= at]


def reminders_ahead(planned_at: datetime, now: datetime, policy: Policy) -> tuple[datetime, ...]:
    """When those who come will be reminded of a meeting that they are told of at `now`; where it is near, never."""
    times = [at for occasion, at in _times(planned_at, policy) if occasion is not Occasion.AFTER and at > now]
    heard = (policy.after_quiet(at) for at in times)
    return tuple(at.astimezone(policy.zone) for at in heard if at < planned_at)


def _times(planned_at: datetime, policy: Policy) -> tuple[tuple[Occasion, datetime], ...]:
    day, one = policy.today(planned_at), timedelta(days=1)
    return (
        (Occasion.EVE, policy.at(day - one, EVE_AT)),
        # Of an early meeting nobody hears in the night, and nobody once it should have begun.
        (Occasion.SOON, policy.after_quiet(planned_at - SOON)),
        (Occasion.AFTER, policy.at(day + one, policy.digest_at)),
    )


async def meetings_wait(reader: Reader, *, now: datetime, policy: Policy) -> bool:
    """Whether there may be anything to remind of: the time of a meeting has come, perhaps long since."""
    rows = (await reader.execute(_TIMES, {"until": _until(now, policy)})).all()
    return any(_occasion(planned_at, state, now, policy) for planned_at, state in rows)


async def remind_of_meetings(session: AsyncSession, *, now: datetime, policy: Policy) -> int:
    """Remind of every meeting whose occasion has come; how many were dealt with. What goes wrong with one of them
    keeps none of the others waiting.

    What was missed is not caught up but by the next occasion. The day after, and each
    week from then on, the chair of the day hears of one that was not begun, or not ended.
    """
    found = await session.execute(_BY_TIME, {"until": _until(now, policy)})
    meetings = {meeting.id: meeting for meeting in found.scalars()}

    async def remind(meeting_id: int) -> bool:
        meeting = meetings[meeting_id]
        occasion = _occasion(meeting.planned_at, meeting.state, now, policy)
        if occasion is None or not await _first_time(session, meeting, occasion, now):
            return False
        await _remind(session, meeting, occasion, now=now, policy=policy)
        return True

    return await one_by_one(session, list(meetings), remind, what="meeting_not_reminded_of", failed=set())


def _until(now: datetime, policy: Policy) -> datetime:
    """Before when a meeting is planned of whose eve it may be time to remind."""
    return policy.at(policy.today(now) + timedelta(days=2), time(0))


def _occasion(planned_at: datetime, state: MeetingState, now: datetime, policy: Policy) -> Occasion | None:
    """What is to be reminded of now, unless it has been: nobody is called to what has begun, or should have."""
    come = occasions(planned_at, now, policy)
    if not come:
        return None
    still_to_come = state is MeetingState.PLANNED and now < planned_at
    return come[-1] if come[-1] is Occasion.AFTER or still_to_come else None


async def reminded_already(session: AsyncSession, meeting: CouncilMeeting, *, now: datetime, policy: Policy) -> None:
    """Whoever has just been told of a meeting is not reminded in the next minute: what has come by now is done."""
    for occasion in occasions(meeting.planned_at, now, policy):
        await _first_time(session, meeting, occasion, now)


async def _first_time(session: AsyncSession, meeting: CouncilMeeting, occasion: Occasion, now: datetime) -> bool:
    rule, week = _RULE.format(occasion.value), _weeks_over(meeting, occasion, now)
    period = f"{meeting.id}:{week}" if week else str(meeting.id)
    noted = insert_ignoring(session, SweepRun).values(rule=rule, period=period, swept_at=now)
    return bool((await session.execute(noted)).rowcount)  # type: ignore[attr-defined]


def _weeks_over(meeting: CouncilMeeting, occasion: Occasion, now: datetime) -> int:
    """For how many whole weeks its keepers have been told that nothing became of it."""
    return max(now - meeting.planned_at - timedelta(days=1), timedelta()) // _AGAIN if occasion is Occasion.AFTER else 0


async def _remind(
    session: AsyncSession, meeting: CouncilMeeting, occasion: Occasion, *, now: datetime, policy: Policy
) -> None:
    if occasion is not Occasion.AFTER:
        told = MeetingTold.EVE if occasion is Occasion.EVE else MeetingTold.SOON
        await tell_of_meeting(session, meeting, told, now=now, policy=policy)
        return
    told = MeetingTold.NOT_BEGUN if meeting.state is MeetingState.PLANNED else MeetingTold.NOT_ENDED
    at = meeting.planned_at.astimezone(policy.zone)
    notice = MeetingNews(meeting.code, meeting.id, at, meeting.mode, told)
    keepers = await keepers_of(session, meeting, today=policy.today(now))
    week = _weeks_over(meeting, occasion, now)
    key = f"meeting:{meeting.id}:{told.value}:{week}:{meeting.rev}"
    await tell(session, keepers, notice, key, now=now, policy=policy)
