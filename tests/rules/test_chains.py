"""Who is alerted, in which order, by which clock: what ships, and what a county's own file may not say."""

from collections.abc import Callable
from datetime import timedelta
from itertools import accumulate
from pathlib import Path

import pytest

from domain.access import ANSWERS_ALERTS
from domain.rules.chains import SHIPPED, ChainsError, PostOf, read_chains, shipped_chains
from models.area import AreaKind
from models.lead import Colour
from models.member import Role

CHAINS = shipped_chains()


def _colour(name: str, rungs: str = '{ at_minutes = 0, posts = ["head@community"] }', more: str = "") -> str:
    figures = "repeat_minutes = 10\nstill_on_it_minutes = 20\nanswer_within_minutes = 30\n"
    return f"[{name}]\n{figures}{more}rungs = [{rungs}]\n"


def _file(red: str = "") -> bytes:
    """A file in which red is written like this, and the others are right."""
    return "\n".join([red or _colour("red"), *map(_colour, ("orange", "yellow", "blue"))]).encode()


def _rungs(text: str) -> bytes:
    return _file(_colour("red", text))


@pytest.fixture
def mistake(tmp_path: Path) -> Callable[[bytes], str]:
    """What the reader says of a file with this content."""

    def read(content: bytes) -> str:
        file = tmp_path / "ours.toml"
        file.write_bytes(content)
        with pytest.raises(ChainsError) as caught:
            read_chains(file)
        said = str(caught.value)
        assert len(said.splitlines()) == 1
        return said.removeprefix(f"{file}: ")

    return read


@pytest.mark.parametrize(
    ("colour", "minutes"),
    [
        (Colour.RED, [0, 5, 15, 30]),
        (Colour.ORANGE, [0, 240, 480]),
        (Colour.YELLOW, [0, 1440, 2880]),
        (Colour.BLUE, [0, 10080]),
    ],
)
def test_the_clocks_are_those_of_the_colours(colour: Colour, minutes: list[int]) -> None:
    assert list(accumulate(rung.after_minutes for rung in CHAINS[colour].rungs)) == minutes


@pytest.mark.parametrize(
    ("colour", "asked_after"),
    [
        (Colour.RED, timedelta(minutes=30)),
        (Colour.ORANGE, timedelta(days=1)),
        (Colour.YELLOW, timedelta(days=3)),
    ],
)
def test_whoever_has_it_is_asked_whether_she_is_still_on_it(colour: Colour, asked_after: timedelta) -> None:
    assert CHAINS[colour].still_on_it == asked_after


def test_red_rings_the_head_the_township_and_the_county_rights_desk_together() -> None:
    assert set(CHAINS[Colour.RED].rungs[0].posts) == {
        PostOf(Role.HEAD, AreaKind.COMMUNITY),
        PostOf(Role.TOWNSHIP_CENTRE, AreaKind.TOWNSHIP),
        PostOf(Role.FEDERATION_OFFICER, AreaKind.COUNTY),
    }


def test_the_last_rung_of_red_has_the_telephones() -> None:
    assert [rung.phones for rung in CHAINS[Colour.RED].rungs] == [False, False, False, True]


def test_blue_alone_is_quiet() -> None:
    assert [colour for colour in Colour if CHAINS[colour].quiet] == [Colour.BLUE]


def test_whoever_is_rung_may_answer() -> None:
    posts = [post for chain in CHAINS.values() for rung in chain.rungs for post in rung.posts]
    assert {post.role for post in posts} == ANSWERS_ALERTS


def test_a_county_s_own_file_is_read(tmp_path: Path) -> None:
    file = tmp_path / "ours.toml"
    file.write_bytes(
        _rungs('{ at_minutes = 0, posts = ["head@community"] }, { at_minutes = 7, posts = ["head@grid"] }')
    )
    red = read_chains(file)[Colour.RED]
    assert [rung.after_minutes for rung in red.rungs] == [0, 7]
    assert (red.repeat, red.still_on_it, red.answer_within, red.quiet) == (
        timedelta(minutes=10),
        timedelta(minutes=20),
        timedelta(minutes=30),
        False,
    )
    assert read_chains(SHIPPED) == CHAINS


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"\xff\xfe", "can't decode"),
        (b"[red", "at the end of a table declaration"),
        (b"", "[red] is missing"),
        (b"red = 1", "[red] is missing"),
        (_file() + b"[pink]\n", "knows no 'pink'; there are: red, orange, yellow, blue"),
        (_file(_colour("red", more="loud = true\n")), "[red] knows no 'loud'; there are: rungs"),
        (_file(_colour("red", more="quiet = true\n")), "[red] red is never quiet"),
        (_file(_colour("red", more="quiet = 1\n")), "[red] quiet must be true or false"),
        (_file(_colour("red").replace("repeat_minutes = 10", "")), "[red] repeat_minutes must be a whole number"),
        (_file(_colour("red").replace("= 10", "= 0")), "[red] repeat_minutes must be a whole number"),
        (_file(_colour("red").replace("= 20", "= 1.5")), "[red] still_on_it_minutes must be a whole number"),
        (_file(_colour("red").replace("= 20", "= true")), "[red] still_on_it_minutes must be a whole number"),
        (_file(_colour("red").replace("= 30", "= 99999999999999")), "[red] answer_within_minutes must be a whole"),
        (_rungs(""), "[red] needs rungs: a chain without any alerts nobody"),
        (_rungs("5"), "[red] rung 1: must be { at_minutes = …"),
        (_rungs('{ at_minutes = 0, posts = [] }'), "[red] rung 1: needs posts"),
        (_rungs('{ at_minutes = 0 }'), "[red] rung 1: needs posts"),
        (_rungs('{ at_minutes = 0, posts = "head@community" }'), "[red] rung 1: needs posts"),
        (_rungs('{ at_minutes = 0, posts = ["head"] }'), "[red] rung 1: 'head' is no post such as head@community"),
        (_rungs('{ at_minutes = 0, posts = [5] }'), "[red] rung 1: 5 is no post"),
        (_rungs('{ at_minutes = 0, posts = ["mayor@county"] }'), "'mayor' answers no alerts; there are: county_centre"),
        (_rungs('{ at_minutes = 0, posts = ["grid_worker@grid"] }'), "'grid_worker' answers no alerts"),
        (_rungs('{ at_minutes = 0, posts = ["administrator@county"] }'), "'administrator' answers no alerts"),
        (_rungs('{ at_minutes = 0, posts = ["head@moon"] }'), "'moon' is no kind of area; there are: province"),
        (_rungs('{ at_minutes = 5, posts = ["head@community"] }'), "[red] rung 1: at_minutes must be 0"),
        (_rungs('{ at_minutes = -1, posts = ["head@community"] }'), "at_minutes must be a whole number"),
        (_rungs('{ at_minutes = 0, posts = ["head@grid"], phones = 1 }'), "[red] rung 1: phones must be true or false"),
        (_rungs('{ at_minutes = 0, posts = ["head@grid"], loud = 1 }'), "[red] rung 1: knows no 'loud'"),
        (
            _rungs('{ at_minutes = 0, posts = ["head@grid"] }, { at_minutes = 0, posts = ["head@community"] }'),
            "[red] rung 2: at_minutes 0 does not come after 0",
        ),
        (
            _rungs('{ at_minutes = 0, posts = ["head@grid"] }, { posts = ["head@community"] }'),
            "[red] rung 2: at_minutes must be a whole number",
        ),
    ],
)  # fmt: skip
def test_a_wrong_file_is_one_line_that_says_where(content: bytes, words: str, mistake: Callable[[bytes], str]) -> None:
    assert words in mistake(content)


def test_a_file_that_is_not_there_is_one_line(tmp_path: Path) -> None:
    with pytest.raises(ChainsError, match="No such file"):
        read_chains(tmp_path / "gone.toml")
