"""A household is found by whatever a worker remembers of it, and by nothing else."""

import sqlite3

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pypinyin import lazy_pinyin

from domain.rules.search_text import (
    LIKE_ESCAPE,
    household_search_text,
    like_pattern,
    normalise_query,
    person_search_text,
    search_text,
)
from domain.rules.surnames import GIVEN, SURNAMES

STORED = household_search_text(
    "YJ-QS-DG-03-017", "东关村三组12号", ["张伟", "欧阳晓雪", "单国平", "阿依古丽·买买提", "Amy Lin"]
)

# Common characters that are read in one way: for these the plain dictionary is the truth.
PLAIN_SURNAMES = st.sampled_from("王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗")
PLAIN_GIVEN = st.text("伟芳秀英敏静丽强磊军洋勇艳杰娟涛明超兰霞平刚桂", min_size=1, max_size=2)
PLAIN_NAMES = st.builds(str.__add__, PLAIN_SURNAMES, PLAIN_GIVEN)
ANY_NAMES = st.text(st.characters(min_codepoint=0x4E00, max_codepoint=0x9FA5), min_size=1, max_size=6)
CODES = st.from_regex(r"YJ-[A-Z]{2}-[A-Z]{2}-[0-9]{2}-[0-9]{3}", fullmatch=True)


def finds(query: str, stored: str) -> bool:
    """What the database answers."""
    statement = "SELECT ? LIKE ? ESCAPE ?"
    with sqlite3.connect(":memory:") as connection:
        row = connection.execute(statement, (stored, like_pattern(query), LIKE_ESCAPE)).fetchone()
    return bool(row[0])


@pytest.mark.parametrize(
    "query",
    [
        "张伟", "张", "zw", "ZW", "zhangwei", "Zhang Wei", "ｚｗ", "zhangw",
        "欧阳", "晓雪", "oyxx", "ouyangxiaoxue", "单国平", "sgp", "shanguoping",
        "12号", "１２号", "三组", "东关村三组 12 号", "三组12",
        "dg-03-017", "DG03017", "YJ-QS-DG-03-017", "yjqsdg03017", "ＤＧ－０３－０１７", "DG–03–017", "03 - 017",
        "买买提", "古丽·买买", "古丽买买", "aygl", "amy", "Amy Lin",
    ],
)  # fmt: skip
def test_a_household_is_found_by_what_a_worker_types(query: str) -> None:
    assert finds(query, STORED)


@pytest.mark.parametrize("query", ["李伟", "lw", "danguoping", "13号", "dg-03-018", "伟欧阳", "zwoy", "zhangweizw"])
def test_a_household_is_not_found_by_what_it_is_not_nor_across_two_entries(query: str) -> None:
    assert not finds(query, STORED)


@pytest.mark.parametrize(
    ("name", "pinyin", "initials"),
    [
        ("单雄", "shanxiong", "sx"), ("仇英", "qiuying", "qy"), ("曾静", "zengjing", "zj"),
        ("区伟", "ouwei", "ow"), ("查良", "zhaliang", "zl"), ("盖明", "geming", "gm"),
        ("解芳", "xiefang", "xf"), ("任芳", "renfang", "rf"), ("朴英", "piaoying", "py"),
        ("尉迟明", "yuchiming", "ycm"), ("万俟明", "moqiming", "mqm"), ("长孙明", "zhangsunming", "zsm"),
        ("翟明", "zhaiming", "zm"), ("乐明", "yueming", "ym"), ("员明", "yunming", "ym"),
        ("覃芳", "qinfang", "qf"), ("覃芳", "tanfang", "tf"), ("缪芳", "miaofang", "mf"),
        ("冼星", "xianxing", "xx"), ("召明", "shaoming", "sm"), ("种明", "chongming", "cm"),
        ("逄明", "pangming", "pm"), ("黑明", "heming", "hm"), ("盛明", "shengming", "sm"),
        ("宁静", "ningjing", "nj"), ("欧阳静", "ouyangjing", "oyj"), ("上官雯", "shangguanwen", "sgw"),
        ("吕芳", "lvfang", "lf"), ("吕芳", "lüfang", "lf"), ("吕芳", "lufang", "lf"), ("华芳", "huafang", "hf"),
        ("王长福", "wangchangfu", "wcf"), ("李晟", "lisheng", "ls"), ("单", "shan", "s"),
        ("尉迟", "yuchi", "yc"), ("阿依古丽·买买提", "ayigulimaimaiti", "ayglmmt"),
    ],
)  # fmt: skip
def test_a_surname_is_read_as_its_family_reads_it(name: str, pinyin: str, initials: str) -> None:
    entries = person_search_text(name).split("\n")
    assert normalise_query(pinyin) in entries
    assert initials in entries


def test_every_reading_in_the_tables_is_as_long_as_what_it_reads_and_typed_with_plain_letters() -> None:
    for characters, readings in (SURNAMES | GIVEN).items():
        assert readings
        for reading in readings:
            assert len(reading) == len(characters)
            assert all(syllable.isascii() and syllable.isalpha() and syllable.islower() for syllable in reading)


@given(PLAIN_NAMES, CODES)
def test_every_plain_name_is_found_by_its_pinyin_and_its_initials(name: str, code: str) -> None:
    stored = household_search_text(code, "3号楼2单元501", ["王芳", name])
    syllables = lazy_pinyin(list(name))
    assert finds("".join(syllables), stored)
    assert finds(" ".join(syllables).title(), stored)
    assert finds("".join(syllable[0] for syllable in syllables), stored)


@given(st.lists(ANY_NAMES, max_size=5), CODES)
def test_every_name_is_found_by_itself_and_every_code_with_and_without_dashes(names: list[str], code: str) -> None:
    stored = household_search_text(code, "东关村三组12号", names)
    assert all(finds(name, stored) for name in names)
    for written in (code, code.lower(), code.replace("-", ""), code[-6:], code.replace("-", " ")):
        assert finds(written, stored)


@given(st.text())
def test_any_text_may_be_typed_and_finds_itself_where_it_is_stored(text: str) -> None:
    query = normalise_query(text)
    assert "\n" not in query
    assert "\x00" not in query
    query.encode()
    like_pattern(text).encode()
    assert finds(text, search_text("前", text, "后"))
    assert query in household_search_text(text, text, [text])


@given(ANY_NAMES)
def test_one_person_fills_few_entries_however_the_name_can_be_read(name: str) -> None:
    assert len(person_search_text(name).split("\n")) <= 17


@pytest.mark.parametrize("wildcard", ["%", "_", "％", "＿", "张%", "张_", "!", "\\", "!%", "z_", "%%"])
def test_wildcards_are_literal(wildcard: str) -> None:
    assert not finds(wildcard, STORED)
    assert finds(wildcard, search_text(f"前{wildcard}后"))


def test_a_query_of_nothing_visible_is_empty() -> None:
    assert normalise_query(" \t\n\u3000\u200b\x00\ud800") == ""


def test_a_message_of_any_length_can_be_looked_for() -> None:
    assert not finds("ﷺ" * 4096, STORED)
    assert finds("长" * 4096, search_text("长" * 4096))


def test_entries_are_stored_once_and_empty_ones_not_at_all() -> None:
    assert household_search_text("A1", "", ["", "王芳", "王 芳"]) == "a1\n王芳\nwangfang\nwf"


def test_a_name_of_many_readings_begins_with_the_most_usual_one() -> None:
    assert person_search_text("覃乐").split("\n")[:3] == ["覃乐", "qinle", "ql"]
