"""Rows that hang on a dispute, written straight into the tables: an agreement, a planned mediation."""

from datetime import timedelta

from sqlalchemy.ext.asyncio import AsyncSession

from models.dispute import Dispute
from models.mediation import Agreement, AttemptResult, Mediation, MediationGuest, MediationMethod, MediationStage
from tests.support.county import POLICY, SATURDAY


async def add_agreement(session: AsyncSession, dispute: Dispute, by: int) -> None:
    """An agreement of yesterday."""
    day = POLICY.today(SATURDAY) - timedelta(days=1)
    mediation = Mediation(
        dispute_id=dispute.id,
        mediable=dispute.mediable,
        rung=dispute.rung,
        stage=MediationStage.HELD,
        leader_id=by,
        held_on=day,
        method=MediationMethod.TOGETHER,
        result=AttemptResult.AGREED,
        matter="x",
        recorded_by_id=by,
        recorded_at=SATURDAY,
    )
    session.add(mediation)
    await session.flush()
    session.add(Agreement(dispute_id=dispute.id, mediation_id=mediation.id, agreed_on=day, text="把墙退回来"))


async def add_plan(session: AsyncSession, dispute: Dispute, by: int, guest: int | None) -> int:
    """A mediation in three days, with a guest or without; its number."""
    plan = Mediation(
        dispute_id=dispute.id,
        rung=dispute.rung,
        stage=MediationStage.PLANNED,
        planned_at=SATURDAY + timedelta(days=3),
        planned_by_id=by,
        guests_agreed=True,
        leader_id=by,
    )
    session.add(plan)
    await session.flush()
    if guest is not None:
        session.add(MediationGuest(mediation_id=plan.id, member_id=guest))
    return plan.id
