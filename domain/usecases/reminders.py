"""What a morning reminds of, planned set-based: one statement a rule, never a household at a time (spec 2)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import Select, and_, func, insert, literal, or_, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from domain.household_notices import LateHouseholds, MorningDigest, TierReviewDue
from domain.notices import to_payload
from domain.rules.policy import Policy
from domain.usecases.caseloads import caseloads, climb, over_grids, own_grids
from domain.usecases.council_month import plan_council_month
from domain.usecases.outbox import insert_ignoring, tell_each
from domain.usecases.revisits import plan_revisits
from domain.usecases.waiting_leads import plan_waiting_leads
from domain.usecases.weeks import plan_weeks
from models.household import Household, Tier, on_register
from models.looking import Reader
from models.member import Appointment, Role, in_force
from models.outbox import OutboxMessage, OutboxState
from models.sweep_run import LateMark, SweepRun, was_swept

MORNING = "morning"
_OUTBOX_COLUMNS = (
    "dedupe_key",
    "member_id",
    "lane",
    "kind",
    "payload",
    "created_at",
    "not_before",
    "attempts",
    "state",
)


@dataclass(frozen=True, slots=True)
class Planned:
    """How many notices a morning comes to, by kind."""

    digests: int
    late: int
    reviews: int
    weeks: int
    leads: int
    revisits: int
    councils: int

    @property
    def total(self) -> int:
        """All of them."""
        return self.digests + self.late + self.reviews + self.weeks + self.leads + self.revisits + self.councils


def _due_in(grid: Any, day: date) -> Any:
    return and_(col(Household.grid_id) == grid, on_register(), col(Household.next_due_on) <= day)


def digest_recipients(day: date) -> Select[tuple[int]]:
    """The members with at least one household due or overdue on `day`."""
    loads = caseloads(day).subquery()
    anything_due = select(col(Household.id)).where(_due_in(loads.c.grid_id, day)).exists()
    return select(loads.c.member_id).where(anything_due).distinct()


async def morning_is_planned(reader: Reader, *, day: date) -> bool:
    """Whether `plan_morning` has nothing left to do for `day`."""
    return await was_swept(reader, MORNING, day.isoformat())


async def plan_morning(session: AsyncSession, *, day: date, now: datetime, policy: Policy) -> Planned | None:
    """Write the notices of the morning of `day`; None when that has been done before.

    Running it again, late, or on several machines at once changes nothing.
    """
    first = insert_ignoring(session, SweepRun).values(rule=MORNING, period=day.isoformat(), swept_at=now)
    if (await session.execute(first)).rowcount != 1:  # type: ignore[attr-defined]
        return None
    not_before = max(now, policy.at(day, policy.digest_at))
    digests = await _plan_digests(session, day, now, not_before)
    late = await _plan_late(session, day, now, policy)
    reviews = await _plan_reviews(session, day, now, policy)
    weeks = await plan_weeks(session, day, now, policy)
    leads = await plan_waiting_leads(session, day, now, policy)
    revisits = await plan_revisits(session, day, now, policy)
    councils = await plan_council_month(session, day, now, policy)
    return Planned(digests, late, reviews, weeks, leads, revisits, councils)


async def _plan_digests(session: AsyncSession, day: date, now: datetime, not_before: datetime) -> int:
    recipients = digest_recipients(day).subquery()
    prefix = f"digest:{day.isoformat()}:"
    columns = OutboxMessage.__table__.c  # type: ignore[attr-defined]
    values = (
        literal(prefix).concat(recipients.c.member_id),
        recipients.c.member_id,
        literal(int(MorningDigest.lane)),
        literal(MorningDigest.__name__),
        literal(to_payload(MorningDigest(day)), columns.payload.type),
        literal(now, columns.created_at.type),
        literal(not_before, columns.not_before.type),
        literal(0),
        literal(OutboxState.WAITING, columns.state.type),
    )
    # The run's own key has kept us from being here twice; the unique key would make a second time an error.
    written = await session.execute(insert(OutboxMessage).from_select(_OUTBOX_COLUMNS, select(*values)))
    return int(written.rowcount)  # type: ignore[attr-defined]


async def digests_for(session: AsyncSession, members: Sequence[int], day: date) -> Mapping[int, MorningDigest]:
    """The digest of each of `members` as things stand; whoever has nothing due is left out."""
    is_head = select(col(Appointment.id)).where(
        col(Appointment.member_id).in_(members), col(Appointment.role) == Role.HEAD, in_force(day)
    )
    # A head may own what nobody below her does, and only the whole county's posts tell which.
    heads = (await session.execute(is_head.limit(1))).first() is not None
    loads = (caseloads(day) if heads else own_grids(day, members)).subquery()
    overdue = col(Household.next_due_on) < day
    query = (
        select(loads.c.member_id, col(Household.tier), overdue, func.count())
        .join(Household, _due_in(loads.c.grid_id, day))
        .where(loads.c.member_id.in_(list(members)))
        .group_by(loads.c.member_id, col(Household.tier), overdue)
    )
    counts: dict[int, dict[str, int]] = {}
    for member_id, tier, is_overdue, count in (await session.execute(query)).all():
        counts.setdefault(member_id, {})[f"{tier.value}_{'overdue' if is_overdue else 'due'}"] = count
    return {member_id: MorningDigest(day, **numbers) for member_id, numbers in counts.items()}


def _late(day: date, policy: Policy, times: int) -> Any:
    """The condition for households late by `times` the county's days of their tier."""
    last = {tier: day - timedelta(days=days * times) for tier, days in policy.late_days.items()}
    by_tier = (and_(col(Household.tier) == tier, col(Household.next_due_on) <= until) for tier, until in last.items())
    # The first condition follows from the others; a database does not see that, and reads the index only for it.
    return and_(col(Household.next_due_on) <= max(last.values()), or_(*by_tier))


async def _mark(session: AsyncSession, rule: str, due_on: Any, condition: Any, day: date) -> None:
    """Remember which households come under `rule` for the first time with this due date."""
    rows = select(literal(rule), col(Household.id), due_on, literal(day)).where(condition, on_register())
    names = ("rule", "household_id", "due_on", "told_on")
    await session.execute(insert_ignoring(session, LateMark).from_select(names, rows))


def _marked(rule: str, day: date) -> Select[*tuple[Any, ...]]:
    """Households marked today under `rule`, counted by grid and tier."""
    return (
        select(col(Household.grid_id).label("grid_id"), col(Household.tier).label("tier"), func.count().label("count"))
        .join(LateMark, col(LateMark.household_id) == col(Household.id))
        .where(col(LateMark.rule) == rule, col(LateMark.told_on) == day)
        .group_by(col(Household.grid_id), col(Household.tier))
    )


def _above(counts: Select[*tuple[Any, ...]], role: Role, day: date) -> Select[Any]:
    """Sums `counts` for the holders of `role` in the grid itself or in any area above it."""
    climbed = climb(counts)
    by_tier = (col(Appointment.member_id), climbed.c.tier)
    return over_grids(climbed, role, day, *by_tier, func.sum(climbed.c.count)).group_by(*by_tier)


async def _counts_above(session: AsyncSession, rule: str, role: Role, day: date) -> dict[int, dict[str, int]]:
    """What was marked today under `rule`, by tier, for each holder of `role` above it.

    What has no instructor above it goes to the head, as caseloads do: nothing falls into a void.
    """
    counts = _marked(rule, day)
    rows = list((await session.execute(_above(counts, role, day))).all())
    if role is Role.INSTRUCTOR:
        climbed = climb(counts)
        reached = over_grids(climbed, role, day, climbed.c.grid_id)
        orphans = counts.where(col(Household.grid_id).not_in(reached))
        rows += (await session.execute(_above(orphans, Role.HEAD, day))).all()
    people: dict[int, dict[str, int]] = {}
    for member_id, tier, count in rows:
        hers = people.setdefault(member_id, {tier.value: 0 for tier in Tier})
        hers[tier.value] += int(count)
    return people


async def _plan_late(session: AsyncSession, day: date, now: datetime, policy: Policy) -> int:
    told = 0
    for role, times in ((Role.INSTRUCTOR, 1), (Role.HEAD, 2)):
        await _mark(session, role.value, col(Household.next_due_on), _late(day, policy, times), day)
        people = await _counts_above(session, role.value, role, day)
        notices = {member_id: LateHouseholds(day, **numbers) for member_id, numbers in people.items()}
        await tell_each(session, notices, f"late-{role.value}:{day.isoformat()}", now=now, policy=policy)
        told += len(people)
    return told


async def _plan_reviews(session: AsyncSession, day: date, now: datetime, policy: Policy) -> int:
    due = and_(col(Household.tier) == Tier.KEY, col(Household.tier_review_on) <= day)
    await _mark(session, "review", col(Household.tier_review_on), due, day)
    people = await _counts_above(session, "review", Role.INSTRUCTOR, day)
    notices = {member_id: TierReviewDue(day, sum(numbers.values())) for member_id, numbers in people.items()}
    await tell_each(session, notices, f"review:{day.isoformat()}", now=now, policy=policy)
    return len(notices)
