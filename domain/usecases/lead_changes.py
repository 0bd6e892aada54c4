"""Changing a lead: each change takes the next revision, and whoever was quicker wins (spec 3)."""

from collections.abc import Collection
from datetime import date, datetime
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from domain.access import Actor
from domain.lead_access import Sight, lead_for
from domain.refusals import Reason, RefusedError
from domain.rules.handling import AT_WORK
from models.alert import Alert, AlertBell, AlertState
from models.area import Area
from models.lead import Lead, LeadStage
from models.member import Appointment, Role, in_force


async def change_lead(session: AsyncSession, lead: Lead, seen: int, **values: Any) -> None:
    """Set `values` in the change that follows revision `seen`, and read the lead as it is now.

    Raises RefusedError(CHANGED_MEANWHILE) when somebody else was quicker.
    """
    await session.flush()
    taken = await session.execute(
        update(Lead)
        .where(col(Lead.id) == lead.id, col(Lead.rev) == seen)
        .values(rev=seen + 1, **values)
        .execution_options(synchronize_session=False)
    )
    if taken.rowcount != 1:  # type: ignore[attr-defined]
        raise RefusedError(Reason.CHANGED_MEANWHILE)
    await session.refresh(lead)


async def lead_at_work(
    session: AsyncSession, actor: Actor, lead_id: int, *, now: datetime, also: Collection[LeadStage] = ()
) -> Sight:
    """The lead, when `actor` may work on it and it is not closed or waiting for its closing (`also` lifts that).

    Raises RefusedError: NOT_YOURS, LEAD_CLOSED, CLOSING_ASKED.
    """
    sight = await lead_for(session, actor, lead_id, now=now)
    stage = sight.lead.stage
    if stage is LeadStage.CLOSED and stage not in also:
        raise RefusedError(Reason.LEAD_CLOSED)
    if not sight.handles:
        raise RefusedError(Reason.NOT_YOURS)
    if stage not in AT_WORK and stage not in also:
        raise RefusedError(Reason.CLOSING_ASKED)
    return sight


async def path_of(session: AsyncSession, lead: Lead) -> str:
    """The path of the lead's area."""
    return (await session.execute(select(col(Area.path)).where(col(Area.id) == lead.area_id))).scalar_one()


def role_over(actor: Actor, path: str, roles: Collection[Role] = frozenset(Role)) -> Role:
    """As what `actor` acts there: her post nearest to the area among `roles`. She has been let in, so she holds one."""
    covering = [post for post in actor.posts if post.role in roles and path.startswith(post.area_path)]
    nearest = max(covering or actor.posts, key=lambda post: len(post.area_path))
    return nearest.role


async def role_of(session: AsyncSession, member_id: int, path: str, today: date) -> Role | None:
    """As what a member is known there on a day: her post nearest to the area; None when she has none (any more)."""
    query = (
        select(col(Appointment.role), col(Area.path))
        .join(Area, col(Area.id) == col(Appointment.area_id))
        .where(col(Appointment.member_id) == member_id, in_force(today))
    )
    posts = [(len(where), role) for role, where in (await session.execute(query)).all() if path.startswith(where)]
    return max(posts, key=lambda post: post[0])[1] if posts else None


async def open_alert_of(session: AsyncSession, lead: Lead) -> Alert | None:
    """The alert of the lead that is not closed."""
    query = select(Alert).where(col(Alert.lead_id) == lead.id, col(Alert.state) != AlertState.CLOSED)
    return (await session.execute(query)).scalar_one_or_none()


async def rung_for(session: AsyncSession, lead: Lead) -> list[int]:
    """Everybody whom the lead's open alert has rung so far."""
    query = (
        select(col(AlertBell.member_id))
        .join(Alert, col(Alert.id) == col(AlertBell.alert_id))
        .where(col(Alert.lead_id) == lead.id, col(Alert.state) != AlertState.CLOSED)
        .order_by(col(AlertBell.id))
    )
    return list((await session.execute(query)).scalars())


async def holders_of(session: AsyncSession, lead: Lead) -> list[int]:
    """Who has the lead: whoever works on it or has acknowledged it; while nobody has, everybody who was rung."""
    alert = await open_alert_of(session, lead)
    held = [member for member in (lead.handler_id, alert.holder_id if alert else None) if member is not None]
    return list(dict.fromkeys(held)) or await rung_for(session, lead)
