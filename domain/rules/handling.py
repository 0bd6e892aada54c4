"""How a lead is looked after: 核实 → 支持 → 跟踪 → 回访, and the five instants that its timeline proves (spec 3, D)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum

from domain.rules.policy import Policy
from models.lead import Colour, EntryKind, LeadEntry, LeadStage


class Verdict(StrEnum):
    """What the verification (核实) has shown."""

    CONFIRMED = "confirmed"
    UNFOUNDED = "unfounded"
    DISPUTE = "dispute"  # an ordinary dispute, to be mediated


class SupportKind(StrEnum):
    """The kinds of support (支持). The list is the product's description's."""

    WARNING = "warning"  # 告诫书
    PROTECTION = "protection"  # 人身安全保护令
    SHELTER = "shelter"  # 庇护
    LEGAL_AID = "legal_aid"  # 法律援助
    MEDICAL = "medical"  # 就医验伤
    COUNSEL = "counsel"  # 心理援助


class RevisitResult(StrEnum):
    """How it stands when somebody comes again (回访)."""

    HOLDS = "holds"
    WORSE = "worse"
    NOT_REACHED = "not_reached"


class Instant(StrEnum):
    """The five instants (D): what was done at once, and when."""

    CONTACT = "contact"  # 即时联系
    INTERVENE = "intervene"  # 即时介入
    SERVICE = "service"  # 即时服务
    ATTENTION = "attention"  # 即时关注
    SETTLE = "settle"  # 即时调处


class LeadEvent(StrEnum):
    """What is told of a lead."""

    CLOSING_ASKED = "closing_asked"
    CLOSED = "closed"
    SENT_BACK = "sent_back"
    REOPENED = "reopened"
    NOTE_ADDED = "note_added"
    WORSE = "worse"  # more has come to light of what was red already


# Nobody works on what waits for a second person, or is closed.
AT_WORK = frozenset(
    {LeadStage.REPORTED, LeadStage.VERIFYING, LeadStage.SUPPORTING, LeadStage.FOLLOWING, LeadStage.REVISITING}
)
UNVERIFIED = frozenset({LeadStage.REPORTED, LeadStage.VERIFYING})
REVISITED = AT_WORK - UNVERIFIED  # a revisit is refused before
# Help that was given before one of these was not enough; of the revisits, before one that found it worse.
STARTS_ANEW = frozenset({EntryKind.REOPENED, EntryKind.COLOUR, EntryKind.REVISITED})
_PROOF = {
    Instant.CONTACT: {EntryKind.CONTACTED, EntryKind.VERIFIED},
    Instant.INTERVENE: {EntryKind.TAKEN},
    Instant.SERVICE: {EntryKind.SUPPORT},
    Instant.ATTENTION: {EntryKind.ACKNOWLEDGED, EntryKind.TAKEN},
    Instant.SETTLE: {EntryKind.CLOSED, EntryKind.TO_MEDIATION},
}


@dataclass(frozen=True, slots=True)
class Proven:
    """When an instant was reached, and how long after the report; neither, when it was not yet."""

    instant: Instant
    at: datetime | None
    after: timedelta | None


def five_instants(reported_at: datetime, entries: Sequence[LeadEntry]) -> list[Proven]:
    """The five instants as the timeline `entries`, oldest first, prove them.

    What was settled and then opened again, or went from a mediation back to protection, is not settled.
    """
    proven = []
    for instant, kinds in _PROOF.items():
        counting = _since_unsettled(entries) if instant is Instant.SETTLE else entries
        at = next((entry.at for entry in counting if entry.kind in kinds), None)
        proven.append(Proven(instant, at, at - reported_at if at else None))
    return proven


def _since_unsettled(entries: Sequence[LeadEntry]) -> Sequence[LeadEntry]:
    unsettling = [
        place
        for place, entry in enumerate(entries)
        if entry.kind is EntryKind.REOPENED or entry.detail.get("mediation_frozen")
    ]
    return entries[unsettling[-1] + 1 :] if unsettling else entries


def next_revisit(today: date, done: int, policy: Policy) -> date | None:
    """The day of the next revisit after `done` of them, when support was given or the last one was made `today`.

    The county's days count from the support; each revisit that comes late moves those after it. None after the last.
    """
    days = policy.revisit_days
    if done >= len(days):
        return None
    return today + timedelta(days=days[done] - (days[done - 1] if done else 0))


_A_DAY = timedelta(days=1)


class Pace(StrEnum):
    """How closely whoever has a lead is asked whether she is still on it."""

    CLOCK = "clock"  # by the clock of its colour
    DAILY = "daily"  # every morning
    REVISIT = "revisit"  # on the morning of the next revisit


def is_supported(entries: Sequence[LeadEntry]) -> bool:
    """Whether support (支持) was given since the lead last became worse or was opened again; oldest entry first."""
    given = False
    for entry in entries:
        worse = entry.detail.get("result") == RevisitResult.WORSE
        if entry.kind in STARTS_ANEW and (entry.kind is not EntryKind.REVISITED or worse):
            given = False
        elif entry.kind is EntryKind.SUPPORT:
            given = True
    return given


def pace_of(stage: LeadStage, colour: Colour, *, supported: bool) -> Pace:
    """How closely its holder is asked: by the clock of the colour until the lead is verified, red until help was given.

    From then on she is at work and not in doubt: about a red one she is asked every morning, about any other on the
    morning of its next revisit. While a second person decides about the closing, she cannot give help any more.
    """
    if stage in UNVERIFIED:
        return Pace.CLOCK
    if colour is not Colour.RED:
        return Pace.REVISIT
    return Pace.DAILY if supported or stage is LeadStage.CLOSING else Pace.CLOCK


def asked_again_at(
    pace: Pace, revisit_on: date | None, still_on_it: timedelta, now: datetime, policy: Policy
) -> datetime:
    """When whoever has a lead is asked again whether she is still on it, never sooner than its colour's clock says.

    Where no revisit is set, or it is overdue, the next morning.
    """
    usual = now + still_on_it
    if pace is Pace.CLOCK:
        return usual
    tomorrow = policy.today(now) + _A_DAY
    day = max(revisit_on or tomorrow, tomorrow) if pace is Pace.REVISIT else tomorrow
    return max(usual, policy.at(day, policy.digest_at))


def time_to_answer(pace: Pace, answer_within: timedelta) -> timedelta:
    """How long she has to say so: a day at least, unless the clock asks: nobody waits at the telephone then."""
    return answer_within if pace is Pace.CLOCK else max(answer_within, _A_DAY)
