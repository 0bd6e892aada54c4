"""Telephone and identity numbers in a text, however their digits are set apart. Pure (spec 5, 8).

Days, times, amounts and lists are numbers too. What is set apart is taken for a telephone only when all of its
groups together are as long as one, and it does not read like a day, a time or an amount of money.
"""

import re
from collections.abc import Callable
from datetime import date
from itertools import pairwise

from domain.rules.shown_text import folded

_WHOLE = (
    re.compile(r"(?<!\d)\d{17}[\dXx](?![\dA-Za-z])"),  # an identity card
    re.compile(r"(?<!\d)(?:\+?86[- ]?)?1[3-9]\d(?:[- ]?\d{4}){2}(?!\d)"),  # a mobile telephone
    re.compile(r"(?<!\d)0\d{2,3}[- ]?\d{7,8}(?!\d)"),  # one at home, with its area
    re.compile(r"(?:电话|手机|号码|微信|[Pp]hone|[Tt]el|[Ww]e[Cc]hat)\D{0,4}?(\d[\d -]{5,}\d)"),
)
_SPELT = str.maketrans("〇零一幺二三四五六七八九", "001123456789")
_SPELT_OUT = re.compile(r"(?<!\d)1[3-9]\d{9}(?!\d)")
_RUN = re.compile(r"\d(?:[\W_]{0,3}\d)*(?:[\W_]{0,3}[Xx](?![A-Za-z]))?")
_GROUP = re.compile(r"\d+|[Xx]")
_IDENTITY = re.compile(r"\d{6}(?:19|20)\d{9}[\dXx]")
_MOBILE = re.compile(r"(?:(?:00)?86)?1[3-9]\d{9}")
_AT_HOME = re.compile(r"0(?:10|2\d|[3-9]\d{2})[2-8]\d{6,7}")
_NO_TELEPHONE = re.compile(
    r"(?<![\d.])(?:19|20)\d{2}([-./])\d{1,2}\1\d{1,2}(?!\d)"  # a day
    r"|(?<!\d)(?:[01]?\d|2[0-4]):[0-5]\d(?::[0-5]\d)?(?!\d)"  # a time
    r"|(?<!\d)\d{1,3}(?:,\d{3})+(?:\.\d+)?(?!\d)"  # an amount
)
_LISTS = re.compile(r"[、,;。]")
_TELEPHONE_SHAPES = ([3, 4, 4], [3, 8], [7, 4], [11])
_MOST_GROUPS = 5
_LONGEST = 18
Judge = Callable[[list[str], list[str]], bool]


def number_in(text: str) -> str | None:
    """The first telephone or identity number in the text."""
    text = folded(text)
    for pattern in _WHOLE:
        found = pattern.search(text)
        if found:
            return found[found.lastindex or 0].strip()
    spelt = _SPELT_OUT.search(text.translate(_SPELT))
    if spelt:
        return text[slice(*spelt.span())]
    plain = _NO_TELEPHONE.sub(lambda one: "x" * len(one[0]), text)  # places stay
    return _set_apart(text, _is_identity) or _set_apart(plain, _is_telephone)


def _set_apart(text: str, judge: Judge) -> str | None:
    """The first groups of digits next to each other that are a number together."""
    for run in _RUN.finditer(text):
        groups = list(_GROUP.finditer(run[0]))
        for first in range(len(groups)):
            for last in range(first, len(groups)):
                some = groups[first : last + 1]
                if sum(len(one[0]) for one in some) > _LONGEST:
                    break
                if judge([one[0] for one in some], _between(run[0], some)):
                    return run[0][some[0].start() : some[-1].end()]
    return None


def _between(run: str, groups: list[re.Match[str]]) -> list[str]:
    return [run[one.end() : other.start()] for one, other in pairwise(groups)]


def _is_identity(groups: list[str], _between: list[str]) -> bool:
    digits = "".join(groups)
    if not _IDENTITY.fullmatch(digits):
        return False
    try:
        date(int(digits[6:10]), int(digits[10:12]), int(digits[12:14]))
    except ValueError:
        return False
    return True


def _is_telephone(groups: list[str], between: list[str]) -> bool:
    digits = "".join(groups)
    singly = all(len(one) == 1 for one in groups)
    if _AT_HOME.fullmatch(digits) and (singly or len(groups[0]) in (3, 4)) and (singly or len(groups) <= _MOST_GROUPS):
        return not any(_LISTS.search(one) for one in between)
    if not _MOBILE.fullmatch(digits):
        return False
    sizes = [len(one) for one in groups]
    if singly or sizes in _TELEPHONE_SHAPES or sizes[1:] in _TELEPHONE_SHAPES:
        return True
    return len(groups) <= _MOST_GROUPS and not any(_LISTS.search(one) for one in between)
