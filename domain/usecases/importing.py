"""Taking over a whole register from a sheet: all of it or nothing, and a second time changes nothing (spec 2)."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TypeVar

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from domain.rules.policy import Policy
from domain.rules.register_row import RegisterRow, RowColumn
from domain.rules.search_text import normalise_query
from domain.rules.sheet_row import RowFlaw, RowProblem
from domain.usecases.import_writing import LONGEST_CODE, Numbering, Placed, add_households, update_households
from models.area import Area, AreaKind
from models.household import Household, HouseholdStatus, Tier

_CHUNK = 1_000
Item = TypeVar("Item")
Place = tuple[int, str, str]  # grid, door and name, as they are compared


class ImportRefusedError(Exception):
    """The sheet has mistakes; nothing of it was taken over."""

    def __init__(self, problems: Sequence[RowProblem]) -> None:
        super().__init__(f"{len(problems)} problems")
        self.problems = sorted(problems, key=lambda problem: problem.row)


@dataclass(frozen=True, slots=True)
class Imported:
    """What an import came to: how many households (or areas)."""

    new: int
    changed: int
    unchanged: int


@dataclass(frozen=True, slots=True)
class _Known:
    """A household of the register, as far as matching needs it."""

    id: int
    code: str
    merged: bool
    tier: Tier


async def import_register(
    session: AsyncSession,
    rows: Sequence[tuple[int, RegisterRow]],
    *,
    now: datetime,
    policy: Policy,
    progress: Callable[[int], object],
    problems: Sequence[RowProblem] = (),
) -> Imported:
    """Take over `rows`, each with its number in the sheet; `progress` hears of rows that are done.

    `problems` are those of rows that could not even be read: they are told together with those found here.

    A row is a household that is known already when its code is, or else its grid, door and name together.
    Raises ImportRefusedError with every problem found, before anything is written.
    """
    matching = _Matching(await _grids(session), problems)
    placed = matching.place(rows)
    await matching.load_register(session, placed)
    pairs = [(one, matching.known(one)) for one in placed]
    if matching.problems:
        raise ImportRefusedError(matching.problems)
    changed = unchanged = 0
    known = {found.id: one for one, found in pairs if found is not None}
    for chunk in _chunks(sorted(known)):
        written = await update_households(session, {id: known[id] for id in chunk}, now=now, policy=policy)
        changed, unchanged = changed + written, unchanged + len(chunk) - written
        progress(len(chunk))
    new = [one for one, found in pairs if found is None]
    numbering = Numbering(await _codes_of(session, new, matching.codes()))
    for batch in _chunks(new):
        await add_households(session, batch, numbering, now=now, policy=policy)
        progress(len(batch))
    return Imported(len(new), changed, unchanged)


async def _codes_of(session: AsyncSession, new: Sequence[Placed], known: set[str]) -> set[str]:
    """The codes that new ones must keep clear of: the sheet's, the register's in its grids, and those that were
    given in one of its grids to a household that has moved elsewhere since."""
    taken = known | {one.code for one in new if one.code}
    unnumbered = {one.grid.code for one in new if not one.code}
    if unnumbered:
        own_prefix = func.substr(col(Household.code), 1, func.length(col(Area.code)) + 1)
        moved = (
            select(col(Household.code))
            .join(Area, col(Area.id) == col(Household.grid_id))
            .where(own_prefix != col(Area.code).concat("-"))
        )
        codes = (await session.execute(moved)).scalars()
        taken |= {code for code in codes if code.rpartition("-")[0] in unnumbered}
    return taken


async def _grids(session: AsyncSession) -> list[Area]:
    return list((await session.execute(select(Area).where(col(Area.kind) == AreaKind.GRID))).scalars())


class _Matching:
    """Finds each row's grid and household, and collects what stands in the way."""

    def __init__(self, grids: Iterable[Area], problems: Iterable[RowProblem]) -> None:
        self.problems = list(problems)
        self._grids: dict[str, list[Area]] = {}
        for grid in grids:
            for word in {normalise_query(grid.code), normalise_query(grid.name)}:
                self._grids.setdefault(word, []).append(grid)
        self._by_code: dict[str, _Known] = {}
        self._by_place: dict[Place, list[_Known]] = {}
        self._row_of: dict[int, int] = {}

    def place(self, rows: Sequence[tuple[int, RegisterRow]]) -> list[Placed]:
        """The rows whose grid is known, without those that repeat an earlier one."""
        placed: list[Placed] = []
        codes: dict[str, int] = {}
        places: dict[Place, int] = {}
        for number, row in rows:
            grid = self._grid(number, row.grid)
            if grid is None:
                continue
            one = Placed(number, row, row.code.upper() if row.code else None, grid)
            if one.code and (first := codes.setdefault(one.code, number)) != number:
                self._complain(number, RowColumn.CODE, RowFlaw.REPEATED, str(first))
            elif (first := places.setdefault(_place_of(one), number)) != number:
                self._complain(number, RowColumn.NAME, RowFlaw.REPEATED, str(first))
            else:
                placed.append(one)
        return placed

    def _grid(self, number: int, word: str) -> Area | None:
        found = self._grids.get(normalise_query(word), [])
        if len(found) == 1:
            return found[0]
        flaw = RowFlaw.AMBIGUOUS_GRID if found else RowFlaw.UNKNOWN_GRID
        self._complain(number, RowColumn.GRID, flaw, word)
        return None

    async def load_register(self, session: AsyncSession, placed: Sequence[Placed]) -> None:
        """Learn what the register holds in the sheet's grids and under its codes."""
        for ids in _chunks(sorted({one.grid.id for one in placed})):
            await self._load(session, col(Household.grid_id).in_(ids))
        for codes in _chunks(sorted({one.code for one in placed if one.code} - self._by_code.keys())):
            await self._load(session, col(Household.code).in_(codes))

    async def _load(self, session: AsyncSession, where: ColumnElement[bool]) -> None:
        columns = ("id", "code", "grid_id", "address", "name", "status", "tier")
        query = select(*(getattr(Household, name) for name in columns)).where(where)
        for id, code, grid_id, address, name, status, tier in (await session.execute(query)).all():
            known = _Known(id, code, status is HouseholdStatus.MERGED, tier)
            self._by_code[code.upper()] = known
            if not known.merged:
                place = (grid_id, normalise_query(address), normalise_query(name))
                self._by_place.setdefault(place, []).append(known)

    def known(self, one: Placed) -> _Known | None:
        """The household that a row is about, or None for a new one."""
        by_code = self._by_code.get(one.code) if one.code else None
        there = self._by_place.get(_place_of(one), [])
        if by_code is None and not there:
            if not one.code and len(one.grid.code) + 4 > LONGEST_CODE:
                self._complain(one.number, RowColumn.CODE, RowFlaw.CODE_NEEDED)
            return None
        found = by_code or there[0]
        self._check(one, found, there)
        return found

    def _check(self, one: Placed, found: _Known, there: list[_Known]) -> None:
        if not one.code and len(there) > 1:
            self._complain(one.number, RowColumn.CODE, RowFlaw.CODE_NEEDED)
        elif one.code and (found.code.upper() != one.code or (there and found not in there)):
            self._complain(one.number, RowColumn.CODE, RowFlaw.OTHER_HOUSEHOLD, there[0].code)
        elif found.merged:
            self._complain(one.number, RowColumn.CODE, RowFlaw.MERGED_AWAY, found.code)
        elif (first := self._row_of.setdefault(found.id, one.number)) != one.number:
            self._complain(one.number, RowColumn.NAME, RowFlaw.REPEATED, str(first))
        elif one.row.tier not in (None, found.tier) and Tier.KEY in (one.row.tier, found.tier):
            # Two people sign for "key" (spec 2); a sheet carries no signature.
            self._complain(one.number, RowColumn.TIER, RowFlaw.NEEDS_SIGNATURE, found.code)

    def codes(self) -> set[str]:
        """The codes that are taken, as far as they are known."""
        return {known.code for known in self._by_code.values()}

    def _complain(self, number: int, column: RowColumn, flaw: RowFlaw, detail: str = "") -> None:
        self.problems.append(RowProblem(number, column, flaw, detail))


def _place_of(one: Placed) -> Place:
    return one.grid.id, normalise_query(one.row.address), normalise_query(one.row.name)


def _chunks(items: Sequence[Item]) -> Iterator[Sequence[Item]]:
    for start in range(0, len(items), _CHUNK):
        yield items[start : start + _CHUNK]
