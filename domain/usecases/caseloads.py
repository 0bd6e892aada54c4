"""Who looks after which grid, and who sits above it: conditions and joins for set-based work."""

from collections.abc import Callable, Sequence
from datetime import date
from typing import Any

from sqlalchemy import CTE, CompoundSelect, Exists, Select, and_, or_, select, union
from sqlalchemy.orm import aliased
from sqlmodel import col

from models.area import Area, AreaKind
from models.member import Appointment, Member, Role, in_force


def own_grids(day: date, members: Sequence[int]) -> CompoundSelect[Any]:
    """The caseloads of `members` as workers and instructors: what a few of them have, without asking for all."""
    here, worked = col(Appointment.area_id), _held(Role.GRID_WORKER, day)
    mine = col(Appointment.member_id).in_(members)
    return union(
        _posts(Role.GRID_WORKER, day, here).where(mine), _posts(Role.INSTRUCTOR, day, here).where(mine, ~worked(here))
    )


def caseloads(day: date) -> CompoundSelect[Any]:
    """Who looks after which grid on `day`: its worker; without one its instructor; without either the head above.

    Somebody whose account is frozen looks after nothing. No caseload is without an owner while one of them is there.
    """
    worked, instructed = _held(Role.GRID_WORKER, day), _held(Role.INSTRUCTOR, day)
    orphans = climb(
        select(col(Area.id).label("grid_id")).where(
            col(Area.kind) == AreaKind.GRID, ~worked(col(Area.id)), ~instructed(col(Area.id))
        )
    )
    above = over_grids(orphans, Role.HEAD, day, col(Appointment.member_id).label("member_id"), orphans.c.grid_id)
    heads = select(above.subquery())
    here = col(Appointment.area_id)
    return union(_posts(Role.GRID_WORKER, day, here), _posts(Role.INSTRUCTOR, day, here).where(~worked(here)), heads)


def _posts(role: Role, day: date, grid_id: Any) -> Select[Any]:
    """The usable holders of `role` on `day`, each with `grid_id`."""
    return (
        select(col(Appointment.member_id).label("member_id"), grid_id.label("grid_id"))
        .select_from(Appointment)
        .join(Member, col(Member.id) == col(Appointment.member_id))
        .where(col(Appointment.role) == role, in_force(day), col(Member.frozen_at).is_(None))
    )


def _held(role: Role, day: date) -> Callable[[Any], Exists]:
    """The condition that somebody usable holds `role` in an area on `day`."""

    def held(area_id: Any) -> Exists:
        post, holder = aliased(Appointment), aliased(Member)
        return (
            select(col(post.id))
            .join(holder, col(holder.id) == col(post.member_id))
            .where(
                col(post.area_id) == area_id,
                col(post.role) == role,
                col(post.starts_on) <= day,
                or_(col(post.ends_on).is_(None), col(post.ends_on) >= day),
                col(holder.frozen_at).is_(None),
            )
            .exists()
        )

    return held


def climb(grids: Select[*tuple[Any, ...]]) -> CTE:
    """The rows of `grids` (with a `grid_id`), each once for its grid and once for every area above it (`area_id`).

    It climbs from parent to parent. Joining by ranges of paths says the same, but SQLite then tries every grid with
    every post, which a province does not bear.
    """
    rows = grids.subquery()
    # Nested, it stays in its own SELECT: an INSERT that began with WITH would not tell SQLite's driver its count.
    here = select(rows, rows.c.grid_id.label("area_id")).cte(recursive=True, nesting=True)
    step = select(*(here.c[name] for name in rows.c.keys()), col(Area.parent_id)).join(  # noqa: SIM118 - not a dict
        Area, and_(col(Area.id) == here.c.area_id, col(Area.parent_id).is_not(None))
    )
    return here.union_all(step)


def over_grids(climbed: CTE, role: Role, day: date, *columns: Any) -> Select[Any]:
    """`columns` of what `climb` gave, joined to the usable holders of `role` in each grid or above it."""
    return (
        select(*columns)
        .select_from(climbed)
        .join(Appointment, col(Appointment.area_id) == climbed.c.area_id)
        .join(Member, and_(col(Member.id) == col(Appointment.member_id), col(Member.frozen_at).is_(None)))
        .where(col(Appointment.role) == role, in_force(day))
    )
