"""What the parties can do besides a mediation (G): ways that the law gives them, and that fit what it is about.

Which way fits which item of the shipped catalogue is our list; an item of a county's own gets the general ones.
"""

from enum import StrEnum


class LawfulWay(StrEnum):
    """A way besides mediation. The parties choose; nobody may keep them from it."""

    COURT_CONFIRM = "court_confirm"  # 司法确认 of what they have agreed on
    LABOUR = "labour"  # 劳动仲裁, before any court
    LAND = "land"  # 农村土地承包仲裁
    LAND_OFFICE = "land_office"  # 土地权属: the government decides first
    ARBITRATION = "arbitration"  # where both have agreed on it in writing
    COURT = "court"
    LEGAL_AID = "legal_aid"
    HOTLINE = "hotline"


_OF_ITEM = {
    "wages": (LawfulWay.LABOUR,),
    "women_work": (LawfulWay.LABOUR,),
    "land": (LawfulWay.LAND, LawfulWay.LAND_OFFICE),
    "women_property": (LawfulWay.LAND,),
    "debt": (LawfulWay.ARBITRATION,),
    "housing": (LawfulWay.ARBITRATION,),
}
_ALWAYS = (LawfulWay.COURT, LawfulWay.LEGAL_AID, LawfulWay.HOTLINE)


def ways_of(item: str, *, agreed: bool) -> tuple[LawfulWay, ...]:
    """The ways that fit: first what comes before a court. Only what was agreed on can be confirmed by one."""
    first = (LawfulWay.COURT_CONFIRM,) if agreed else ()
    return (*first, *_OF_ITEM.get(item, ()), *_ALWAYS)
