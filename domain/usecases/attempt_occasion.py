"""The case on which an attempt is recorded: whether it still stands where its recorder saw it (spec 4)."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from domain.access import Actor
from domain.dispute_access import dispute_for
from domain.refusals import Reason, RefusedError
from domain.rules.ladder import may_be_mediated
from domain.rules.policy import Policy
from domain.usecases.dispute_changes import hold_dispute
from domain.usecases.dispute_history import note_dispute
from domain.usecases.dispute_plans import planned_mediation
from models.confidential import DisputeGround
from models.dispute import Dispute, DisputeEntry, DisputeEntryKind, DisputeState
from models.mediation import Mediation, MediationStage


@dataclass(frozen=True, slots=True)
class Seen:
    """What the recorder saw when she began: the revision, since when the case stood on her rung, what was planned."""

    rev: int
    rung_since: datetime
    plan_id: int | None = None


@dataclass(frozen=True, slots=True)
class Occasion:
    """The case as it is now, held, and what is planned for it. `late`: it has moved on; the record counts nothing."""

    dispute: Dispute
    plan: Mediation | None
    late: bool


async def occasion_of(
    session: AsyncSession, actor: Actor, dispute_id: int, *, seen: Seen | None, now: datetime, policy: Policy
) -> Occasion:
    """The case, when it stands on the actor's rung, or stood there.

    It has moved on when it has left her rung, is agreed on, ended or frozen, or when somebody else has recorded what
    was planned. Raises RefusedError: NOT_YOURS, NOT_ACCEPTED, CHANGED_MEANWHILE (it stands where it stood, but is not
    what she saw).
    """
    if await hold_dispute(session, dispute_id) is None:
        raise RefusedError(Reason.NOT_YOURS)
    sight = await dispute_for(session, actor, dispute_id, now=now, policy=policy)
    dispute = sight.dispute
    on_rung = sight.ground is DisputeGround.RUNG
    if not on_rung and not sight.had_it:
        raise RefusedError(Reason.NOT_YOURS)
    moved = seen is not None and seen.rung_since != dispute.rung_since
    if moved or not on_rung or await _recorded(session, dispute, seen):
        return Occasion(dispute, None, late=True)
    if dispute.state is DisputeState.REGISTERED:
        raise RefusedError(Reason.NOT_ACCEPTED)
    if not may_be_mediated(dispute.state):
        return Occasion(dispute, None, late=True)
    if seen is not None and seen.rev != dispute.rev:
        raise RefusedError(Reason.CHANGED_MEANWHILE)
    return Occasion(dispute, await planned_mediation(session, dispute), late=False)


async def _recorded(session: AsyncSession, dispute: Dispute, seen: Seen | None) -> bool:
    """Whether somebody else has recorded the mediation that was planned when she began."""
    if seen is None or seen.plan_id is None:
        return False
    plan = await session.get(Mediation, seen.plan_id, populate_existing=True)
    return plan is not None and plan.dispute_id == dispute.id and plan.stage is MediationStage.HELD


async def keep_late_record(
    session: AsyncSession, dispute: Dispute, body: str, *, actor: Actor, now: datetime, **detail: Any
) -> DisputeEntry:
    """Keep what she wrote in the history: it is lost to nobody, and counts nothing."""
    return await note_dispute(session, dispute, DisputeEntryKind.LATE_RECORD, actor=actor, now=now, body=body, **detail)
