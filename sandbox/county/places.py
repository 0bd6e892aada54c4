"""Made-up places. The theme is weaving, so that no name is mistaken for a real county's."""

_COUNTY_FIRSTS = "锦绣织绫梭缎纱绮缂绢纶缬"
_COUNTY_SECONDS = "川溪岭原河源屏泽"
_TOWNSHIP_FIRSTS = "青梭云锦长线红丝白棉新机南坊北桥"
_VILLAGE_FIRSTS = "柳槐石桐杏沙竹松"
_VILLAGE_SECONDS = "湾坡桥坪沟岭"
_QUARTER_FIRSTS = "锦绣春和康宁安泰文景"
_QUARTER_SECONDS = "苑园里坊"

PROVINCE = "锦川省"


def _pick(firsts: str, seconds: str, number: int) -> str:
    """A pair for each number; neighbours share neither character."""
    round_number, place = divmod(number, len(firsts))
    return firsts[place] + seconds[(number + round_number) % len(seconds)]


def city_name(number: int) -> str:
    """The name of the city with this number (from 0)."""
    return _pick(_COUNTY_FIRSTS, _COUNTY_SECONDS[::-1], number) + "市"


def county_name(number: int) -> str:
    """The name of the county with this number (from 0); different for the first 96."""
    return _pick(_COUNTY_FIRSTS, _COUNTY_SECONDS, number) + "县"


def township_name(number: int, *, urban: bool) -> str:
    """The name of a county's township with this number (from 0)."""
    start = number * 2 % len(_TOWNSHIP_FIRSTS)
    return _TOWNSHIP_FIRSTS[start : start + 2] + ("街道" if urban else "镇")


def community_name(number: int, *, urban: bool) -> str:
    """The name of a township's community with this number (from 0)."""
    if urban:
        return _pick(_QUARTER_FIRSTS, _QUARTER_SECONDS, number) + "社区"
    return _pick(_VILLAGE_FIRSTS, _VILLAGE_SECONDS, number) + "村"
