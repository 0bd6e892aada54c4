"""What is told of councils: codes, numbers, days and buttons; the words of an item are in its card (spec 8)."""

from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar

from domain.channel import Lane
from models.agenda import ItemEvent


@dataclass(frozen=True, slots=True)
class ItemNews:
    """To an item's proposers, and to whoever has to deal with it next: something has happened to it."""

    lane: ClassVar[Lane] = Lane.NOTICE
    item_code: str
    item_id: int
    item_event: ItemEvent

    def actions(self) -> tuple[tuple[str, str], ...]:
        """The buttons: label key and callback data."""
        return (("open_item", f"item:show:{self.item_id}"),)


@dataclass(frozen=True, slots=True)
class VoteWanted:
    """To an elector: a ballot is open (`again`: and she has not voted yet)."""

    lane: ClassVar[Lane] = Lane.NOTICE
    item_code: str
    ballot_id: int
    closes_at: datetime  # in the county's zone
    secret: bool
    again: bool

    def actions(self) -> tuple[tuple[str, str], ...]:
        """The buttons: label key and callback data."""
        return (("open_paper", f"vote:paper:{self.ballot_id}"),)
