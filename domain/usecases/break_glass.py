"""Breaking the glass: somebody opens one lead that is not hers, with a reason, and two others are told (spec 8)."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from domain.access import ANSWERS_ALERTS, Actor, is_frozen
from domain.kept_away import goes_past, kept_away
from domain.lead_access import lead_for
from domain.lead_notices import GlassBroken
from domain.refusals import Reason, RefusedError
from domain.rules.policy import Policy
from domain.rules.search_text import normalise_query
from domain.usecases.dispute_codes import looks_like_dispute
from domain.usecases.outbox import tell_each
from domain.usecases.posts import chain_of
from domain.usecases.timeline import note
from models.area import Area
from models.confidential import BreakGlass
from models.lead import EntryKind, Lead
from models.member import Appointment, Member, Role, in_force, on_leave

# Whoever looks after accounts or after the log opens no cases, whatever else she is.
NEVER = frozenset({Role.ADMINISTRATOR, Role.AUDITOR})
_SECOND = (Role.AUDITOR, Role.COUNTY_CENTRE, Role.TOWNSHIP_CENTRE, Role.FEDERATION_OFFICER)


@dataclass(frozen=True, slots=True)
class _Witness:
    member_id: int
    role: Role | None  # None: the handler, whatever she is


async def lead_behind_glass(session: AsyncSession, actor: Actor, code: str) -> Lead:
    """The lead with this code, when `actor` may break the glass before it.

    Raises RefusedError: NOT_FOUND alike for a code that nobody has, for one of elsewhere and for one she may not open
    even so: whoever tries codes learns nothing; NO_GLASS_FOR_DISPUTES for whatever looks like a dispute's code, there
    or not: nobody's life hangs on one, for then it is frozen and a lead.
    """
    wanted = normalise_query(code).upper()
    if looks_like_dispute(wanted):
        raise RefusedError(Reason.NO_GLASS_FOR_DISPUTES)
    lead = (await session.execute(select(Lead).where(col(Lead.code) == wanted))).scalar_one_or_none()
    if lead is None:
        raise RefusedError(Reason.NOT_FOUND)
    return await glass_lead(session, actor, lead.id)


async def glass_lead(session: AsyncSession, actor: Actor, lead_id: int) -> Lead:
    """Like `lead_behind_glass`, by its number. Raises RefusedError(NOT_FOUND)."""
    row = (
        await session.execute(
            select(Lead, col(Area.path)).join(Area, col(Area.id) == col(Lead.area_id)).where(col(Lead.id) == lead_id)
        )
    ).one_or_none()
    if row is None or actor.has_role(NEVER) or not actor.covers(row[1], ANSWERS_ALERTS):
        raise RefusedError(Reason.NOT_FOUND)
    if await is_frozen(session, actor) or await kept_away(session, row[0], [actor.member_id]):
        raise RefusedError(Reason.NOT_FOUND)
    lead: Lead = row[0]
    return lead


async def break_glass(
    session: AsyncSession, *, actor: Actor, lead_id: int, reason: str, now: datetime, policy: Policy
) -> BreakGlass:
    """Let `actor` open this one lead for half an hour. Two others are told at once, on the lane of the red ones.

    Raises RefusedError: NOT_FOUND, GLASS_NOT_NEEDED (she may open it as it is), GLASS_NO_WITNESSES (fewer than two
    others could be told).
    """
    lead = await glass_lead(session, actor, lead_id)
    if await may_open(session, actor, lead.id, now):
        raise RefusedError(Reason.GLASS_NOT_NEEDED)
    witnesses = await _witnesses(session, actor, lead, now, policy)
    if len(witnesses) < 2:
        raise RefusedError(Reason.GLASS_NO_WITNESSES)
    glass = BreakGlass(
        lead_id=lead.id,
        member_id=actor.member_id,
        at=now,
        until=now + timedelta(minutes=policy.glass_minutes),
        reason=reason,
    )
    session.add(glass)
    await session.flush()
    entry = await note(
        session, lead, EntryKind.BREAK_GLASS, actor=actor, now=now, body=reason, minutes=policy.glass_minutes
    )
    role = await _acting_role(session, actor, lead)
    notices = {
        one.member_id: GlassBroken(lead.code, role, policy.glass_minutes, one.role is Role.AUDITOR) for one in witnesses
    }
    await tell_each(session, notices, f"glass:{entry.id}", now=now, policy=policy)
    return glass


async def may_open(session: AsyncSession, actor: Actor, lead_id: int, now: datetime) -> bool:
    """Whether she may open the lead without breaking anything."""
    try:
        await lead_for(session, actor, lead_id, now=now)
    except RefusedError:
        return False
    return True


async def _acting_role(session: AsyncSession, actor: Actor, lead: Lead) -> Role:
    path = (await session.get_one(Area, lead.area_id)).path
    return next(post.role for post in actor.posts if post.role in ANSWERS_ALERTS and path.startswith(post.area_path))


async def _witnesses(
    session: AsyncSession, actor: Actor, lead: Lead, now: datetime, policy: Policy
) -> Sequence[_Witness]:
    """Two different people: her who has it, or a head; and an auditor, or somebody of a centre."""
    query = (
        select(col(Member.id), col(Appointment.role))
        .join(Appointment, col(Appointment.member_id) == col(Member.id))
        .where(
            in_force(policy.today(now)),
            col(Appointment.area_id).in_(await chain_of(session, lead.area_id)),
            col(Appointment.role).in_((Role.HEAD, *_SECOND)),
            *_can_be_told(actor, lead, policy, now),
        )
        .order_by(col(Appointment.id))
    )
    found = [_Witness(row[0], row[1]) for row in (await session.execute(query)).all()]
    first = [*await _handler(session, actor, lead, now, policy), *(one for one in found if one.role is Role.HEAD)]
    second = [one for role in _SECOND for one in found if one.role is role]
    chosen = _different([*first[:1], *second])[:2]
    return chosen if len(chosen) == 2 else _different([*first, *second])[:2]


async def _handler(session: AsyncSession, actor: Actor, lead: Lead, now: datetime, policy: Policy) -> list[_Witness]:
    if lead.handler_id is None:
        return []
    query = select(col(Member.id)).where(col(Member.id) == lead.handler_id, *_can_be_told(actor, lead, policy, now))
    return [_Witness(member_id, None) for member_id in (await session.execute(query)).scalars()]


def _can_be_told(actor: Actor, lead: Lead, policy: Policy, now: datetime) -> tuple[ColumnElement[bool], ...]:
    """Somebody else, who can be reached now, and whom the lead does not go past."""
    return (
        col(Member.id) != actor.member_id,
        col(Member.frozen_at).is_(None),
        col(Member.unreachable_since).is_(None),
        ~on_leave(policy.today(now)),
        ~goes_past(col(Member.id), lead),
    )


def _different(witnesses: Iterable[_Witness]) -> list[_Witness]:
    seen: dict[int, _Witness] = {}
    for one in witnesses:
        seen.setdefault(one.member_id, one)
    return list(seen.values())
