"""What is told to other people: each notice is a view with its template.

A notice reaches a phone whose screen anybody may see. By design it holds numbers, household codes and buttons;
never a name, an address, a telephone number or what somebody said (spec 8).
"""

from dataclasses import dataclass, fields
from datetime import date, datetime
from enum import StrEnum
from typing import Any, ClassVar

from domain.channel import Lane
from domain.council_notices import (
    CouncilFileNotKept,
    GroupNews,
    InvitedToItem,
    ItemNews,
    MeetingNews,
    MonthUnused,
    PaperPutForHer,
    ProjectDue,
    ProjectForsaken,
    ProjectNews,
    RatingWanted,
    RecordNews,
    VoteEnteredForHer,
    VoteWanted,
)
from domain.dispute_notices import (
    DisputeCall,
    DisputeForsaken,
    DisputeNews,
    DisputeWaits,
    MediationAhead,
    MediationUnrecorded,
    PictureNotKept,
)
from domain.rules.handling import LeadEvent
from domain.rules.ladder import Arrival, DisputeEvent
from domain.rules.meeting_news import MeetingTold, RecordTold
from models.agenda import GuestKind, ItemEvent
from models.dispute import DisputeStep
from models.household import Tier
from models.lead import Colour, FileKind
from models.meeting import MeetingMode
from models.member import Role
from models.project import ProjectEvent
from models.referral import About, ReferralKind, ReferralState


@dataclass(frozen=True, slots=True)
class MorningDigest:
    """To a worker every morning: how many households are due and overdue, by tier."""

    lane: ClassVar[Lane] = Lane.DIGEST
    on: date
    key_due: int = 0
    key_overdue: int = 0
    watch_due: int = 0
    watch_overdue: int = 0
    ordinary_due: int = 0
    ordinary_overdue: int = 0

    @property
    def total(self) -> int:
        """All households of the list, due and overdue."""
        return sum(getattr(self, field.name) for field in fields(self) if field.name != "on")

    def actions(self) -> tuple[tuple[str, str], ...]:
        """The buttons: label key and callback data."""
        return (("open_today", "today:new"),)


@dataclass(frozen=True, slots=True)
class LateHouseholds:
    """To an instructor or a head: how many visits have become late since the last word."""

    lane: ClassVar[Lane] = Lane.NOTICE
    on: date
    key: int
    watch: int
    ordinary: int

    def actions(self) -> tuple[tuple[str, str], ...]:
        """The buttons: label key and callback data."""
        return (("open_today", "today:new"),)


@dataclass(frozen=True, slots=True)
class NobodyHome:
    """To the instructor: nobody was home several times in a row."""

    lane: ClassVar[Lane] = Lane.NOTICE
    household_code: str
    household_id: int
    times: int

    def actions(self) -> tuple[tuple[str, str], ...]:
        """The buttons: label key and callback data."""
        return (("open_household", f"hh:show:{self.household_id}"),)


@dataclass(frozen=True, slots=True)
class WeekSummary:
    """To a head on Monday: last week's visits and what is open now."""

    lane: ClassVar[Lane] = Lane.DIGEST
    on: date
    visits: int
    met: int
    households: int
    due: int
    overdue: int

    def actions(self) -> tuple[tuple[str, str], ...]:
        """The buttons: label key and callback data."""
        return (("open_today", "today:new"),)


@dataclass(frozen=True, slots=True)
class TierProposed:
    """To the second signer: a change of tier that involves "key"."""

    lane: ClassVar[Lane] = Lane.NOTICE
    change_id: int
    household_code: str
    from_tier: Tier
    to_tier: Tier

    def actions(self) -> tuple[tuple[str, str], ...]:
        """The buttons: label key and callback data."""
        return (("tier_look", f"tier:look:{self.change_id}"),)


@dataclass(frozen=True, slots=True)
class TierDecided:
    """To the proposer: how the second signer decided."""

    lane: ClassVar[Lane] = Lane.NOTICE
    household_code: str
    household_id: int
    to_tier: Tier
    approved: bool

    def actions(self) -> tuple[tuple[str, str], ...]:
        """The buttons: label key and callback data."""
        return (("open_household", f"hh:show:{self.household_id}"),)


@dataclass(frozen=True, slots=True)
class TierReviewDue:
    """To the instructor: so many key tiers are up for their review today."""

    lane: ClassVar[Lane] = Lane.NOTICE
    on: date
    count: int

    def actions(self) -> tuple[tuple[str, str], ...]:
        """The buttons: label key and callback data."""
        return (("open_reviews", "reviews:new"),)


@dataclass(frozen=True, slots=True)
class HouseholdArrived:
    """To the worker of a grid: a household has moved into it."""

    lane: ClassVar[Lane] = Lane.NOTICE
    household_code: str
    household_id: int

    def actions(self) -> tuple[tuple[str, str], ...]:
        """The buttons: label key and callback data."""
        return (("open_household", f"hh:show:{self.household_id}"),)


@dataclass(frozen=True, slots=True)
class DraftExpired:
    """To the person herself: a draft that was not touched for a day has ended."""

    lane: ClassVar[Lane] = Lane.NOTICE
    flow: str

    def actions(self) -> tuple[tuple[str, str], ...]:
        """The buttons: label key and callback data."""
        return ()


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


@dataclass(frozen=True, slots=True)
class TieEnded:
    """To those above: somebody has ended her tie to a household, and hears of its leads again."""

    lane: ClassVar[Lane] = Lane.NOTICE
    household_code: str
    role: Role

    def actions(self) -> tuple[tuple[str, str], ...]:
        """The buttons: label key and callback data."""
        return ()


@dataclass(frozen=True, slots=True)
class LeaveNoted:
    """To those above: somebody will be away on these days, or has taken that back."""

    lane: ClassVar[Lane] = Lane.NOTICE
    area_code: str
    role: Role
    starts_on: date
    ends_on: date
    cancelled: bool

    def actions(self) -> tuple[tuple[str, str], ...]:
        """The buttons: label key and callback data."""
        return ()


@dataclass(frozen=True, slots=True)
class UnansweredRungs:
    """To an administrator: on so many posts nobody would answer an alert today."""

    lane: ClassVar[Lane] = Lane.NOTICE
    on: date
    count: int

    def actions(self) -> tuple[tuple[str, str], ...]:
        """The buttons: label key and callback data."""
        return (("open_gaps", "gaps:new"),)


@dataclass(frozen=True, slots=True)
class GlassBroken:
    """To two others: somebody has opened a lead that is not hers, with a reason, for so many minutes."""

    lane: ClassVar[Lane] = Lane.RED
    lead_code: str
    role: Role
    minutes: int
    to_auditor: bool

    def actions(self) -> tuple[tuple[str, str], ...]:
        """The buttons: label key and callback data."""
        return (("open_reads", "reads:new"),) if self.to_auditor else ()


@dataclass(frozen=True, slots=True)
class LeadNews:
    """To whoever has a lead, reported it or may close it: something was done with it, by somebody in `role`."""

    lead_code: str
    lead_id: int
    colour: Colour
    role: Role
    event: LeadEvent

    @property
    def lane(self) -> Lane:
        """What a reporter adds to a red lead, or has come to light of it, does not wait for the morning."""
        urgent = self.colour is Colour.RED and self.event in (LeadEvent.NOTE_ADDED, LeadEvent.WORSE)
        return Lane.RED if urgent else Lane.NOTICE

    def actions(self) -> tuple[tuple[str, str], ...]:
        """The buttons: label key and callback data."""
        return (("open_lead", f"lead:show:{self.lead_id}"),)


@dataclass(frozen=True, slots=True)
class LeadRecoloured:
    """To whoever was rung for a lead, and to its reporter: somebody has changed its colour."""

    lane: ClassVar[Lane] = Lane.NOTICE
    lead_code: str
    lead_id: int
    from_colour: Colour
    colour: Colour
    role: Role

    def actions(self) -> tuple[tuple[str, str], ...]:
        """The buttons: label key and callback data."""
        return (("open_lead", f"lead:show:{self.lead_id}"),)


@dataclass(frozen=True, slots=True)
class RevisitDue:
    """To whoever has leads: so many are to be revisited today, and so many should have been before."""

    lane: ClassVar[Lane] = Lane.NOTICE
    on: date
    due: int
    overdue: int

    def actions(self) -> tuple[tuple[str, str], ...]:
        """The buttons: label key and callback data."""
        return (("open_leads", "leads:new"),)


@dataclass(frozen=True, slots=True)
class Doorbell:
    """To whoever an alert rings: its code and colour, and what she can press. Nothing else (spec 8).

    `phones` adds the list of those to telephone now, for whoever is rung last.
    """

    alert_id: int
    lead_id: int
    lead_code: str
    colour: Colour
    again: bool
    phones: bool

    @property
    def lane(self) -> Lane:
        """Quiet hours never hold red."""
        return _urgent(self.colour)

    def actions(self) -> tuple[tuple[str, str], ...]:
        """The buttons: label key and callback data."""
        phones = (("alert_phones", f"alert:phones:{self.alert_id}"),) if self.phones else ()
        return (*phones, *_answers(self.alert_id, self.lead_id))


@dataclass(frozen=True, slots=True)
class AlertHanded:
    """To whoever a colleague in `role` asks to take an alert over."""

    alert_id: int
    lead_id: int
    lead_code: str
    colour: Colour
    role: Role

    @property
    def lane(self) -> Lane:
        """Quiet hours never hold red."""
        return _urgent(self.colour)

    def actions(self) -> tuple[tuple[str, str], ...]:
        """The buttons: label key and callback data."""
        return _answers(self.alert_id, self.lead_id)


@dataclass(frozen=True, slots=True)
class AlertHeld:
    """To the others who were rung: somebody in `role` has it now."""

    lead_code: str
    colour: Colour
    role: Role
    working: bool

    @property
    def lane(self) -> Lane:
        """Whoever a red one has woken may sleep on."""
        return _urgent(self.colour)

    def actions(self) -> tuple[tuple[str, str], ...]:
        """The buttons: label key and callback data."""
        return ()


@dataclass(frozen=True, slots=True)
class StillOnIt:
    """To whoever has an alert: is she still on it?"""

    alert_id: int
    lead_id: int
    lead_code: str
    colour: Colour

    @property
    def lane(self) -> Lane:
        """Quiet hours never hold red."""
        return _urgent(self.colour)

    def actions(self) -> tuple[tuple[str, str], ...]:
        """The buttons: label key and callback data."""
        return (
            ("alert_yes", f"alert:yes:{self.alert_id}"),
            ("alert_no", f"alert:no:{self.alert_id}"),
            ("open_lead", f"lead:show:{self.lead_id}"),
        )


@dataclass(frozen=True, slots=True)
class AlertLapsed:
    """To whoever had an alert: it is no longer hers, and others are rung."""

    alert_id: int
    lead_code: str
    colour: Colour

    @property
    def lane(self) -> Lane:
        """Quiet hours never hold red."""
        return _urgent(self.colour)

    def actions(self) -> tuple[tuple[str, str], ...]:
        """The buttons: label key and callback data."""
        return (("alert_take", f"alert:take:{self.alert_id}"),)


@dataclass(frozen=True, slots=True)
class ReachesNobody:
    """To the administrators: an alert finds nobody who could answer it."""

    lead_code: str
    colour: Colour

    @property
    def lane(self) -> Lane:
        """Quiet hours never hold red."""
        return _urgent(self.colour)

    def actions(self) -> tuple[tuple[str, str], ...]:
        """The buttons: label key and callback data."""
        return ()


@dataclass(frozen=True, slots=True)
class WaitingLeads:
    """To an instructor or a head every morning: so many leads that ring nobody wait for her."""

    lane: ClassVar[Lane] = Lane.DIGEST
    on: date
    count: int

    def actions(self) -> tuple[tuple[str, str], ...]:
        """The buttons: label key and callback data."""
        return (("open_leads", "leads:new"),)


def _urgent(colour: Colour) -> Lane:
    return Lane.RED if colour is Colour.RED else Lane.NOTICE


def _answers(alert_id: int, lead_id: int) -> tuple[tuple[str, str], ...]:
    return (
        ("alert_ack", f"alert:ack:{alert_id}"),
        ("alert_take", f"alert:take:{alert_id}"),
        ("alert_pass", f"alert:pass:{alert_id}"),
        ("open_lead", f"lead:show:{lead_id}"),
    )


@dataclass(frozen=True, slots=True)
class AccountWasFrozen:
    """To the administrators: somebody's account was frozen; whose, they see when they open it."""

    lane: ClassVar[Lane] = Lane.NOTICE
    freeze_id: int

    def actions(self) -> tuple[tuple[str, str], ...]:
        """The buttons: label key and callback data."""
        return (("open_frozen", f"frozen:look:{self.freeze_id}"),)


@dataclass(frozen=True, slots=True)
class FileNotKept:
    """To whoever sent it: a picture or voice message of a lead could not be kept; she may send it again."""

    lane: ClassVar[Lane] = Lane.NOTICE
    lead_code: str
    lead_id: int
    file_kind: FileKind

    def actions(self) -> tuple[tuple[str, str], ...]:
        """The buttons: label key and callback data."""
        return (("add_lead_note", f"lead:note:{self.lead_id}"),)


@dataclass(frozen=True, slots=True)
class AccountBack:
    """To the person herself: her account is no longer frozen."""

    lane: ClassVar[Lane] = Lane.NOTICE

    def actions(self) -> tuple[tuple[str, str], ...]:
        """The buttons: label key and callback data."""
        return ()


Notice = (
    MorningDigest
    | LateHouseholds
    | NobodyHome
    | WeekSummary
    | TierProposed
    | TierDecided
    | TierReviewDue
    | HouseholdArrived
    | DraftExpired
    | Doorbell
    | AlertHanded
    | AlertHeld
    | StillOnIt
    | AlertLapsed
    | ReachesNobody
    | WaitingLeads
    | TieEnded
    | LeaveNoted
    | UnansweredRungs
    | GlassBroken
    | LeadNews
    | LeadRecoloured
    | RevisitDue
    | ReferralAsked
    | ReferralAnswered
    | ReferralWithdrawn
    | WhistleSilent
    | AccountWasFrozen
    | AccountBack
    | FileNotKept
    | DisputeCall
    | DisputeNews
    | DisputeWaits
    | DisputeForsaken
    | MediationAhead
    | MediationUnrecorded
    | PictureNotKept
    | ItemNews
    | MeetingNews
    | MonthUnused
    | PaperPutForHer
    | RecordNews
    | VoteEnteredForHer
    | VoteWanted
    | InvitedToItem
    | GroupNews
    | ProjectNews
    | ProjectDue
    | ProjectForsaken
    | RatingWanted
    | CouncilFileNotKept
)
KINDS: dict[str, type[Notice]] = {
    kind.__name__: kind
    for kind in (
        MorningDigest,
        LateHouseholds,
        NobodyHome,
        WeekSummary,
        TierProposed,
        TierDecided,
        TierReviewDue,
        HouseholdArrived,
        DraftExpired,
        Doorbell,
        AlertHanded,
        AlertHeld,
        StillOnIt,
        AlertLapsed,
        ReachesNobody,
        WaitingLeads,
        TieEnded,
        LeaveNoted,
        UnansweredRungs,
        GlassBroken,
        LeadNews,
        LeadRecoloured,
        RevisitDue,
        ReferralAsked,
        ReferralAnswered,
        ReferralWithdrawn,
        WhistleSilent,
        AccountWasFrozen,
        AccountBack,
        FileNotKept,
        DisputeCall,
        DisputeNews,
        DisputeWaits,
        DisputeForsaken,
        MediationAhead,
        MediationUnrecorded,
        PictureNotKept,
        ItemNews,
        MeetingNews,
        MonthUnused,
        PaperPutForHer,
        RecordNews,
        VoteEnteredForHer,
        VoteWanted,
        InvitedToItem,
        ProjectNews,
        ProjectDue,
        ProjectForsaken,
        RatingWanted,
        CouncilFileNotKept,
        GroupNews,
    )
}
# The fields that are members of an enumeration, by their name.
_MEMBERS: dict[str, type[StrEnum]] = {
    "from_tier": Tier,
    "to_tier": Tier,
    "colour": Colour,
    "about": About,
    "from_colour": Colour,
    "event": LeadEvent,
    "asked": ReferralKind,
    "answer": ReferralState,
    "role": Role,
    "file_kind": FileKind,
    "arrival": Arrival,
    "happened": DisputeEvent,
    "step": DisputeStep,
    "item_event": ItemEvent,
    "guest_kind": GuestKind,
    "project_event": ProjectEvent,
    "meeting_told": MeetingTold,
    "record_told": RecordTold,
    "mode": MeetingMode,
}


def to_payload(notice: Notice) -> dict[str, Any]:
    """The JSON that the outbox keeps."""
    values = {field.name: getattr(notice, field.name) for field in fields(notice)}
    return {key: value.isoformat() if isinstance(value, date) else value for key, value in values.items()}


def from_payload(kind: str, payload: dict[str, Any]) -> Notice:
    """The notice again. Raises KeyError for a kind that this version does not know."""
    values = dict(payload)
    for name in ("on", "starts_on", "ends_on", "due_on"):
        if name in values:
            values[name] = date.fromisoformat(values[name])
    for name in ("planned_at", "closes_at"):
        if name in values:
            values[name] = datetime.fromisoformat(values[name])
    for name, enum in _MEMBERS.items():
        if name in values:
            values[name] = enum(values[name])
    return KINDS[kind](**values)
