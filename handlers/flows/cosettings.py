"""How a council votes: quorum, majority, abstentions, usual kind, the language of its group, its alliance (spec 5).

Everything is set already, so the form begins with its summary, and only what is pressed there is asked.
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from domain.usecases.councils import CouncilSettings, change_settings
from handlers.council_pick import LED_COUNCIL, council_in_reach, refresh_council
from handlers.flow import Finished, Flow, Step
from handlers.questions import Answers, Choice, Confirm, Facts, Text
from handlers.scene import Scene
from models.council import Majority
from models.member import Role

ALLIANCE_LIMIT = 40


class Quorum(StrEnum):
    """How many of N+X must vote."""

    HALF = "1/2"
    TWO_THIRDS = "2/3"
    THREE_QUARTERS = "3/4"
    ALL = "1/1"


class Abstentions(StrEnum):
    """Whether an abstention is one of the votes of which a majority is needed."""

    COUNT = "count"
    LEFT_OUT = "left_out"


class UsualKind(StrEnum):
    """How the council votes unless the chair chooses otherwise."""

    OPEN = "open"
    SECRET = "secret"  # noqa: S105 — a kind of ballot


class GroupLanguage(StrEnum):
    """The language of the group and of the record."""

    ZH = "zh"
    EN = "en"


@dataclass(frozen=True, slots=True)
class AskQuorum:
    """How many must take part?"""


@dataclass(frozen=True, slots=True)
class AskMajority:
    """How many must be in favour?"""


@dataclass(frozen=True, slots=True)
class AskAbstentions:
    """Do abstentions count among the votes?"""


@dataclass(frozen=True, slots=True)
class AskUsualKind:
    """Open or secret?"""


@dataclass(frozen=True, slots=True)
class AskGroupLanguage:
    """Which language is spoken in the group?"""


@dataclass(frozen=True, slots=True)
class AskAlliance:
    """To which alliance does it belong?"""


@dataclass(frozen=True, slots=True)
class CouncilRules:
    """The rules as they will be."""

    name: str
    quorum: Quorum
    majority: Majority
    abstentions: Abstentions
    usual: UsualKind
    language: GroupLanguage
    alliance: str


@dataclass(frozen=True, slots=True)
class CouncilRulesSet:
    """They hold from the next ballot on."""

    name: str


def _known_quorum(_answers: Answers, facts: Facts) -> bool:
    # A share that only the database knows is asked for, and never taken for another.
    return facts["quorum"] in {share.value for share in Quorum}


def _of_yes(yes: StrEnum, no: StrEnum, fact: bool) -> str:
    return (yes if fact else no).value


def _summary(answers: Answers, facts: Facts) -> CouncilRules:
    return CouncilRules(
        name=facts["name"],
        quorum=Quorum(answers["quorum"]),
        majority=Majority(answers["majority"]),
        abstentions=Abstentions(answers["abstain"]),
        usual=UsualKind(answers["usual"]),
        language=GroupLanguage(answers["language"]),
        alliance=answers.get("alliance") or "",
    )


async def _finish(scene: Scene, answers: Answers, facts: Facts, _ending: str) -> Finished:
    rules = _summary(answers, facts)
    num, den = rules.quorum.value.split("/")
    settings = CouncilSettings(
        quorum_num=int(num),
        quorum_den=int(den),
        majority=rules.majority,
        abstain_counts=rules.abstentions is Abstentions.COUNT,
        secret=rules.usual is UsualKind.SECRET,
        locale=rules.language.value,
        alliance=rules.alliance or None,
    )
    sight = await change_settings(
        scene.session, actor=scene.actor, council_id=answers["council"], seen=facts["rev"], settings=settings
    )
    return Finished(CouncilRulesSet(sight.council.name), [[("open_council", f"co:show:{sight.council.id}")]])


def _usual(_answers: Answers, facts: Facts) -> Any:
    return _of_yes(UsualKind.SECRET, UsualKind.OPEN, facts["secret"])


def _abstentions(_answers: Answers, facts: Facts) -> Any:
    return _of_yes(Abstentions.COUNT, Abstentions.LEFT_OUT, facts["abstain"])


COSETTINGS = Flow(
    name="cosettings",
    version=1,
    roles=frozenset({Role.COUNCIL_CHAIR}),
    steps=(
        LED_COUNCIL,
        Step(
            "quorum", lambda _a, _f: AskQuorum(), Choice(Quorum),
            default=lambda _a, f: f["quorum"], default_when=_known_quorum,
        ),
        Step("majority", lambda _a, _f: AskMajority(), Choice(Majority), default=lambda _a, f: f["majority"]),
        Step("abstain", lambda _a, _f: AskAbstentions(), Choice(Abstentions, columns=1), default=_abstentions),
        Step("usual", lambda _a, _f: AskUsualKind(), Choice(UsualKind), default=_usual),
        Step("language", lambda _a, _f: AskGroupLanguage(), Choice(GroupLanguage), default=lambda _a, f: f["locale"]),
        Step(
            "alliance", lambda _a, _f: AskAlliance(), Text(ALLIANCE_LIMIT, one_line=True), optional=True,
            default=lambda _a, f: f["alliance"],
        ),
        Step("confirm", _summary, Confirm()),
    ),
    finish=_finish,
    refresh=refresh_council,
    in_reach=council_in_reach,
)  # fmt: skip
