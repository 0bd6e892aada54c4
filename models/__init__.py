"""The tables, one aggregate a file, each with its named queries. Importing this package registers them all."""

from models.area import Area, AreaKind, GridKind
from models.conversation import Conversation
from models.household import Household, HouseholdChange, HouseholdStatus, Resident, Sex, Tier
from models.inbox import InboxUpdate
from models.invite import Invite
from models.member import Appointment, Member, Role
from models.outbox import OutboxMessage, OutboxState
from models.sweep_run import LateMark, SweepRun
from models.tier_change import ProposalState, TierChange, TierReason
from models.visit import Visit, VisitMode, VisitNeed, VisitOutcome, VisitPhoto

__all__ = [
    "Appointment",
    "Area",
    "AreaKind",
    "Conversation",
    "GridKind",
    "Household",
    "HouseholdChange",
    "HouseholdStatus",
    "InboxUpdate",
    "Invite",
    "LateMark",
    "Member",
    "OutboxMessage",
    "OutboxState",
    "ProposalState",
    "Resident",
    "Role",
    "Sex",
    "SweepRun",
    "Tier",
    "TierChange",
    "TierReason",
    "Visit",
    "VisitMode",
    "VisitNeed",
    "VisitOutcome",
    "VisitPhoto",
]
