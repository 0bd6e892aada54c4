"""The ladder as data: what ships, and what a county's own file may not say."""

import re
from collections.abc import Callable
from pathlib import Path

import pytest

from domain.rules.ladder_file import COLOURS, MAY_MEDIATE, SHIPPED, LadderFileError, read_ladder, shipped_ladder
from models.area import AreaKind
from models.dispute import Dispute
from models.lead import Colour
from models.member import Role

LADDER = shipped_ladder()

GRID = {
    "key": '"grid"', "zh": '"网格"', "en": '"Grid"', "at": '"grid"', "roles": '["grid_worker"]',
    "leads": '["grid_worker"]', "head": '"head@community"', "tries": "2",
}  # fmt: skip
COUNTY = GRID | {
    "key": '"county"', "at": '"county"', "roles": '["county_centre"]', "leads": '["county_centre"]',
    "head": '"county_centre@county"',
}  # fmt: skip
CLOCK = {"remind_days": "10", "head_days": "15", "climb_days": "30", "accept_hours": "4"}


def _table(name: str, values: dict[str, str]) -> str:
    return "\n".join([name, *(f"{key} = {value}" for key, value in values.items() if value)])


def _file(*rungs: dict[str, str], **clock: str) -> bytes:
    """A file with these rungs, and a clock that is right but for `clock` in orange."""
    clocks = [_table("[clocks.orange]", CLOCK | clock), *(_table(f"[clocks.{c}]", CLOCK) for c in ("yellow", "blue"))]
    return "\n".join([*(_table("[[rungs]]", rung) for rung in rungs), *clocks]).encode()


def _with(**values: str) -> bytes:
    """A file whose lower rung says this; an empty value: says nothing of it."""
    return _file(GRID | values, COUNTY)


@pytest.fixture
def mistake(tmp_path: Path) -> Callable[[bytes], str]:
    """What the reader says of a file with this content."""

    def read(content: bytes) -> str:
        file = tmp_path / "ours.toml"
        file.write_bytes(content)
        with pytest.raises(LadderFileError) as caught:
            read_ladder(file)
        said = str(caught.value)
        assert len(said.splitlines()) == 1
        return said.removeprefix(f"{file}: ")

    return read


def test_the_five_rungs_are_those_of_the_source() -> None:
    assert [(rung.key, rung.at, rung.roles) for rung in LADDER.rungs] == [
        ("grid", AreaKind.GRID, (Role.GRID_WORKER, Role.INSTRUCTOR)),
        ("village_group", AreaKind.VILLAGE_GROUP, (Role.MEDIATOR,)),
        ("community", AreaKind.COMMUNITY, (Role.HEAD, Role.MEDIATOR, Role.EXECUTIVE)),
        ("township", AreaKind.TOWNSHIP, (Role.TOWNSHIP_CENTRE,)),
        ("county", AreaKind.COUNTY, (Role.COUNTY_CENTRE,)),
    ]


def test_two_tries_at_each_rung() -> None:
    assert {rung.tries for rung in LADDER.rungs} == {2}


@pytest.mark.parametrize("colour", COLOURS)
def test_the_clock_runs_for_ten_fifteen_and_thirty_days(colour: Colour) -> None:
    clock = LADDER.clocks[colour]
    assert (clock.remind_days, clock.head_days, clock.climb_days) == (10, 15, 30)


def test_the_redder_it_is_the_sooner_it_must_be_accepted_and_red_has_no_clock() -> None:
    assert [LADDER.clocks[colour].accept_hours for colour in COLOURS] == [4, 24, 72]
    assert set(LADDER.clocks) == {Colour.ORANGE, Colour.YELLOW, Colour.BLUE}


def test_whoever_stands_on_a_rung_may_mediate_and_some_of_them_lead() -> None:
    assert {role for rung in LADDER.rungs for role in rung.roles} == MAY_MEDIATE
    assert all(rung.leads and rung.leads <= set(rung.roles) for rung in LADDER.rungs)


def test_a_rung_is_called_by_its_name_in_each_language_and_by_its_key_once_it_is_gone() -> None:
    assert [LADDER.name("village_group", locale) for locale in ("zh", "en")] == ["村民小组", "Village group"]
    assert LADDER.name("gone", "zh") == "gone"
    with pytest.raises(KeyError):
        LADDER.place("gone")


def test_a_county_s_own_file_is_read(tmp_path: Path) -> None:
    file = tmp_path / "ours.toml"
    file.write_bytes(_file(GRID | {"tries": "9", "zh": '" 小院 "'}, COUNTY, accept_hours="336"))
    ladder = read_ladder(file)
    assert (ladder["grid"].tries, ladder["grid"].zh) == (9, "小院")
    assert ladder.clocks[Colour.ORANGE].accept_hours == 336
    assert read_ladder(SHIPPED) == LADDER


def test_a_county_may_have_a_single_rung(tmp_path: Path) -> None:
    file = tmp_path / "ours.toml"
    file.write_bytes(_file(COUNTY))
    assert [rung.key for rung in read_ladder(file).rungs] == ["county"]


def test_the_longest_key_fits_the_column() -> None:
    assert Dispute.__table__.columns["rung"].type.length == 16  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"\xff\xfe", "can't decode"),
        (b"[[rungs]", "Expected ']]'"),
        (b"x = " + b"[" * 9999, "recursion"),
        (b"", "needs [[rungs]]: on a ladder without any nobody mediates"),
        (b"rungs = 5", "needs [[rungs]]"),
        (b"rungs = []", "needs [[rungs]]"),
        (b"rungs = [5]", "rung 1: must be a table"),
        (b"pink = 1\n" + _file(COUNTY), "knows no 'pink'; there are: rungs, clocks"),
        (_with(loud="true"), "rung 1: knows no 'loud'; there are: key, zh, en, at"),
        (_with(key=""), "rung 1: key None must be 1 to 16 characters, a to z and _"),
        (_with(key='""'), "rung 1: key '' must be"),
        (_with(key="5"), "rung 1: key 5 must be"),
        (_with(key='"网格"'), "rung 1: key '网格' must be"),
        (_with(key='"seventeen_letters"'), "rung 1: key 'seventeen_letters' must be"),
        (_file(GRID | {"key": '"county"'}, COUNTY), "rung 2: the key 'county' stands twice"),
        (_with(at=""), "rung 1: at None is no kind of area; there are: province, city, county"),
        (_with(at='"moon"'), "rung 1: at 'moon' is no kind of area"),
        (_with(at='["grid"]'), "rung 1: at ['grid'] is no kind of area"),
        (_file(COUNTY, GRID), "rung 2: grid does not lie above county"),
        (_file(GRID, GRID | {"key": '"again"'}, COUNTY), "rung 2: grid does not lie above grid"),
        (_file(GRID), "the last rung must stand at the county"),
        (_file(COUNTY | {"at": '"city"', "head": '"head@city"'}), "the last rung must stand at the county"),
        (_with(zh=""), "rung 1: zh must be a name of 1 to 24 characters"),
        (_with(zh='"  "'), "rung 1: zh must be a name"),
        (_with(zh="5"), "rung 1: zh must be a name"),
        (_with(en='"a\\nb"'), "rung 1: en must be a name"),
        (_with(en=f'"{"x" * 25}"'), "rung 1: en must be a name"),
        (_with(roles=""), "rung 1: needs roles"),
        (_with(roles="[]"), "rung 1: needs roles"),
        (_with(roles='"grid_worker"'), "rung 1: needs roles"),
        (_with(roles='["administrator"]'), "rung 1: roles: 'administrator' mediates nothing; there are: county_centre"),
        (_with(roles='["mayor"]'), "rung 1: roles: 'mayor' mediates nothing"),
        (_with(roles="[5]"), "rung 1: roles: 5 mediates nothing"),
        (_with(roles='[["grid_worker"]]'), "rung 1: roles: ['grid_worker'] mediates nothing"),
        (_with(leads=""), "rung 1: needs leads"),
        (_with(leads='["head"]'), "rung 1: leads: head does not stand on the rung"),
        (_with(head=""), "rung 1: head None is no post such as head@community"),
        (_with(head="5"), "rung 1: head 5 is no post"),
        (_with(head='"head"'), "rung 1: head 'head' is no post"),
        (_with(head='"mayor@county"'), "rung 1: head 'mayor@county' is no post"),
        (_with(head='"head@moon"'), "rung 1: head 'head@moon' is no post"),
        (_with(head='"administrator@county"'), "rung 1: head 'administrator@county' is no post"),
        (_file(GRID, COUNTY | {"head": '"head@community"'}), "rung 2: its head stands at the community, below it"),
        (_with(tries=""), "rung 1: tries must be a whole number from 1 to 9"),
        (_with(tries="0"), "rung 1: tries must be a whole number"),
        (_with(tries="10"), "rung 1: tries must be a whole number"),
        (_with(tries="2.0"), "rung 1: tries must be a whole number"),
        (_with(tries="true"), "rung 1: tries must be a whole number"),
        (_table("[[rungs]]", COUNTY).encode(), "needs [clocks.orange], [clocks.yellow] and [clocks.blue]"),
        (b"clocks = 5\n" + _table("[[rungs]]", COUNTY).encode(), "needs [clocks.orange]"),
        (_file(COUNTY).replace(b"[clocks.blue]", b"[clocks.pink]"), "knows no 'pink'; there are: orange, yellow, blue"),
        (_file(COUNTY) + b"\n[clocks.red]\n", "knows no 'red'; there are: orange, yellow, blue"),
        (_file(COUNTY).split(b"[clocks.blue]")[0], "[clocks.blue] is missing"),
        (_file(COUNTY, loud="true"), "[clocks.orange] knows no 'loud'"),
        (_file(COUNTY, remind_days=""), "[clocks.orange] remind_days must be a whole number from 1 to 366"),
        (_file(COUNTY, remind_days="0"), "[clocks.orange] remind_days must be a whole number"),
        (_file(COUNTY, climb_days="367"), "[clocks.orange] climb_days must be a whole number"),
        (_file(COUNTY, accept_hours="337"), "[clocks.orange] accept_hours must be a whole number from 1 to 336"),
        (_file(COUNTY, head_days="10"), "[clocks.orange] remind_days, head_days and climb_days must follow each other"),
        (_file(COUNTY, climb_days="15"), "[clocks.orange] remind_days, head_days and climb_days must follow"),
    ],
)  # fmt: skip
def test_a_wrong_file_is_one_line_that_says_where(content: bytes, words: str, mistake: Callable[[bytes], str]) -> None:
    assert words in mistake(content)


def test_a_file_that_is_not_there_is_one_line(tmp_path: Path) -> None:
    with pytest.raises(LadderFileError, match=re.escape(f"{tmp_path / 'gone.toml'}: No such file")):
        read_ladder(tmp_path / "gone.toml")
