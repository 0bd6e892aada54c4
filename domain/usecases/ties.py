"""Declared ties to a household: what concerns it is routed past whoever belongs to it, is kin or lives next door
(spec 4)."""

from datetime import datetime

from sqlalchemy import Select, or_, select, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from domain.access import EDITS_REGISTER, Actor, registered_household, visible_households
from domain.household_notices import TieEnded
from domain.refusals import Reason, RefusedError
from domain.rules.policy import Policy
from domain.usecases.outbox import tell
from domain.usecases.posts import superiors_of
from models.alert import Alert, AlertState, NextStep
from models.confidential import LeadHousehold, Tie, TieKind
from models.household import Household, HouseholdStatus
from models.lead import Lead, LeadStage


async def tie_of(session: AsyncSession, member_id: int, household_id: int) -> Tie | None:
    """The member's tie to the household that holds now."""
    tie = await session.get(Tie, (member_id, household_id))
    return tie if tie is not None and tie.ended_at is None else None


async def declare_tie(
    session: AsyncSession, *, actor: Actor, household_id: int, kind: TieKind, now: datetime
) -> Household:
    """Declare a tie to a household of one's own register, or say more exactly what it is.

    It holds at once: what she had of its open leads passes to the others, and their alerts ring again.
    Raises RefusedError: NOT_YOURS, HOUSEHOLD_GONE.
    """
    household, _ = await registered_household(session, actor, household_id, EDITS_REGISTER)
    for one in (await session.execute(_same_household(household.id))).scalars():
        tie = await session.get(Tie, (actor.member_id, one))
        if tie is None:
            session.add(Tie(member_id=actor.member_id, household_id=one, kind=kind, declared_at=now))
            continue
        if tie.ended_at is not None:
            tie.declared_at, tie.ended_at = now, None
        tie.kind = kind
    await session.flush()
    await _let_go(session, actor, household.id, now)
    return household


async def end_tie(
    session: AsyncSession, *, actor: Actor, household_id: int, now: datetime, policy: Policy
) -> Household:
    """End one's own tie. Those above are told: who is to hear of a household is not for her alone to say.

    Raises RefusedError: NOT_YOURS, HOUSEHOLD_GONE, NOT_TIED.
    """
    household, grid = await registered_household(session, actor, household_id, EDITS_REGISTER)
    if await tie_of(session, actor.member_id, household.id) is None:
        raise RefusedError(Reason.NOT_TIED)
    await session.execute(
        update(Tie)
        .where(
            col(Tie.member_id) == actor.member_id,
            col(Tie.household_id).in_(_same_household(household.id)),
            col(Tie.ended_at).is_(None),
        )
        .values(ended_at=now)
        .execution_options(synchronize_session="fetch")
    )
    post = next(post for post in actor.posts if post.role in EDITS_REGISTER and grid.path.startswith(post.area_path))
    notice = TieEnded(household.code, post.role)
    told = await superiors_of(session, actor, post, grid.id, policy.today(now))
    key = f"tie-ended:{household.id}:{actor.member_id}:{now.isoformat()}"
    await tell(session, told, notice, key, now=now, policy=policy)
    return household


async def ties_of(session: AsyncSession, actor: Actor) -> list[tuple[Household, TieKind]]:
    """The households she is tied to and may still see, by code."""
    query = (
        select(Household, col(Tie.kind))
        .join(Tie, col(Tie.household_id) == col(Household.id))
        .where(
            col(Tie.member_id) == actor.member_id,
            col(Tie.ended_at).is_(None),
            col(Household.status) != HouseholdStatus.MERGED,
            visible_households(actor, EDITS_REGISTER),
        )
        .order_by(col(Household.code))
    )
    return [(row[0], row[1]) for row in (await session.execute(query)).all()]


async def join_ties(session: AsyncSession, kept: Household, now: datetime) -> None:
    """After a merge: whoever is tied to one of what is now one household is tied to all of it."""
    family = list((await session.execute(_same_household(kept.id))).scalars())
    ties = select(Tie).where(col(Tie.household_id).in_(family)).order_by(col(Tie.declared_at), col(Tie.household_id))
    known = {(tie.member_id, tie.household_id): tie for tie in (await session.execute(ties)).scalars()}
    holding = {tie.member_id: tie.kind for tie in known.values() if tie.ended_at is None}
    for member_id, kind in holding.items():
        for one in family:
            tie = known.get((member_id, one))
            if tie is None:
                session.add(Tie(member_id=member_id, household_id=one, kind=kind, declared_at=now))
            elif tie.ended_at is not None:
                tie.kind, tie.declared_at, tie.ended_at = kind, now, None
    await session.flush()


def _same_household(household_id: int) -> Select[int]:
    """The household and those that were merged into it: their leads keep their old number."""
    return select(col(Household.id)).where(
        or_(col(Household.id) == household_id, col(Household.merged_into_id) == household_id)
    )


async def _let_go(session: AsyncSession, actor: Actor, household_id: int, now: datetime) -> None:
    family = _same_household(household_id)
    further = select(col(LeadHousehold.lead_id)).where(col(LeadHousehold.household_id).in_(family))
    mine = select(col(Lead.id)).where(
        or_(col(Lead.household_id).in_(family), col(Lead.id).in_(further)), col(Lead.stage) != LeadStage.CLOSED
    )
    # Lead before alert, everywhere: two who wait for each other would wait for ever.
    locked = mine.order_by(col(Lead.id)).with_for_update(key_share=True)
    open_leads = list((await session.execute(locked)).scalars())
    await session.execute(
        update(Lead)
        .where(col(Lead.id).in_(open_leads), col(Lead.handler_id) == actor.member_id)
        .values(handler_id=None)
        .execution_options(synchronize_session="fetch")
    )
    # What she holds lapses at the next look of the sweep, and rings the others again.
    await session.execute(
        update(Alert)
        .where(
            col(Alert.lead_id).in_(open_leads),
            col(Alert.state) == AlertState.HELD,
            col(Alert.holder_id) == actor.member_id,
        )
        .values(next_step=NextStep.LAPSE, next_step_at=now)
        .execution_options(synchronize_session="fetch")
    )
