"""On what ground something is passed on: consent, or a duty of the law; what may be chosen, and what it comes to."""

from collections.abc import Sequence
from enum import StrEnum

from domain.usecases.referrals import Basis
from handlers.questions import Answers, Facts
from messages.render import label
from models.referral import About


class Agreement(StrEnum):
    """What the person concerned says about asking others."""

    RECORDED = "recorded"  # she has agreed before
    AGREES = "agrees"
    DECLINES = "declines"
    NOT_ASKED = "not_asked"  # she cannot be asked (safely)


class AgreementOfAll(StrEnum):
    """What the parties to a dispute say about it; the same answers as `Agreement`, in other words."""

    RECORDED = Agreement.RECORDED.value
    AGREES = Agreement.AGREES.value  # every one of them
    DECLINES = Agreement.DECLINES.value  # one at least
    NOT_ASKED = Agreement.NOT_ASKED.value  # not all could be


class Duty(StrEnum):
    """A duty of the law to report. `NONE` ends it: her "no" is written down, and nobody is asked."""

    DOMESTIC_VIOLENCE = "domestic_violence"  # 反家庭暴力法, article 14
    MINOR = "minor"  # 未成年人保护法, article 11
    OTHER = "other"
    NONE = "none"


AGREEMENT_OF: dict[About, type[Agreement | AgreementOfAll]] = {About.LEAD: Agreement, About.DISPUTE: AgreementOfAll}


def needs_duty(answers: Answers) -> bool:
    """Whether only a duty of the law can be the ground."""
    return answers.get("agreement") in (Agreement.DECLINES, Agreement.NOT_ASKED)


def names_law(answers: Answers) -> bool:
    """Whether the law is written in words."""
    return needs_duty(answers) and answers.get("duty") == Duty.OTHER


def has_ground(answers: Answers) -> bool:
    """Whether somebody can be asked at all."""
    return "agreement" in answers and not (needs_duty(answers) and answers.get("duty", Duty.NONE) == Duty.NONE)


def agreements(_answers: Answers, facts: Facts) -> Sequence[StrEnum]:
    """What may be said about consent."""
    return [
        one
        for one in AGREEMENT_OF[About(facts.get("about", About.LEAD))]
        if one != Agreement.RECORDED or facts["agreed"]
    ]


def duties(answers: Answers, facts: Facts) -> Sequence[StrEnum]:
    """The two duties to report are for key matters; who could not be asked has not said no."""
    ready = (Duty.DOMESTIC_VIOLENCE, Duty.MINOR) if facts["key_matter"] else ()
    ending = (Duty.NONE,) if answers.get("agreement") == Agreement.DECLINES else ()
    return [*ready, Duty.OTHER, *ending]


def basis_of(answers: Answers) -> Basis:
    """The ground as the use-case takes it; only what she said just now is written down anew."""
    said = {Agreement.AGREES: True, Agreement.DECLINES: False}
    return Basis(said.get(Agreement(answers["agreement"])), law_of(answers))


def law_of(answers: Answers) -> str | None:
    """The law in its own language, whichever one the form was filled in."""
    if not needs_duty(answers):
        return None
    duty = Duty(answers["duty"])
    if duty is Duty.NONE:
        return None
    return str(answers["law"]) if duty is Duty.OTHER else label(duty, "zh")
