"""A planned mediation whose leader cannot come any more: another of the rung leads it, or it is off (spec 4)."""

from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from domain.access import Actor
from domain.dispute_notices import MediationAhead
from domain.rules.policy import Policy
from domain.usecases.chain_building import holders_of
from domain.usecases.dispute_plans import cancel_plans, planned_mediation
from domain.usecases.dispute_rungs import RungPeople
from domain.usecases.outbox import tell
from models.dispute import Dispute


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
    """The parties know the day already: it is held by somebody else, who hears of it; nobody may: it is off."""
    mediation = await planned_mediation(session, dispute)
    if mediation is None or mediation.planned_at is None or mediation.leader_id != gone:
        return
    leads = await _who_may_lead(session, dispute, people, now=now, policy=policy)
    if not leads:
        await cancel_plans(session, dispute, actor=actor, now=now, policy=policy)
        return
    mediation.leader_id = leads[0]
    await session.flush()
    if actor is not None and actor.member_id == leads[0]:
        return
    local = mediation.planned_at.astimezone(policy.zone)
    notice = MediationAhead(dispute.code, dispute.id, mediation.id, local.date(), local, cancelled=False, invited=False)
    key = f"mediation-leader:{mediation.id}:{leads[0]}"
    await tell(session, [leads[0]], notice, key, now=now, policy=policy)


async def _who_may_lead(
    session: AsyncSession, dispute: Dispute, people: RungPeople | None, *, now: datetime, policy: Policy
) -> list[int]:
    """Those of the rung who can and may lead, whoever has the case first."""
    if people is None:
        return []
    holding = await holders_of(session, {(role, people.area_id) for role in people.rung.leads}, policy.today(now))
    may = {member for found in holding.values() for member in found}
    able = [member for member in people.able if member in may]
    return sorted(able, key=lambda member: member != dispute.owner_id)
