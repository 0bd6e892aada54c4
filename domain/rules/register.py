"""六清 (M): what the register may hold of a household, and how complete it is (spec 2)."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from domain.rules.policy import Policy


class RegisterItem(StrEnum):
    """The six items. A county switches each of them on or off; political status ships switched off."""

    PEOPLE_COUNT = "people_count"
    SITUATION = "situation"
    CONTACT = "contact"
    NEEDS = "needs"
    COMPOSITION = "composition"
    POLITICAL_STATUS = "political_status"


class EditableItem(StrEnum):
    """What of a household can be written anew in one go; its people are added and leave one by one."""

    NAME = "name"
    ADDRESS = "address"
    PEOPLE_COUNT = "people_count"
    SITUATION = "situation"
    CONTACT = "contact"
    NEEDS = "needs"
    POLITICAL_STATUS = "political_status"


@dataclass(frozen=True, slots=True)
class Completeness:
    """六清率: how many of the items that are switched on are filled."""

    filled: int
    total: int


def items_on(policy: Policy) -> tuple[RegisterItem, ...]:
    """The items that the county has switched on, in the order in which they are shown."""
    return tuple(item for item in RegisterItem if item.value in policy.register_items)


def editable_items(policy: Policy) -> tuple[EditableItem, ...]:
    """Name and door, and those of the six items that the county has switched on."""
    always = (EditableItem.NAME, EditableItem.ADDRESS)
    return tuple(item for item in EditableItem if item in always or item.value in policy.register_items)


def completeness(values: Mapping[RegisterItem, object], policy: Policy) -> Completeness:
    """How complete a register with these values is.

    Political status counts for nothing, even where it is switched on: no rule ever reads it.
    """
    counted = [item for item in items_on(policy) if item is not RegisterItem.POLITICAL_STATUS]
    return Completeness(sum(bool(values.get(item)) for item in counted), len(counted))
