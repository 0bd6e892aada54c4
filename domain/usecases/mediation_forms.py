"""What the forms of a mediation and of an attempt must know of a case before their first question (spec 4)."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from domain.access import Actor
from domain.dispute_access import DisputeSight
from domain.refusals import Reason, RefusedError
from domain.rules.policy import Policy
from domain.usecases.dispute_changes import dispute_at_work
from domain.usecases.dispute_plans import planned_mediation
from domain.usecases.mediation_leaders import leaders_of
from domain.usecases.mediations import Invitable, invitable
from models.confidential import DisputeRead
from models.dispute import Dispute, DisputeKind, DisputeParty, DisputeState
from models.mediation import Mediation, MediationStage

# So long one reading of the parties' names serves: a form asks for them again at each of its questions.
_ONE_READING = timedelta(minutes=30)


@dataclass(frozen=True, slots=True)
class PlanForm:
    """A case for which a mediation may be planned: who may lead it, who may be invited."""

    dispute: Dispute
    leaders: dict[int, str]
    invitable: list[Invitable]


@dataclass(frozen=True, slots=True)
class AttemptForm:
    """A case on which an attempt may be recorded; `last` is what was recorded last."""

    dispute: Dispute
    leaders: dict[int, str]
    parties: list[tuple[int, str]]
    plan: Mediation | None
    last: Mediation | None


async def plan_form(session: AsyncSession, *, actor: Actor, dispute_id: int, now: datetime, policy: Policy) -> PlanForm:
    """Raises RefusedError: NOT_YOURS and the like (`dispute_at_work`), PLANNED_ALREADY, NOBODY_MEDIATES."""
    dispute = (await _mediated(session, actor, dispute_id, now=now, policy=policy)).dispute
    if await planned_mediation(session, dispute) is not None:
        raise RefusedError(Reason.PLANNED_ALREADY)
    leaders = await leaders_of(session, dispute, now=now, policy=policy)
    if not leaders:
        raise RefusedError(Reason.NOBODY_MEDIATES)
    # To a counselling a couple comes alone.
    counselling = dispute.kind is DisputeKind.COUNSELLING
    guests = [] if counselling else await invitable(session, dispute, now=now, policy=policy)
    return PlanForm(dispute, leaders, guests)


async def attempt_form(
    session: AsyncSession, *, actor: Actor, dispute_id: int, now: datetime, policy: Policy
) -> AttemptForm:
    """The parties are named in it, so the reading is logged. Raises RefusedError: NOT_YOURS and the like."""
    sight = await _mediated(session, actor, dispute_id, now=now, policy=policy)
    await _log_once(session, sight, actor, now)
    dispute = sight.dispute
    parties = (
        select(col(DisputeParty.position), DisputeParty)
        .where(col(DisputeParty.dispute_id) == dispute.id)
        .order_by(col(DisputeParty.position))
    )
    held = (
        select(Mediation)
        .where(
            col(Mediation.dispute_id) == dispute.id,
            col(Mediation.stage) == MediationStage.HELD,
            col(Mediation.rung) == dispute.rung,
            col(Mediation.recorded_at) >= dispute.rung_since,
        )
        .order_by(col(Mediation.id).desc())
        .limit(1)
    )
    return AttemptForm(
        dispute,
        await leaders_of(session, dispute, now=now, policy=policy),
        [(position, party.name) for position, party in (await session.execute(parties)).all()],
        await planned_mediation(session, dispute),
        (await session.execute(held)).scalar_one_or_none(),
    )


async def _mediated(
    session: AsyncSession, actor: Actor, dispute_id: int, *, now: datetime, policy: Policy
) -> DisputeSight:
    return await dispute_at_work(session, actor, dispute_id, now=now, policy=policy, states=(DisputeState.MEDIATING,))


async def _log_once(session: AsyncSession, sight: DisputeSight, actor: Actor, now: datetime) -> None:
    lately = select(col(DisputeRead.id)).where(
        col(DisputeRead.dispute_id) == sight.dispute.id,
        col(DisputeRead.member_id) == actor.member_id,
        col(DisputeRead.at) > now - _ONE_READING,
    )
    if (await session.execute(lately.limit(1))).first() is None:
        session.add(DisputeRead(dispute_id=sight.dispute.id, member_id=actor.member_id, at=now, ground=sight.ground))
        await session.flush()
