"""What was being written when violence ended a case: kept in its history, and given to its red lead (spec 3, 4)."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from domain.access import Actor
from domain.dispute_access import dispute_for
from domain.rules.policy import Policy
from domain.usecases.attempt_occasion import keep_late_record
from domain.usecases.dispute_changes import hold_dispute
from domain.usecases.taking_over import take_over_late
from models.confidential import DisputeGround
from models.dispute import Dispute, DisputeEntry, DisputeState
from models.lead import FileKind
from models.mediation import DisputeFile

_HAD_IT = (DisputeGround.RUNG, DisputeGround.FOLLOWER, DisputeGround.REGISTRAR)


async def frozen_case(
    session: AsyncSession, actor: Actor, dispute_id: int, *, now: datetime, policy: Policy
) -> Dispute | None:
    """The case, held, when violence has ended it and `actor` had it; None while it goes on.

    Raises RefusedError(NOT_YOURS).
    """
    await hold_dispute(session, dispute_id)
    sight = await dispute_for(session, actor, dispute_id, now=now, policy=policy)
    return sight.dispute if sight.dispute.state is DisputeState.FROZEN and sight.ground in _HAD_IT else None


async def keep_for_red_lead(
    session: AsyncSession,
    dispute: Dispute,
    body: str | None,
    files: Sequence[tuple[FileKind, str, str]] = (),
    *,
    actor: Actor,
    now: datetime,
    **detail: Any,
) -> DisputeEntry:
    """Keep it as a late record of the dispute, which counts nothing, and write it into the red lead."""
    session.add_all(
        DisputeFile(
            dispute_id=dispute.id, kind=kind, file_id=file_id, caption=caption or None, sent_by_id=actor.member_id
        )
        for kind, file_id, caption in files
    )
    entry = await keep_late_record(session, dispute, body or "", actor=actor, now=now, **detail)
    await take_over_late(session, dispute, body, files, by_id=actor.member_id, now=now)
    return entry
