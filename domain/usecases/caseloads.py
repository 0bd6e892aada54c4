"""Who looks after which grid, and who sits above it: conditions and joins for set-based work."""

from collections.abc import Callable
from datetime import date
from typing import Any

from sqlalchemy import CompoundSelect, Exists, Select, and_, or_, select, union
from sqlalchemy.orm import aliased
from sqlmodel import col

from models.area import Area, AreaKind
from models.member import Appointment, Member, Role, in_force


def caseloads(day: date) -> CompoundSelect[Any]:
    """Who looks after which grid on `day`: its worker; without one its instructor; without either the head above.

    Somebody whose account is frozen looks after nothing. No caseload is without an owner while one of them is there.
    """
    worked, instructed = _held(Role.GRID_WORKER, day), _held(Role.INSTRUCTOR, day)
    grid, seat = aliased(Area), aliased(Area)
    heads = (
        _posts(Role.HEAD, day, col(grid.id))
        .join(seat, col(seat.id) == col(Appointment.area_id))
        .join(grid, _below(grid, seat))
        .where(col(grid.kind) == AreaKind.GRID, ~worked(col(grid.id)), ~instructed(col(grid.id)))
    )
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


def _below(area: Any, seat: Any) -> Any:
    """The condition that `area` is `seat` or lies below it: a subtree is a range of paths, "~" sorts behind "/"."""
    return and_(col(area.path) >= col(seat.path), col(area.path) < col(seat.path).concat("~"))


def over_grids(grids: Any, role: Role, day: date, *columns: Any) -> Select[Any]:
    """`columns` of `grids` (a subquery with a `grid_id`) joined to the usable holders of `role` at or above each."""
    grid, seat = aliased(Area), aliased(Area)
    return (
        select(*columns)
        .select_from(Appointment)
        .join(Member, and_(col(Member.id) == col(Appointment.member_id), col(Member.frozen_at).is_(None)))
        .join(seat, col(seat.id) == col(Appointment.area_id))
        .join(grid, _below(grid, seat))
        .join(grids, grids.c.grid_id == col(grid.id))
        .where(col(Appointment.role) == role, in_force(day))
    )
