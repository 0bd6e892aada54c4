"""A council's planned meeting gets another day, time or place (spec 5)."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import delete, or_
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from domain.access import Actor
from domain.refusals import Reason, RefusedError
from domain.rules.meeting_news import MeetingTold
from domain.rules.policy import Policy
from domain.usecases.council_meetings import MeetingSight, hold_meeting
from domain.usecases.group_posts import show_in_group
from domain.usecases.item_changes import must_name_nobody
from domain.usecases.meeting_people import tell_of_meeting
from domain.usecases.meeting_planning import led_meeting, near_enough
from domain.usecases.meeting_reminders import RULES, reminded_already
from models.council import PostKind
from models.meeting import CouncilMeeting, MeetingState
from models.sweep_run import SweepRun


@dataclass(frozen=True, slots=True)
class When:
    """When a meeting is to be, and where."""

    planned_at: datetime
    place: str | None


async def meeting_to_move(session: AsyncSession, actor: Actor, meeting_id: int) -> MeetingSight:
    """The meeting, for the chair, while it is only planned.

    Raises RefusedError: NOT_YOURS, CHAIR_ONLY, MEETING_RUNS, MEETING_OVER.
    """
    sight = await led_meeting(session, actor, meeting_id)
    if sight.meeting.state is MeetingState.RUNNING:
        raise RefusedError(Reason.MEETING_RUNS)
    if sight.meeting.state is not MeetingState.PLANNED:
        raise RefusedError(Reason.MEETING_OVER)
    return sight


async def move_meeting(
    session: AsyncSession, *, actor: Actor, meeting_id: int, seen: int, when: When, now: datetime, policy: Policy
) -> CouncilMeeting:
    """The chair puts it to another time or place; everybody who was told of it is told, and reminded anew.

    Raises RefusedError: NOT_YOURS, CHAIR_ONLY, MEETING_RUNS, MEETING_OVER, CHANGED_MEANWHILE (after revision `seen`),
    SAME_WORDS (all is as it was), TIME_IN_PAST, DAY_TOO_FAR, PRIVATE_WORD (the place).
    """
    meeting = (await led_meeting(session, actor, meeting_id)).meeting
    await hold_meeting(session, meeting)
    sight = await meeting_to_move(session, actor, meeting_id)
    if meeting.rev != seen:
        raise RefusedError(Reason.CHANGED_MEANWHILE)
    if when == When(meeting.planned_at, meeting.place):
        raise RefusedError(Reason.SAME_WORDS)
    if when.planned_at <= now:
        raise RefusedError(Reason.TIME_IN_PAST)
    near_enough(when.planned_at, now, policy)
    if not meeting.mode.at_a_door:
        await must_name_nobody(session, sight.council.area_id, when.place or "")
    meeting.planned_at, meeting.place, meeting.rev = when.planned_at, when.place, meeting.rev + 1
    await session.flush()
    await _forget_reminders(session, meeting)
    await tell_of_meeting(session, meeting, MeetingTold.MOVED, by_id=actor.member_id, now=now, policy=policy)
    await reminded_already(session, meeting, now=now, policy=policy)
    await show_in_group(session, meeting.council_id, PostKind.MEETING, meeting.id, now=now)
    return meeting


async def _forget_reminders(session: AsyncSession, meeting: CouncilMeeting) -> None:
    """Those of the former day: on the new eve she is reminded although she was on the old one."""
    period = col(SweepRun.period)
    its = or_(period == str(meeting.id), period.startswith(f"{meeting.id}:", autoescape=True))
    await session.execute(delete(SweepRun).where(col(SweepRun.rule).in_(RULES), its))
