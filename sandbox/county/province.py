"""Made-up counties of any size, up to a province: streamed, so that a million households need no memory."""

from collections.abc import Iterable, Iterator
from datetime import date
from itertools import count
from random import Random

from sandbox.county import places
from sandbox.county.demo import FIRST_TELEGRAM_ID
from sandbox.county.households import GridPlan, HouseholdMaker, buildings_for, chinese_number
from sandbox.county.names import NameMaker
from sandbox.county.rows import AreaRow, HouseholdRow, StaffRow

Row = AreaRow | StaffRow | HouseholdRow

_GRIDS_PER_COMMUNITY = 4
_GRIDS_PER_TOWNSHIP = 8 * _GRIDS_PER_COMMUNITY
_GRIDS_PER_COUNTY = 8 * _GRIDS_PER_TOWNSHIP
_GRIDS_PER_CITY = 6 * _GRIDS_PER_COUNTY
_URBAN_EVERY = 3
_EXCLUSIVE_PLACE = 4
_MORE_EXECUTIVES = 3
_ELDERS = 2  # of each village group, who mediate
_BOTH_SHARE = 0.6  # so many grid workers are executives of the women's federation as well
# Two of those who stand last in a chain of alerts: one may be away.
_COUNTY_ROLES = ("administrator", *["county_centre"] * 2, *["federation_officer"] * 2, "auditor")
_EXPERTS = ("律师", "医生", "心理咨询师", "警官", "法官")
_COUNTY_UNITS = ("民政局", "妇幼保健院")
_TOWNSHIP_UNITS = ("派出所", "卫生院")


def stream_county(rng: Random, today: date, *, households: int, workers: int) -> Iterator[Row]:
    """Areas, staff and households of as many counties as so many grid workers need, in storing order.

    Every grid has one grid worker, so there are as many grids as `workers`; instructors, heads, executives, the
    centres' people, experts and partner units come on top. An area comes before its children, before whoever is
    appointed to it, and before its households. From the second county on there are cities and a province above them.
    """
    if workers < 1 or households < 0:
        raise ValueError("a county has at least one grid worker, and no fewer than zero households")
    return _Province(rng, today, households, workers).rows()


class _Province:
    def __init__(self, rng: Random, today: date, households: int, workers: int) -> None:
        self._random = rng.random
        self._names = NameMaker(rng)
        self._maker = HouseholdMaker(rng, today)
        self._year = today.year
        self._households = households
        self._grids = workers
        self._ids = count(FIRST_TELEGRAM_ID)

    def rows(self) -> Iterator[Row]:
        alone = self._grids <= _GRIDS_PER_COUNTY
        if not alone:
            yield AreaRow("JC", None, "province", places.PROVINCE)
        for number, first in enumerate(range(0, self._grids, _GRIDS_PER_COUNTY)):
            city, county = divmod(number, _GRIDS_PER_CITY // _GRIDS_PER_COUNTY)
            city_code = f"JC{city + 1:02d}"
            if county == 0 and not alone:
                yield AreaRow(city_code, "JC", "city", places.city_name(city))
            area = AreaRow(
                f"{city_code}{county + 1:02d}",
                None if alone else city_code,
                "county",
                places.county_name(number),
            )
            yield area
            yield from self._county_staff(area)
            yield from self._county(area.code, first)

    def _county_staff(self, county: AreaRow) -> Iterator[StaffRow]:
        for role in _COUNTY_ROLES:
            yield self._person(role, county.code)
        for title in _EXPERTS:
            yield self._person("expert", county.code, title)
        yield from self._units(county, _COUNTY_UNITS)

    def _county(self, code: str, first: int) -> Iterator[Row]:
        last = min(first + _GRIDS_PER_COUNTY, self._grids)
        for number, start in enumerate(range(first, last, _GRIDS_PER_TOWNSHIP)):
            urban = number % _URBAN_EVERY == _URBAN_EVERY - 1
            name = places.township_name(number, urban=urban)
            township = AreaRow(f"{code}-{number + 1:02d}", code, "township", name)
            yield township
            for role in ("township_centre", "federation_officer"):
                yield self._person(role, township.code)
            yield from self._units(township, _TOWNSHIP_UNITS)
            yield from self._communities(township.code, start, min(start + _GRIDS_PER_TOWNSHIP, last), urban=urban)

    def _communities(self, township: str, first: int, last: int, *, urban: bool) -> Iterator[Row]:
        for number, start in enumerate(range(first, last, _GRIDS_PER_COMMUNITY)):
            area = AreaRow(
                f"{township}-{number + 1:02d}",
                township,
                "community",
                places.community_name(number, urban=urban),
            )
            grids = range(start, min(start + _GRIDS_PER_COMMUNITY, last))
            plans = [self._plan(area, place, grid, urban=urban) for place, grid in enumerate(grids, start=1)]
            yield area
            for plan in plans:
                if plan.grid_kind == "rural":
                    yield AreaRow(plan.parent_code, area.code, "village_group", plan.door_prefix)
                yield from plan.areas()
            yield from self._community_staff(area.code, plans)
            for plan in plans:
                yield from self._maker.fill(plan, self._maker.mornings())

    def _plan(self, community: AreaRow, place: int, grid: int, *, urban: bool) -> GridPlan:
        size = self._households * (grid + 1) // self._grids - self._households * grid // self._grids
        code, name = f"{community.code}-{place:02d}", f"{community.name}第{place}网格"
        if not urban:
            prefix = f"{community.name}{chinese_number(place)}组"
            return GridPlan(code, name, f"{community.code}-Z{place}", "rural", size, prefix)
        if place == _EXCLUSIVE_PLACE:
            name = f"{community.name}企业专属网格"
            return GridPlan(code, name, community.code, "exclusive", size, "员工宿舍", with_microgrids=False)
        # One grid's buildings begin where the grid before it may end at most.
        building = (place - 1) * buildings_for(size + 1) + 1
        return GridPlan(code, name, community.code, "urban", size, "", first_building=building)

    def _community_staff(self, community: str, plans: list[GridPlan]) -> Iterator[StaffRow]:
        for plan in plans:
            also = [("executive", community)] if self._random() < _BOTH_SHARE else []
            yield self._staff(("grid_worker", plan.code), *also)
        yield self._staff(*(("instructor", plan.code) for plan in plans))
        for group in [plan.parent_code for plan in plans if plan.grid_kind == "rural"]:
            for _ in range(_ELDERS):
                yield self._person("mediator", group)
        for role in ("head", "mediator", *["executive"] * _MORE_EXECUTIVES):
            yield self._person(role, community)

    def _units(self, area: AreaRow, kinds: Iterable[str]) -> Iterator[StaffRow]:
        for kind in kinds:
            yield StaffRow(next(self._ids), area.name + kind, "zh", (("partner_unit", area.code),))

    def _person(self, role: str, area_code: str, title: str = "") -> StaffRow:
        return self._staff((role, area_code), title=title)

    def _staff(self, *appointments: tuple[str, str], title: str = "") -> StaffRow:
        # Most who do this work are women, and members of the federation all are.
        woman = any(role in {"executive", "federation_officer"} for role, _ in appointments)
        sex = "f" if woman or self._random() < 0.5 else "m"
        birth_year = self._year - 25 - int(self._random() * 33)
        name = self._names.surname() + self._names.given(sex, birth_year)
        return StaffRow(next(self._ids), name + title, "zh", appointments)
