"""Loading a whole county in bulk: areas, members, households, any number of them, with flat memory."""

from collections.abc import Callable, Iterable, Sequence
from datetime import date, datetime, timedelta
from typing import Any, Protocol

from sqlalchemy import Table, func, insert, select, text
from sqlalchemy.ext.asyncio import AsyncSession

from domain.rules.cadence import due_after
from domain.rules.policy import Policy
from domain.rules.search_text import household_search_text
from models.area import Area, AreaKind, GridKind
from models.household import Household, HouseholdStatus, Resident, Sex, Tier
from models.member import Appointment, Member, Role

BATCH = 5_000


class AreaLike(Protocol):
    """An area as a source gives it."""

    @property
    def code(self) -> str: ...
    @property
    def parent_code(self) -> str | None: ...
    @property
    def kind(self) -> str: ...
    @property
    def name(self) -> str: ...
    @property
    def grid_kind(self) -> str | None: ...


class StaffLike(Protocol):
    """A member with her posts as (role, area code)."""

    @property
    def telegram_id(self) -> int: ...
    @property
    def name(self) -> str: ...
    @property
    def locale(self) -> str: ...
    @property
    def appointments(self) -> Sequence[tuple[str, str]]: ...


class ResidentLike(Protocol):
    """A person of a household."""

    @property
    def name(self) -> str: ...
    @property
    def relation(self) -> str: ...
    @property
    def birth_year(self) -> int: ...
    @property
    def sex(self) -> str: ...
    @property
    def phone(self) -> str | None: ...
    @property
    def needs(self) -> str | None: ...


class HouseholdLike(Protocol):
    """A household with its people."""

    @property
    def code(self) -> str: ...
    @property
    def grid_code(self) -> str: ...
    @property
    def microgrid_code(self) -> str | None: ...
    @property
    def address(self) -> str: ...
    @property
    def tier(self) -> str: ...
    @property
    def tier_reason(self) -> str | None: ...
    @property
    def situation(self) -> str: ...
    @property
    def last_visit_days_ago(self) -> int | None: ...
    @property
    def residents(self) -> Sequence[ResidentLike]: ...


class CountyLoader:
    """Takes rows one by one, areas before what lies in them, and writes them in batches.

    It numbers the rows itself, so nothing else may write these tables meanwhile: it is for filling a new database.
    Posts begin on `posts_since` (None: today).
    """

    def __init__(
        self, session: AsyncSession, *, now: datetime, policy: Policy, posts_since: date | None = None
    ) -> None:
        self._session = session
        self._now = now
        self._today = policy.today(now)
        self._policy = policy
        self._posts_since = posts_since or self._today
        self._areas: dict[str, tuple[int, str]] = {}
        self._waiting: dict[type, list[dict[str, Any]]] = {
            Area: [],
            Member: [],
            Appointment: [],
            Household: [],
            Resident: [],
        }
        self._next: dict[type, int] = {}

    async def start(self) -> None:
        """Look where the numbering goes on."""
        for table in self._waiting:
            highest = await self._session.execute(select(func.max(table.__table__.c.id)))  # type: ignore[attr-defined]
            self._next[table] = (highest.scalar_one() or 0) + 1

    def _number(self, table: type) -> int:
        number = self._next[table]
        self._next[table] = number + 1
        return number

    async def area(self, row: AreaLike) -> None:
        """Take an area; its parent must have come before. Raises KeyError otherwise."""
        parent = self._areas[row.parent_code] if row.parent_code else None
        number = self._number(Area)
        path = f"{parent[1] if parent else '/'}{number}/"
        self._areas[row.code] = (number, path)
        await self._put(
            Area,
            id=number,
            code=row.code,
            parent_id=parent[0] if parent else None,
            kind=AreaKind(row.kind),
            name=row.name,
            grid_kind=GridKind(row.grid_kind) if row.grid_kind else None,
            path=path,
        )

    async def member(self, row: StaffLike) -> None:
        """Take a member and her posts."""
        number = self._number(Member)
        await self._put(
            Member,
            id=number,
            telegram_id=row.telegram_id,
            name=row.name,
            locale=row.locale,
            joined_at=self._now,
            frozen_at=None,
            unreachable_since=None,
        )
        for role, code in row.appointments:
            await self._put(
                Appointment,
                id=self._number(Appointment),
                member_id=number,
                area_id=self._areas[code][0],
                role=Role(role),
                starts_on=self._posts_since,
                ends_on=None,
            )

    async def household(self, row: HouseholdLike) -> None:
        """Take a household and its people; one that was never visited is due at once."""
        number = self._number(Household)
        tier, visited, due = Tier(row.tier), None, self._today
        if row.last_visit_days_ago is not None:
            visited = self._today - timedelta(days=row.last_visit_days_ago)
            due = due_after(tier, visited, visited.day, self._policy)
        people = row.residents
        await self._put(
            Household,
            id=number,
            code=row.code,
            grid_id=self._areas[row.grid_code][0],
            microgrid_id=self._areas[row.microgrid_code][0] if row.microgrid_code else None,
            name=people[0].name if people else row.code,
            address=row.address,
            search_text=household_search_text(row.code, row.address, [person.name for person in people]),
            tier=tier,
            tier_reason=row.tier_reason,
            tier_since=visited or self._today,
            tier_review_on=self._review_on(tier),
            status=HouseholdStatus.ACTIVE,
            merged_into_id=None,
            registered_on=visited or self._today,
            last_visit_on=visited,
            next_due_on=due,
            anchor_day=visited.day if visited else None,
            nobody_home_streak=0,
            people_count=len(people),
            situation=row.situation or None,
            contact=next((person.phone for person in people if person.phone), None),
            needs="；".join(person.needs for person in people if person.needs) or None,
            political_status=None,
            rev=0,
        )
        for person in people:
            await self._put(
                Resident,
                id=self._number(Resident),
                household_id=number,
                name=person.name,
                relation=person.relation,
                birth_year=person.birth_year,
                sex=Sex(person.sex),
                phone=person.phone,
                left_on=None,
            )

    def _review_on(self, tier: Tier) -> date | None:
        return self._today + timedelta(days=self._policy.key_review_days) if tier is Tier.KEY else None

    async def _put(self, table: type, **values: Any) -> None:
        rows = self._waiting[table]
        rows.append(values)
        if len(rows) >= BATCH:
            await self.flush()

    async def flush(self) -> None:
        """Write everything taken so far, parents first."""
        for table, rows in self._waiting.items():
            if rows:
                await self._session.execute(insert(table.__table__), rows)  # type: ignore[attr-defined]
                rows.clear()

    async def finish(self) -> None:
        """Write the rest, and let PostgreSQL's own numbering go on behind ours."""
        await self.flush()
        if self._session.get_bind().dialect.name != "postgresql":
            return
        for table in self._waiting:
            target: Table = table.__table__  # type: ignore[attr-defined]
            await self._session.execute(
                text(f"SELECT setval(pg_get_serial_sequence('{target.name}', 'id'), {self._next[table]}, false)")
            )


async def load_rows(
    loader: CountyLoader, rows: Iterable[Any], kinds: dict[type, str],
    progress: Callable[[int], object] = lambda _count: None,
) -> None:  # fmt: skip
    """Feed `rows` to `loader`; `kinds` says which of its methods takes which class. `progress` hears of households."""
    for row in rows:
        kind = kinds[type(row)]
        await getattr(loader, kind)(row)
        if kind == "household":
            progress(1)
