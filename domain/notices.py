"""All that is told to other people: each notice is a view with its template, kept in the outbox as JSON.

A notice reaches a phone whose screen anybody may see. By design it holds numbers, household codes and buttons;
never a name, an address, a telephone number or what somebody said (spec 8).
"""

from dataclasses import fields
from datetime import date, datetime
from enum import StrEnum
from typing import Any, get_args

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
from domain.household_notices import (
    HouseholdArrived,
    LateHouseholds,
    MorningDigest,
    NobodyHome,
    TieEnded,
    TierDecided,
    TierProposed,
    TierReviewDue,
    WeekSummary,
)
from domain.lead_notices import (
    AlertHanded,
    AlertHeld,
    AlertLapsed,
    Doorbell,
    FileNotKept,
    GlassBroken,
    LeadNews,
    LeadRecoloured,
    ReachesNobody,
    RevisitDue,
    StillOnIt,
    WaitingLeads,
)
from domain.member_notices import (
    AccountBack,
    AccountWasFrozen,
    DraftExpired,
    GridWithoutWorker,
    LeaveNoted,
    PostEnded,
    UnansweredRungs,
)
from domain.referral_notices import (
    ReferralAnswered,
    ReferralAsked,
    ReferralWithdrawn,
    WhistleSilent,
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
    | PostEnded
    | GridWithoutWorker
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
KINDS: dict[str, type[Notice]] = {kind.__name__: kind for kind in get_args(Notice)}
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


def concerns(notice: object, *, posted: bool) -> bool:
    """Whether it is still told to somebody who holds a post (`posted`) or none any more: only that it has ended."""
    return posted or isinstance(notice, PostEnded)


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
