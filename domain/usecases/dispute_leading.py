"""A planned mediation whose leader cannot come any more: another of the rung leads it, or it is off (spec 4)."""

from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from domain.access import Actor
from domain.dispute_notices import MediationAhead
from domain.rules.policy import Policy
from domain.usecases.dispute_plans import cancel_plans, planned_mediation
from domain.usecases.dispute_rungs import RungPeople
from domain.usecases.mediation_leaders import leaders_of
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
    may = await leaders_of(session, dispute, now=now, policy=policy)
    # Whoever has the case first; whoever is away only where nobody else is.
    able = people.able if people else ()
    leads = sorted(set(may) - {gone}, key=lambda member: (member != dispute.owner_id, member not in able, member))
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
