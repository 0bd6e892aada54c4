"""What is wrong with a tree of areas is told cell by cell."""

from pathlib import Path

import pytest

from console.desk import Desk
from tests.console.trees import Row, load, tree

WRONG: list[tuple[Row, str]] = [
    ((None, "T", "村", "甲"), "编号：不能空着"),
    (("T_C", "T", "村", "甲"), "编号：编号只能用英文字母、数字和短横线：“T_C”"),
    (("东关", "T", "村", "甲"), "编号：编号只能用英文字母、数字和短横线：“东关”"),
    (("T-" + "9" * 23, "T", "村", "甲"), "编号：太长了，最多24个字"),
    (("T-" + "9" * 19, "T-A", "网格", "甲", "农村"), "编号：太长了，最多20个字"),
    (("T-C", "T Ä", "村", "甲"), "上级编号：编号只能用英文字母、数字和短横线"),
    (("T-C", "T", None, "甲"), "级别：不能空着"),
    (("T-C", "T", "楼栋", "甲"), "级别：没有这个级别：“楼栋”"),
    (("T-C", "T", "村", " "), "名称：不能空着"),
    (("T-C", "T", "村", "甲" * 81), "名称：太长了，最多80个字"),
    (("T-C", "T", "村", True), "名称：不是文字"),
    (("T-C", "T", "村", "甲", "农村"), "网格类型：只有网格才写类型"),
    (("T-C", "T-A", "网格", "甲"), "网格类型：网格要写明类型"),
    (("T-C", "T-A", "网格", "甲", "水上"), "网格类型：没有这种网格：“水上”"),
    (("T-C", None, "村", "甲"), "上级编号：要写上级编号"),
    (("T-C", "Q", "村", "甲"), "上级编号：表里和登记册里都没有这个上级：Q"),
    (("T-C", "T-A-01", "村", "甲"), "上级编号：上级的级别必须更高：T-A-01"),
    (("T-C", "T-B", "村", "甲"), "上级编号：上级的级别必须更高：T-B"),
    (("T-C", "T-C", "村", "甲"), "上级编号：上级的级别必须更高：T-C"),
    (("T-A", "T-X", "乡", "东关村"), "级别：T-A 登记的是另一级别，级别不能改"),
]


@pytest.mark.parametrize(("row", "words"), WRONG, ids=[f"{n} {words}" for n, (_, words) in enumerate(WRONG)])
async def test_a_mistake_is_told_by_row_and_column_and_nothing_is_imported(
    sqlite_desk: Desk, tmp_path: Path, capsys: pytest.CaptureFixture[str], row: Row, words: str
) -> None:
    before = await tree(sqlite_desk)
    assert await load(sqlite_desk, tmp_path / "a.xlsx", ("T-D", "T", "村", "乙"), row) == 1
    said = capsys.readouterr().err.splitlines()
    assert said[0].startswith(f"第3行，{words}")
    assert said[1:] == ["共1处错误，没有导入任何区域。改好后再导入一次即可。"]
    assert (await tree(sqlite_desk)).keys() == before.keys()


async def test_the_rows_of_a_sheet_contradict_each_other_in_plain_words(
    sqlite_desk: Desk, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    rows = [
        ("R-1", "R-2", "镇", "甲"),  # a ring of two
        ("R-2", "R-1", "镇", "乙"),
        ("t-c", "T", "村", "丙"),
        ("T-C", "T", "村", "丁"),
        ("G", "T-C", "村民小组", "一组"),
        ("G-1", "G", "网格", "厂区", "专属"),
        ("X", "T", "楼栋", "戊"),
        ("X-1", "X", "网格", "己", "农村"),  # its parent's mistake is told once, there
    ]
    assert await load(sqlite_desk, tmp_path / "a.xlsx", *rows) == 1
    assert capsys.readouterr().err.splitlines()[:-1] == [
        "第2行，上级编号：上级的级别必须更高：R-2",
        "第3行，上级编号：上级的级别必须更高：R-1",
        "第5行，编号：与第4行的编号相同",
        "第7行，上级编号：专属网格不在村民小组之下：G",
        "第8行，级别：没有这个级别：“楼栋”。请写省、市、县、乡镇、村、村民小组、网格或微网格",
    ]
