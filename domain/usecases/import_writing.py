"""Writing the households of a sheet: new ones in bulk, known ones field by field with their trail."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Table, insert, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from domain.rules.cadence import after_attempt, after_tier_change, due_after
from domain.rules.policy import Policy
from domain.rules.register_row import RegisterRow
from domain.rules.search_text import household_search_text
from domain.usecases.visits import cycle_of, set_cycle
from models.area import Area
from models.household import Household, HouseholdChange, HouseholdStatus, Relation, Resident, Tier
from models.visit import VisitMode, VisitOutcome

LONGEST_CODE = 24
_ITEMS = ("people_count", "contact", "situation", "needs")
_DIGITS = 3


@dataclass(frozen=True, slots=True)
class Placed:
    """A row of the sheet whose grid is known."""

    number: int
    row: RegisterRow
    code: str | None
    grid: Area


class Numbering:
    """Gives new households the next free codes of their grids; whatever is taken is passed over."""

    def __init__(self, taken: set[str]) -> None:
        self._taken = taken
        self._highest: dict[str, int] = {}
        for code in taken:
            prefix, _, ending = code.rpartition("-")
            if ending.isascii() and ending.isdecimal():
                self._highest[prefix] = max(self._highest.get(prefix, 0), int(ending))

    def next(self, prefix: str) -> str:
        """The next free code that begins with the grid's."""
        while True:
            self._highest[prefix] = self._highest.get(prefix, 0) + 1
            code = f"{prefix}-{self._highest[prefix]:0{_DIGITS}d}"
            if code not in self._taken:
                self._taken.add(code)
                return code


async def add_households(
    session: AsyncSession, batch: Sequence[Placed], numbering: Numbering, *, now: datetime, policy: Policy
) -> None:
    """New households with their heads; one that was never visited is due at once."""
    codes = [one.code or numbering.next(one.grid.code) for one in batch]
    rows = [_new_row(one, code, now, policy) for one, code in zip(batch, codes, strict=True)]
    await session.execute(insert(_table(Household)), rows)
    found = await session.execute(select(col(Household.code), col(Household.id)).where(col(Household.code).in_(codes)))
    ids: dict[str, int] = {row[0]: row[1] for row in found.all()}
    heads = [
        {"household_id": ids[code], "name": one.row.name, "relation": Relation.HEAD.value}
        for one, code in zip(batch, codes, strict=True)
    ]
    await session.execute(insert(_table(Resident)), heads)
    trail = [_change(ids[code], "registered", None, code, now) for code in codes]
    await session.execute(insert(_table(HouseholdChange)), trail)


def _new_row(one: Placed, code: str, now: datetime, policy: Policy) -> dict[str, Any]:
    row, today = one.row, policy.today(now)
    tier, visited = row.tier or Tier.ORDINARY, row.last_visit
    return {
        "code": code,
        "grid_id": one.grid.id,
        "name": row.name,
        "address": row.address,
        "search_text": household_search_text(code, row.address, [row.name]),
        "tier": tier,
        "tier_since": today,
        "tier_review_on": today + timedelta(days=policy.key_review_days) if tier is Tier.KEY else None,
        "status": HouseholdStatus.ACTIVE,
        "registered_on": today,
        "last_visit_on": visited,
        "next_due_on": due_after(tier, visited, visited.day, policy) if visited else today,
        "anchor_day": visited.day if visited else None,
        "nobody_home_streak": 0,
        "rev": 0,
        **{item: getattr(row, item) if item in policy.register_items else None for item in _ITEMS},
    }


async def update_households(session: AsyncSession, rows: Mapping[int, Placed], *, now: datetime, policy: Policy) -> int:
    """Bring known households, by id, to what their rows say; how many of them differed. Empty cells change nothing."""
    query = select(Household).where(col(Household.id).in_(rows)).with_for_update()
    changed = 0
    for household in (await session.execute(query)).scalars().all():
        one = rows[household.id]
        before = {name: getattr(household, name) for name in ("name", "address")}
        trail = [_change(household.id, *difference, now) for difference in _apply(household, one, now, policy)]
        if trail:
            changed += 1
            household.rev += 1
            session.add_all(HouseholdChange(**values) for values in trail)
        if any(getattr(household, name) != value for name, value in before.items()):
            await _rename(session, household, before["name"])
    await session.flush()
    session.expunge_all()
    return changed


def _apply(household: Household, one: Placed, now: datetime, policy: Policy) -> Iterator[tuple[str, object, object]]:
    """Change what differs, and say of each field what it was and is."""
    if household.grid_id != one.grid.id:
        yield "grid_id", household.grid_id, one.grid.id
        household.grid_id, household.microgrid_id = one.grid.id, None
    for name in ("name", "address", *(item for item in _ITEMS if item in policy.register_items)):
        old, new = getattr(household, name), getattr(one.row, name)
        if new is not None and new != old:
            setattr(household, name, new)
            yield name, old, new
    today, tier, visited = policy.today(now), one.row.tier, one.row.last_visit
    if tier is not None and tier is not household.tier:
        yield "tier", household.tier.value, tier.value
        set_cycle(household, after_tier_change(cycle_of(household), tier, today, policy))
        household.tier_since, household.tier_reason = today, None
    if visited is not None and (household.last_visit_on is None or visited > household.last_visit_on):
        yield "last_visit_on", household.last_visit_on, visited
        cycle = cycle_of(household)
        met = {"mode": VisitMode.DOOR, "outcome": VisitOutcome.MET}
        set_cycle(household, after_attempt(cycle, visited_on=visited, policy=policy, **met))  # type: ignore[arg-type]


async def _rename(session: AsyncSession, household: Household, old_name: str) -> None:
    """Let the household be found by what it is called now; its head is the one it is called after."""
    query = select(Resident).where(col(Resident.household_id) == household.id, col(Resident.left_on).is_(None))
    people = (await session.execute(query)).scalars().all()
    for person in people:
        if person.relation == Relation.HEAD and person.name == old_name:
            person.name = household.name
    names = [household.name, *(person.name for person in people)]
    household.search_text = household_search_text(household.code, household.address, names)


def _change(household_id: int, field: str, old: object, new: object, now: datetime) -> dict[str, Any]:
    return {
        "household_id": household_id,
        "member_id": None,  # the operator, at the command line
        "changed_at": now,
        "field": field,
        "old": None if old is None else str(old),
        "new": None if new is None else str(new),
    }


def _table(model: type) -> Table:
    return model.__table__  # type: ignore[attr-defined, no-any-return]
