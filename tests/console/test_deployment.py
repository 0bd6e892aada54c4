"""The way from an empty database to a worker's first list, by the commands that the README names."""

import argparse
from pathlib import Path

import pytest

from console.importing import import_households
from console.register import areas, invite
from console.schema import migrate
from models.session import Database
from tests.console.conftest import desk_at
from tests.console.sheets import write_sheet
from tests.support.county import SATURDAY
from tests.support.hands import open_bench

HER = 501
AREAS = ("编号", "上级编号", "级别", "名称", "网格类型")
TREE = [
    ("LX-DG-01", "LX-DG", "网格", "东关村第1网格", "农村"),
    ("LX-DG", "LX", "村", "东关村", None),
    ("LX", None, "县", "临县", None),
]
HOUSEHOLDS = [
    (None, "LX-DG-01", "东关村1号", "王秀英", 3, None, None, None, "重点户"),
    (None, "东关村第1网格", "东关村2号", "张伟"),
]


def asked(**options: object) -> argparse.Namespace:
    return argparse.Namespace(**{"below": None, "source": None, "template": None} | options)


async def test_from_an_empty_database_to_the_first_list(
    empty_database: Database, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    desk = desk_at(empty_database, tmp_path)
    assert await migrate(desk, argparse.Namespace()) == 0
    assert await areas(desk, asked(template=tmp_path / "example.xlsx")) == 0
    assert await areas(desk, asked(source=write_sheet(tmp_path / "areas.xlsx", TREE, header=AREAS))) == 0
    capsys.readouterr()
    assert await areas(desk, asked()) == 0
    assert capsys.readouterr().out.splitlines() == ["LX  临县", "  LX-DG  东关村", "    LX-DG-01  东关村第1网格"]

    assert await invite(desk, argparse.Namespace(role="grid_worker", area="LX-DG-01", locale=None)) == 0
    code = capsys.readouterr().out.split()[-1]
    bench = await open_bench(empty_database, SATURDAY, desk.policy, {HER: "陈秀兰"})
    try:
        her = bench.person(HER)
        assert "东关村第1网格" in (await her.say(f"/start {code}")).text
        assert "欢迎您，陈秀兰" in (await her.press("确认加入")).text

        register = write_sheet(tmp_path / "register.xlsx", HOUSEHOLDS)
        assert await import_households(desk, argparse.Namespace(file=register, template=False)) == 0
        assert "新增2户" in capsys.readouterr().out
        listed = await her.say("今日走访")
        assert listed.labels == ["🔴 王秀英 · 东关村1号 · 未走访过", "🟢 张伟 · 东关村2号 · 未走访过"]
        assert bench.all_unread() == []
    finally:
        await bench.close()


async def test_the_two_examples_that_are_handed_out_fit_each_other(empty_database: Database, tmp_path: Path) -> None:
    desk = desk_at(empty_database, tmp_path)
    await migrate(desk, argparse.Namespace())
    tree, register = tmp_path / "areas.xlsx", tmp_path / "register.xlsx"
    assert await areas(desk, asked(template=tree)) == 0
    assert await areas(desk, asked(source=tree)) == 0
    for template in (True, False):
        assert await import_households(desk, argparse.Namespace(file=register, template=template)) == 0
