"""Standing back from a case (回避): she is a party or kin, or a party asks for it; the case goes past her (spec 4)."""

from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from domain.access import Actor
from domain.dispute_access import DisputeSight, dispute_for
from domain.dispute_notices import DisputeNews
from domain.refusals import Reason, RefusedError
from domain.rules.ladder import DisputeEvent
from domain.rules.policy import Policy
from domain.usecases.availability import PassedOver
from domain.usecases.dispute_changes import hold_dispute
from domain.usecases.dispute_history import note_dispute
from domain.usecases.dispute_leading import lead_anew
from domain.usecases.dispute_moving import rung_people
from domain.usecases.dispute_owning import replace_owner
from domain.usecases.outbox import insert_ignoring, tell
from models.confidential import Recusal
from models.dispute import OPEN_STATES, Dispute, DisputeEntryKind, DisputeState


async def may_stand_back(
    session: AsyncSession, *, actor: Actor, dispute_id: int, now: datetime, policy: Policy
) -> tuple[DisputeSight, list[int]]:
    """The case, held, and who may stand back from it by the word of `actor`: she herself, and, where she is the head
    of its rung, those who hold it.

    Raises RefusedError: NOT_YOURS, DISPUTE_OVER, DISPUTE_FROZEN.
    """
    if await hold_dispute(session, dispute_id) is None:
        raise RefusedError(Reason.NOT_YOURS)
    sight = await dispute_for(session, actor, dispute_id, now=now, policy=policy)
    dispute = sight.dispute
    if dispute.state not in OPEN_STATES:
        frozen = dispute.state is DisputeState.FROZEN
        raise RefusedError(Reason.DISPUTE_FROZEN if frozen else Reason.DISPUTE_OVER)
    people = await rung_people(session, dispute, now=now, policy=policy)
    if people is None or not actor.covers(sight.path, {people.rung.head.role}):
        return sight, [actor.member_id]
    # Whoever stands back already is none of those any more.
    holding = [*people.able, *(member for member, why in people.passed_over.items() if why is not PassedOver.TIED)]
    return sight, list(dict.fromkeys([actor.member_id, *holding]))


async def recuse(
    session: AsyncSession,
    *,
    actor: Actor,
    dispute_id: int,
    member_id: int,
    reason: str | None,
    now: datetime,
    policy: Policy,
) -> Dispute:
    """`member_id` stands back: she cannot open the case any more, is not called, and what she had of it others have.

    Raises RefusedError: NOT_YOURS (also for somebody whom `actor` cannot keep away), DISPUTE_OVER, DISPUTE_FROZEN.
    """
    sight, who = await may_stand_back(session, actor=actor, dispute_id=dispute_id, now=now, policy=policy)
    if member_id not in who:
        raise RefusedError(Reason.NOT_YOURS)
    dispute = sight.dispute
    row = {
        "member_id": member_id, "dispute_id": dispute.id, "at": now,
        "recorded_by_id": actor.member_id, "reason": reason,
    }  # fmt: skip
    await session.execute(insert_ignoring(session, Recusal), [row])
    entry = await note_dispute(
        session, dispute, DisputeEntryKind.RECUSED, actor=actor, now=now, body=reason, member=member_id
    )
    if dispute.owner_id == member_id:
        await replace_owner(session, dispute, PassedOver.TIED, actor=actor, now=now, policy=policy)
    people = await rung_people(session, dispute, now=now, policy=policy)
    await lead_anew(session, dispute, member_id, people, actor=actor, now=now, policy=policy)
    if member_id != actor.member_id:
        notice = DisputeNews(dispute.code, dispute.id, dispute.colour, DisputeEvent.STANDS_BACK)
        await tell(session, [member_id], notice, f"dispute-recused:{entry.id}", now=now, policy=policy)
    return dispute
