"""Filing a visit (走访登记) and finding the households whose turn it is."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from domain.access import FILES_VISITS, Actor, hold_household, registered_household, visible_households
from domain.household_notices import NobodyHome
from domain.refusals import Reason, RefusedError
from domain.rules.cadence import Cycle, after_attempt, completes
from domain.rules.policy import BACKDATE_DAYS, Policy
from domain.usecases.outbox import tell
from domain.usecases.posts import instructors_of
from models.area import Area
from models.household import Household, HouseholdStatus, most_urgent_first
from models.member import Member
from models.visit import Visit, VisitMode, VisitNeed, VisitOutcome, VisitPhoto


@dataclass(frozen=True, slots=True)
class VisitFacts:
    """What a worker found; lists hold the values of the enumerations of the conversation."""

    household_id: int
    visited_on: date
    mode: VisitMode
    outcome: VisitOutcome
    five_ones: Sequence[str] = ()
    seen: Sequence[str] = ()
    seen_besides: str | None = None
    needs: Sequence[str] = ()
    note: str | None = None
    trouble: bool = False
    photos: Sequence[tuple[str, str]] = ()  # the messenger's file id, and the words under the photo
    place: tuple[float, float] | None = None


@dataclass(frozen=True, slots=True)
class Filed:
    """What became of a filed visit; `others` are those who filed the same household on the same day."""

    visit: Visit
    household: Household
    others: tuple[str, ...]


async def file_visit(
    session: AsyncSession, *, actor: Actor, facts: VisitFacts, conversation_id: str, now: datetime, policy: Policy
) -> Filed:
    """Store a visit and move the household's next due day.

    Raises RefusedError: NOT_YOURS, HOUSEHOLD_GONE, DAY_IN_FUTURE, DAY_TOO_OLD.
    """
    household, _ = await registered_household(session, actor, facts.household_id, FILES_VISITS)
    await hold_household(session, household)
    today = policy.today(now)
    _check_day(facts.visited_on, today)
    others = await filed_that_day(session, household.id, facts.visited_on)
    visit = Visit(
        household_id=household.id,
        member_id=actor.member_id,
        conversation_id=conversation_id,
        visited_on=facts.visited_on,
        recorded_at=now,
        backdated=facts.visited_on < today,
        mode=facts.mode,
        outcome=facts.outcome,
        counts=completes(household.tier, facts.mode, facts.outcome),
        five_ones=list(facts.five_ones),
        seen=list(facts.seen),
        seen_besides=facts.seen_besides,
        note=facts.note,
        trouble=facts.trouble,
        latitude=facts.place[0] if facts.place else None,
        longitude=facts.place[1] if facts.place else None,
    )
    session.add(visit)
    await session.flush()
    session.add_all(VisitNeed(visit_id=visit.id, kind=kind) for kind in facts.needs)
    session.add_all(
        VisitPhoto(visit_id=visit.id, file_id=file_id, caption=caption or None) for file_id, caption in facts.photos
    )
    await _move_cycle(session, household, facts, now, policy)
    await session.flush()
    return Filed(visit, household, others)


def _check_day(day: date, today: date) -> None:
    if day > today:
        raise RefusedError(Reason.DAY_IN_FUTURE)
    if day < today - timedelta(days=BACKDATE_DAYS):
        raise RefusedError(Reason.DAY_TOO_OLD)


async def _move_cycle(
    session: AsyncSession, household: Household, facts: VisitFacts, now: datetime, policy: Policy
) -> None:
    cycle = after_attempt(
        cycle_of(household), visited_on=facts.visited_on, mode=facts.mode, outcome=facts.outcome, policy=policy
    )
    streak_before = household.nobody_home_streak
    set_cycle(household, cycle)
    if streak_before < cycle.nobody_home_streak == policy.nobody_home_limit:
        notice = NobodyHome(household.code, household.id, cycle.nobody_home_streak)
        instructors = await instructors_of(session, household.grid_id, policy.today(now))
        key = f"nobody-home:{household.id}:{facts.visited_on.isoformat()}"
        await tell(session, instructors, notice, key, now=now, policy=policy)


def cycle_of(household: Household) -> Cycle:
    """Where the household stands in its cycle."""
    return Cycle(
        household.tier,
        household.next_due_on,
        household.last_visit_on,
        household.anchor_day,
        household.nobody_home_streak,
    )


def set_cycle(household: Household, cycle: Cycle) -> None:
    """Write `cycle` into the household's row."""
    household.tier = cycle.tier
    household.next_due_on = cycle.next_due_on
    household.last_visit_on = cycle.last_visit_on
    household.anchor_day = cycle.anchor_day
    household.nobody_home_streak = cycle.nobody_home_streak


async def filed_visit(session: AsyncSession, *, actor: Actor, conversation_id: str) -> Filed | None:
    """What `file_visit` gave when the actor filed a visit under `conversation_id`.

    None when she did not, or when the household is no longer hers to see.
    """
    query = (
        select(Visit, Household, col(Area.path))
        .join(Household, col(Household.id) == col(Visit.household_id))
        .join(Area, col(Area.id) == col(Household.grid_id))
        .where(col(Visit.conversation_id) == conversation_id, col(Visit.member_id) == actor.member_id)
    )
    row = (await session.execute(query)).one_or_none()
    if row is None or not actor.covers(row[2], FILES_VISITS):
        return None
    visit, household, _ = row
    return Filed(visit, household, await filed_that_day(session, household.id, visit.visited_on, before=visit.id))


async def named_needs(session: AsyncSession, visit: Visit) -> bool:
    """Whether something that people need was noticed on the visit."""
    query = select(col(VisitNeed.visit_id)).where(col(VisitNeed.visit_id) == visit.id)
    return (await session.execute(query.limit(1))).first() is not None


async def filed_that_day(
    session: AsyncSession, household_id: int, day: date, *, before: int | None = None
) -> tuple[str, ...]:
    """The names of those who have filed a visit of the household on `day`, of those before visit `before`."""
    query = (
        select(col(Member.name))
        .join(Visit, col(Visit.member_id) == col(Member.id))
        .where(col(Visit.household_id) == household_id, col(Visit.visited_on) == day)
        .order_by(col(Visit.id))
    )
    if before is not None:
        query = query.where(col(Visit.id) < before)
    return tuple(dict.fromkeys((await session.execute(query)).scalars()))


def _due(actor: Actor, today: date) -> tuple[ColumnElement[bool], ...]:
    return (
        visible_households(actor),
        col(Household.status) == HouseholdStatus.ACTIVE,
        col(Household.next_due_on) <= today,
    )


async def due_households(
    session: AsyncSession, *, actor: Actor, today: date, offset: int = 0, limit: int = 8
) -> tuple[list[Household], int]:
    """One page of the households due or overdue that `actor` looks after, most urgent first, and their number.

    Most urgent is: key before watch before ordinary, then the longest overdue.
    """
    total = (await session.execute(select(func.count(col(Household.id))).where(*_due(actor, today)))).scalar_one()
    query = select(Household).where(*_due(actor, today)).order_by(*most_urgent_first(today)).offset(offset).limit(limit)
    return list((await session.execute(query)).scalars()), total
