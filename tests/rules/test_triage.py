"""What a lead is: protected or ordinary. Five taps and an item decide, and nothing on the way lowers it (spec 3)."""

from collections.abc import Collection

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.rules.catalogue import Item, shipped_catalogue
from domain.rules.triage import Matter, OrdinaryMatter, ProtectedMatter, assess, is_raise, item_of_triage
from models.lead import Colour, Triage

CATALOGUE = shipped_catalogue()
ITEMS = st.sampled_from(list(CATALOGUE.items.values()))
TRIAGE = st.sets(st.sampled_from(Triage))
RAISED = st.none() | st.sampled_from(Colour)
D, C, B, S, T = Triage.DANGER, Triage.CHILD, Triage.COERCED, Triage.SEXUAL, Triage.TRAFFICKING


@pytest.mark.parametrize(
    ("item", "triage", "raised_to", "matter"),
    [
        ("neighbours", (), None, OrdinaryMatter("neighbours", Colour.BLUE)),
        ("debt", (), None, OrdinaryMatter("debt", Colour.YELLOW)),
        ("debt", (), Colour.ORANGE, OrdinaryMatter("debt", Colour.ORANGE)),
        ("debt", (), Colour.BLUE, OrdinaryMatter("debt", Colour.YELLOW)),  # a report never lowers
        ("debt", (), Colour.RED, ProtectedMatter("debt", key_matter=False)),
        ("debt", (D,), None, ProtectedMatter("debt", key_matter=True)),
        ("neighbours", (C,), Colour.BLUE, ProtectedMatter("neighbours", key_matter=True)),
        ("domestic_violence", (), None, ProtectedMatter("domestic_violence", key_matter=True)),
        ("domestic_violence", (), Colour.BLUE, ProtectedMatter("domestic_violence", key_matter=True)),
        ("child_alone", (S, T), None, ProtectedMatter("child_alone", key_matter=True)),
    ],
)
def test_what_a_report_is(item: str, triage: Collection[Triage], raised_to: Colour | None, matter: Matter) -> None:
    assert assess(CATALOGUE.items[item], triage, raised_to) == matter


@given(ITEMS, TRIAGE, RAISED)
def test_an_ordinary_matter_is_never_red_and_never_a_key_item(
    item: Item, triage: set[Triage], raised_to: Colour | None
) -> None:
    matter = assess(item, triage, raised_to)
    if isinstance(matter, OrdinaryMatter):
        assert not triage
        assert matter.colour is not Colour.RED
        assert not CATALOGUE.items[matter.item].key_matter


@pytest.mark.parametrize(
    ("answers", "item"),
    [
        ((), None),
        ((D,), "life_at_risk"),
        ((C,), "child_abuse"),
        ((B,), "cannot_act"),
        ((S,), "sexual_assault"),
        ((T,), "trafficking"),
        ((D, C), "child_abuse"),
        ((D, B), "life_at_risk"),
        ((C, S), "sexual_assault"),
        ((D, C, B, S, T), "trafficking"),
    ],
)
def test_the_gravest_answer_names_the_item_when_she_names_none(answers: Collection[Triage], item: str | None) -> None:
    assert item_of_triage(answers, CATALOGUE) == item


def test_what_is_red_is_no_ordinary_matter() -> None:
    with pytest.raises(ValueError, match="no ordinary matter"):
        OrdinaryMatter("debt", Colour.RED)


@pytest.mark.parametrize(
    ("before", "after", "raised"),
    [
        (Colour.BLUE, Colour.RED, True),
        (Colour.YELLOW, Colour.ORANGE, True),
        (Colour.RED, Colour.RED, False),
        (Colour.RED, Colour.BLUE, False),
        (Colour.ORANGE, Colour.YELLOW, False),
    ],
)
def test_red_is_the_most_urgent(before: Colour, after: Colour, raised: bool) -> None:
    assert is_raise(before, after) is raised
