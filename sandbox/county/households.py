"""Doors, tiers and last visits: the households of one grid."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from random import Random

from sandbox.county.families import FamilyMaker, situation
from sandbox.county.rows import AreaRow, HouseholdRow

_DIGITS = "零一二三四五六七八九"
_DOORS_PER_BUILDING = 24
_MICROGRID_MOST = 10
# What keeps a visit of the recent past from falling due today, whatever the lengths of the months are.
_MARGIN_DAYS = 4
_TIERS = {"key": 5, "watch": 15, "ordinary": 80}
_STATES = {"due": 3, "overdue": 4, "never": 1, "fine": 92}
_MORNING = tuple(
    (tier, state)
    for tier, tier_weight in _TIERS.items()
    for state, state_weight in _STATES.items()
    for _ in range(tier_weight * state_weight)
)


@dataclass(frozen=True, slots=True)
class GridPlan:
    """One grid to be filled: where it hangs, how many households it has and how its doors are called."""

    code: str
    name: str
    parent_code: str
    grid_kind: str
    households: int
    door_prefix: str
    first_building: int = 1
    with_microgrids: bool = True

    def areas(self) -> Iterator[AreaRow]:
        """The grid, then its micro-grids."""
        yield AreaRow(self.code, self.parent_code, "grid", self.name, self.grid_kind)
        if self.with_microgrids:
            for number in range(1, self.microgrid_count() + 1):
                yield AreaRow(f"{self.code}-W{number}", self.code, "microgrid", f"{self.name}第{number}微网格")

    def microgrid_count(self) -> int:
        """As few as hold at most ten households each; so none has fewer than five, if the grid has five."""
        return -(-self.households // _MICROGRID_MOST)

    def microgrid_of(self, index: int) -> str | None:
        """The micro-grid of the household with this place in the grid (from 0); neighbours stay together."""
        if not self.with_microgrids:
            return None
        return f"{self.code}-W{index * self.microgrid_count() // self.households + 1}"

    def door(self, index: int) -> str:
        """The address of the household with this place in the grid (from 0)."""
        if self.grid_kind == "rural":
            return f"{self.door_prefix}{index + 1}号"
        building, inside = divmod(index, _DOORS_PER_BUILDING)
        number = self.first_building + building
        if self.grid_kind == "exclusive":
            floor, room = divmod(inside, 6)
            return f"{self.door_prefix}{number}号楼{floor + 1}{room + 1:02d}室"
        unit, in_unit = divmod(inside, 12)
        floor, door = divmod(in_unit, 2)
        return f"{self.door_prefix}{number}号楼{unit + 1}单元{floor + 1}{door + 1:02d}"


def buildings_for(households: int) -> int:
    """How many buildings so many households fill."""
    return -(-households // _DOORS_PER_BUILDING)


def chinese_number(number: int) -> str:
    """1 to 99 as a village group is numbered: 三, 十, 十二, 二十一."""
    tens, ones = divmod(number, 10)
    if tens == 0:
        return _DIGITS[ones]
    return ("" if tens == 1 else _DIGITS[tens]) + "十" + (_DIGITS[ones] if ones else "")


class HouseholdMaker:
    """Fills grids with households."""

    def __init__(self, rng: Random, today: date) -> None:
        self._random = rng.random
        self._families = FamilyMaker(rng, today)
        self._cycle = {
            "key": 7,
            "watch": _days_since(today, months=1),
            "ordinary": _days_since(today, months=3),
        }

    def fill(self, grid: GridPlan, days: Iterable[tuple[str, str]]) -> Iterator[HouseholdRow]:
        """The grid's households; `days` gives each its tier and its state (due, overdue, never, fine)."""
        for index, (tier, state) in zip(range(grid.households), days, strict=False):
            shape, residents = self._families.family(at_work=grid.grid_kind == "exclusive")
            reason = None if tier == "ordinary" else self._families.reason(shape)
            yield HouseholdRow(
                code=f"{grid.code}-{index + 1:03d}",
                grid_code=grid.code,
                microgrid_code=grid.microgrid_of(index),
                address=grid.door(index),
                tier=tier,
                tier_reason=reason,
                situation=situation(shape, reason),
                last_visit_days_ago=self._last_visit(self._cycle[tier], state),
                residents=residents,
            )

    def mornings(self) -> Iterator[tuple[str, str]]:
        """Endlessly, another household's tier and state, as they are spread on a normal morning."""
        while True:
            yield _MORNING[int(self._random() * len(_MORNING))]

    def _last_visit(self, cycle: int, state: str) -> int | None:
        if state == "never":
            return None
        if state == "due":
            return cycle
        if state == "overdue":
            return cycle + 1 + int(self._random() * (cycle // 3 + 1))
        return int(self._random() * (cycle - _MARGIN_DAYS)) + 1


def _days_since(today: date, *, months: int) -> int:
    """Days since the same day some months ago; the month's last day where it has no such day."""
    year, month0 = divmod(today.year * 12 + today.month - 1 - months, 12)
    for day in range(today.day, 0, -1):
        try:
            return (today - date(year, month0 + 1, day)).days
        except ValueError:
            continue
    raise ValueError(f"no day {months} months before {today}")
