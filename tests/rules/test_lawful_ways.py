"""Which lawful ways fit which dispute."""

import pytest

from domain.rules.catalogue import shipped_catalogue
from domain.rules.lawful_ways import LawfulWay, ways_of


@pytest.mark.parametrize(
    ("item", "first"),
    [
        ("wages", [LawfulWay.LABOUR]),
        ("land", [LawfulWay.LAND, LawfulWay.LAND_OFFICE]),
        ("debt", [LawfulWay.ARBITRATION]),
        ("neighbours", []),
        ("an_item_of_the_countys_own", []),
    ],
)
def test_what_comes_before_a_court_comes_first(item: str, first: list[LawfulWay]) -> None:
    general = [LawfulWay.COURT, LawfulWay.LEGAL_AID, LawfulWay.HOTLINE]
    assert list(ways_of(item, agreed=False)) == first + general


def test_a_family_is_sent_to_no_arbitration() -> None:
    catalogue = shipped_catalogue()
    family = [item.key for item in catalogue.of_category("family")]
    assert family
    assert not [item for item in family if LawfulWay.ARBITRATION in ways_of(item, agreed=False)]


def test_only_what_was_agreed_on_can_be_confirmed_by_a_court() -> None:
    assert LawfulWay.COURT_CONFIRM in ways_of("debt", agreed=True)
    assert LawfulWay.COURT_CONFIRM not in ways_of("debt", agreed=False)
