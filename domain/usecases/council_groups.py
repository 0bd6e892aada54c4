"""The group chat of a council: bound by its chair, followed when Telegram moves it, missed when it is lost (spec 5)."""

from collections.abc import Callable
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, and_, delete, exists, or_, select, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from domain.access import Actor
from domain.council_access import chairs_of, led_council
from domain.council_notices import GroupNews
from domain.refusals import Reason, RefusedError
from domain.rules.policy import Policy
from domain.usecases.group_posts import show_in_group
from domain.usecases.joining import code_hash
from domain.usecases.outbox import tell
from models.ballot import Ballot, BallotState
from models.council import Council, CouncilGroup, GroupCode, GroupPost, GroupState, PostKind
from models.meeting import CouncilMeeting, MeetingState

CODE_BYTES = 9  # twelve characters, which can be typed where no link can be opened
CODE_MINUTES = 30


async def issue_group_code(
    session: AsyncSession, *, actor: Actor, council_id: int, now: datetime, token: Callable[[int], str]
) -> str:
    """A new one-use code with which `actor`, its chair, binds the council to a group; codes before it end.

    Told once and kept nowhere but as its hash. Raises RefusedError: NOT_YOURS, CHAIR_ONLY. (spec 5)
    """
    await led_council(session, actor, council_id)
    await session.execute(delete(GroupCode).where(col(GroupCode.council_id) == council_id))
    code = token(CODE_BYTES)
    session.add(
        GroupCode(
            code_hash=code_hash(code),
            council_id=council_id,
            issued_by_id=actor.member_id,
            expires_at=now + timedelta(minutes=CODE_MINUTES),
        )
    )
    await session.flush()
    return code


async def bind_group(session: AsyncSession, *, actor: Actor, chat_id: int, code: str, now: datetime) -> None:
    """Make the chat in which `actor` sent her code the group of her council; what is going on is shown there.

    Raises RefusedError: GROUP_CODE_UNKNOWN (used, expired, not hers: alike), GROUP_TAKEN (by another council),
    NOT_YOURS, CHAIR_ONLY (she no longer is its chair). (spec 5)
    """
    used = (
        update(GroupCode)
        .where(
            col(GroupCode.code_hash) == code_hash(code),
            col(GroupCode.issued_by_id) == actor.member_id,
            col(GroupCode.used_at).is_(None),
            col(GroupCode.expires_at) > now,
        )
        .values(used_at=now)
        .returning(col(GroupCode.council_id))
    )
    council_id = (await session.execute(used.execution_options(synchronize_session=False))).scalar_one_or_none()
    if council_id is None:
        raise RefusedError(Reason.GROUP_CODE_UNKNOWN)
    sight = await led_council(session, actor, council_id)
    await _make_room(session, chat_id, council_id)
    group = await session.get(CouncilGroup, council_id, with_for_update=True)
    if group is None:
        group = CouncilGroup(
            council_id=council_id, chat_id=chat_id, bound_by_id=actor.member_id, bound_at=now, free_at=now
        )
        session.add(group)
    group.chat_id, group.bound_by_id, group.bound_at = chat_id, actor.member_id, now
    group.state, group.lost_at, group.free_at, group.lease_until = GroupState.BOUND, None, now, None
    await session.flush()
    await _show_all(session, sight.council, chat_id, now)


async def _make_room(session: AsyncSession, chat_id: int, council_id: int) -> None:
    """A chat that another council has lost is free again; one in which it is at home is not."""
    others = (col(CouncilGroup.chat_id) == chat_id, col(CouncilGroup.council_id) != council_id)
    await session.execute(delete(CouncilGroup).where(*others, col(CouncilGroup.state) == GroupState.LOST))
    if (await session.execute(select(col(CouncilGroup.council_id)).where(*others))).first() is not None:
        raise RefusedError(Reason.GROUP_TAKEN)


async def lose_group(session: AsyncSession, *, chat_id: int, now: datetime, policy: Policy) -> None:
    """The bot cannot speak there any more: voting goes on in private, and the chair hears of it, once. (spec 5)"""
    lost = _in_chat(chat_id, GroupState.BOUND, {"state": GroupState.LOST, "lost_at": now})
    await _tell_chairs(session, lost, lost=True, now=now, policy=policy)


async def find_again(session: AsyncSession, *, chat_id: int, now: datetime, policy: Policy) -> None:
    """The bot can speak there again: what has changed meanwhile is shown, and the chair hears of it. (spec 5)"""
    found = _in_chat(
        chat_id, GroupState.LOST, {"state": GroupState.BOUND, "lost_at": None, "free_at": now, "lease_until": None}
    )
    await _tell_chairs(session, found, lost=False, now=now, policy=policy)


def _in_chat(chat_id: int, state: GroupState, values: dict[str, object]) -> object:
    change = update(CouncilGroup).where(col(CouncilGroup.chat_id) == chat_id, col(CouncilGroup.state) == state)
    return change.values(**values).returning(col(CouncilGroup.council_id)).execution_options(synchronize_session=False)


async def _tell_chairs(session: AsyncSession, change: object, *, lost: bool, now: datetime, policy: Policy) -> None:
    council_id = (await session.execute(change)).scalar_one_or_none()  # type: ignore[call-overload]
    if council_id is None:
        return  # no council's, or known already
    council = await session.get_one(Council, council_id)
    chairs = await chairs_of(session, council, policy.today(now))
    key = f"group:{council_id}:{lost}:{now.isoformat()}"
    await tell(session, chairs, GroupNews(council_id, lost), key, now=now, policy=policy)


async def rebind(session: AsyncSession, *, before: int, after: int, now: datetime) -> None:
    """The group `before` has become the supergroup `after`; Telegram says so more than once. (spec 5)

    No message of ours can be rewritten there: what is going on is sent anew.
    """
    there = select(col(CouncilGroup.council_id)).where(col(CouncilGroup.chat_id) == after)
    if (await session.execute(there)).first() is not None:
        return
    values = {"chat_id": after, "state": GroupState.BOUND, "lost_at": None, "lease_until": None}
    moved = update(CouncilGroup).where(col(CouncilGroup.chat_id) == before).values(**values)
    moved = moved.returning(col(CouncilGroup.council_id)).execution_options(synchronize_session=False)
    council_id = (await session.execute(moved)).scalar_one_or_none()
    if council_id is not None:
        gone = update(GroupPost).where(col(GroupPost.chat_id) == before)
        gone = gone.values(message_id=None, chat_id=None, replaces=None)
        await session.execute(gone.execution_options(synchronize_session=False))
        await _show_going_on(session, council_id, now)


async def council_in_chat(session: AsyncSession, chat_id: int) -> int | None:
    """The council whose group this chat is."""
    query = select(col(CouncilGroup.council_id)).where(col(CouncilGroup.chat_id) == chat_id)
    return (await session.execute(query)).scalar_one_or_none()


async def touch_posts(session: AsyncSession, *, now: datetime) -> None:
    """Have the meetings to come shown once more: a message that somebody deleted comes back. (spec 5)

    Open ballots see to that themselves (`Sweep.shown_ballots`).
    """
    query = (
        select(GroupPost)
        .join(CouncilGroup, col(CouncilGroup.council_id) == col(GroupPost.council_id))
        .where(
            _goes_on(),
            col(GroupPost.kind) == PostKind.MEETING,
            col(GroupPost.shown) == col(GroupPost.wanted),
            col(CouncilGroup.state) == GroupState.BOUND,
        )
    )
    for post in (await session.execute(query)).scalars().all():
        await show_in_group(session, post.council_id, post.kind, post.subject_id, now=now)


async def _show_all(session: AsyncSession, council: Council, chat_id: int, now: datetime) -> None:
    """A newly bound group: its first message, and what is going on; what is over stays in the group before.

    What still stands there as if it went on is shown here, and taken away there (`GroupPoster`).
    """
    elsewhere = col(GroupPost.chat_id).is_distinct_from(chat_id)
    told = or_(col(GroupPost.shown) == col(GroupPost.wanted), col(GroupPost.message_id).is_(None))
    over = update(GroupPost).where(col(GroupPost.council_id) == council.id, elsewhere, told, ~_goes_on())
    over = over.values(shown=GroupPost.wanted, message_id=None, chat_id=None, replaces=None)
    await session.execute(over.execution_options(synchronize_session=False))
    await show_in_group(session, council.id, PostKind.BOUND, council.id, now=now, urgent=True)
    await _show_going_on(session, council.id, now)


async def _show_going_on(session: AsyncSession, council_id: int, now: datetime) -> None:
    query = select(GroupPost).where(col(GroupPost.council_id) == council_id, _goes_on())
    for post in (await session.execute(query)).scalars().all():
        await show_in_group(session, council_id, post.kind, post.subject_id, now=now)


def _goes_on() -> ColumnElement[bool]:
    """Condition on a post: its subject is a ballot that is open, or a meeting to come."""
    ballot = exists().where(col(Ballot.id) == col(GroupPost.subject_id), col(Ballot.state) == BallotState.OPEN)
    meeting = exists().where(
        col(CouncilMeeting.id) == col(GroupPost.subject_id),
        col(CouncilMeeting.state).in_((MeetingState.PLANNED, MeetingState.RUNNING)),
    )
    return or_(
        and_(col(GroupPost.kind) == PostKind.BALLOT, ballot), and_(col(GroupPost.kind) == PostKind.MEETING, meeting)
    )
