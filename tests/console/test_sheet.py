"""Spreadsheets as people make them."""

from datetime import date, datetime
from pathlib import Path
from typing import Any

import pytest

from console.errors import CommandError
from console.forms import HOUSEHOLDS
from console.sheet import read_sheet
from domain.rules.register_row import RegisterRow, read_row
from models.household import Tier
from tests.console.sheets import write_sheet

TODAY = date(2026, 11, 21)


def rows_of(file: Path) -> list[tuple[int, RegisterRow]]:
    found = []
    for number, cells in read_sheet(file, HOUSEHOLDS, "zh").rows:
        row = read_row(number, cells, TODAY)
        assert isinstance(row, RegisterRow), row
        found.append((number, row))
    return found


def test_a_title_above_the_header_and_empty_lines_between_do_no_harm(tmp_path: Path) -> None:
    header = ("东关村户籍登记表", "", "", "")
    rows = [
        ("", "", "", ""),
        ("户主*", "网 格（必填）", "地址", "编号"),
        ("甲", "G", "1号"),
        (),
        (" ",),
        ("乙", "G", "2号"),
    ]
    found = rows_of(write_sheet(tmp_path / "a.xlsx", rows, header=header))
    assert [(number, row.name) for number, row in found] == [(4, "甲"), (7, "乙")]


def test_the_register_may_be_on_a_later_sheet(tmp_path: Path) -> None:
    def second(book: Any, _sheet: Any) -> None:
        sheet = book.add_worksheet()
        sheet.write_row(2, 1, ("网格", "门牌", "户主"))
        sheet.write_row(3, 1, ("G", "1号", "甲"))

    found = rows_of(write_sheet(tmp_path / "a.xlsx", [("x",)], header=("说明",), touch=second))
    assert [(number, row.name) for number, row in found] == [(4, "甲")]


def test_a_merged_cell_speaks_for_all_its_rows(tmp_path: Path) -> None:
    def merge(_book: Any, sheet: Any) -> None:
        sheet.merge_range(1, 0, 3, 0, "G-1")

    rows = [(None, f"{number}号", name) for number, name in enumerate("甲乙丙丁", start=1)]
    file = write_sheet(tmp_path / "a.xlsx", rows[:3], header=("网格", "门牌", "户主"), touch=merge)
    assert [row.grid for _, row in rows_of(file)] == ["G-1"] * 3


def test_formulas_give_what_was_last_calculated_and_an_error_is_an_empty_cell(tmp_path: Path) -> None:
    def formulas(_book: Any, sheet: Any) -> None:
        sheet.write_formula(1, 2, '="甲"&"乙"', None, "甲乙")
        sheet.write_formula(1, 3, "=2+2", None, 4)
        sheet.write_formula(1, 4, "=NA()", None, "#N/A")

    header = ("网格", "门牌", "户主", "人数", "联系方式")
    [(_, row)] = rows_of(write_sheet(tmp_path / "a.xlsx", [("G", "1号")], header=header, touch=formulas))
    assert (row.name, row.people_count, row.contact) == ("甲乙", 4, None)


@pytest.mark.parametrize(
    "day",
    [
        date(2026, 11, 3),
        datetime(2026, 11, 3, 15, 0),  # noqa: DTZ001 - as a cell holds it
        "2026-11-03",
        "2026/11/3",
        "2026.11.3",
        "2026年11月3日",
        "２０２６－１１－０３",
        "20261103",
        20261103.0,
        "2026-11-03 00:00:00",
    ],
    ids=str,
)  # fmt: skip
def test_a_day_is_read_however_it_is_written(day: object) -> None:
    row = read_row(2, {"grid": "G", "address": "1", "name": "甲", "last_visit": day}, TODAY)
    assert isinstance(row, RegisterRow)
    assert row.last_visit == date(2026, 11, 3)


@pytest.mark.parametrize(("number", "read"), [(3.0, 3), ("３", 3), (" 3人", 3), ("3口人", None), ("", None), (0, 0)])
def test_a_number_of_people_is_read_in_every_width(number: object, read: int | None) -> None:
    row = read_row(2, {"grid": "G", "address": "1", "name": "甲", "people_count": number}, TODAY)
    if number == "3口人":
        assert isinstance(row, RegisterRow)
        assert row.people_count == 3
    else:
        assert isinstance(row, RegisterRow)
        assert row.people_count == read


def test_codes_and_telephones_that_excel_made_numbers_are_text_again() -> None:
    cells = {"code": 1001.0, "grid": "Ｇ－１", "address": 12.0, "name": "甲　乙\n丙", "contact": 13900000000.0}
    row = read_row(2, cells, TODAY)
    assert isinstance(row, RegisterRow)
    assert (row.code, row.grid, row.address, row.name, row.contact) == ("1001", "G-1", "12", "甲 乙 丙", "13900000000")


@pytest.mark.parametrize(
    ("word", "tier"), [("重点户", Tier.KEY), ("WATCH", Tier.WATCH), (" 一般 ", Tier.ORDINARY), ("", None)]
)
def test_a_tier_is_known_by_its_words(word: str, tier: Tier | None) -> None:
    row = read_row(2, {"grid": "G", "address": "1", "name": "甲", "tier": word}, TODAY)
    assert isinstance(row, RegisterRow)
    assert row.tier is tier


def test_every_mistake_of_a_row_is_told() -> None:
    problems = read_row(7, {"grid": True, "name": "", "people_count": "?", "last_visit": False}, TODAY)
    assert isinstance(problems, list)
    assert [(one.row, one.column, one.flaw) for one in problems] == [
        (7, "grid", "not_text"),
        (7, "address", "missing"),
        (7, "name", "missing"),
        (7, "people_count", "not_a_number"),
        (7, "last_visit", "not_a_day"),
    ]


def test_a_file_that_is_no_spreadsheet_is_refused_in_a_line(tmp_path: Path) -> None:
    (tmp_path / "a.xlsx").write_text("网格,门牌,户主")
    (tmp_path / "b.txt").write_text("x")
    for name in ("a.xlsx", "b.txt", "."):
        with pytest.raises(CommandError, match="不是能读的表格"):
            read_sheet(tmp_path / name, HOUSEHOLDS, "zh")
    with pytest.raises(CommandError, match="没有这个文件"):
        read_sheet(tmp_path / "none.xlsx", HOUSEHOLDS, "zh")


def test_a_sheet_without_the_needed_columns_says_which_they_are(tmp_path: Path) -> None:
    file = write_sheet(tmp_path / "a.xlsx", [("1", "2")], header=("网格", "户主"))
    with pytest.raises(CommandError, match="网格、门牌、户主"):
        read_sheet(file, HOUSEHOLDS, "zh")


def test_a_column_that_is_there_twice_is_refused(tmp_path: Path) -> None:
    file = write_sheet(tmp_path / "a.xlsx", [], header=("网格", "门牌", "户主", "地址"))
    with pytest.raises(CommandError, match="“门牌”这一列出现了两次"):
        read_sheet(file, HOUSEHOLDS, "zh")
