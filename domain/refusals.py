"""Why the program declines something that a person asked for. Each reason has its sentence in both languages."""

from enum import StrEnum


class Reason(StrEnum):
    """The reasons of the use-cases; the person reads the sentence of messages' `[Reason]`."""

    NOT_YOURS = "not_yours"
    NOT_FOUND = "not_found"
    CHANGED_MEANWHILE = "changed_meanwhile"
    INVITE_UNKNOWN = "invite_unknown"
    INVITE_USED = "invite_used"
    INVITE_EXPIRED = "invite_expired"
    ALREADY_APPOINTED = "already_appointed"
    FROZEN = "frozen"
    DAY_IN_FUTURE = "day_in_future"
    DAY_TOO_OLD = "day_too_old"
    PROPOSAL_PENDING = "proposal_pending"
    PROPOSAL_DECIDED = "proposal_decided"
    SIGNER_IS_PROPOSER = "signer_is_proposer"
    NO_SIGNER = "no_signer"
    SAME_TIER = "same_tier"
    CODE_TAKEN = "code_taken"
    SAME_HOUSEHOLD = "same_household"
    HOUSEHOLD_GONE = "household_gone"
    ITEM_SWITCHED_OFF = "item_switched_off"
    DUPLICATE_HOUSEHOLD = "duplicate_household"
    AWAY_NEEDS_SIGNER = "away_needs_signer"
    REVIEW_NOT_DUE = "review_not_due"
    ALREADY_THERE = "already_there"
    NOT_A_NUMBER = "not_a_number"
    ITEM_UNKNOWN = "item_unknown"
    NO_CONSENT = "no_consent"
    CANNOT_BE_ASKED = "cannot_be_asked"
    REFERRAL_OVER = "referral_over"
    REFERRAL_ANSWERED = "referral_answered"
    NOT_ACCEPTED_YET = "not_accepted_yet"
    NOT_TIED = "not_tied"
    DAY_IN_PAST = "day_in_past"
    DAY_TOO_FAR = "day_too_far"
    LEAVE_OVERLAPS = "leave_overlaps"
    LEAVE_OVER = "leave_over"
    GLASS_NOT_NEEDED = "glass_not_needed"
    GLASS_NO_WITNESSES = "glass_no_witnesses"
    LEAD_CLOSED = "lead_closed"
    LEAD_OPEN = "lead_open"
    CLOSING_ASKED = "closing_asked"
    NOT_CLOSING = "not_closing"
    SECOND_PERSON = "second_person"
    NO_SECOND = "no_second"
    VERIFY_FIRST = "verify_first"
    VERIFIED_ALREADY = "verified_already"
    REVISIT_FIRST = "revisit_first"
    NEVER_MEDIATED = "never_mediated"
    KEY_STAYS_RED = "key_stays_red"
    LEGAL_PATH = "legal_path"
    SAME_COLOUR = "same_colour"
    REASON_NEEDED = "reason_needed"
    NOT_YOUR_ENTRY = "not_your_entry"
    NOT_LINKABLE = "not_linkable"


class RefusedError(Exception):
    """A use-case declines; nothing was changed and nothing that was typed is lost."""

    def __init__(self, reason: Reason) -> None:
        super().__init__(reason.value)
        self.reason = reason
