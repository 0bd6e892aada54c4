"""Opening a closed or ended dispute again, with a reason; one that is frozen never (spec 4)."""

from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from domain.access import Actor
from domain.dispute_access import CLOSES_DISPUTES, DisputeSight, dispute_for
from domain.refusals import Reason, RefusedError
from domain.rules.ladder import Arrival, Standing, another_round
from domain.rules.policy import Policy
from domain.usecases.dispute_changes import hold_dispute
from domain.usecases.dispute_follow_ups import break_agreement
from domain.usecases.dispute_history import note_dispute
from domain.usecases.dispute_moving import arrive, rung_people, standing_of
from domain.usecases.dispute_rungs import RungPeople, rungs_over
from models.confidential import DisputeGround
from models.dispute import Dispute, DisputeEntryKind, DisputeState

_OVER = (DisputeState.CLOSED, DisputeState.ENDED)


async def reopenable_dispute(
    session: AsyncSession, *, actor: Actor, dispute_id: int, now: datetime, policy: Policy
) -> Dispute:
    """A case that `actor` may open again; held. A post alone is not enough: she must be one of those who see the case.

    Raises RefusedError: NOT_YOURS (also for one that does not exist), DISPUTE_FROZEN, DISPUTE_OPEN.
    """
    if await hold_dispute(session, dispute_id) is None:
        raise RefusedError(Reason.NOT_YOURS)
    sight = await dispute_for(session, actor, dispute_id, now=now, policy=policy)
    if not may_reopen(sight, actor):
        raise RefusedError(Reason.NOT_YOURS)
    dispute = sight.dispute
    if dispute.state not in _OVER:
        raise RefusedError(Reason.DISPUTE_FROZEN if dispute.state is DisputeState.FROZEN else Reason.DISPUTE_OPEN)
    return dispute


def may_reopen(sight: DisputeSight, actor: Actor) -> bool:
    """Whether it is hers to open the case again, once it is over: of those who see it, who may close it there.

    Not whoever is asked for help or invited: the case is not hers beyond that.
    """
    besides = sight.ground in (DisputeGround.REFERRAL, DisputeGround.GUEST)
    return not besides and actor.covers(sight.path, CLOSES_DISPUTES)


async def reopen_dispute(
    session: AsyncSession, *, actor: Actor, dispute_id: int, seen: int, body: str, now: datetime, policy: Policy
) -> Dispute:
    """Open the case again on the rung where it was: it waits there to be accepted, with the tries that were left.

    Where none was left, the rung's tries begin anew; an agreement that stood is a broken one.
    Raises RefusedError: NOT_YOURS, DISPUTE_FROZEN, DISPUTE_OPEN, NOBODY_MEDIATES, CHANGED_MEANWHILE.
    """
    dispute = await reopenable_dispute(session, actor=actor, dispute_id=dispute_id, now=now, policy=policy)
    if dispute.rev != seen:
        raise RefusedError(Reason.CHANGED_MEANWHILE)
    await break_agreement(session, dispute, policy.today(now))
    await note_dispute(session, dispute, DisputeEntryKind.REOPENED, actor=actor, now=now, body=body)
    people = await _where_it_goes_on(session, dispute, now=now, policy=policy)
    standing = _standing(standing_of(dispute), people, policy)
    await arrive(session, dispute, standing, people, why=Arrival.REOPENED, actor=actor, now=now, policy=policy)
    return dispute


async def _where_it_goes_on(session: AsyncSession, dispute: Dispute, *, now: datetime, policy: Policy) -> RungPeople:
    """The rung where it was; the next one above where the county has removed that since."""
    people = await rung_people(session, dispute, now=now, policy=policy)
    if people is not None:
        return people
    above = await rungs_over(session, dispute, today=policy.today(now), ladder=policy.ladder)
    if not above.can:
        raise RefusedError(Reason.NOBODY_MEDIATES)
    return above.can[0]


def _standing(standing: Standing, people: RungPeople, policy: Policy) -> Standing:
    key = people.rung.key
    if standing.rung != key:
        return Standing(key, standing.tried, standing.broken, None, standing.given_back)
    return another_round(standing) if standing.failed >= policy.ladder[key].tries else standing
