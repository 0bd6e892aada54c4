"""A planned mediation whose leader cannot come any more: another of the rung leads it, or it is off (spec 4)."""

from collections.abc import Collection
from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from domain.access import Actor
from domain.dispute_notices import MediationAhead
from domain.rules.policy import Policy
from domain.usecases.dispute_plan_clock import call_off
from domain.usecases.dispute_plans import planned_mediation
from domain.usecases.dispute_rungs import RungPeople
from domain.usecases.mediation_leaders import leaders_of
from domain.usecases.outbox import tell
from models.dispute import Dispute, DisputeKind
from models.member import Leave


async def lead_anew(
    session: AsyncSession,
    dispute: Dispute,
    gone: int | None,
    people: RungPeople | None,
    *,
    actor: Actor | None,
    now: datetime,
    policy: Policy,
) -> None:
    """The parties know the day already: it is held by somebody else, who hears of it; nobody may: it is off.

    Nobody is made its leader who is on leave on that day. `gone` stays where only she may, and is there on it.
    """
    mediation = await planned_mediation(session, dispute)
    if mediation is None or mediation.planned_at is None or mediation.leader_id != gone:
        return
    may = set(await leaders_of(session, dispute, now=now, policy=policy))
    may -= await away_on(session, may, policy.today(mediation.planned_at))
    # Whoever has the case first; whoever is away today only where nobody else is.
    able = people.able if people else ()
    leads = sorted(may - {gone}, key=lambda member: (member != dispute.owner_id, member not in able, member))
    if not leads and gone in may:
        return
    if not leads:
        await call_off(session, dispute, actor=actor, now=now, policy=policy)
        return
    mediation.leader_id = leads[0]
    await session.flush()
    if actor is not None and actor.member_id == leads[0]:
        return
    local = mediation.planned_at.astimezone(policy.zone)
    counselling = dispute.kind is DisputeKind.COUNSELLING
    notice = MediationAhead(
        dispute.code,
        dispute.id,
        mediation.id,
        local.date(),
        local,
        cancelled=False,
        invited=False,
        counselling=counselling,
    )
    key = f"mediation-leader:{mediation.id}:{leads[0]}"
    await tell(session, [leads[0]], notice, key, now=now, policy=policy)


async def away_on(session: AsyncSession, members: Collection[int], day: date) -> set[int]:
    """Those of `members` who are on leave on that day, as things stand."""
    query = select(col(Leave.member_id)).where(
        col(Leave.member_id).in_(members),
        col(Leave.cancelled_at).is_(None),
        col(Leave.starts_on) <= day,
        col(Leave.ends_on) >= day,
    )
    return set((await session.execute(query)).scalars())
