"""What is told of requests for help, to experts and units and back: codes and colours (spec 8)."""

from dataclasses import dataclass
from typing import ClassVar

from domain.channel import Lane
from models.lead import Colour
from models.referral import About, ReferralKind, ReferralState


@dataclass(frozen=True, slots=True)
class ReferralAsked:
    """To an expert or a unit: she is asked for help in a matter; what it is about she opens herself."""

    code: str
    about: About
    colour: Colour
    referral_id: int
    asked: ReferralKind

    @property
    def lane(self) -> Lane:
        """A whistle for a red matter rings at night too."""
        return _lane(self.asked, self.colour)

    def actions(self) -> tuple[tuple[str, str], ...]:
        """The buttons: label key and callback data."""
        return (("open_request", f"ref:look:{self.referral_id}"),)


@dataclass(frozen=True, slots=True)
class ReferralAnswered:
    """To whoever asked: the expert or the unit has answered, or its days are over."""

    code: str
    about: About
    colour: Colour
    referral_id: int
    asked: ReferralKind
    answer: ReferralState

    @property
    def lane(self) -> Lane:
        """The answer to a whistle for a red matter is waited for."""
        return _lane(self.asked, self.colour)

    def actions(self) -> tuple[tuple[str, str], ...]:
        """The buttons: label key and callback data."""
        return (("open_answer", f"ref:look:{self.referral_id}"),)


@dataclass(frozen=True, slots=True)
class ReferralWithdrawn:
    """To an expert or a unit: she is no longer needed in the matter."""

    lane: ClassVar[Lane] = Lane.NOTICE
    code: str
    about: About
    colour: Colour

    def actions(self) -> tuple[tuple[str, str], ...]:
        """The buttons: label key and callback data."""
        return ()


@dataclass(frozen=True, slots=True)
class WhistleSilent:
    """To whoever whistled and to the centre above: a unit has not answered."""

    code: str
    about: About
    colour: Colour
    referral_id: int

    @property
    def lane(self) -> Lane:
        """A red matter does not wait for the morning."""
        return _lane(ReferralKind.WHISTLE, self.colour)

    def actions(self) -> tuple[tuple[str, str], ...]:
        """The buttons: label key and callback data."""
        return (("open_whistle", f"ref:look:{self.referral_id}"),)


def _lane(asked: ReferralKind, colour: Colour) -> Lane:
    return Lane.RED if asked is ReferralKind.WHISTLE and colour is Colour.RED else Lane.NOTICE
