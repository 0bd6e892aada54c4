"""Who belongs to a council's meeting, who came, and who is told of it (spec 5)."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from domain.access import Actor
from domain.council_access import SITS_IN_COUNCIL, guests_of_item, standing_members
from domain.council_notices import MeetingNews
from domain.refusals import Reason, RefusedError
from domain.rules.meeting_news import MeetingTold
from domain.rules.policy import Policy
from domain.usecases.council_meetings import hold_meeting, items_of_meeting, meeting_for
from domain.usecases.group_posts import show_in_group
from domain.usecases.outbox import insert_ignoring, tell
from domain.usecases.posts import heads_of, holders
from models.ballot import Seat
from models.council import Council, CouncilGroup, GroupState, PostKind
from models.meeting import Attendance, CouncilMeeting, MeetingState, SignedBy
from models.member import Member, Role


@dataclass(frozen=True, slots=True)
class Due:
    """Who should be at a meeting: N of its council, and X of its items who are none of N."""

    standing: Sequence[int]
    invited: Sequence[int]

    @property
    def everybody(self) -> list[int]:
        """N+X."""
        return [*self.standing, *self.invited]


async def due_at(session: AsyncSession, meeting: CouncilMeeting, *, today: date) -> Due:
    """Who should be there, as the posts and invitations are today."""
    council = await session.get_one(Council, meeting.council_id)
    standing = await standing_members(session, council, today)
    invited: list[int] = []
    for item in await items_of_meeting(session, meeting.id):
        invited += await guests_of_item(session, item.id)
    return Due(standing, [one for one in dict.fromkeys(invited) if one not in standing])


async def keepers_of(session: AsyncSession, meeting: CouncilMeeting, *, today: date) -> list[int]:
    """Who is told of what its record needs: the council's chairs of today, who need not be those of that day, and the
    recorder while she sits. Without a chair who can act: the heads above, who see to it that there is one.
    """
    council = await session.get_one(Council, meeting.council_id)
    chairs = await holders(session, [council.area_id], Role.COUNCIL_CHAIR, today)
    people = chairs or await heads_of(session, council.area_id, today)
    if meeting.recorder_id in await standing_members(session, council, today):
        people = [*people, *(one for one in (meeting.recorder_id,) if one is not None)]
    return list(dict.fromkeys(people))


async def seat_at(session: AsyncSession, meeting: CouncilMeeting, member_id: int, *, today: date) -> Seat | None:
    """As what she may sign in; None when she does not belong there."""
    due = await due_at(session, meeting, today=today)
    if member_id in due.standing:
        return Seat.STANDING
    return Seat.INVITED if member_id in due.invited else None


async def attendance_of(session: AsyncSession, meeting_id: int) -> list[Attendance]:
    """Who was there, N first; of those alike in the order of their numbers, which tells nothing of when they came."""
    query = select(Attendance).where(col(Attendance.meeting_id) == meeting_id).order_by(col(Attendance.member_id))
    rows = list((await session.execute(query)).scalars())
    return sorted(rows, key=lambda one: one.seat is not Seat.STANDING)


async def names_of(session: AsyncSession, members: Iterable[int]) -> dict[int, str]:
    """What these members are called."""
    query = select(col(Member.id), col(Member.name)).where(col(Member.id).in_(set(members)))
    return {row[0]: row[1] for row in (await session.execute(query)).all()}


async def sign_in(
    session: AsyncSession, *, actor: Actor, meeting_id: int, how: SignedBy, now: datetime, policy: Policy
) -> bool:
    """She is there (签到); False when she had signed in already.

    Raises RefusedError: NOT_YOURS (she neither sits in the council nor is invited), MEETING_NOT_BEGUN, MEETING_OVER.
    """
    sight = await meeting_for(session, actor, meeting_id)
    await hold_running(session, sight.meeting)
    return bool(await write_present(session, sight.meeting, [actor.member_id], how, now=now, policy=policy))


async def meeting_by_code(session: AsyncSession, actor: Actor, code: str, *, today: date) -> CouncilMeeting | None:
    """The running meeting with this sign-in code at which she is due; codes of other councils mean nothing."""
    query = select(CouncilMeeting).where(
        col(CouncilMeeting.state) == MeetingState.RUNNING, col(CouncilMeeting.sign_code).is_not(None)
    )
    for meeting in (await session.execute(query.order_by(col(CouncilMeeting.id).desc()))).scalars():
        # The code is encrypted where it lies; and few meetings run at once.
        if meeting.sign_code == code and await seat_at(session, meeting, actor.member_id, today=today):
            return meeting
    return None


async def is_waited_for(session: AsyncSession, actor: Actor) -> bool:
    """Whether a meeting runs of a council in which she sits, and she has not signed in."""
    seats = {post.area_id for post in actor.posts if post.role in SITS_IN_COUNCIL}
    if not seats:
        return False
    there = select(Attendance).where(
        col(Attendance.meeting_id) == col(CouncilMeeting.id), col(Attendance.member_id) == actor.member_id
    )
    query = (
        select(col(CouncilMeeting.id))
        .join(Council, col(Council.id) == col(CouncilMeeting.council_id))
        .where(
            col(Council.area_id).in_(seats),
            col(CouncilMeeting.state) == MeetingState.RUNNING,
            col(CouncilMeeting.sign_code).is_not(None),
            ~there.exists(),
        )
    )
    return (await session.execute(query.limit(1))).first() is not None


async def hold_running(session: AsyncSession, meeting: CouncilMeeting) -> None:
    """Hold it. Raises RefusedError: MEETING_NOT_BEGUN, MEETING_OVER; a ballot's own meeting has no list to sign."""
    await hold_meeting(session, meeting)
    if meeting.state is MeetingState.PLANNED:
        raise RefusedError(Reason.MEETING_NOT_BEGUN)
    if meeting.state is not MeetingState.RUNNING or meeting.quick:
        raise RefusedError(Reason.MEETING_OVER)


async def write_present(
    session: AsyncSession,
    meeting: CouncilMeeting,
    members: Sequence[int],
    how: SignedBy,
    *,
    now: datetime,
    policy: Policy,
) -> int:
    """Add those who are due and not yet there. Raises RefusedError(NOT_YOURS) for anybody who is not due."""
    added = 0
    for member_id in members:
        seat = await seat_at(session, meeting, member_id, today=policy.today(now))
        if seat is None:
            raise RefusedError(Reason.NOT_YOURS)
        row = {"meeting_id": meeting.id, "member_id": member_id, "seat": seat, "how": how, "at": now}
        done = await session.execute(insert_ignoring(session, Attendance).values(row))
        added += done.rowcount  # type: ignore[attr-defined]
    if added:
        await show_in_group(session, meeting.council_id, PostKind.MEETING, meeting.id, now=now)
    return added


async def tell_of_meeting(
    session: AsyncSession,
    meeting: CouncilMeeting,
    told: MeetingTold,
    *,
    by_id: int | None = None,
    now: datetime,
    policy: Policy,
) -> None:
    """Tell N and X of a meeting, never the one who did it. That it has begun the group says; only whoever may not be
    in the group hears of it apart.
    """
    due = await due_at(session, meeting, today=policy.today(now))
    group = await session.get(CouncilGroup, meeting.council_id)
    in_group = told is MeetingTold.BEGUN and group is not None and group.state is GroupState.BOUND
    people = due.invited if in_group else due.everybody
    at = meeting.planned_at.astimezone(policy.zone)
    notice = MeetingNews(meeting.code, meeting.id, at, meeting.mode, told)
    # A meeting that was moved is near once more.
    key = f"meeting:{meeting.id}:{told.value}:{meeting.rev}"
    await tell(session, [one for one in people if one != by_id], notice, key, now=now, policy=policy)


async def tell_one_of_meeting(
    session: AsyncSession, meeting: CouncilMeeting, told: MeetingTold, member_id: int, *, now: datetime, policy: Policy
) -> None:
    """Tell somebody what concerns her alone, each time that it happens."""
    notice = MeetingNews(meeting.code, meeting.id, meeting.planned_at.astimezone(policy.zone), meeting.mode, told)
    key = f"meeting:{meeting.id}:{told.value}:{now.timestamp():.3f}"
    await tell(session, [member_id], notice, key, now=now, policy=policy)
