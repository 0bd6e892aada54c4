"""Putting folded papers into the box of a SECRET ballot (放入书面票): several people's at once, and only their sum.

Of one or two papers everybody would know whose they are; so there are three at least, and no proxies.
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from domain.refusals import Reason, RefusedError
from domain.rules.ballot import Tally
from domain.usecases.ballot_counting import who_has_not_voted
from domain.usecases.ballot_papers import FEWEST_PAPERS, put_papers
from domain.usecases.ballots import BallotSight, led_ballot
from handlers.ballot_pick import BallotPick
from handlers.elector_question import Electors
from handlers.flow import Finished, Flow, Step
from handlers.questions import Answers, Confirm, Facts, Number
from handlers.scene import Scene
from models.member import Role

_MOST = 9_999


@dataclass(frozen=True, slots=True)
class AskWhosePapers:
    """Whose papers are in it?"""

    title: str


@dataclass(frozen=True, slots=True)
class AskPapersFavour:
    """How many of them are in favour?"""

    people: int


@dataclass(frozen=True, slots=True)
class AskPapersAgainst:
    """How many of them are against? The rest abstained."""

    people: int
    left: int


@dataclass(frozen=True, slots=True)
class PapersSummary:
    """The sum, before it goes into the box for good; whose papers they are is not shown once more."""

    title: str
    code: str
    people: int
    favour: int
    against: int
    abstain: int


@dataclass(frozen=True, slots=True)
class PapersPut:
    """They are in the box."""

    code: str
    people: int


async def _together(_scene: Scene, seen: BallotSight) -> dict[str, Any]:
    if not seen.ballot.secret:
        raise RefusedError(Reason.PAPERS_SINGLY)
    return {}


_PICK = BallotPick(_together)


async def _candidates(scene: Scene, answers: Answers) -> list[tuple[int, str]]:
    seen = await led_ballot(scene.session, scene.actor, answers["ballot"])
    places = await who_has_not_voted(scene.session, seen.ballot, scene.today)
    return [(place.member_id, place.name) for place in places]


def _people(answers: Answers) -> int:
    return len(answers["electors"]["chosen"])


def _counted(answers: Answers) -> Tally:
    favour, against = answers["favour"], answers["against"]
    return Tally(favour, against, _people(answers) - favour - against)


def _no_more_in_favour(value: Any, answers: Answers, _facts: Facts) -> StrEnum | None:
    return Reason.PAPERS_DISAGREE if value > _people(answers) else None


def _no_more_against(value: Any, answers: Answers, _facts: Facts) -> StrEnum | None:
    return Reason.PAPERS_DISAGREE if value > _people(answers) - answers["favour"] else None


def _summary(answers: Answers, facts: Facts) -> PapersSummary:
    sum_ = _counted(answers)
    return PapersSummary(facts["title"], facts["code"], _people(answers), sum_.favour, sum_.against, sum_.abstain)


async def _finish(scene: Scene, answers: Answers, facts: Facts, _ending: str) -> Finished:
    number = answers["ballot"]
    await put_papers(
        scene.session,
        actor=scene.actor,
        ballot_id=number,
        member_ids=answers["electors"]["chosen"],
        tally=_counted(answers),
        now=scene.now,
        policy=scene.policy,
    )
    return Finished(PapersPut(facts["code"], _people(answers)), [[("ballot_board", f"vote:board:{number}")]])


VOTEPAPERS = Flow(
    name="votepapers",
    version=1,
    roles=frozenset({Role.COUNCIL_CHAIR}),
    hush=True,
    steps=(
        _PICK.step,
        Step("electors", lambda _a, f: AskWhosePapers(f["title"]), Electors(_candidates, FEWEST_PAPERS)),
        Step("favour", lambda a, _f: AskPapersFavour(_people(a)), Number(0, _MOST), check=_no_more_in_favour),
        Step(
            "against",
            lambda a, _f: AskPapersAgainst(_people(a), _people(a) - a["favour"]),
            Number(0, _MOST),
            check=_no_more_against,
        ),
        Step("confirm", _summary, Confirm()),
    ),
    finish=_finish,
    refresh=_PICK.refresh,
    in_reach=_PICK.in_reach,
)
