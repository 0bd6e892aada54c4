"""The made-up county is believable, the same each time, and in the order in which it can be stored."""

import re
from collections import Counter
from collections.abc import Iterable
from datetime import date
from itertools import islice
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.rules.chains import shipped_chains
from domain.rules.ladder_file import shipped_ladder
from sandbox.county import AreaRow, County, HouseholdRow, ResidentRow, StaffRow, small_county, stream_county

TODAY = date(2026, 3, 18)
KINDS = {"province", "city", "county", "township", "community", "village_group", "grid", "microgrid"}
ROLES = {
    "grid_worker", "instructor", "executive", "mediator", "head", "township_centre", "county_centre",
    "federation_officer", "council_member", "council_chair", "administrator", "expert", "partner_unit", "auditor",
}  # fmt: skip
REASONS = {
    "lives_alone", "illness", "disability", "left_behind_child", "elder_alone", "family_conflict", "hardship",
    "recovering", "other",
}  # fmt: skip
CYCLES = {"key": 7, "watch": 28, "ordinary": 90}  # from 18 February, from 18 December
COMPOUND = ("欧阳", "上官", "司马", "诸葛", "尉迟")


@pytest.fixture(scope="module")
def county() -> County:
    return small_county(Random(1), TODAY)


@pytest.fixture(scope="module")
def streamed() -> list[AreaRow | StaffRow | HouseholdRow]:
    return list(stream_county(Random(1), TODAY, households=6000, workers=300))


def surname(resident: ResidentRow) -> str:
    return resident.name[: 2 if resident.name.startswith(COMPOUND) else 1]


def people_by_relation(household: HouseholdRow, *relations: str) -> list[ResidentRow]:
    return [resident for resident in household.residents if resident.relation in relations]


def check_families(households: Iterable[HouseholdRow]) -> None:
    for household in households:
        (head,) = people_by_relation(household, "head")
        adults = [head, *people_by_relation(household, "spouse")]
        assert 23 <= TODAY.year - head.birth_year <= 92
        assert len({adult.sex for adult in adults}) == len(adults)
        for child in people_by_relation(household, "child", "other"):
            assert surname(child) in {surname(adult) for adult in adults}
            assert min(child.birth_year - adult.birth_year for adult in adults) >= 18
            assert TODAY.year - child.birth_year <= 17
        for parent in people_by_relation(household, "parent"):
            assert head.birth_year - parent.birth_year >= 20
            assert parent.sex == "f" or surname(parent) == surname(head)


def check_rows_in_storing_order(rows: Iterable[AreaRow | StaffRow | HouseholdRow]) -> None:
    areas: set[str] = set()
    staffed: set[str] = set()
    codes: list[str] = []
    telegram_ids: list[int] = []
    for row in rows:
        if isinstance(row, AreaRow):
            assert row.parent_code is None or row.parent_code in areas
            areas.add(row.code)
            codes.append(row.code)
        elif isinstance(row, StaffRow):
            assert all(area in areas for _, area in row.appointments)
            staffed |= {area for role, area in row.appointments if role == "grid_worker"}
            telegram_ids.append(row.telegram_id)
        else:
            assert row.grid_code in staffed
            assert row.microgrid_code is None or row.microgrid_code in areas
            codes.append(row.code)
    assert len(set(codes)) == len(codes)
    assert len(set(telegram_ids)) == len(telegram_ids)
    assert all(len(code) <= 24 and re.fullmatch(r"[A-Z0-9-]+", code) for code in codes)


def test_the_small_county_has_the_size_a_newcomer_can_take_in(county: County) -> None:
    kinds = Counter(area.kind for area in county.areas)
    assert (kinds["county"], kinds["township"], kinds["community"], kinds["grid"]) == (1, 2, 4, 12)
    assert kinds["village_group"] == 6
    assert len(county.households) == 120
    assert 57 <= len(county.staff) <= 63
    grid_kinds = Counter(area.grid_kind for area in county.areas if area.kind == "grid")
    assert grid_kinds == {"rural": 6, "urban": 5, "exclusive": 1}


def test_the_small_county_can_be_stored_in_its_order(county: County) -> None:
    check_rows_in_storing_order([*county.areas, *county.staff, *county.households])


def test_the_small_county_uses_only_the_agreed_words(county: County) -> None:
    assert {area.kind for area in county.areas} <= KINDS
    assert {role for person in county.staff for role, _ in person.appointments} == ROLES
    assert {household.tier for household in county.households} == {"key", "watch", "ordinary"}
    assert {household.tier_reason for household in county.households} <= REASONS | {None}


def test_only_a_tier_above_ordinary_has_a_reason(county: County) -> None:
    for household in county.households:
        assert (household.tier_reason is None) == (household.tier == "ordinary")


def test_every_grid_has_one_worker_and_one_instructor_and_every_community_a_head(county: County) -> None:
    posts = Counter(post for person in county.staff for post in person.appointments)
    for area in county.areas:
        if area.kind == "grid":
            assert posts["grid_worker", area.code] == posts["instructor", area.code] == 1
        if area.kind == "community":
            assert posts["head", area.code] == 1


def test_nobody_holds_the_same_post_twice(county: County) -> None:
    assert all(len(set(person.appointments)) == len(person.appointments) for person in county.staff)


def test_some_workers_are_executives_too_and_every_community_has_five_executives(county: County) -> None:
    roles = [{role for role, _ in person.appointments} for person in county.staff]
    assert sum({"grid_worker", "executive"} <= held for held in roles) >= 5
    executives = Counter(area for person in county.staff for role, area in person.appointments if role == "executive")
    assert len(executives) == 4
    assert all(5 <= number <= 7 for number in executives.values())


def test_one_community_has_a_council_of_nine_with_one_chair(county: County) -> None:
    seats = [post for person in county.staff for post in person.appointments if post[0].startswith("council")]
    assert len(seats) == 9
    assert len({area for _, area in seats}) == 1
    assert Counter(role for role, _ in seats)["council_chair"] == 1


def test_a_worker_her_head_and_her_township_read_english(county: County) -> None:
    english = {person.name: person.appointments[0] for person in county.staff if person.locale == "en"}
    assert english == {
        "林爱敏": ("grid_worker", "YJ-ZY-JX-01"),
        "解芳": ("head", "YJ-ZY-JX"),
        "蒋丽萍": ("township_centre", "YJ-ZY"),
    }


def posts_of_the_chains() -> set[tuple[str, str]]:
    chains = shipped_chains().values()
    return {(str(post.role), str(post.kind)) for chain in chains for rung in chain.rungs for post in rung.posts}


def check_every_rung_has_somebody(rows: Iterable[AreaRow | StaffRow | HouseholdRow]) -> None:
    areas: dict[str, AreaRow] = {}
    staffed: set[tuple[str, str]] = set()
    for row in rows:
        if isinstance(row, AreaRow):
            areas[row.code] = row
        elif isinstance(row, StaffRow):
            staffed |= set(row.appointments)
    for grid in [area for area in areas.values() if area.kind == "grid"]:
        above = {grid.kind: grid.code}
        area = grid
        while area.parent_code is not None:
            area = areas[area.parent_code]
            above[area.kind] = area.code
        for role, kind in posts_of_the_chains():
            assert (role, above[kind]) in staffed


def test_every_rung_of_every_chain_has_somebody_who_can_answer(
    county: County, streamed: list[AreaRow | StaffRow | HouseholdRow]
) -> None:
    check_every_rung_has_somebody([*county.areas, *county.staff])
    check_every_rung_has_somebody(streamed)


def check_every_rung_of_the_ladder_has_a_mediator(rows: Iterable[AreaRow | StaffRow | HouseholdRow]) -> None:
    areas: list[AreaRow] = []
    staffed: set[tuple[str, str]] = set()
    for row in rows:
        if isinstance(row, AreaRow):
            areas.append(row)
        elif isinstance(row, StaffRow):
            staffed |= set(row.appointments)
    for rung in shipped_ladder().rungs:
        of_the_kind = [area for area in areas if area.kind == rung.at]
        assert of_the_kind
        for area in of_the_kind:
            assert any((role.value, area.code) in staffed for role in rung.roles)
            assert any((role.value, area.code) in staffed for role in rung.leads)


def test_every_rung_of_the_ladder_has_somebody_who_mediates(
    county: County, streamed: list[AreaRow | StaffRow | HouseholdRow]
) -> None:
    check_every_rung_of_the_ladder_has_a_mediator([*county.areas, *county.staff])
    check_every_rung_of_the_ladder_has_a_mediator(streamed)


def test_a_village_group_has_two_elders_and_the_factory_has_no_village_group(county: County) -> None:
    elders = [person.name for person in county.staff if ("mediator", "YJ-QS-DG-Z1") in person.appointments]
    assert len(elders) == 2
    (factory,) = [area for area in county.areas if area.grid_kind == "exclusive"]
    above = next(area for area in county.areas if area.code == factory.parent_code)
    assert above.kind == "community"


def test_there_are_experts_units_and_an_auditor_to_ask(
    county: County, streamed: list[AreaRow | StaffRow | HouseholdRow]
) -> None:
    for staff in (county.staff, [row for row in streamed if isinstance(row, StaffRow)]):
        names = {role: {p.name for p in staff if any(held == role for held, _ in p.appointments)} for role in ROLES}
        for title in ("律师", "医生", "心理咨询师", "警官", "法官"):
            assert any(name.endswith(title) for name in names["expert"])
        assert any(name.endswith("派出所") for name in names["partner_unit"])
        assert names["auditor"]


def test_the_first_person_is_a_rural_grid_worker_with_an_interesting_day(county: County) -> None:
    first = county.staff[0]
    assert first.telegram_id == 7001
    (grid,) = [area for role, area in first.appointments if role == "grid_worker"]
    assert any(area.code == grid and area.grid_kind == "rural" for area in county.areas)
    mine = [household for household in county.households if household.grid_code == grid]
    days = {tier: [h.last_visit_days_ago for h in mine if h.tier == tier] for tier in CYCLES}
    assert any(ago is not None and ago > CYCLES["key"] for ago in days["key"])
    assert CYCLES["watch"] in days["watch"]
    assert CYCLES["ordinary"] in days["ordinary"]
    assert None in days["ordinary"]


def test_every_worker_has_something_due_or_overdue_but_not_everything(county: County) -> None:
    late: Counter[str] = Counter()
    for household in county.households:
        ago = household.last_visit_days_ago
        late[household.grid_code] += ago is None or ago >= CYCLES[household.tier]
    assert len(late) == 12
    assert all(2 <= number <= 5 for number in late.values())


def test_microgrids_hold_five_to_ten_households_and_the_factory_has_none(county: County) -> None:
    sizes = Counter(household.microgrid_code for household in county.households)
    assert sizes.pop(None) == 8
    assert all(5 <= size <= 10 for size in sizes.values())
    assert set(sizes) == {area.code for area in county.areas if area.kind == "microgrid"}


def test_no_two_households_of_a_community_share_a_door(county: County) -> None:
    doors = Counter((household.code[:8], household.address) for household in county.households)
    assert set(doors.values()) == {1}
    assert "东关村三组9号" in {household.address for household in county.households}


def test_families_are_believable_in_the_small_county(county: County) -> None:
    check_families(county.households)


def test_telephones_are_clearly_made_up_and_small_children_have_none(county: County) -> None:
    residents = [resident for household in county.households for resident in household.residents]
    phones = [resident.phone for resident in residents if resident.phone]
    assert phones
    assert all(re.fullmatch(r"1900000\d{4}", phone) for phone in phones)
    assert not any(resident.phone for resident in residents if TODAY.year - resident.birth_year < 12)


def test_only_children_of_school_age_need_somebody_after_school(county: County) -> None:
    residents = [resident for household in county.households for resident in household.residents]
    assert not any(resident.needs for resident in residents if TODAY.year - resident.birth_year < 6)


def test_the_same_seed_and_day_give_the_same_county(county: County) -> None:
    assert small_county(Random(1), TODAY) == county
    assert small_county(Random(2), TODAY).households != county.households
    assert small_county(Random(2), TODAY).staff == county.staff


@given(st.dates(date(2024, 1, 1), date(2060, 12, 31)), st.integers(0, 1000))
@settings(max_examples=30)
def test_a_small_county_can_be_made_on_any_day(today: date, seed: int) -> None:
    made = small_county(Random(seed), today)
    visits = [h.last_visit_days_ago for h in made.households if h.last_visit_days_ago is not None]
    assert min(visits) >= 1
    assert max(visits) <= 130


def test_a_stream_is_in_storing_order_with_unique_codes_and_ids(
    streamed: list[AreaRow | StaffRow | HouseholdRow],
) -> None:
    check_rows_in_storing_order(streamed)


def test_a_stream_has_as_many_households_and_grid_workers_as_asked_for(
    streamed: list[AreaRow | StaffRow | HouseholdRow],
) -> None:
    assert sum(isinstance(row, HouseholdRow) for row in streamed) == 6000
    staff = [row for row in streamed if isinstance(row, StaffRow)]
    assert sum(role == "grid_worker" for person in staff for role, _ in person.appointments) == 300
    both = [person for person in staff if len({role for role, _ in person.appointments}) == 2]
    assert 120 <= len(both) <= 240


def test_a_large_stream_has_province_city_and_counties_and_a_small_one_has_one_county() -> None:
    def kinds(workers: int) -> Counter[str]:
        rows = stream_county(Random(1), TODAY, households=0, workers=workers)
        return Counter(row.kind for row in rows if isinstance(row, AreaRow))

    assert kinds(300) >= Counter(province=1, city=1, county=2, grid=300)
    assert kinds(2000) >= Counter(province=1, city=2, county=8, grid=2000)
    assert kinds(256)["county"] == 1
    assert kinds(256)["province"] == 0


def test_the_counties_of_a_province_have_names_of_their_own() -> None:
    rows = stream_county(Random(1), TODAY, households=0, workers=20_776)
    names = [row.name for row in rows if isinstance(row, AreaRow) and row.kind in {"city", "county"}]
    assert len(set(names)) == len(names) == 82 + 14


def test_a_stream_has_the_tiers_the_late_visits_and_the_family_sizes_of_a_normal_morning(
    streamed: list[AreaRow | StaffRow | HouseholdRow],
) -> None:
    households = [row for row in streamed if isinstance(row, HouseholdRow)]
    tiers = Counter(household.tier for household in households)
    assert 0.04 < tiers["key"] / 6000 < 0.06
    assert 0.13 < tiers["watch"] / 6000 < 0.17
    late = [h for h in households if h.last_visit_days_ago is None or h.last_visit_days_ago >= CYCLES[h.tier]]
    assert 0.05 < len(late) / 6000 < 0.12
    assert 2.1 < sum(len(household.residents) for household in households) / 6000 < 2.3


def test_families_are_believable_in_a_stream(streamed: list[AreaRow | StaffRow | HouseholdRow]) -> None:
    check_families(row for row in streamed if isinstance(row, HouseholdRow))


def test_names_of_a_stream_differ_and_some_surnames_have_two_characters(
    streamed: list[AreaRow | StaffRow | HouseholdRow],
) -> None:
    names = Counter(r.name for row in streamed if isinstance(row, HouseholdRow) for r in row.residents)
    assert len(names) > 6000
    assert any(name.startswith("欧阳") for name in names)
    assert all(2 <= len(name) <= 4 for name in names)


def test_doors_and_microgrids_of_a_stream_are_as_in_the_small_county(
    streamed: list[AreaRow | StaffRow | HouseholdRow],
) -> None:
    households = [row for row in streamed if isinstance(row, HouseholdRow)]
    doors = Counter((h.grid_code.rpartition("-")[0], h.address) for h in households)
    assert {door for door, number in doors.items() if number > 1} == set()
    sizes = Counter(h.microgrid_code for h in households if h.microgrid_code)
    assert all(5 <= size <= 10 for size in sizes.values())


@given(st.integers(0, 300), st.integers(1, 40), st.integers(0, 1000))
@settings(max_examples=30)
def test_a_stream_of_any_size_is_complete_and_in_order(households: int, workers: int, seed: int) -> None:
    rows = list(stream_county(Random(seed), TODAY, households=households, workers=workers))
    check_rows_in_storing_order(rows)
    assert sum(isinstance(row, HouseholdRow) for row in rows) == households


def test_a_stream_begins_at_once_however_long_it_is() -> None:
    rows = stream_county(Random(1), TODAY, households=1_000_000, workers=20_776)
    assert [type(row) for row in islice(rows, 3)] == [AreaRow, AreaRow, AreaRow]


def test_a_stream_without_workers_is_refused() -> None:
    with pytest.raises(ValueError, match="at least one grid worker"):
        next(stream_county(Random(1), TODAY, households=10, workers=0))
