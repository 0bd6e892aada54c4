"""Importing the tree of areas: all of it or nothing, and the second time changes nothing."""

from pathlib import Path

import pytest
from sqlalchemy import select
from sqlmodel import col

from console.desk import Desk
from console.errors import CommandError
from messages.console import phrases
from messages.render import LOCALES
from models.area import Area, AreaKind, GridKind
from models.session import Database
from tests.console.conftest import desk_at
from tests.console.sheets import write_sheet
from tests.console.trees import Row, assert_paths, import_file, load, tree, write_template


async def test_a_tree_is_imported_in_whatever_order_its_rows_come(
    desk: Desk, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    rows = [
        ("N-A-01-w1", "N-A-01", "微网格", "一单元"),
        ("N-A-01", "N-A-Z", "网格", "第1网格", "农村"),
        ("n-a-z", "N-A", "村民小组", "一组"),
        ("N-A-02", "N-A", "网格", "小学", "专属网格"),
        ("N-A", "N", "村（社区）", "南村"),
        ("N-T", "N", "街道", "南街"),
        (620102.0, None, "市", "某市"),
        ("Ｎ", "620102", "县", "南县"),
    ]
    assert await load(desk, tmp_path / "a.xlsx", *rows) == 0
    assert capsys.readouterr().out.splitlines() == ["新增8个区域，更新0个，未变0个。"]
    found = await tree(desk)
    assert_paths(found)
    assert [found[part].id for part in ("620102", "N", "N-A", "N-A-Z", "N-A-01", "N-A-01-W1")] == [
        int(part) for part in found["N-A-01-W1"].path.split("/") if part
    ]
    assert (found["N-A-02"].kind, found["N-A-02"].grid_kind) == (AreaKind.GRID, GridKind.EXCLUSIVE)
    assert (found["N-T"].kind, found["N-T"].name, found["N-T"].grid_kind) == (AreaKind.TOWNSHIP, "南街", None)


async def test_a_second_time_changes_nothing_and_a_difference_is_changed(
    desk: Desk, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    rows = [("T-C", "T", "社区", "南社区"), ("T-C-01", "T-C", "网格", "第1网格", "城市")]
    for said in ("新增2个区域，更新0个，未变0个。", "新增0个区域，更新0个，未变2个。"):
        assert await load(desk, tmp_path / "a.xlsx", *rows) == 0
        assert capsys.readouterr().out.splitlines() == [said]
        (tmp_path / "a.xlsx").unlink()
    before = await tree(desk)
    rows = [("t-c", "t", "社区", "南社区"), ("T-C-01", "T-C", "网格", "第一网格", "专属"), ("T-A", "T-X", "村", "东关")]
    assert await load(desk, tmp_path / "a.xlsx", *rows) == 0
    assert capsys.readouterr().out.splitlines() == ["新增0个区域，更新2个，未变1个。"]
    after = await tree(desk)
    assert (after["T-C-01"].name, after["T-C-01"].grid_kind) == ("第一网格", GridKind.EXCLUSIVE)
    assert after["T-A"].name == "东关"
    assert {code: (one.id, one.path) for code, one in after.items()} == {
        code: (one.id, one.path) for code, one in before.items()
    }


async def test_an_empty_parent_leaves_a_known_area_where_it_is(
    desk: Desk, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert await load(desk, tmp_path / "a.xlsx", ("T-A", None, "村", "东关村")) == 0
    assert "未变1个" in capsys.readouterr().out


async def test_an_empty_branch_moves_with_everything_in_it(
    desk: Desk, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    built = [
        ("T-Y", "T", "镇", "西乡镇"),
        ("T-C", "T-X", "村", "南村"),
        ("T-C-01", "T-C", "网格", "第1网格", "农村"),
        ("T-C-01-W1", "T-C-01", "微网格", "一单元"),
    ]
    assert await load(desk, tmp_path / "a.xlsx", *built) == 0
    moved = [("T-C", "T-Y", "村", "南村"), ("T-C-02", "T-C", "网格", "第2网格", "农村")]
    assert await load(desk, tmp_path / "b.xlsx", *moved) == 0
    assert "新增1个区域，更新1个，未变0个。" in capsys.readouterr().out
    found = await tree(desk)
    assert_paths(found)
    for code in ("T-C-01-W1", "T-C-02"):
        assert found[code].path.startswith(found["T-Y"].path)


@pytest.mark.parametrize(
    ("row", "why"),
    [
        (("T-B", "T", "社区", "西河社区"), "a household and a worker"),
        (("T-B-01", "T-C", "网格", "西河社区第1网格", "城市"), "its own household"),
        (("T-X", "N", "镇", "东乡镇"), "whatever is further below"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
async def test_where_households_or_people_are_nothing_moves(
    desk: Desk, tmp_path: Path, capsys: pytest.CaptureFixture[str], row: Row, why: str
) -> None:
    before = await tree(desk)
    new = [("T-C", "T-X", "社区", "南社区"), ("N", None, "县", "南县")]
    assert await load(desk, tmp_path / "a.xlsx", *new, row) == 1
    said = capsys.readouterr().err.splitlines()
    assert said == [
        f"第4行，上级编号：{row[0]} 之内已有住户或任职人员，不能改到别的上级之下",
        "共1处错误，没有导入任何区域。改好后再导入一次即可。",
    ]
    assert (await tree(desk)).keys() == before.keys()


async def test_a_post_alone_keeps_its_area_where_it_is(
    desk: Desk, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    from models.household import Household, Resident  # noqa: PLC0415

    async with desk.database.transaction() as session:
        for table in (Resident, Household):
            for one in (await session.execute(select(table))).scalars():
                await session.delete(one)
            await session.flush()
    assert await load(desk, tmp_path / "a.xlsx", ("T-B", "T", "社区", "西河社区")) == 1
    assert "T-B 之内已有住户或任职人员" in capsys.readouterr().err


async def test_mistakes_and_results_are_told_in_english_where_that_is_the_language(
    database: Database, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    desk = desk_at(database, tmp_path, locale="en")
    header = ("Code", "parent", "KIND", "name", "grid_kind")
    assert await load(desk, tmp_path / "a.xlsx", ("T-C", "Q", "Village", "x"), header=header) == 1
    assert capsys.readouterr().err.splitlines() == [
        "row 2, parent: there is no such parent, neither in the sheet nor in the register: Q",
        "1 mistakes; nothing was imported. Correct them and import the file again.",
    ]
    rows = [("T-C", "T", "community", "x"), ("G", "T-C", "village group", "y"), ("G-1", "G", "Grid", "z", "Rural")]
    assert await load(desk, tmp_path / "b.xlsx", *rows, header=header) == 0
    assert capsys.readouterr().out.splitlines() == ["3 new, 0 changed, 0 unchanged."]


async def test_the_first_twenty_mistakes_are_shown_and_the_rest_counted(
    sqlite_desk: Desk, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    rows = [(f"N-{number}", "Q", "村", "甲") for number in range(25)]
    assert await load(sqlite_desk, tmp_path / "a.xlsx", *rows) == 1
    lines = capsys.readouterr().err.splitlines()
    assert [lines[19], *lines[20:]] == [
        "第21行，上级编号：表里和登记册里都没有这个上级：Q",
        "……另有5处错误",
        "共25处错误，没有导入任何区域。改好后再导入一次即可。",
    ]


async def test_a_sheet_of_households_is_no_tree(sqlite_desk: Desk, tmp_path: Path) -> None:
    with pytest.raises(CommandError, match="必须有这几列：编号、上级编号、级别、名称"):
        await import_file(sqlite_desk, write_sheet(tmp_path / "a.xlsx", []))
    with pytest.raises(CommandError, match="表头下面没有内容"):
        await load(sqlite_desk, tmp_path / "b.xlsx")


@pytest.mark.parametrize("locale", LOCALES)
async def test_the_example_that_is_handed_out_can_be_imported(
    database: Database, tmp_path: Path, capsys: pytest.CaptureFixture[str], locale: str
) -> None:
    desk, file = desk_at(database, tmp_path, locale=locale), tmp_path / "areas.xlsx"
    assert await write_template(desk, file) == 0
    with pytest.raises(CommandError, match=phrases(locale)["import"]["exists"].partition("}")[2].strip("：: ")):
        await write_template(desk, file)
    for new, unchanged in ((7, 0), (0, 7)):
        capsys.readouterr()
        assert await import_file(desk, file) == 0
        said = phrases(locale)["areas"]["done"].format(new=new, changed=0, unchanged=unchanged)
        assert capsys.readouterr().out.splitlines() == [said]
    found = await tree(desk)
    assert_paths(found)
    assert (found["YJ-QS-DG-01"].grid_kind, found["YJ-QS-DG-02"].grid_kind) == (GridKind.RURAL, GridKind.EXCLUSIVE)


@pytest.mark.parametrize("locale", LOCALES)
async def test_every_kind_is_known_by_the_word_that_the_example_offers(
    database: Database, tmp_path: Path, locale: str
) -> None:
    desk, words = desk_at(database, tmp_path, locale=locale), phrases(locale)
    rows: list[Row] = [
        (f"N{number}", f"N{number - 1}" if number else None, words["area_kind"][kind], kind.value, None)
        for number, kind in enumerate(AreaKind)
    ]
    place = list(AreaKind).index(AreaKind.GRID)
    rows[place] = (*rows[place][:4], words["area_grid_kind"]["urban"])
    for number, kind in enumerate(GridKind):
        rows.append((f"G{number}", "N4", words["area_kind"]["grid"], kind.value, words["area_grid_kind"][kind]))
    assert await load(desk, tmp_path / "a.xlsx", *rows) == 0
    found = await tree(desk)
    assert [found[f"N{number}"].kind for number in range(len(AreaKind))] == list(AreaKind)
    assert [found[f"G{number}"].grid_kind for number in range(len(GridKind))] == list(GridKind)


async def test_new_areas_can_be_added_after_an_import_and_the_numbering_goes_on(desk: Desk, tmp_path: Path) -> None:
    assert await load(desk, tmp_path / "a.xlsx", ("N", None, "县", "南县")) == 0
    async with desk.database.transaction() as session:
        session.add(Area(code="M", kind=AreaKind.COUNTY, name="北县"))
        await session.flush()
        numbers = (await session.execute(select(col(Area.id)).order_by(col(Area.id)))).scalars().all()
    assert len(set(numbers)) == len(numbers) == 9
