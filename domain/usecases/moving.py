"""Households that move to another grid, and those that stand on the register twice (spec 2)."""

from datetime import datetime

from sqlalchemy import update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from domain.access import EDITS_REGISTER, Actor, registered_household
from domain.household_notices import HouseholdArrived
from domain.refusals import Reason, RefusedError
from domain.rules.cadence import Cycle, due_after
from domain.rules.policy import Policy
from domain.usecases.grids import community_of
from domain.usecases.households import people_of
from domain.usecases.outbox import tell
from domain.usecases.posts import holders, instructors_of
from domain.usecases.register import renew_search_text
from domain.usecases.residents import count_people
from domain.usecases.tiers import pending_change
from domain.usecases.ties import join_ties
from domain.usecases.trail import note_change, take_revision
from domain.usecases.visits import set_cycle
from models.area import Area, AreaKind
from models.household import Household, HouseholdStatus, Relation, Tier
from models.member import Role

_CLOSENESS = (Tier.ORDINARY, Tier.WATCH, Tier.KEY)
_FILLED_FROM_THE_OTHER = ("situation", "contact", "needs", "political_status")


async def neighbouring_grid(session: AsyncSession, grid: Area, target_id: int) -> Area:
    """The grid `target_id`, when it is another one of the same community. Raises RefusedError(NOT_YOURS)."""
    target = await session.get(Area, target_id)
    if target is None or target.kind is not AreaKind.GRID or target.id == grid.id:
        raise RefusedError(Reason.NOT_YOURS)
    if not target.path.startswith((await community_of(session, grid)).path):
        raise RefusedError(Reason.NOT_YOURS)
    return target


async def move_household(
    session: AsyncSession, *, actor: Actor, household_id: int, grid_id: int, now: datetime, policy: Policy
) -> tuple[Household, Area]:
    """Move a household to another grid of its community; the worker there is told. It keeps its code.

    Raises RefusedError: NOT_YOURS, HOUSEHOLD_GONE, PROPOSAL_PENDING, CHANGED_MEANWHILE.
    """
    household, grid = await registered_household(session, actor, household_id, EDITS_REGISTER)
    target = await neighbouring_grid(session, grid, grid_id)
    await take_revision(session, household, household.rev)
    await _nothing_pending(session, household)
    household.grid_id, household.microgrid_id = target.id, None
    note_change(session, household, "grid", grid.code, target.code, actor=actor, now=now)
    await session.flush()
    today = policy.today(now)
    # Where there is no worker the instructor looks after the grid: no household is ever without somebody.
    receivers = await holders(session, [target.id], Role.GRID_WORKER, today)
    receivers = receivers or await instructors_of(session, target.id, today)
    notice = HouseholdArrived(household.code, household.id)
    others = [member for member in receivers if member != actor.member_id]
    await tell(session, others, notice, f"arrived:{household.id}:{household.rev}", now=now, policy=policy)
    return household, target


async def _nothing_pending(session: AsyncSession, household: Household) -> None:
    # Looked at with the row in hand (`take_revision`), so that nobody proposes one in between.
    # Its signers were told; they would look for a household that is no longer theirs.
    if await pending_change(session, household.id) is not None:
        raise RefusedError(Reason.PROPOSAL_PENDING)


async def merge_households(
    session: AsyncSession, *, actor: Actor, kept_id: int, duplicate_id: int, now: datetime, policy: Policy
) -> Household:
    """Merge a duplicate into the household that is kept.

    Its visits are shown with the kept one's, its people move over (the same name is not doubled), what the kept
    one lacks is filled. The closer of the two tiers holds on: it is no new decision, nor an end of one. Visits go on
    when one of them is at home, and always for a key household: taking it off them needs a signer (`set_away`).
    Raises RefusedError: NOT_YOURS, HOUSEHOLD_GONE, SAME_HOUSEHOLD, PROPOSAL_PENDING, CHANGED_MEANWHILE.
    """
    if kept_id == duplicate_id:
        raise RefusedError(Reason.SAME_HOUSEHOLD)
    kept, _ = await registered_household(session, actor, kept_id, EDITS_REGISTER)
    duplicate, _ = await registered_household(session, actor, duplicate_id, EDITS_REGISTER)
    # Always in the same order, so that two merging the same pair never wait for each other.
    for household in sorted((kept, duplicate), key=lambda one: one.id):
        await take_revision(session, household, household.rev)
        await _nothing_pending(session, household)
    await _move_people(session, kept, duplicate)
    for field in _FILLED_FROM_THE_OTHER:
        theirs = getattr(duplicate, field)
        if not getattr(kept, field) and theirs:
            setattr(kept, field, theirs)
            note_change(session, kept, field, None, theirs, actor=actor, now=now)
    _join_cycles(session, kept, duplicate, actor=actor, now=now, policy=policy)
    _join_statuses(session, kept, duplicate, actor=actor, now=now, policy=policy)
    note_change(session, kept, "merged_from", None, duplicate.code, actor=actor, now=now)
    note_change(session, duplicate, "merged_into", None, kept.code, actor=actor, now=now)
    duplicate.status, duplicate.merged_into_id = HouseholdStatus.MERGED, kept.id
    # Whatever was merged into the duplicate before follows it, so that one step always leads to the kept one.
    await session.execute(
        update(Household)
        .where(col(Household.merged_into_id) == duplicate.id)
        .values(merged_into_id=kept.id)
        .execution_options(synchronize_session=False)
    )
    await session.flush()
    await join_ties(session, kept, now)
    await renew_search_text(session, kept)
    return kept


async def _move_people(session: AsyncSession, kept: Household, duplicate: Household) -> None:
    here = await people_of(session, kept.id)
    theirs = await people_of(session, duplicate.id)
    newcomers = [person for person in theirs if person.name not in {one.name for one in here}]
    has_head = any(person.relation == Relation.HEAD for person in here)
    for person in newcomers:
        person.household_id = kept.id
        if has_head and person.relation == Relation.HEAD:
            person.relation = Relation.OTHER
    count_people(kept, before=len(here), after=len(here) + len(newcomers))
    await session.flush()


def _join_cycles(
    session: AsyncSession, kept: Household, duplicate: Household, *, actor: Actor, now: datetime, policy: Policy
) -> None:
    closer = _CLOSENESS.index(duplicate.tier) > _CLOSENESS.index(kept.tier)
    if closer:
        note_change(session, kept, "tier", kept.tier.value, duplicate.tier.value, actor=actor, now=now)
        kept.tier, kept.tier_reason = duplicate.tier, duplicate.tier_reason
        kept.tier_since, kept.tier_review_on = duplicate.tier_since, duplicate.tier_review_on
    visits = [day for day in (kept.last_visit_on, duplicate.last_visit_on) if day is not None]
    if not visits:
        kept.next_due_on = min(kept.next_due_on, duplicate.next_due_on)
    elif closer or kept.last_visit_on != max(visits):
        last = max(visits)
        due = due_after(kept.tier, last, last.day, policy)
        set_cycle(kept, Cycle(kept.tier, due, last, last.day, kept.nobody_home_streak))


def _join_statuses(
    session: AsyncSession, kept: Household, duplicate: Household, *, actor: Actor, now: datetime, policy: Policy
) -> None:
    statuses = (kept.status, duplicate.status)
    if kept.status is HouseholdStatus.ACTIVE or (kept.tier is not Tier.KEY and HouseholdStatus.ACTIVE not in statuses):
        return
    note_change(session, kept, "status", kept.status.value, HouseholdStatus.ACTIVE.value, actor=actor, now=now)
    kept.status = HouseholdStatus.ACTIVE
    if HouseholdStatus.ACTIVE not in statuses:
        kept.next_due_on = max(kept.next_due_on, policy.today(now))
