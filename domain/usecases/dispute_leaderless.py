"""Planned mediations whose leader has left, stands back, or is on leave that day: found, then proven (spec 4)."""

from datetime import datetime
from functools import cache

from sqlalchemy import Select, bindparam, or_, select
from sqlmodel import col

from domain.rules.policy import Policy
from domain.usecases.dispute_absent import holds_its_rung, keeps_back
from domain.usecases.dispute_leading import lead_anew
from domain.usecases.dispute_moving import rung_people
from domain.usecases.dispute_plans import planned_mediation
from domain.usecases.dispute_steps import Due
from domain.usecases.mediation_leaders import leaders_of
from models.dispute import Dispute, DisputeEntry, DisputeEntryKind
from models.looking import Reader
from models.mediation import Mediation, MediationStage
from models.member import Leave, Member, Role

_TO_COME = (col(Mediation.stage) == MediationStage.PLANNED, col(Mediation.planned_at) > bindparam("now"))
# Plans and the leaves of their leaders that were noted afterwards: who chose a day of her leave knew of it.
_ON_LEAVE_SINCE = (
    select(col(Mediation.dispute_id), col(Mediation.planned_at), col(Leave.starts_on), col(Leave.ends_on))
    .join(Leave, col(Leave.member_id) == col(Mediation.leader_id))
    .join(
        DisputeEntry,
        (col(DisputeEntry.dispute_id) == col(Mediation.dispute_id))
        & (col(DisputeEntry.kind) == DisputeEntryKind.PLANNED)
        & (col(DisputeEntry.detail)["mediation"].as_integer() == col(Mediation.id)),
    )
    .where(*_TO_COME, col(Leave.cancelled_at).is_(None), col(Leave.noted_at) > col(DisputeEntry.at))
)


async def led_by_somebody_gone(reader: Reader, *, now: datetime, policy: Policy) -> list[int]:
    """The cases with a mediation to come whose leader perhaps cannot lead it any more."""
    query = _led_by_somebody_gone(tuple((rung.key, rung.leads) for rung in policy.ladder.rungs))
    found = set((await reader.execute(query, {"now": now, "today": policy.today(now)})).scalars())
    away = {
        dispute
        for dispute, planned_at, starts_on, ends_on in (await reader.execute(_ON_LEAVE_SINCE, {"now": now})).all()
        if planned_at is not None and starts_on <= policy.today(planned_at) <= ends_on
    }
    return sorted(found | away)


@cache
def _led_by_somebody_gone(leads: tuple[tuple[str, frozenset[Role]], ...]) -> Select[int]:
    """The query of a ladder, built once: it is asked every minute. Without those who are on leave that day."""
    leader = col(Mediation.leader_id)
    frozen = select(col(Member.id)).where(col(Member.frozen_at).is_not(None))
    why = or_(leader.in_(frozen), *keeps_back(leader), ~holds_its_rung(leader, dict(leads), bindparam("today")))
    return select(col(Dispute.id)).join(Mediation, col(Mediation.dispute_id) == col(Dispute.id)).where(*_TO_COME, why)


async def lead_by_another(due: Due) -> bool:
    """Let somebody else lead what is planned when its leader really cannot, or call it off; whether it was done."""
    session, dispute, now, policy = due.session, due.dispute, due.now, due.policy
    plan = await planned_mediation(session, dispute)
    if plan is None or plan.planned_at is None or plan.planned_at <= now:
        return False
    may = await leaders_of(session, dispute, now=now, policy=policy)
    if plan.leader_id in may and not await _away_on_the_day(due, plan):
        return False
    people = await rung_people(session, dispute, now=now, policy=policy)
    await lead_anew(session, dispute, plan.leader_id, people, actor=None, now=now, policy=policy)
    return True


async def _away_on_the_day(due: Due, plan: Mediation) -> bool:
    leaves = await due.session.execute(_ON_LEAVE_SINCE.where(col(Mediation.id) == plan.id), {"now": due.now})
    day = due.policy.today(plan.planned_at or due.now)
    return any(starts_on <= day <= ends_on for _, _, starts_on, ends_on in leaves.all())
