"""The list of who was at a council's meeting, mended by whoever keeps it: who has no telephone or was forgotten is
added, who is on it by mistake is struck off (D).
"""

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import delete, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from domain.access import Actor
from domain.refusals import Reason, RefusedError
from domain.rules.meeting_news import MeetingTold
from domain.rules.policy import Policy
from domain.usecases.council_meetings import MeetingSight, hold_meeting, meeting_for
from domain.usecases.group_posts import show_in_group
from domain.usecases.meeting_people import attendance_of, due_at, hold_running, tell_one_of_meeting, write_present
from domain.usecases.minutes import put_out
from models.council import PostKind
from models.meeting import Attendance, MeetingState, Minutes, MinutesState, SignedBy
from models.member import Member


async def not_signed_in(
    session: AsyncSession, *, actor: Actor, meeting_id: int, policy: Policy, now: datetime
) -> list[Member]:
    """Those due at the meeting who have not signed in, for whoever keeps its list.

    Raises RefusedError: NOT_YOURS, CHAIR_ONLY, MEETING_NOT_BEGUN, MEETING_OVER.
    """
    sight = await _keeping(session, actor, meeting_id)
    due = await due_at(session, sight.meeting, today=policy.today(now))
    there = {one.member_id for one in await attendance_of(session, meeting_id)}
    missing = [one for one in due.everybody if one not in there]
    people = await session.execute(select(Member).where(col(Member.id).in_(missing)))
    return sorted(people.scalars(), key=lambda one: missing.index(one.id))


async def note_present(
    session: AsyncSession, *, actor: Actor, meeting_id: int, members: Iterable[int], now: datetime, policy: Policy
) -> int:
    """The chair or the recorder writes down who is (or was) there without a telephone; how many were added.

    A record that was sent round already goes round once more, with her in it: none becomes final without her.
    Raises RefusedError: NOT_YOURS, CHAIR_ONLY, MEETING_NOT_BEGUN, MEETING_OVER.
    """
    sight = await _keeping(session, actor, meeting_id)
    meeting = sight.meeting
    added = await write_present(session, meeting, list(members), SignedBy.CHAIR, now=now, policy=policy)
    if added:
        await _send_round_again(session, sight, actor, now=now, policy=policy)
    return added


async def signed_in(session: AsyncSession, *, actor: Actor, meeting_id: int) -> list[Member]:
    """Those on the list, for whoever keeps it. Raises RefusedError like `not_signed_in`."""
    await _keeping(session, actor, meeting_id)
    there = [one.member_id for one in await attendance_of(session, meeting_id)]
    people = await session.execute(select(Member).where(col(Member.id).in_(there)))
    return sorted(people.scalars(), key=lambda one: there.index(one.id))


async def strike_off(
    session: AsyncSession, *, actor: Actor, meeting_id: int, members: Iterable[int], now: datetime, policy: Policy
) -> int:
    """Who stands on the list by mistake is taken off it, and told so; how many were there to take off.

    While the meeting runs she can sign in again. A record that was sent round already goes round once more.
    Raises RefusedError: NOT_YOURS, CHAIR_ONLY, MEETING_NOT_BEGUN, MEETING_OVER.
    """
    sight = await _keeping(session, actor, meeting_id)
    meeting = sight.meeting
    its = col(Attendance.meeting_id) == meeting.id
    struck = []
    for member_id in sorted(set(members)):
        gone = await session.execute(delete(Attendance).where(its, col(Attendance.member_id) == member_id))
        if gone.rowcount:  # type: ignore[attr-defined]
            struck.append(member_id)
    for member_id in struck:
        if member_id != actor.member_id:
            await tell_one_of_meeting(session, meeting, MeetingTold.STRUCK_OFF, member_id, now=now, policy=policy)
    if struck:
        await show_in_group(session, meeting.council_id, PostKind.MEETING, meeting.id, now=now)
        await _send_round_again(session, sight, actor, now=now, policy=policy)
    return len(struck)


async def _send_round_again(
    session: AsyncSession, sight: MeetingSight, actor: Actor, *, now: datetime, policy: Policy
) -> None:
    minutes = await session.get(Minutes, sight.meeting.id, populate_existing=True)
    if minutes is not None and minutes.state is MinutesState.OUT:
        await put_out(session, sight.meeting, minutes, by_id=actor.member_id, now=now, policy=policy)


async def _keeping(session: AsyncSession, actor: Actor, meeting_id: int) -> MeetingSight:
    sight = await meeting_for(session, actor, meeting_id)
    if not sight.keeps(actor.member_id):
        raise RefusedError(Reason.CHAIR_ONLY)
    if sight.meeting.state is MeetingState.HELD and not sight.meeting.quick:
        # Who was forgotten is added until the record is final.
        await hold_meeting(session, sight.meeting)
        minutes = await session.get(Minutes, meeting_id, populate_existing=True)
        if minutes is not None and minutes.state is not MinutesState.FINAL:
            return sight
    await hold_running(session, sight.meeting)
    return sight
