"""Names, doors and numbers in a text that may reach a group: found as typed, and words that are none left alone."""

import pytest

from domain.rules.private_words import address_in, name_in, number_in

NAMES = ["王秀英", "单强", "阿依古丽·买买提", "Ann Li", "王"]
ADDRESSES = ["东关村1号", "幸福小区3栋2单元501室", "3号", "5组8号", "幸福里3-5", "12号楼3-501"]


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ("给王秀英家门口修路灯", "王秀英"),
        ("给王 秀英家修灯", "王 秀英"),
        ("单强说太黑了", "单强"),
        ("阿依古丽想要一盏灯", "阿依古丽"),
        ("a lamp for ann  li please", "ann  li"),
        ("it was planned, like a plan", None),
        ("买买提想要", None),
        ("老王说太黑了", None),
        ("三组公共厕所换灯", None),
    ],
)
def test_names(text: str, word: str | None) -> None:
    assert name_in(text, NAMES) == word


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ("东关村１号门口", "东关村1号"),
        ("东关村 1 号门口", "东关村 1 号"),
        ("东关村21号、东关村1号楼", "东关村1号"),
        ("东关村11号", None),
        ("三栋下面", None),
        ("3栋2单元501漏水", "3栋2单元501"),
        ("13栋2单元501漏水", None),
        ("3栋2单元楼道", None),
        ("5组8号旁边", "5组8号"),
        ("每次3-5人", None),
        ("3-501门口", "3-501"),
        ("12月3号开会", None),
    ],
)
def test_addresses(text: str, word: str | None) -> None:
    assert address_in(text, ADDRESSES) == word


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ("打13912345678", "13912345678"),
        ("打139 1234 5678", "139 1234 5678"),
        ("０９３１－１２３４５６７", "0931-1234567"),
        ("电话：1234567", "1234567"),
        ("身份证62010219800101123X", "62010219800101123X"),
        ("预算10000000元，2026-11-21完工", None),
        ("妇女热线12338，法律援助12348，报警110", None),
    ],
)
def test_numbers(text: str, word: str | None) -> None:
    assert number_in(text) == word
