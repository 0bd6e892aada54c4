"""What a lead is: a matter that must be protected, or an ordinary one. Only an ordinary one can ever be mediated.

The two are different types on purpose: what leads to a mediation takes an `OrdinaryMatter`, so a path from a key
matter to a mediation does not pass the type checker. The database refuses it besides (spec 3).
"""

from collections.abc import Collection
from dataclasses import dataclass

from domain.rules.catalogue import Catalogue, Item
from models.lead import Colour, Lead, Triage

_ORDER = list(Colour)
_GRAVITY = (Triage.TRAFFICKING, Triage.SEXUAL, Triage.CHILD, Triage.DANGER, Triage.COERCED)


@dataclass(frozen=True, slots=True)
class ProtectedMatter:
    """A key matter (侵权重点事项), or whatever else is red: alerted at once, never mediated."""

    item: str
    key_matter: bool

    @property
    def colour(self) -> Colour:
        """Always red."""
        return Colour.RED


@dataclass(frozen=True, slots=True)
class OrdinaryMatter:
    """Anything else. Raises ValueError for red."""

    item: str
    colour: Colour

    def __post_init__(self) -> None:
        if self.colour is Colour.RED:
            raise ValueError("what is red is no ordinary matter")


Matter = ProtectedMatter | OrdinaryMatter


def assess(item: Item, triage: Collection[Triage], raised_to: Colour | None = None) -> Matter:
    """What a report is: any yes in the triage, a key item, or the colour red make it a protected matter.

    `raised_to` counts only where it is more urgent than the item's own colour: a report never lowers one.
    """
    colour = min((item.colour, raised_to or item.colour), key=_ORDER.index)
    if triage or item.key_matter or colour is Colour.RED:
        return ProtectedMatter(item.key, bool(triage) or item.key_matter)
    return OrdinaryMatter(item.key, colour)


def gravest(triage: Collection[Triage]) -> Triage | None:
    """The gravest of the answers."""
    return next((answer for answer in _GRAVITY if answer in triage), None)


def item_of_triage(triage: Collection[Triage], catalogue: Catalogue) -> str | None:
    """The item that a report with these answers stands for when she chose none: the gravest answer decides."""
    worst = gravest(triage)
    return None if worst is None else catalogue.by_triage[worst]


def matter_of(lead: Lead) -> Matter:
    """What a stored lead is."""
    if lead.mediable:
        return OrdinaryMatter(lead.item, lead.colour)
    return ProtectedMatter(lead.item, lead.key_matter)


def is_raise(before: Colour, after: Colour) -> bool:
    """Whether `after` is more urgent than `before`."""
    return _ORDER.index(after) < _ORDER.index(before)
