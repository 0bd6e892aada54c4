"""Numbers as they are written in Chinese."""

SPELT_DIGITS = "一二三四五六七八九十两零〇百"
_VALUES = {char: value for value, char in enumerate("零一二三四五六七八九")} | {"〇": 0, "两": 2}
_TENS = {"十": 10, "百": 100}


def number_said(text: str) -> int:
    """What a number says: 12, 十二, 五〇一 and 一百零二."""
    if text.isdecimal():
        return int(text)
    if not set(text) & set(_TENS):
        return int("".join(str(_VALUES[char]) for char in text))
    value = said = 0
    for char in text:
        if char in _TENS:
            value, said = value + (said or 1) * _TENS[char], 0
        else:
            said = _VALUES[char]
    return value + said
