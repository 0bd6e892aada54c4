"""The tables, one aggregate a file, each with its named queries. Importing this package registers them all."""

from models.alert import Alert, AlertBell, AlertRung, AlertState, NextStep, RungState
from models.area import Area, AreaKind, GridKind
from models.chat_message import ChatMessage
from models.confidential import BreakGlass, Ground, LeadRead, Tie, TieKind
from models.conversation import Conversation
from models.freeze import AccountFreeze, FreezeReason
from models.household import Household, HouseholdChange, HouseholdStatus, Resident, Sex, Tier
from models.inbox import InboxUpdate
from models.invite import Invite
from models.lead import (
    Colour,
    EntryKind,
    FileKind,
    FileState,
    Lead,
    LeadConsent,
    LeadEntry,
    LeadFile,
    LeadSource,
    LeadStage,
    MediationRequest,
    MediationState,
    Triage,
    Where,
)
from models.member import Appointment, Leave, Member, Role
from models.outbox import OutboxMessage, OutboxState
from models.referral import Referral, ReferralGround, ReferralKind, ReferralState
from models.sweep_run import LateMark, SweepRun
from models.tier_change import ProposalState, TierChange, TierReason
from models.visit import Visit, VisitMode, VisitNeed, VisitOutcome, VisitPhoto

__all__ = [
    "AccountFreeze",
    "Alert",
    "AlertBell",
    "AlertRung",
    "AlertState",
    "Appointment",
    "Area",
    "AreaKind",
    "BreakGlass",
    "ChatMessage",
    "Colour",
    "Conversation",
    "EntryKind",
    "FileKind",
    "FileState",
    "FreezeReason",
    "GridKind",
    "Ground",
    "Household",
    "HouseholdChange",
    "HouseholdStatus",
    "InboxUpdate",
    "Invite",
    "LateMark",
    "Lead",
    "LeadConsent",
    "LeadEntry",
    "LeadFile",
    "LeadRead",
    "LeadSource",
    "LeadStage",
    "Leave",
    "MediationRequest",
    "MediationState",
    "Member",
    "NextStep",
    "OutboxMessage",
    "OutboxState",
    "ProposalState",
    "Referral",
    "ReferralGround",
    "ReferralKind",
    "ReferralState",
    "Resident",
    "Role",
    "RungState",
    "Sex",
    "SweepRun",
    "Tie",
    "TieKind",
    "Tier",
    "TierChange",
    "TierReason",
    "Triage",
    "Visit",
    "VisitMode",
    "VisitNeed",
    "VisitOutcome",
    "VisitPhoto",
    "Where",
]
