"""Who holds a post: the people above a grid, and who owns its caseload."""

from collections.abc import Iterable
from datetime import date

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from domain.access import Actor, Post
from models.area import Area
from models.member import Appointment, Member, Role, in_force

_ABOVE = (Role.INSTRUCTOR, Role.HEAD, Role.TOWNSHIP_CENTRE, Role.COUNTY_CENTRE, Role.ADMINISTRATOR)


async def holders(session: AsyncSession, area_ids: Iterable[int], role: Role, today: date) -> list[int]:
    """The members who hold `role` in one of the areas today and can use their account."""
    query = (
        select(col(Appointment.member_id))
        .join(Member, col(Member.id) == col(Appointment.member_id))
        .where(
            col(Appointment.area_id).in_(list(area_ids)),
            col(Appointment.role) == role,
            col(Member.frozen_at).is_(None),
            in_force(today),
        )
        .order_by(col(Appointment.id))
    )
    return list(dict.fromkeys((await session.execute(query)).scalars()))


async def chain_of(session: AsyncSession, area_id: int) -> list[int]:
    """The area and all areas above it, nearest first."""
    path = (await session.execute(select(col(Area.path)).where(col(Area.id) == area_id))).scalar_one()
    return [int(part) for part in reversed(path.split("/")) if part]


async def areas_over(session: AsyncSession, member_id: int, today: date) -> list[int]:
    """The areas of all posts of a member, and all areas above them."""
    query = (
        select(col(Area.path))
        .join(Appointment, col(Appointment.area_id) == col(Area.id))
        .where(col(Appointment.member_id) == member_id, in_force(today))
    )
    paths = (await session.execute(query)).scalars()
    return sorted({int(part) for path in paths for part in path.split("/") if part})


async def instructors_of(session: AsyncSession, grid_id: int, today: date) -> list[int]:
    """The grid's instructor; where there is none today, the head above: no notice falls into a void."""
    chain = await chain_of(session, grid_id)
    found = await holders(session, chain[:2], Role.INSTRUCTOR, today)
    return found or await heads_of(session, grid_id, today)


async def heads_of(session: AsyncSession, grid_id: int, today: date) -> list[int]:
    """The heads of the community above the grid."""
    return await holders(session, await chain_of(session, grid_id), Role.HEAD, today)


async def superiors_of(session: AsyncSession, actor: Actor, post: Post, area_id: int, today: date) -> list[int]:
    """Who stands next above `post` for the area: the first role further up that somebody else holds there."""
    chain = await chain_of(session, area_id)
    start = _ABOVE.index(post.role) + 1 if post.role in _ABOVE else 0
    for role in _ABOVE[start:]:
        found = [member for member in await holders(session, chain, role, today) if member != actor.member_id]
        if found:
            return found
    return []
