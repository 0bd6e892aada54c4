"""Who was at a council's meeting without a telephone, or was forgotten: written down by whoever keeps its list (D)."""

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from domain.access import Actor
from domain.refusals import Reason, RefusedError
from domain.rules.policy import Policy
from domain.usecases.council_meetings import MeetingSight, hold_meeting, meeting_for
from domain.usecases.meeting_people import attendance_of, due_at, hold_running, write_present
from domain.usecases.minutes import put_out
from models.meeting import MeetingState, Minutes, MinutesState, SignedBy
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
    minutes = await session.get(Minutes, meeting_id, populate_existing=True)
    if added and minutes is not None and minutes.state is MinutesState.OUT:
        await put_out(session, meeting, minutes, by_id=actor.member_id, now=now, policy=policy)
    return added


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
