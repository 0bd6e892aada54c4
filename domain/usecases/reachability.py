"""The nightly question for every area: on which rung of an alert would nobody answer? (spec 3)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import ColumnElement, CompoundSelect, Select, and_, func, literal, or_, select, union_all
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased
from sqlmodel import col

from domain.access import Actor, visible_areas
from domain.member_notices import UnansweredRungs
from domain.rules.chains import Chains, PostOf
from domain.rules.policy import Policy
from domain.usecases.outbox import insert_ignoring, tell_each
from models.area import Area, AreaKind
from models.invite import Invite
from models.member import Appointment, Member, Role, in_force, on_leave
from models.sweep_run import SweepRun

RULE = "reachability"
TOLD = frozenset({Role.ADMINISTRATOR})
_DEPTH = {kind: depth for depth, kind in enumerate(AreaKind)}


class Silence(StrEnum):
    """Why nobody would answer on a rung; of several reasons the one that is mended most easily."""

    ON_LEAVE = "on_leave"
    BLOCKED = "blocked"  # she has blocked the bot, or her chat is gone
    FROZEN = "frozen"
    NEVER_JOINED = "never_joined"  # somebody is invited and has not come
    EMPTY = "empty"


@dataclass(frozen=True, slots=True)
class Gap:
    """A post that an alert would ring and where nobody answers."""

    area_code: str
    area_name: str
    role: Role
    reason: Silence


def posts_rung(chains: Chains) -> Mapping[PostOf, Sequence[Sequence[PostOf]]]:
    """Each post that some rung rings lowest down, with those that are rung beside it, a list for each such rung.

    A rung is silent when nobody on it answers; it is told of where its lowest posts are.
    """
    found: dict[PostOf, list[list[PostOf]]] = {}
    for rung in (rung for chain in chains.values() for rung in chain.rungs):
        lowest = max(_DEPTH[post.kind] for post in rung.posts)
        for post in (post for post in rung.posts if _DEPTH[post.kind] == lowest):
            found.setdefault(post, []).append([other for other in rung.posts if other != post])
    return found


async def plan_reachability(session: AsyncSession, *, day: date, now: datetime, policy: Policy) -> int | None:
    """Tell each administrator, in one notice, how many posts below hers would not answer; None when `day` was done.

    Running it again, late, or on several machines at once changes nothing.
    """
    first = insert_ignoring(session, SweepRun).values(rule=RULE, period=day.isoformat(), swept_at=now)
    if (await session.execute(first)).rowcount != 1:  # type: ignore[attr-defined]
        return None
    counts = await _counts(session, day, policy.chains)
    notices = {member_id: UnansweredRungs(day, count) for member_id, count in counts.items()}
    await tell_each(session, notices, f"{RULE}:{day.isoformat()}", now=now, policy=policy)
    return len(notices)


async def gaps_below(
    session: AsyncSession, *, actor: Actor, day: date, policy: Policy, offset: int = 0, limit: int = 8
) -> tuple[list[Gap], int]:
    """One page of the posts below the administrator's that would not answer today, by area, and how many there are."""
    return await _listed(session, visible_areas(actor, TOLD), day, policy.chains, offset, limit)


async def all_gaps(session: AsyncSession, *, day: date, policy: Policy, limit: int) -> tuple[list[Gap], int]:
    """The first of all posts that would not answer on `day`, and how many there are."""
    return await _listed(session, None, day, policy.chains, 0, limit)


async def _counts(session: AsyncSession, day: date, chains: Chains) -> Mapping[int, int]:
    """How many gaps are below each administrator; two of her posts may cover the same one."""
    gaps = _gaps(day, chains, None).subquery()
    post, above = aliased(Appointment), aliased(Area)
    pairs = (
        select(col(post.member_id).label("member_id"), gaps.c.area_id, gaps.c.role)
        .select_from(post)
        .join(Member, col(Member.id) == col(post.member_id))
        .join(above, col(above.id) == col(post.area_id))
        .join(gaps, _lies_in(gaps.c.path, above))
        .where(
            col(post.role).in_(TOLD),
            col(post.starts_on) <= day,
            or_(col(post.ends_on).is_(None), col(post.ends_on) >= day),
            col(Member.frozen_at).is_(None),
        )
        .distinct()
        .subquery()
    )
    rows = await session.execute(select(pairs.c.member_id, func.count()).group_by(pairs.c.member_id))
    return {member_id: count for member_id, count in rows.all()}  # noqa: C416 - rows, not pairs


async def _listed(  # noqa: PLR0917
    session: AsyncSession,
    where: ColumnElement[bool] | None,
    day: date,
    chains: Chains,
    offset: int,
    limit: int,
) -> tuple[list[Gap], int]:
    gaps = _gaps(day, chains, where).subquery()
    total = (await session.execute(select(func.count()).select_from(gaps))).scalar_one()
    page = select(gaps).order_by(gaps.c.path, gaps.c.role).offset(offset).limit(limit)
    found = [Gap(row.code, row.name, Role(row.role), _reason(row)) for row in (await session.execute(page)).all()]
    return found, total


def _reason(row: Any) -> Silence:
    flags = (
        (row.on_leave, Silence.ON_LEAVE),
        (row.blocked, Silence.BLOCKED),
        (row.frozen, Silence.FROZEN),
        (row.invited, Silence.NEVER_JOINED),
    )
    return next((reason for flag, reason in flags if flag), Silence.EMPTY)


def _gaps(day: date, chains: Chains, where: ColumnElement[bool] | None) -> CompoundSelect[Any]:
    """A row for each area and post that an alert would ring in vain: one statement, however large the county."""
    return union_all(*(_gap(post, beside, day, where) for post, beside in posts_rung(chains).items()))


def _gap(post: PostOf, beside: Sequence[Sequence[PostOf]], day: date, where: ColumnElement[bool] | None) -> Select[Any]:
    usable = and_(col(Member.frozen_at).is_(None), col(Member.unreachable_since).is_(None))
    answers = and_(usable, ~on_leave(day))
    query: Select[Any] = select(  # type: ignore[assignment]
        col(Area.id).label("area_id"),
        col(Area.path).label("path"),
        col(Area.code).label("code"),
        col(Area.name).label("name"),
        literal(post.role.value).label("role"),
        _held(post.role, day, and_(usable, on_leave(day))).label("on_leave"),
        _held(post.role, day, col(Member.unreachable_since).is_not(None)).label("blocked"),
        _held(post.role, day, col(Member.frozen_at).is_not(None)).label("frozen"),
        _invited(post.role).label("invited"),
    ).where(col(Area.kind) == post.kind, ~_held(post.role, day, answers))
    if all(beside):  # on no rung it stands alone: somebody beside it may do
        query = query.where(or_(*(and_(*(~_held_above(other, day, answers) for other in others)) for others in beside)))
    return query if where is None else query.where(where)


def _held_above(post: PostOf, day: date, condition: ColumnElement[bool]) -> ColumnElement[bool]:
    """The same for the area of the post's kind that the area lies in, or is."""
    above = aliased(Area)
    return (
        select(col(Appointment.id))
        .join(Member, col(Member.id) == col(Appointment.member_id))
        .join(above, col(above.id) == col(Appointment.area_id))
        .where(
            col(above.kind) == post.kind,
            _lies_in(col(Area.path), above),
            col(Appointment.role) == post.role,
            in_force(day),
            condition,
        )
        .correlate(Area)
        .exists()
    )


def _lies_in(path: Any, above: Any) -> ColumnElement[bool]:
    return and_(path >= above.path, path < above.path.concat("~"))


def _held(role: Role, day: date, condition: ColumnElement[bool]) -> ColumnElement[bool]:
    """The condition that somebody of whom `condition` is true holds `role` in the area on `day`."""
    return (
        select(col(Appointment.id))
        .join(Member, col(Member.id) == col(Appointment.member_id))
        .where(col(Appointment.area_id) == col(Area.id), col(Appointment.role) == role, in_force(day), condition)
        .correlate(Area)
        .exists()
    )


def _invited(role: Role) -> ColumnElement[bool]:
    return (
        select(col(Invite.id))
        .where(col(Invite.area_id) == col(Area.id), col(Invite.role) == role, col(Invite.used_at).is_(None))
        .correlate(Area)
        .exists()
    )
