"""Passing a case up because it is beyond the rung, and giving it back once (M, spec 4)."""

from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from domain.access import Actor
from domain.refusals import Reason, RefusedError
from domain.rules.ladder import Arrival, given_back, may_give_back, passed_up
from domain.rules.policy import Policy
from domain.usecases.dispute_changes import dispute_at_work
from domain.usecases.dispute_history import note_dispute
from domain.usecases.dispute_moving import arrive, climb_to, rung_below, standing_of
from domain.usecases.dispute_rungs import Above, RungPeople, rungs_over
from models.dispute import Dispute, DisputeEntryKind, DisputeState

_MEDIATED = (DisputeState.REGISTERED, DisputeState.MEDIATING)


async def may_pass_up(
    session: AsyncSession, *, actor: Actor, dispute_id: int, now: datetime, policy: Policy
) -> tuple[Dispute, Above]:
    """The case, held, and the rungs to which `actor` may pass it up now: before she writes why.

    Raises RefusedError: NOT_YOURS, HAS_CLIMBED, DISPUTE_AGREED, CLOSING_ASKED, DISPUTE_OVER, DISPUTE_FROZEN,
    NO_RUNG_ABOVE.
    """
    sight = await dispute_at_work(session, actor, dispute_id, now=now, policy=policy, states=_MEDIATED)
    above = await rungs_over(session, sight.dispute, today=policy.today(now), ladder=policy.ladder)
    if not above.can:
        raise RefusedError(Reason.NO_RUNG_ABOVE)
    return sight.dispute, above


async def pass_up(
    session: AsyncSession, *, actor: Actor, dispute_id: int, seen: int, reason: str, now: datetime, policy: Policy
) -> Dispute:
    """ "Beyond me": the next rung that can take the case has it at once, whatever tries were left (M, spec 4).

    Raises RefusedError: CHANGED_MEANWHILE (another revision than `seen`), and those of `may_pass_up`.
    """
    dispute, above = await may_pass_up(session, actor=actor, dispute_id=dispute_id, now=now, policy=policy)
    _as_seen(dispute, seen)
    standing = passed_up(standing_of(dispute), above.keys)
    await note_dispute(
        session, dispute, DisputeEntryKind.PASSED_UP, actor=actor, now=now, body=reason,
        rung=dispute.rung, to=standing.rung,
    )  # fmt: skip
    await climb_to(session, dispute, standing, above, why=Arrival.PASSED_UP, actor=actor, now=now, policy=policy)
    return dispute


async def may_give_it_back(
    session: AsyncSession, *, actor: Actor, dispute_id: int, now: datetime, policy: Policy
) -> tuple[Dispute, RungPeople]:
    """The case, held, and the rung to which `actor` may give it back now.

    Raises RefusedError: NOT_YOURS, HAS_CLIMBED, DISPUTE_AGREED, CLOSING_ASKED, DISPUTE_OVER, DISPUTE_FROZEN,
    NOT_GIVEN_BACK (nobody passed it up, or this rung has given it back before), NOBODY_BELOW.
    """
    sight = await dispute_at_work(session, actor, dispute_id, now=now, policy=policy, states=_MEDIATED)
    dispute = sight.dispute
    if not may_give_back(standing_of(dispute)):
        raise RefusedError(Reason.NOT_GIVEN_BACK)
    below = await rung_below(session, dispute, dispute.came_from or "", now=now, policy=policy)
    if below is None or not below.able:
        raise RefusedError(Reason.NOBODY_BELOW)
    return dispute, below


async def give_back(
    session: AsyncSession, *, actor: Actor, dispute_id: int, seen: int, reason: str, now: datetime, policy: Policy
) -> Dispute:
    """The rung that passed the case up has it again, with the tries that it had left (spec 4).

    Raises RefusedError: CHANGED_MEANWHILE (another revision than `seen`), and those of `may_give_it_back`.
    """
    dispute, below = await may_give_it_back(session, actor=actor, dispute_id=dispute_id, now=now, policy=policy)
    _as_seen(dispute, seen)
    await note_dispute(
        session, dispute, DisputeEntryKind.GIVEN_BACK, actor=actor, now=now, body=reason,
        rung=dispute.rung, to=below.rung.key,
    )  # fmt: skip
    standing = given_back(standing_of(dispute))
    await arrive(session, dispute, standing, below, why=Arrival.GIVEN_BACK, actor=actor, now=now, policy=policy)
    return dispute


def _as_seen(dispute: Dispute, seen: int) -> None:
    """A colleague may have accepted it, planned something or recorded an attempt: she decides with that before her."""
    if dispute.rev != seen:
        raise RefusedError(Reason.CHANGED_MEANWHILE)
