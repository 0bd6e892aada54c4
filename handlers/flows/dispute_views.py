"""What the registering of a dispute (纠纷登记) says: its questions, its summary and its receipts."""

from dataclasses import dataclass

from models.dispute import DisputeKind, DisputeSource
from models.lead import Colour
from models.member import Role


@dataclass(frozen=True, slots=True)
class AskKind:
    """An ordinary dispute, or the counselling of a couple or family?"""


@dataclass(frozen=True, slots=True)
class AskDisputeSource:
    """How did it come to light?"""


@dataclass(frozen=True, slots=True)
class AskWaitingLead:
    """From which of the leads that wait for their mediation?"""


@dataclass(frozen=True, slots=True)
class AskDisputeWhere:
    """Is it about a household of her register?"""


@dataclass(frozen=True, slots=True)
class AskDisputeHousehold:
    """About which household?"""


@dataclass(frozen=True, slots=True)
class AskDisputeGrid:
    """In which grid did it happen?"""


@dataclass(frozen=True, slots=True)
class AskDisputeItem:
    """What do they quarrel about?"""


@dataclass(frozen=True, slots=True)
class AskDisputeColour:
    """Is it more urgent than its item usually is?"""

    colour: Colour


@dataclass(frozen=True, slots=True)
class AskParties:
    """Who are the parties?"""

    kind: DisputeKind
    register: bool  # she can look for residents


@dataclass(frozen=True, slots=True)
class AskPartyConsent:
    """Which of them agree to be contacted?"""

    parties: int


@dataclass(frozen=True, slots=True)
class AskWishes:
    """What does each of them want?"""


@dataclass(frozen=True, slots=True)
class AskDisputePlace:
    """Where exactly did it happen?"""


@dataclass(frozen=True, slots=True)
class AskFacts:
    """What has happened? Facts only, in words, by voice, with photos."""

    kind: DisputeKind


@dataclass(frozen=True, slots=True)
class AskPeopleConcerned:
    """How many people are concerned in all?"""

    parties: int


@dataclass(frozen=True, slots=True)
class AskEarlier:
    """Is it the same quarrel again as in an earlier case of this household or of these parties?"""


@dataclass(frozen=True, slots=True)
class DisputeSummary:
    """Everything that will be registered."""

    kind: DisputeKind
    colour: Colour
    item: str
    source: DisputeSource
    lead: str
    household: str
    address: str
    area: str
    parties: tuple[tuple[str, bool, str], ...]  # name, agrees to be contacted, wish
    more_parties: int
    place: str
    text: str
    photos: int
    voices: int
    people: int
    linked: str


@dataclass(frozen=True, slots=True)
class DisputeReceipt:
    """It is registered: its code, the rung on which it waits, and who was called there.

    It stays in the chat, so it says nothing of who quarrels about what.
    """

    code: str
    kind: DisputeKind
    colour: Colour
    rung: str
    called: tuple[Role, ...]
    after_night: bool  # they hear of it in the morning
    mine: bool  # she stands on that rung herself


@dataclass(frozen=True, slots=True)
class DisputeHandedOver:
    """It is registered, and others look after it: the registrar is bound to a party's household."""

    code: str
