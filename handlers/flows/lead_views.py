"""What the report of a lead (上报线索) says: its questions, the guidance above them, the summary and the receipts."""

from dataclasses import dataclass
from enum import StrEnum

from models.lead import Colour, LeadSource, Triage, Where
from models.member import Role


class ContactWay(StrEnum):
    """How the person concerned can be reached without harm; the list is ours."""

    CALL = "call"
    MESSAGE = "message"
    IN_PERSON = "in_person"
    THROUGH = "through"  # somebody she trusts
    NEVER = "never"


class Recipient(StrEnum):
    """To whom a matter may be passed on when the person concerned agrees."""

    HEAD = "head"
    TOWNSHIP = "township"
    FEDERATION = "federation"
    EXPERT = "expert"
    UNIT = "unit"


@dataclass(frozen=True, slots=True)
class Guidance:
    """What to do before any form: whom to call, and what not to do."""

    triage: tuple[Triage, ...]


@dataclass(frozen=True, slots=True)
class AskTriage:
    """The five questions."""


@dataclass(frozen=True, slots=True)
class AskItem:
    """What is it about?"""


@dataclass(frozen=True, slots=True)
class AskWhere:
    """A household, none, or beyond her grid?"""


@dataclass(frozen=True, slots=True)
class AskWhichHousehold:
    """Which household?"""


@dataclass(frozen=True, slots=True)
class AskSame:
    """Does it belong to what she reported of this household lately?"""

    household: str
    days: int


@dataclass(frozen=True, slots=True)
class AskTelling:
    """What happened? In words, by voice, with photos."""

    source: LeadSource


@dataclass(frozen=True, slots=True)
class AskContact:
    """How can the person concerned be reached without harm?"""


@dataclass(frozen=True, slots=True)
class AskTerms:
    """When, with which code word, and who must not answer?"""

    way: ContactWay


@dataclass(frozen=True, slots=True)
class AskPersons:
    """Who is affected?"""


@dataclass(frozen=True, slots=True)
class AskSafeAddress:
    """Where is she safe now?"""


@dataclass(frozen=True, slots=True)
class AskRaised:
    """Is it more urgent than its item usually is?"""

    colour: Colour


@dataclass(frozen=True, slots=True)
class AskSource:
    """Who noticed it?"""


@dataclass(frozen=True, slots=True)
class AskConsent:
    """To whom does the person concerned allow it to be passed on?"""


@dataclass(frozen=True, slots=True)
class LeadSummary:
    """Everything that will be sent."""

    colour: Colour
    triage: tuple[Triage, ...]
    item: str
    where: Where
    household: str
    address: str
    same_as: str
    text: str
    photos: int
    voices: int
    persons: str
    way: ContactWay | None
    terms: str
    safe_address: str
    source: LeadSource
    by_law: bool  # the law decides who is told, not a consent
    consent_asked: bool
    agreed: tuple[Recipient, ...]


@dataclass(frozen=True, slots=True)
class LeadReceipt:
    """It is sent: its code, who is alerted, and what happens when nobody answers.

    It stays in the chat: of what to do it says what holds for every red lead, so that nobody who finds it there can
    tell what was done to whom. What her answers add stood above the form.
    """

    code: str
    colour: Colour
    alerted: tuple[Role, ...]
    in_digest: bool
    after_night: bool
    next_minutes: int
    next_roles: tuple[Role, ...]


@dataclass(frozen=True, slots=True)
class LeadHandedOver:
    """It is sent, and others look after it: the reporter is bound to the household."""

    code: str
