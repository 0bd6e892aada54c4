"""Changing a household's tier: a person proposes, with a reason; for "key" a second one signs (spec 2)."""

from datetime import date, datetime, timedelta

from sqlalchemy import func, select, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from domain.access import (
    EDITS_REGISTER,
    SIGNS_TIERS,
    Actor,
    hold_household,
    household_for,
    registered_household,
    visible_households,
)
from domain.household_notices import TierDecided, TierProposed
from domain.refusals import Reason, RefusedError
from domain.rules.cadence import after_tier_change
from domain.rules.policy import Policy
from domain.usecases.outbox import tell
from domain.usecases.posts import heads_of, instructors_of
from domain.usecases.trail import note_change, take_revision
from domain.usecases.visits import cycle_of, set_cycle
from models.household import Household, HouseholdStatus, Tier
from models.tier_change import ProposalState, TierChange, TierReason
from models.visit import Visit


async def propose_tier(
    session: AsyncSession,
    *,
    actor: Actor,
    household_id: int,
    to_tier: Tier,
    reason: TierReason,
    note: str | None,
    now: datetime,
    policy: Policy,
) -> TierChange:
    """Propose a tier. Between watch and ordinary it holds at once; making or ending "key" waits for a signature.

    Raises RefusedError: NOT_YOURS, HOUSEHOLD_GONE, SAME_TIER, PROPOSAL_PENDING, NO_SIGNER (nobody else could sign).
    """
    household, _ = await registered_household(session, actor, household_id, EDITS_REGISTER)
    await hold_household(session, household)
    if household.tier is to_tier:
        raise RefusedError(Reason.SAME_TIER)
    if await pending_change(session, household.id) is not None:
        raise RefusedError(Reason.PROPOSAL_PENDING)
    change = TierChange(
        household_id=household.id,
        from_tier=household.tier,
        to_tier=to_tier,
        reason=reason,
        note=note,
        proposed_by_id=actor.member_id,
        proposed_at=now,
    )
    if Tier.KEY not in (household.tier, to_tier):
        session.add(change)
        change.state, change.decided_by_id, change.decided_at = ProposalState.APPROVED, actor.member_id, now
        await session.flush()
        await _apply(session, household, change, actor=actor, now=now, policy=policy)
        return change
    signers = [m for m in await signers_of(session, household, now, policy) if m != actor.member_id]
    if not signers:
        raise RefusedError(Reason.NO_SIGNER)
    session.add(change)
    await session.flush()
    notice = TierProposed(change.id, household.code, change.from_tier, to_tier)
    await tell(session, signers, notice, f"tier-proposed:{change.id}", now=now, policy=policy)
    return change


async def signers_of(session: AsyncSession, household: Household, now: datetime, policy: Policy) -> list[int]:
    """Who may sign a change of this household: its instructors, and the heads of the community."""
    today = policy.today(now)
    instructors = await instructors_of(session, household.grid_id, today)
    return list(dict.fromkeys([*instructors, *await heads_of(session, household.grid_id, today)]))


async def change_proposed_with(session: AsyncSession, visit: Visit) -> TierChange | None:
    """The change that was proposed in filing `visit`, if there was one."""
    query = select(TierChange).where(
        col(TierChange.household_id) == visit.household_id,
        col(TierChange.proposed_by_id) == visit.member_id,
        col(TierChange.proposed_at) == visit.recorded_at,
    )
    return (await session.execute(query)).scalar_one_or_none()


async def pending_change(session: AsyncSession, household_id: int) -> TierChange | None:
    """The change of this household that waits for its signature."""
    query = select(TierChange).where(
        col(TierChange.household_id) == household_id, col(TierChange.state) == ProposalState.PENDING
    )
    return (await session.execute(query)).scalar_one_or_none()


async def change_for(session: AsyncSession, actor: Actor, change_id: int) -> tuple[TierChange, Household]:
    """A proposed change that `actor` may look at and sign. Raises RefusedError(NOT_YOURS)."""
    change = await session.get(TierChange, change_id)
    if change is None:
        raise RefusedError(Reason.NOT_YOURS)
    household, _ = await household_for(session, actor, change.household_id, SIGNS_TIERS)
    return change, household


async def decide_tier(
    session: AsyncSession, *, actor: Actor, change_id: int, approve: bool, now: datetime, policy: Policy
) -> tuple[TierChange, Household]:
    """Sign or decline a proposed change.

    Raises RefusedError: NOT_YOURS, SIGNER_IS_PROPOSER, HOUSEHOLD_GONE, PROPOSAL_DECIDED, CHANGED_MEANWHILE.
    """
    change, household = await change_for(session, actor, change_id)
    if change.proposed_by_id == actor.member_id:
        raise RefusedError(Reason.SIGNER_IS_PROPOSER)
    await hold_household(session, household)
    state = ProposalState.APPROVED if approve else ProposalState.DECLINED
    await _settle(session, change, state, actor=actor, now=now)
    if approve:
        await _apply(session, household, change, actor=actor, now=now, policy=policy)
    notice = TierDecided(household.code, household.id, change.to_tier, approve)
    await tell(session, [change.proposed_by_id], notice, f"tier-decided:{change.id}", now=now, policy=policy)
    return change, household


async def withdraw_tier(
    session: AsyncSession, *, actor: Actor, change_id: int, now: datetime
) -> tuple[TierChange, Household]:
    """Take back a change that one has proposed oneself.

    Raises RefusedError: NOT_YOURS, PROPOSAL_DECIDED.
    """
    change = await session.get(TierChange, change_id)
    if change is None or change.proposed_by_id != actor.member_id:
        raise RefusedError(Reason.NOT_YOURS)
    household, _ = await household_for(session, actor, change.household_id, EDITS_REGISTER)
    await _settle(session, change, ProposalState.DECLINED, actor=actor, now=now)
    return change, household


async def _settle(
    session: AsyncSession, change: TierChange, state: ProposalState, *, actor: Actor, now: datetime
) -> None:
    # Two at once: what the first one decides holds.
    decided = await session.execute(
        update(TierChange)
        .where(col(TierChange.id) == change.id, col(TierChange.state) == ProposalState.PENDING)
        .values(state=state, decided_by_id=actor.member_id, decided_at=now)
        .execution_options(synchronize_session=False)
    )
    if decided.rowcount != 1:  # type: ignore[attr-defined]
        raise RefusedError(Reason.PROPOSAL_DECIDED)
    await session.refresh(change)


async def waiting_changes(
    session: AsyncSession, *, actor: Actor, offset: int = 0, limit: int = 8
) -> tuple[list[tuple[TierChange, Household]], int]:
    """One page of the changes that wait for the signature of `actor`, the oldest first, and how many there are."""
    where = (
        col(TierChange.state) == ProposalState.PENDING,
        col(TierChange.proposed_by_id) != actor.member_id,
        col(Household.status) != HouseholdStatus.MERGED,
        visible_households(actor, SIGNS_TIERS),
    )
    joined = col(Household.id) == col(TierChange.household_id)
    count = select(func.count(col(TierChange.id))).join(Household, joined).where(*where)
    query = select(TierChange, Household).join(Household, joined).where(*where).order_by(col(TierChange.id))
    rows = (await session.execute(query.offset(offset).limit(limit))).all()
    return [(row[0], row[1]) for row in rows], (await session.execute(count)).scalar_one()


async def _apply(
    session: AsyncSession, household: Household, change: TierChange, *, actor: Actor, now: datetime, policy: Policy
) -> None:
    today = policy.today(now)
    await take_revision(session, household, household.rev)
    set_cycle(household, after_tier_change(cycle_of(household), change.to_tier, today, policy))
    household.tier_reason = change.reason.value
    household.tier_since = today
    is_key = change.to_tier is Tier.KEY
    household.tier_review_on = today + timedelta(days=policy.key_review_days) if is_key else None
    note_change(session, household, "tier", change.from_tier.value, change.to_tier.value, actor=actor, now=now)


async def reviews_due(
    session: AsyncSession, *, actor: Actor, today: date, offset: int = 0, limit: int = 8
) -> tuple[list[Household], int]:
    """One page of the key households that `actor` is to review, the longest due first, and how many there are."""
    where = (
        visible_households(actor, SIGNS_TIERS),
        col(Household.status) != HouseholdStatus.MERGED,
        col(Household.tier) == Tier.KEY,
        col(Household.tier_review_on) <= today,
    )
    total = (await session.execute(select(func.count(col(Household.id))).where(*where))).scalar_one()
    query = select(Household).where(*where).order_by(col(Household.tier_review_on), col(Household.code))
    return list((await session.execute(query.offset(offset).limit(limit))).scalars()), total


async def keep_key(
    session: AsyncSession, *, actor: Actor, household_id: int, now: datetime, policy: Policy
) -> Household:
    """Review a key household: it stays one until the next review.

    Raises RefusedError: NOT_YOURS, HOUSEHOLD_GONE, REVIEW_NOT_DUE, CHANGED_MEANWHILE.
    """
    household, _ = await registered_household(session, actor, household_id, SIGNS_TIERS)
    today, due = policy.today(now), household.tier_review_on
    if household.tier is not Tier.KEY or due is None or due > today:
        raise RefusedError(Reason.REVIEW_NOT_DUE)
    await take_revision(session, household, household.rev)
    household.tier_review_on = today + timedelta(days=policy.key_review_days)
    note_change(session, household, "tier_review", due, household.tier_review_on, actor=actor, now=now)
    return household
