"""Leave (请假): the days on which alerts go past a member (spec 1 and 3)."""

from datetime import date, datetime, timedelta

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from domain.access import WORKS_HERE, Actor
from domain.member_notices import LeaveNoted
from domain.refusals import Reason, RefusedError
from domain.rules.policy import LEAVE_AHEAD_DAYS, Policy
from domain.usecases.outbox import tell
from domain.usecases.posts import superiors_of
from models.area import Area
from models.member import Leave


async def note_leave(
    session: AsyncSession, *, actor: Actor, starts_on: date, ends_on: date, now: datetime, policy: Policy
) -> Leave:
    """Note leave from `starts_on` to `ends_on`, both days included; those above are told.

    Raises RefusedError: NOT_YOURS (no post, or none but that of one of X), END_BEFORE_START, DAY_IN_PAST, DAY_TOO_FAR,
    LEAVE_OVERLAPS.
    """
    if not actor.has_role(WORKS_HERE):
        raise RefusedError(Reason.NOT_YOURS)
    today = policy.today(now)
    if ends_on < starts_on:
        raise RefusedError(Reason.END_BEFORE_START)
    if starts_on < today:
        raise RefusedError(Reason.DAY_IN_PAST)
    latest = today + timedelta(days=LEAVE_AHEAD_DAYS)
    if ends_on > latest:
        raise RefusedError(Reason.DAY_TOO_FAR, latest=latest)
    if any(
        leave.starts_on <= ends_on and leave.ends_on >= starts_on for leave in await leaves_of(session, actor, today)
    ):
        raise RefusedError(Reason.LEAVE_OVERLAPS)
    leave = Leave(member_id=actor.member_id, starts_on=starts_on, ends_on=ends_on, noted_at=now)
    session.add(leave)
    await session.flush()
    await _tell_above(session, actor, leave, now, policy)
    return leave


async def cancel_leave(session: AsyncSession, *, actor: Actor, leave_id: int, now: datetime, policy: Policy) -> Leave:
    """Take one's own leave back, also what is left of one that has begun; those above are told.

    Raises RefusedError: NOT_YOURS, LEAVE_OVER (it has ended, or was taken back before).
    """
    leave = await session.get(Leave, leave_id, with_for_update=True)
    if leave is None or leave.member_id != actor.member_id:
        raise RefusedError(Reason.NOT_YOURS)
    if leave.cancelled_at is not None or leave.ends_on < policy.today(now):
        raise RefusedError(Reason.LEAVE_OVER)
    leave.cancelled_at = now
    await session.flush()
    await _tell_above(session, actor, leave, now, policy)
    return leave


async def leaves_of(session: AsyncSession, actor: Actor, today: date) -> list[Leave]:
    """Her leave of today and later, the next first."""
    query = (
        select(Leave)
        .where(col(Leave.member_id) == actor.member_id, col(Leave.cancelled_at).is_(None), col(Leave.ends_on) >= today)
        .order_by(col(Leave.starts_on))
    )
    return list((await session.execute(query)).scalars())


async def _tell_above(session: AsyncSession, actor: Actor, leave: Leave, now: datetime, policy: Policy) -> None:
    """Once for each of those above, also when she holds several posts below the same person."""
    cancelled = leave.cancelled_at is not None
    told: set[int] = set()
    for post in (post for post in actor.posts if post.role in WORKS_HERE):
        area = await session.get_one(Area, post.area_id)
        above = await superiors_of(session, actor, post, area.id, policy.today(now))
        notice = LeaveNoted(area.code, post.role, leave.starts_on, leave.ends_on, cancelled)
        key = f"leave-{'off' if cancelled else 'on'}:{leave.id}"
        await tell(session, [one for one in above if one not in told], notice, key, now=now, policy=policy)
        told.update(above)
