"""A meeting's message in its council's group: when, where, what, how many are there; no name, no door (spec 8)."""

from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy.ext.asyncio import AsyncSession

from domain.channel import Button
from domain.rules.policy import Policy
from domain.usecases.council_meetings import items_of_meeting
from domain.usecases.group_posts import GroupView
from domain.usecases.meeting_people import attendance_of, due_at
from messages.render import label
from models.council import Council
from models.meeting import CouncilMeeting, MeetingMode, MeetingState

SHOWN_ITEMS = 12


@dataclass(frozen=True, slots=True)
class MeetingPost:
    """A meeting as the group sees it."""

    code: str
    mode: MeetingMode
    state: MeetingState
    on: date
    planned_at: datetime
    place: str
    items: tuple[str, ...]
    more_items: int
    standing: int
    invited: int
    there: int


async def meeting_view(session: AsyncSession, meeting_id: int, now: datetime, policy: Policy) -> GroupView | None:
    """The message as it is now; the button to sign in stands there while the meeting runs."""
    meeting = await session.get(CouncilMeeting, meeting_id, populate_existing=True)
    if meeting is None:
        return None
    council = await session.get_one(Council, meeting.council_id)
    at = meeting.planned_at.astimezone(policy.zone)
    due = await due_at(session, meeting, today=policy.today(now))
    titles = tuple(item.title for item in await items_of_meeting(session, meeting.id))
    post = MeetingPost(
        code=meeting.code,
        mode=meeting.mode,
        state=meeting.state,
        on=at.date(),
        planned_at=at,
        place=meeting.public_place,
        items=titles[:SHOWN_ITEMS],
        more_items=max(0, len(titles) - SHOWN_ITEMS),
        standing=len(due.standing),
        invited=len(due.invited),
        there=len(await attendance_of(session, meeting.id)),
    )
    sign = (Button(label("sign_in", council.locale), f"meet:sign:{meeting.id}"),)
    return GroupView(post, council.locale, (sign,) if meeting.state is MeetingState.RUNNING else ())
