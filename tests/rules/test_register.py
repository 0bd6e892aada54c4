"""六清: what is counted, what is shown, what can be edited."""

from dataclasses import replace

from domain.rules.policy import Policy
from domain.rules.register import EditableItem, RegisterItem, completeness, editable_items, items_on

POLICY = Policy()
WITH_POLITICS = replace(POLICY, register_items=POLICY.register_items | {"political_status"})


def test_five_items_are_on_and_political_status_is_off() -> None:
    assert items_on(POLICY) == tuple(item for item in RegisterItem if item is not RegisterItem.POLITICAL_STATUS)
    assert EditableItem.POLITICAL_STATUS not in editable_items(POLICY)


def test_a_register_is_complete_when_every_item_that_is_on_is_filled() -> None:
    filled = dict.fromkeys(RegisterItem, "x")
    assert completeness(filled, POLICY).filled == 5
    empty: dict[RegisterItem, object] = {
        RegisterItem.PEOPLE_COUNT: None,
        RegisterItem.NEEDS: "",
        RegisterItem.COMPOSITION: [],
    }
    assert completeness(empty, POLICY) == completeness({}, POLICY)
    assert completeness(empty, POLICY).filled == 0


def test_an_item_that_the_county_switched_off_is_neither_counted_nor_edited() -> None:
    policy = replace(POLICY, register_items=frozenset({"contact"}))
    assert completeness(dict.fromkeys(RegisterItem, "x"), policy).total == 1
    assert editable_items(policy) == (EditableItem.NAME, EditableItem.ADDRESS, EditableItem.CONTACT)


def test_political_status_counts_for_nothing_even_where_it_is_on() -> None:
    assert RegisterItem.POLITICAL_STATUS in items_on(WITH_POLITICS)
    with_it = completeness({RegisterItem.POLITICAL_STATUS: "x"}, WITH_POLITICS)
    assert with_it == completeness({}, POLICY)
