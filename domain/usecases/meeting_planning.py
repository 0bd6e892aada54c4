"""A council's meeting from its plan to its end: when, how and where, which items; begun, ended, called off (spec 5)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from domain.access import Actor
from domain.council_access import hold_item, led_council, standing_members
from domain.refusals import Reason, RefusedError
from domain.rules.meeting_news import MeetingTold
from domain.rules.policy import Policy
from domain.usecases.council_meetings import (
    MeetingSight,
    free_meeting_code,
    hold_meeting,
    items_of_meeting,
    meeting_for,
)
from domain.usecases.group_posts import show_in_group
from domain.usecases.item_changes import must_name_nobody
from domain.usecases.item_history import note_item, tell_of_item
from domain.usecases.meeting_people import seat_at, tell_of_meeting
from domain.usecases.meeting_reminders import reminded_already
from domain.usecases.outbox import insert_ignoring
from models.agenda import AgendaItem, ItemEvent, ItemState
from models.council import PostKind
from models.meeting import Attendance, CouncilMeeting, MeetingItem, MeetingMode, MeetingState, Minutes, SignedBy

AHEAD = timedelta(days=90)  # a meeting that lies further ahead is forgotten, reminders or not (ours)
# What a meeting can deal with: what is on the agenda, and what is being voted on.
MEETABLE = frozenset({ItemState.ACCEPTED, ItemState.DISCUSSING, ItemState.VOTING})


@dataclass(frozen=True, slots=True)
class MeetingFacts:
    """What was said of a meeting that is to be."""

    mode: MeetingMode
    planned_at: datetime
    place: str | None
    items: Sequence[int]
    recorder_id: int


async def plan_meeting(
    session: AsyncSession,
    *,
    actor: Actor,
    council_id: int,
    facts: MeetingFacts,
    conversation_id: str,
    now: datetime,
    policy: Policy,
) -> CouncilMeeting:
    """The chair calls a meeting (R: 集中/现场/上门/线上); N and X of its items are told, and so are the proposers.

    Raises RefusedError: NOT_YOURS, CHAIR_ONLY, TIME_IN_PAST, DAY_TOO_FAR, NOT_IN_COUNCIL (the recorder),
    ITEM_NOT_OPEN (one of the items is over, or of another council), PRIVATE_WORD (the place).
    """
    sight = await led_council(session, actor, council_id)
    if facts.planned_at <= now:
        raise RefusedError(Reason.TIME_IN_PAST)
    near_enough(facts.planned_at, now, policy)
    if facts.recorder_id not in await standing_members(session, sight.council, policy.today(now)):
        raise RefusedError(Reason.NOT_IN_COUNCIL)
    if not facts.mode.at_a_door:
        await must_name_nobody(session, sight.council.area_id, facts.place or "")
    items = [await _meetable(session, council_id, item_id) for item_id in sorted(set(facts.items))]
    meeting = CouncilMeeting(
        code=await free_meeting_code(session, conversation_id, policy.today(now)),
        conversation_id=conversation_id,
        council_id=council_id,
        mode=facts.mode,
        planned_at=facts.planned_at,
        place=facts.place,
        chair_id=actor.member_id,
        recorder_id=facts.recorder_id,
    )
    session.add(meeting)
    await session.flush()
    order = list(dict.fromkeys(facts.items))
    for item in items:
        await _put_on(session, meeting, item, order.index(item.id) + 1, actor, now=now, policy=policy)
    await tell_of_meeting(session, meeting, MeetingTold.CALLED, by_id=actor.member_id, now=now, policy=policy)
    await reminded_already(session, meeting, now=now, policy=policy)
    await show_in_group(session, council_id, PostKind.MEETING, meeting.id, now=now)
    return meeting


def near_enough(planned_at: datetime, now: datetime, policy: Policy) -> None:
    """Whether a meeting may lie so far ahead, by the day, as it is asked for. Raises RefusedError(DAY_TOO_FAR)."""
    latest = policy.today(now) + AHEAD
    if policy.today(planned_at) > latest:
        raise RefusedError(Reason.DAY_TOO_FAR, latest=latest)


async def add_items(
    session: AsyncSession, *, actor: Actor, meeting_id: int, items: Sequence[int], now: datetime, policy: Policy
) -> int:
    """The chair puts further items on a meeting's list, before it or while it runs; how many were added.

    Raises RefusedError: NOT_YOURS, CHAIR_ONLY, ITEM_NOT_OPEN, MEETING_OVER.
    """
    sight = await led_meeting(session, actor, meeting_id)
    meeting = sight.meeting
    found = [await _meetable(session, meeting.council_id, item_id) for item_id in sorted(set(items))]
    await hold_meeting(session, meeting)
    if meeting.quick or meeting.state not in (MeetingState.PLANNED, MeetingState.RUNNING):
        raise RefusedError(Reason.MEETING_OVER)
    there = {item.id for item in await items_of_meeting(session, meeting_id)}
    new = [item for item in found if item.id not in there]
    order = [one for one in dict.fromkeys(items) if one not in there]
    for item in new:
        await _put_on(session, meeting, item, len(there) + order.index(item.id) + 1, actor, now=now, policy=policy)
        if meeting.state is MeetingState.RUNNING:
            await _discuss(session, item, actor, now=now, policy=policy)
    await show_in_group(session, meeting.council_id, PostKind.MEETING, meeting.id, now=now)
    return len(new)


async def led_meeting(session: AsyncSession, actor: Actor, meeting_id: int) -> MeetingSight:
    """The meeting, for the chair. Raises RefusedError: NOT_YOURS, CHAIR_ONLY."""
    sight = await meeting_for(session, actor, meeting_id)
    if not sight.leads:
        raise RefusedError(Reason.CHAIR_ONLY)
    return sight


async def _put_on(
    session: AsyncSession,
    meeting: CouncilMeeting,
    item: AgendaItem,
    position: int,
    actor: Actor,
    *,
    now: datetime,
    policy: Policy,
) -> None:
    session.add(MeetingItem(meeting_id=meeting.id, item_id=item.id, position=position))
    detail = {"meeting": meeting.code, "on": policy.today(meeting.planned_at).isoformat()}
    entry = await note_item(session, item, ItemEvent.ON_MEETING, at=now, by_id=actor.member_id, detail=detail)
    await tell_of_item(session, item, entry, now=now, policy=policy)


async def _meetable(session: AsyncSession, council_id: int, item_id: int) -> AgendaItem:
    """The item, held. Raises RefusedError(ITEM_NOT_OPEN)."""
    item = await session.get(AgendaItem, item_id)
    if item is None or item.council_id != council_id:
        raise RefusedError(Reason.ITEM_NOT_OPEN)
    await hold_item(session, item)
    if item.state not in MEETABLE:
        raise RefusedError(Reason.ITEM_NOT_OPEN)
    return item


async def cancel_meeting(
    session: AsyncSession, *, actor: Actor, meeting_id: int, now: datetime, policy: Policy
) -> CouncilMeeting:
    """The chair calls off what is planned; everybody who was told of it is told.

    Raises RefusedError: NOT_YOURS, CHAIR_ONLY, MEETING_OVER, MEETING_RUNS.
    """
    meeting = await _held(session, await led_meeting(session, actor, meeting_id), MeetingState.PLANNED)
    meeting.state, meeting.ended_at, meeting.rev = MeetingState.CANCELLED, now, meeting.rev + 1
    await session.flush()
    await tell_of_meeting(session, meeting, MeetingTold.CANCELLED, by_id=actor.member_id, now=now, policy=policy)
    await show_in_group(session, meeting.council_id, PostKind.MEETING, meeting.id, now=now)
    return meeting


async def begin_meeting(
    session: AsyncSession, *, actor: Actor, meeting_id: int, sign_code: str, now: datetime, policy: Policy
) -> CouncilMeeting:
    """The chair or the recorder begins it: sign in now. Items of it that were only on the agenda are discussed now.

    Whoever begins it is there, and presides. `sign_code` is for whoever has no button at hand.
    Raises RefusedError: NOT_YOURS, CHAIR_ONLY, MEETING_OVER, MEETING_RUNS (already).
    """
    sight = await _kept(session, actor, meeting_id)
    for item in sorted(await items_of_meeting(session, meeting_id), key=lambda one: one.id):
        await _discuss(session, item, actor, now=now, policy=policy)
    meeting = await _held(session, sight, MeetingState.PLANNED)
    meeting.state, meeting.begun_at, meeting.sign_code = MeetingState.RUNNING, now, sign_code
    meeting.chair_id = actor.member_id  # she presides: who called it may be absent, or chair no longer
    meeting.rev += 1
    await session.flush()
    seat = await seat_at(session, meeting, actor.member_id, today=policy.today(now))
    if seat is not None:
        row = {"meeting_id": meeting.id, "member_id": actor.member_id, "seat": seat, "how": SignedBy.BUTTON, "at": now}
        await session.execute(insert_ignoring(session, Attendance).values(row))
    await tell_of_meeting(session, meeting, MeetingTold.BEGUN, by_id=actor.member_id, now=now, policy=policy)
    await show_in_group(session, meeting.council_id, PostKind.MEETING, meeting.id, now=now, urgent=True)
    return meeting


async def _discuss(session: AsyncSession, item: AgendaItem, actor: Actor, *, now: datetime, policy: Policy) -> None:
    await hold_item(session, item)
    if item.state is not ItemState.ACCEPTED:
        return
    item.state, item.changed_at, item.rev = ItemState.DISCUSSING, now, item.rev + 1
    entry = await note_item(session, item, ItemEvent.DISCUSSION, at=now, by_id=actor.member_id)
    await tell_of_item(session, item, entry, now=now, policy=policy)


async def end_meeting(session: AsyncSession, *, actor: Actor, meeting_id: int, now: datetime) -> CouncilMeeting:
    """The chair or the recorder ends it; its record can be written. A vote that it began may still be open.

    Raises RefusedError: NOT_YOURS, CHAIR_ONLY, MEETING_OVER, MEETING_NOT_BEGUN.
    """
    meeting = await _held(session, await _kept(session, actor, meeting_id), MeetingState.RUNNING)
    if meeting.quick:  # it ends with its ballot
        raise RefusedError(Reason.VOTE_STILL_OPEN)
    meeting.state, meeting.ended_at, meeting.rev = MeetingState.HELD, now, meeting.rev + 1
    session.add(Minutes(meeting_id=meeting.id))
    await session.flush()
    await show_in_group(session, meeting.council_id, PostKind.MEETING, meeting.id, now=now)
    return meeting


async def meetable_items(session: AsyncSession, council_id: int) -> list[AgendaItem]:
    """The items of a council that a meeting can deal with, the oldest first."""
    query = select(AgendaItem).where(col(AgendaItem.council_id) == council_id, col(AgendaItem.state).in_(MEETABLE))
    return list((await session.execute(query.order_by(col(AgendaItem.id)))).scalars())


async def _kept(session: AsyncSession, actor: Actor, meeting_id: int) -> MeetingSight:
    """Raises RefusedError: NOT_YOURS, CHAIR_ONLY."""
    sight = await meeting_for(session, actor, meeting_id)
    if not sight.keeps(actor.member_id):
        raise RefusedError(Reason.CHAIR_ONLY)
    return sight


async def _held(session: AsyncSession, sight: MeetingSight, state: MeetingState) -> CouncilMeeting:
    """The meeting, held, when it is in `state`. Raises RefusedError: MEETING_OVER, MEETING_RUNS, MEETING_NOT_BEGUN."""
    meeting = sight.meeting
    await hold_meeting(session, meeting)
    if meeting.state is state:
        return meeting
    if meeting.state in (MeetingState.HELD, MeetingState.CANCELLED):
        raise RefusedError(Reason.MEETING_OVER)
    raise RefusedError(Reason.MEETING_RUNS if meeting.state is MeetingState.RUNNING else Reason.MEETING_NOT_BEGUN)
