"""Ending a post at once: whoever held it may do nothing more by it, and what she looked after has somebody (spec 1)."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import delete, func, select, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from domain.access import SEES_HOUSEHOLDS
from domain.member_notices import GridWithoutWorker, PostEnded
from domain.refusals import Reason, RefusedError
from domain.rules.policy import Policy
from domain.usecases.caseloads import caseloads
from domain.usecases.outbox import tell
from domain.usecases.post_terms import HeldPost, hold_post
from domain.usecases.posts import chain_of, holders
from models.area import Area
from models.household import Household, on_register
from models.member import Appointment, Member, Role, in_force


@dataclass(frozen=True, slots=True)
class Keeper:
    """Somebody who looks after a grid's households."""

    member_id: int
    name: str


@dataclass(frozen=True, slots=True)
class GridLeft:
    """A grid that she looked after, and who looks after it now: nobody, when the list is empty."""

    id: int
    code: str
    name: str
    households: int
    keepers: tuple[Keeper, ...]
    has_worker: bool


async def end_post(
    session: AsyncSession, number: int, *, now: datetime, policy: Policy
) -> tuple[HeldPost, list[GridLeft]]:
    """End the post with this number, so that it counts no more from now on; what she did stays hers.

    She is told; so is whoever looks after her households from now on, or an administrator when nobody does. Alerts,
    disputes and projects that she has because of this post are passed on by their own sweeps.
    Returns the post as it was, and the grids that she looks after no longer.
    Raises RefusedError: NOT_FOUND, POST_OVER, LAST_ADMINISTRATOR.
    """
    today = policy.today(now)
    chain = await _held_administrators(session, number)
    post = await hold_post(session, number, today)
    if post.role is Role.ADMINISTRATOR and not await _another_administrator(session, post, chain, today):
        raise RefusedError(Reason.LAST_ADMINISTRATOR)
    looks_after = post.role in SEES_HOUSEHOLDS
    before = await _keepers(session, today, member_id=post.member_id) if looks_after else {}
    await _end_before(session, post, today)
    after = await _keepers(session, today, grids=before.keys()) if before else {}
    lost = [grid for grid in before if post.member_id not in after.get(grid, ())]
    await tell(
        session, [post.member_id], PostEnded(post.area_code, post.role), f"post-ended:{number}", now=now, policy=policy
    )
    grids = [await _grid_left(session, grid, after.get(grid, []), today) for grid in sorted(lost)]
    for grid in grids:
        if not grid.has_worker:  # a worker beside her has had its households all the time
            await _tell_keepers(session, grid, number, now=now, policy=policy)
    return post, grids


async def _held_administrators(session: AsyncSession, number: int) -> list[int]:
    """The areas from the post's upwards. Their administrators' posts are held: two of them are not ended side by side,
    each as if the other one stayed.
    """
    area_id = (
        await session.execute(select(col(Appointment.area_id)).where(col(Appointment.id) == number))
    ).scalar_one_or_none()
    if area_id is None:
        raise RefusedError(Reason.NOT_FOUND)
    chain = await chain_of(session, area_id)
    theirs = select(col(Appointment.id)).where(
        col(Appointment.role) == Role.ADMINISTRATOR, col(Appointment.area_id).in_(chain)
    )
    await session.execute(theirs.order_by(col(Appointment.id)).with_for_update())
    return chain


async def _another_administrator(session: AsyncSession, post: HeldPost, chain: list[int], today: date) -> bool:
    """Whether somebody manages the accounts there without this post, at this area or above it."""
    query = (
        select(col(Appointment.id))
        .join(Member, col(Member.id) == col(Appointment.member_id))
        .where(
            col(Appointment.id) != post.number,
            col(Appointment.role) == Role.ADMINISTRATOR,
            col(Appointment.area_id).in_(chain),
            col(Member.frozen_at).is_(None),
            in_force(today),
        )
    )
    return (await session.execute(query.limit(1))).first() is not None


async def _end_before(session: AsyncSession, post: HeldPost, today: date) -> None:
    """Yesterday was the post's last day, as a last day is part of it. One that began today began yesterday, then: by
    its days it was never held today, and there is no end before a beginning.
    """
    yesterday = today - timedelta(days=1)
    hers = col(Appointment.id) == post.number
    change: Any = update(Appointment).where(hers).values(ends_on=yesterday)
    if post.starts_on > yesterday:
        twin = select(col(Appointment.id)).where(
            col(Appointment.member_id) == post.member_id,
            col(Appointment.area_id) == post.area_id,
            col(Appointment.role) == post.role,
            col(Appointment.starts_on) == yesterday,
        )
        # The same post ended and was taken up again today: the row of before says all that this one would.
        known = (await session.execute(twin)).first() is not None
        change = delete(Appointment).where(hers) if known else change.values(starts_on=yesterday)
    await session.execute(change.execution_options(synchronize_session=False))


async def _keepers(
    session: AsyncSession, today: date, *, member_id: int | None = None, grids: Any = None
) -> dict[int, list[int]]:
    """Who looks after which grid: of those of one member, or of these."""
    loads = caseloads(today).subquery()
    query = select(loads.c.grid_id, loads.c.member_id).order_by(loads.c.member_id)
    query = query.where(loads.c.grid_id.in_(list(grids)) if member_id is None else loads.c.member_id == member_id)
    found: dict[int, list[int]] = {}
    for grid_id, keeper in (await session.execute(query)).all():
        found.setdefault(grid_id, []).append(keeper)
    return found


async def _grid_left(session: AsyncSession, grid_id: int, keepers: list[int], today: date) -> GridLeft:
    grid = await session.get_one(Area, grid_id)
    count = select(func.count()).select_from(Household).where(col(Household.grid_id) == grid_id, on_register())
    households = (await session.execute(count)).scalar_one()
    named = select(col(Member.id), col(Member.name)).where(col(Member.id).in_(keepers)).order_by(col(Member.id))
    people = tuple(Keeper(*row) for row in (await session.execute(named)).all())
    workers = await holders(session, [grid_id], Role.GRID_WORKER, today)
    return GridLeft(grid_id, grid.code, grid.name, households, people, bool(workers))


async def _tell_keepers(session: AsyncSession, grid: GridLeft, number: int, *, now: datetime, policy: Policy) -> None:
    """Whoever has its households from now on hears so; where that is nobody, the administrators above do."""
    told = [one.member_id for one in grid.keepers]
    notice = GridWithoutWorker(grid.code, grid.households, yours=bool(told))
    if not told:
        told = await holders(session, await chain_of(session, grid.id), Role.ADMINISTRATOR, policy.today(now))
    await tell(session, told, notice, f"grid-left:{grid.id}:{number}", now=now, policy=policy)
