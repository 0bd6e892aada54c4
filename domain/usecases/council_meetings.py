"""Meetings of a women's council: whose they are, and the one that every ballot belongs to (spec 5).

A meeting is a row that changes; what was said at it is written in its record (`minutes.py`). The order of locks is:
item, meeting, ballot.
"""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from domain.access import Actor, is_frozen
from domain.council_access import Standing, council_for, is_guest
from domain.refusals import Reason, RefusedError
from domain.rules.policy import Policy
from models.agenda import AgendaItem
from models.ballot import Ballot, Seat
from models.council import Council
from models.meeting import Attendance, CouncilMeeting, MeetingItem, MeetingMode, MeetingState, Minutes, SignedBy

_ALPHABET = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ"  # without what is mistaken for each other on the telephone
_LENGTH = 4


@dataclass(frozen=True, slots=True)
class MeetingSight:
    """A meeting that somebody may open, and what she is to it."""

    meeting: CouncilMeeting
    council: Council
    standing: Standing

    @property
    def leads(self) -> bool:
        """Whether she is the council's chair."""
        return self.standing is Standing.CHAIR

    def keeps(self, member_id: int) -> bool:
        """Whether she writes down who came and what was said: the chair, or the recorder while she sits."""
        return self.leads or (self.standing is Standing.MEMBER and self.meeting.recorder_id == member_id)


async def meeting_for(session: AsyncSession, actor: Actor, meeting_id: int) -> MeetingSight:
    """The meeting, when `actor` sits in its council, oversees it, is one of X for an item of it, or was there.

    Raises RefusedError(NOT_YOURS) alike for one that is none of hers and one that does not exist.
    """
    meeting = await session.get(CouncilMeeting, meeting_id)
    if meeting is None or not actor.posts:
        raise RefusedError(Reason.NOT_YOURS)
    try:
        sight = await council_for(session, actor, meeting.council_id)
    except RefusedError:
        if not await _invited(session, actor, meeting):
            raise
        return MeetingSight(meeting, await session.get_one(Council, meeting.council_id), Standing.GUEST)
    if sight.standing is Standing.OVERSEER and await _invited(session, actor, meeting):
        return MeetingSight(meeting, sight.council, Standing.GUEST)
    return MeetingSight(meeting, sight.council, sight.standing)


async def hold_meeting(session: AsyncSession, meeting: CouncilMeeting) -> None:
    """Let others who change this meeting wait until the transaction ends, and read it as it is now."""
    await session.flush()
    await session.refresh(meeting, with_for_update={"key_share": True})


async def meeting_of_ballot(
    session: AsyncSession, item: AgendaItem, *, chair_id: int, conversation_id: str, now: datetime, policy: Policy
) -> CouncilMeeting:
    """The meeting that a ballot on `item` belongs to: the one that is running and deals with it, or one made for the
    ballot, so that every decision has a record. The caller holds the item; the meeting is held here.
    """
    query = (
        select(CouncilMeeting)
        .join(MeetingItem, col(MeetingItem.meeting_id) == col(CouncilMeeting.id))
        .where(
            col(MeetingItem.item_id) == item.id,
            col(CouncilMeeting.state) == MeetingState.RUNNING,
            ~col(CouncilMeeting.quick),
        )
        .order_by(col(CouncilMeeting.id).desc())
        .limit(1)
        .with_for_update(key_share=True, of=CouncilMeeting)
    )
    running = (await session.execute(query)).scalar_one_or_none()
    if running is not None:
        return running
    name = f"q:{conversation_id}"
    quick = CouncilMeeting(
        code=await free_meeting_code(session, name, policy.today(now)),
        conversation_id=name,
        council_id=item.council_id,
        mode=MeetingMode.ONLINE,
        quick=True,
        planned_at=now,
        chair_id=chair_id,
        state=MeetingState.RUNNING,
        begun_at=now,
    )
    session.add(quick)
    await session.flush()
    session.add(MeetingItem(meeting_id=quick.id, item_id=item.id, position=1))
    await session.flush()
    return quick


async def ballot_meeting_over(
    session: AsyncSession, ballot: Ballot, voters: Mapping[int, Seat], *, at: datetime
) -> None:
    """The ballot is closed: the meeting that was made for it was held, and whoever voted was there.

    Nothing says when she voted, or in which order. Of a secret ballot it is written nowhere who voted: where all voted
    alike, that would tell how.
    """
    meeting = await _quick(session, ballot)
    if meeting is None:
        return
    meeting.state, meeting.ended_at, meeting.rev = MeetingState.HELD, at, meeting.rev + 1
    for member_id in () if ballot.secret else sorted(voters):
        session.add(
            Attendance(meeting_id=meeting.id, member_id=member_id, seat=voters[member_id], how=SignedBy.VOTE, at=None)
        )
    session.add(Minutes(meeting_id=meeting.id))
    await session.flush()


async def ballot_meeting_off(session: AsyncSession, ballot: Ballot, *, now: datetime) -> None:
    """The ballot was cancelled: the meeting that was made for it never was."""
    meeting = await _quick(session, ballot)
    if meeting is not None:
        meeting.state, meeting.begun_at, meeting.ended_at = MeetingState.CANCELLED, None, now
        meeting.rev += 1
        await session.flush()


async def met_on(session: AsyncSession, item_id: int) -> bool:
    """Whether a meeting has dealt with the item, or deals with it now; a ballot's own meeting is no discussion."""
    query = (
        select(col(CouncilMeeting.id))
        .join(MeetingItem, col(MeetingItem.meeting_id) == col(CouncilMeeting.id))
        .where(
            col(MeetingItem.item_id) == item_id,
            ~col(CouncilMeeting.quick),
            col(CouncilMeeting.state).in_((MeetingState.RUNNING, MeetingState.HELD)),
        )
    )
    return (await session.execute(query.limit(1))).first() is not None


async def items_of_meeting(session: AsyncSession, meeting_id: int) -> Sequence[AgendaItem]:
    """The items that a meeting deals with, in their order."""
    query = (
        select(AgendaItem)
        .join(MeetingItem, col(MeetingItem.item_id) == col(AgendaItem.id))
        .where(col(MeetingItem.meeting_id) == meeting_id)
        .order_by(col(MeetingItem.position))
    )
    return (await session.execute(query)).scalars().all()


async def free_meeting_code(session: AsyncSession, conversation_id: str, today: date) -> str:
    """A code that no meeting has: it tells the day and nothing else, and can be said on the telephone."""
    number = int.from_bytes(hashlib.sha256(conversation_id.encode()).digest())
    while True:
        letters = ""
        for _ in range(_LENGTH):
            number, place = divmod(number, len(_ALPHABET))
            letters += _ALPHABET[place]
        code = f"M{today:%y%m%d}-{letters}"
        if (
            await session.execute(select(col(CouncilMeeting.id)).where(col(CouncilMeeting.code) == code))
        ).first() is None:
            return code


async def _quick(session: AsyncSession, ballot: Ballot) -> CouncilMeeting | None:
    """The meeting that was made for this ballot, held."""
    meeting = await session.get(CouncilMeeting, ballot.meeting_id) if ballot.meeting_id else None
    if meeting is None or not meeting.quick:
        return None
    await hold_meeting(session, meeting)
    return meeting if meeting.state is MeetingState.RUNNING else None


async def _invited(session: AsyncSession, actor: Actor, meeting: CouncilMeeting) -> bool:
    """Whether she is one of X for one of its items now, or was there as one of X."""
    if await is_frozen(session, actor):
        return False
    there = await session.get(Attendance, (meeting.id, actor.member_id))
    if there is not None and there.seat is Seat.INVITED:
        return True
    for item in await items_of_meeting(session, meeting.id):
        if await is_guest(session, actor.member_id, item.id):
            return True
    return False
