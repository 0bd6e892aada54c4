"""What the known words of a dispute's history say, in the reader's language."""

from datetime import date
from enum import StrEnum

from domain.rules.agreements import FollowUpResult
from domain.rules.ladder import Arrival
from domain.rules.ladder_file import Ladder
from domain.usecases.availability import PassedOver
from handlers.grounds import AgreementOfAll
from messages.render import day_text, label
from models.dispute import DisputeEntry, DisputeOutcome
from models.lead import Colour
from models.mediation import AttemptResult, CourtState, MediationMethod
from models.referral import ReferralKind, ReferralState

# What the known words of an entry's detail mean: enumerations with words of their own, and sections of words.
_ENUMS: dict[str, tuple[type[StrEnum], ...]] = {
    "colour": (Colour,),
    "result": (AttemptResult, FollowUpResult),
    "method": (MediationMethod,),
    "outcome": (DisputeOutcome,),
    "court": (CourtState,),
    "asked": (ReferralKind,),
    "agreement": (AgreementOfAll,),
    "answer": (ReferralState,),
}
_SECTIONS: dict[str, tuple[type[StrEnum], str]] = {
    "why": (Arrival, "arrival"),
    "reason": (PassedOver, "passed_over"),
}
_DAYS = ("held_on", "on")


def detail_words(entry: DisputeEntry, ladder: Ladder, locale: str) -> str:
    """The words of an entry; numbers of members and of records say nothing."""
    detail = entry.detail
    said = [ladder.name(str(detail[key]), locale) for key in ("rung",) if detail.get(key)]
    for key, enums in _ENUMS.items():
        said += [label(member, locale) for enum in enums for member in enum if member.value == detail.get(key)]
    for key, (enum, section) in _SECTIONS.items():
        said += [label(member.value, locale, section) for member in enum if member.value == detail.get(key)]
    said += [day_text(day, locale) for key in _DAYS if (day := _day(detail.get(key))) is not None]
    return " · ".join(said)


def _day(value: object) -> date | None:
    try:
        return date.fromisoformat(str(value))
    except ValueError:
        return None
