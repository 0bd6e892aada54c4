"""Importing a register: all of it or nothing, and the second time changes nothing."""

import argparse
from datetime import date
from pathlib import Path

import pytest
from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError
from sqlmodel import col

from console import importing
from console.desk import Desk
from console.errors import CommandError
from console.importing import import_households
from domain.usecases.importing import import_register
from models.household import Household, HouseholdChange, HouseholdStatus, Resident, Tier
from models.session import Database
from tests.console.conftest import desk_at
from tests.console.sheets import write_sheet
from tests.support.county import days_from_saturday

NEW = (None, "T-A-01", "东关村90号", "周大姐", 3, "19000000090", "独居", "代买药", "监测户", date(2026, 11, 1))


async def run(desk: Desk, file: Path, *, template: bool = False) -> int:
    return await import_households(desk, argparse.Namespace(file=file, template=template))


async def household(desk: Desk, code: str) -> Household:
    async with desk.database.transaction() as session:
        return (await session.execute(select(Household).where(col(Household.code) == code))).scalar_one()


async def count(desk: Desk, table: type) -> int:
    async with desk.database.transaction() as session:
        return (await session.execute(select(func.count()).select_from(table))).scalar_one()


async def trail(desk: Desk, code: str) -> dict[str, tuple[str | None, str | None]]:
    async with desk.database.transaction() as session:
        query = select(HouseholdChange).join(Household, col(Household.id) == col(HouseholdChange.household_id))
        found = (await session.execute(query.where(col(Household.code) == code))).scalars().all()
    return {change.field: (change.old, change.new) for change in found}


async def test_a_new_household_gets_the_next_code_its_head_and_its_due_day(desk: Desk, tmp_path: Path) -> None:
    assert await run(desk, write_sheet(tmp_path / "a.xlsx", [NEW])) == 0
    made = await household(desk, "T-A-01-005")
    assert (made.name, made.address, made.people_count, made.tier) == ("周大姐", "东关村90号", 3, Tier.WATCH)
    assert (made.contact, made.situation, made.needs) == ("19000000090", "独居", "代买药")
    assert (made.last_visit_on, made.next_due_on) == (date(2026, 11, 1), date(2026, 12, 1))
    assert "zdj" in made.search_text
    async with desk.database.transaction() as session:
        people = (await session.execute(select(Resident).where(col(Resident.household_id) == made.id))).scalars().all()
    assert [(person.name, person.relation) for person in people] == [("周大姐", "head")]
    assert await trail(desk, "T-A-01-005") == {"registered": (None, "T-A-01-005")}


async def test_a_second_time_changes_nothing(desk: Desk, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = write_sheet(tmp_path / "a.xlsx", [NEW, ("T-A-02-001", "T-A-02", "东关村21号", "何平", 4)])
    assert await run(desk, file) == 0
    assert "新增1户，更新1户，未变0户。" in capsys.readouterr().out
    before = await count(desk, HouseholdChange)
    assert await run(desk, file) == 0
    assert "新增0户，更新0户，未变2户。" in capsys.readouterr().out
    assert await count(desk, HouseholdChange) == before


async def test_a_known_household_is_updated_with_its_trail_and_empty_cells_change_nothing(
    desk: Desk, tmp_path: Path
) -> None:
    row = ("t-a-01-004", "T-A-01", "东关村4号", "刘洋洋", 5, None, None, None, "监测户", date(2026, 11, 20))
    assert await run(desk, write_sheet(tmp_path / "a.xlsx", [row])) == 0
    changed = await household(desk, "T-A-01-004")
    assert (changed.name, changed.people_count, changed.contact) == ("刘洋洋", 5, "19000000001")
    assert (changed.tier, changed.last_visit_on, changed.next_due_on) == (
        Tier.WATCH,
        date(2026, 11, 20),
        date(2026, 12, 20),
    )
    assert changed.rev == 1
    assert "liuyangyang" in changed.search_text
    assert await trail(desk, "T-A-01-004") == {
        "name": ("刘洋", "刘洋洋"),
        "people_count": ("1", "5"),
        "tier": ("ordinary", "watch"),
        "last_visit_on": ("2026-11-16", "2026-11-20"),
    }


async def test_an_older_visit_than_the_register_knows_changes_nothing(desk: Desk, tmp_path: Path) -> None:
    row = ("T-A-01-004", "T-A-01", "东关村4号", "刘洋", *[None] * 5, date(2026, 1, 1))
    assert await run(desk, write_sheet(tmp_path / "a.xlsx", [row])) == 0
    assert (await household(desk, "T-A-01-004")).last_visit_on == days_from_saturday(-5)


async def test_without_a_code_grid_door_and_name_find_the_household(desk: Desk, tmp_path: Path) -> None:
    row = (None, "东关村第1网格", "东关村 ４号", "刘洋", 6)
    assert await run(desk, write_sheet(tmp_path / "a.xlsx", [row])) == 0
    assert (await household(desk, "T-A-01-004")).people_count == 6
    assert await count(desk, Household) == 6


async def test_a_household_can_move_to_another_grid_by_its_code(desk: Desk, tmp_path: Path) -> None:
    assert await run(desk, write_sheet(tmp_path / "a.xlsx", [("T-A-01-004", "T-A-02", "东关村4号", "刘洋")])) == 0
    assert set(await trail(desk, "T-A-01-004")) == {"grid_id"}
    # Its code is its own for ever: the grid that it left does not give the number away again.
    async with desk.database.transaction() as session:
        moved = (await session.execute(select(Household).where(col(Household.code) == "T-A-01-004"))).scalar_one()
        moved.code = "T-A-01-009"
    assert await run(desk, write_sheet(tmp_path / "b.xlsx", [(None, "T-A-01", "东关村91号", "新来的")])) == 0
    assert (await household(desk, "T-A-01-010")).name == "新来的"


WRONG = [
    (("X", "没有的网格", "1号", "甲"), "第2行，网格：没有这个网格：“没有的网格”"),
    ((None, None, "1号", "甲"), "第2行，网格：不能空着"),
    ((None, "T-A-01", "1号", "  "), "第2行，户主：不能空着"),
    ((None, "T-A-01", date(2026, 3, 2), "甲"), "第2行，门牌：不是文字：“2026-03-02”"),
    ((None, "T-A-01", "1号", "甲", "三"), "第2行，人数：不是数字：“三”"),
    ((None, "T-A-01", "1号", "甲", 2.5), "第2行，人数：不是数字：“2.5”"),
    ((None, "T-A-01", "1号", "甲", 1000), "第2行，人数：人数应在0到99之间：1000"),
    ((None, "T-A-01", "1号", "甲" * 81), "第2行，户主：太长了，最多80个字"),
    ((None, "T-A-01", "1号", "甲", *[None] * 3, None, "特级"), "第2行，分级：没有这个级别：“特级”"),
    ((None, "T-A-01", "1号", "甲", *[None] * 5, "昨天"), "第2行，上次走访：不是日期：“昨天”"),
    ((None, "T-A-01", "1号", "甲", *[None] * 5, "2026-02-30"), "第2行，上次走访：不是日期：“2026-02-30”"),
    ((None, "T-A-01", "1号", "甲", *[None] * 5, date(2027, 1, 1)), "第2行，上次走访：日期在今天之后：2027-01-01"),
    (("T-A-01-009", "T-A-01", "东关村4号", "刘洋"), "第2行，编号：与已登记的 T-A-01-004 不一致"),
    (("T-A-01-003", "T-A-01", "东关村4号", "刘洋"), "第2行，编号：与已登记的 T-A-01-004 不一致"),
    (("T-A-01-001", "T-A-01", "东关村1号", "王秀英", *[None] * 4, "一般户"), "第2行，分级：T-A-01-001 的重点户调整"),
]


@pytest.mark.parametrize(
    ("row", "words"), WRONG, ids=[words.split("：")[1] + str(i) for i, (_, words) in enumerate(WRONG)]
)
async def test_a_mistake_is_told_by_row_and_column_and_nothing_is_imported(
    sqlite_desk: Desk, tmp_path: Path, capsys: pytest.CaptureFixture[str], row: tuple[object, ...], words: str
) -> None:
    assert await run(sqlite_desk, write_sheet(tmp_path / "a.xlsx", [row, NEW])) == 1
    said = capsys.readouterr().err
    assert words in said
    assert "共1处错误，没有导入任何一户" in said
    assert await count(sqlite_desk, Household) == 6


async def test_mistakes_are_told_in_english_where_that_is_the_language(
    database: Database, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    desk = desk_at(database, tmp_path, locale="en")
    file = write_sheet(
        tmp_path / "a.xlsx",
        [("A", "T-A-01", "1", "x", "many")],
        header=("code", "Grid", "ADDRESS", "name", "people_count"),
    )
    assert await run(desk, file) == 1
    assert "row 2, people_count: is not a number: “many”" in capsys.readouterr().err


async def test_the_first_twenty_mistakes_are_shown_and_the_rest_counted(
    desk: Desk, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    rows = [(None, "T-A-01", f"{number}号", None) for number in range(25)]
    assert await run(desk, write_sheet(tmp_path / "a.xlsx", rows)) == 1
    lines = capsys.readouterr().err.splitlines()
    assert [lines[0], lines[19], *lines[20:]] == [
        "第2行，户主：不能空着",
        "第21行，户主：不能空着",
        "……另有5处错误",
        "共25处错误，没有导入任何一户。改好后再导入一次即可。",
    ]


async def test_the_same_household_twice_in_a_sheet_is_a_mistake(
    desk: Desk, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    rows = [
        ("A-1", "T-A-01", "1号", "甲"),
        ("a-1", "T-A-01", "2号", "乙"),
        ("A-2", "T-A-01", "1 号", "甲"),
        ("T-A-01-004", "T-A-01", "新门牌", "刘洋"),
        (None, "T-A-01", "东关村4号", "刘洋"),
    ]
    assert await run(desk, write_sheet(tmp_path / "a.xlsx", rows)) == 1
    said = capsys.readouterr().err.splitlines()
    assert said[:3] == [
        "第3行，编号：与第2行是同一户",
        "第4行，户主：与第2行是同一户",
        "第6行，户主：与第5行是同一户",
    ]


async def test_two_grids_of_one_name_need_their_codes(
    desk: Desk, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    from models.area import Area  # noqa: PLC0415

    async with desk.database.transaction() as session:
        grid = (await session.execute(select(Area).where(col(Area.code) == "T-B-01"))).scalar_one()
        grid.name = "东关村第1网格"
    assert await run(desk, write_sheet(tmp_path / "a.xlsx", [(None, "东关村第1网格", "1号", "甲")])) == 1
    assert "同名的网格不止一个" in capsys.readouterr().err


async def test_a_household_that_was_merged_away_is_not_written_to(
    desk: Desk, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    async with desk.database.transaction() as session:
        rows = (await session.execute(select(Household).order_by(col(Household.code)))).scalars().all()
        rows[2].status, rows[2].merged_into_id = HouseholdStatus.MERGED, rows[3].id
    assert await run(desk, write_sheet(tmp_path / "a.xlsx", [("T-A-01-003", "T-A-01", "东关村3号", "张伟")])) == 1
    assert "T-A-01-003 已并入另一户" in capsys.readouterr().err


async def test_items_that_the_county_switched_off_are_left_out_with_a_word(
    database: Database, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    desk = desk_at(database, tmp_path, register_items="people_count")
    assert await run(desk, write_sheet(tmp_path / "a.xlsx", [NEW])) == 0
    assert "没有导入的列：联系方式、家庭情况、需求" in capsys.readouterr().out
    made = await household(desk, "T-A-01-005")
    assert (made.people_count, made.contact, made.situation, made.needs) == (3, None, None, None)


async def test_political_status_is_never_taken(desk: Desk, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    header = ("网格", "门牌", "户主", "政治面貌", "备注")
    file = write_sheet(tmp_path / "a.xlsx", [("T-A-01", "90号", "甲", "某某", "x")], header=header)
    assert await run(desk, file) == 0
    said = capsys.readouterr().out
    assert "“政治面貌”一列没有导入" in said
    assert "没有导入的列：备注" in said
    assert (await household(desk, "T-A-01-005")).political_status is None


async def test_when_somebody_takes_a_code_meanwhile_nothing_is_imported(
    desk: Desk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = import_register

    async def and_then_fail(*args: object, **named: object) -> None:
        await whole(*args, **named)  # type: ignore[arg-type]
        raise IntegrityError("insert", {}, Exception("unique"))

    monkeypatch.setattr(importing, "import_register", and_then_fail)
    with pytest.raises(CommandError, match="没有导入任何一户"):
        await run(desk, write_sheet(tmp_path / "a.xlsx", [NEW]))
    assert await count(desk, Household) == 6


async def test_the_empty_sheet_that_is_handed_out_can_be_imported(desk: Desk, tmp_path: Path) -> None:
    file = tmp_path / "empty.xlsx"
    assert await run(desk, file, template=True) == 0
    with pytest.raises(CommandError, match="文件已存在"):
        await run(desk, file, template=True)
    async with desk.database.transaction() as session:
        from models.area import Area  # noqa: PLC0415

        grid = (await session.execute(select(Area).where(col(Area.code) == "T-A-01"))).scalar_one()
        grid.code = "YJ-QS-DG-01"
    assert await run(desk, file) == 0
    assert (await household(desk, "YJ-QS-DG-01-001")).name == "张三"
