"""What the answers about a party mean: whether she is a further one, and what is written down of her."""

from enum import StrEnum

from domain.usecases.disputes import PartyFacts
from handlers.questions import Answers, Facts

ADD = 0  # in place of a party's number


class PartyConsent(StrEnum):
    """Whether a party may be contacted."""

    AGREES = "agrees"
    DECLINES = "declines"


class PartyWork(StrEnum):
    """What is written down of a party."""

    SAID = "said"  # what she says of herself
    NAME = "name"  # her name is another
    REGISTER = "register"  # she is somebody of the register


def adds(answers: Answers) -> bool:
    """Whether it is a further party."""
    return answers.get("party") == ADD


def adds_of_register(answers: Answers, facts: Facts) -> bool:
    """Whether a further party can be looked for in the register."""
    return adds(answers) and bool(facts.get("register"))


def is_known(answers: Answers) -> bool:
    """Whether it is a party who stands there already."""
    return "party" in answers and not adds(answers)


def works(_answers: Answers, facts: Facts) -> list[PartyWork]:
    """What can be written down of her; the register only for somebody who has it."""
    return [work for work in PartyWork if work is not PartyWork.REGISTER or facts.get("register")]


def is_named(answers: Answers) -> bool:
    """Whether a name is asked for."""
    return adds(answers) or answers.get("work") == PartyWork.NAME


def is_found(answers: Answers) -> bool:
    """Whether she is looked for in the register."""
    return is_known(answers) and answers.get("work") == PartyWork.REGISTER


def says(answers: Answers) -> bool:
    """Whether it is asked what she says of herself."""
    return adds(answers) or answers.get("work") == PartyWork.SAID


def name_of(answers: Answers, facts: Facts) -> str:
    """Her name, as far as it is known by now."""
    return str(answers.get("name") or facts["name"])


def new_party(answers: Answers) -> PartyFacts:
    """What the use-case is given of a further party."""
    agrees = answers["consent"] == PartyConsent.AGREES
    phone, wishes = answers.get("phone") or None, answers.get("wishes") or None
    return PartyFacts(answers["name"], agrees, answers.get("known"), phone, wishes)
