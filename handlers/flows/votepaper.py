"""Entering a paper or a proxy in an OPEN ballot (代录书面票、委托票): for one elector, labelled for all to see."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from domain.refusals import Reason, RefusedError
from domain.usecases.ballot_counting import places_of
from domain.usecases.ballot_papers import enter_vote
from domain.usecases.ballots import BallotSight, led_ballot
from handlers.ballot_pick import BallotPick
from handlers.flow import Finished, Flow, Step
from handlers.questions import Answers, Choice, Confirm, Facts, Found, Pick
from handlers.scene import Scene
from models.ballot import BallotChoice, VoteWay
from models.member import Role


class EnteredWay(StrEnum):
    """How she handed it in."""

    PAPER = "paper"
    PROXY = "proxy"


@dataclass(frozen=True, slots=True)
class AskWhoseVote:
    """Whose vote is entered?"""

    title: str


@dataclass(frozen=True, slots=True)
class AskEnteredWay:
    """On paper, or by word to the chair?"""

    name: str


@dataclass(frozen=True, slots=True)
class AskEnteredChoice:
    """What does she vote?"""

    name: str


@dataclass(frozen=True, slots=True)
class EnteredSummary:
    """The vote before it is entered."""

    title: str
    code: str
    name: str
    way: EnteredWay
    choice: BallotChoice


@dataclass(frozen=True, slots=True)
class VoteEntered:
    """It is entered and labelled; until the deadline her own press goes before it."""

    code: str


async def _singly(_scene: Scene, seen: BallotSight) -> dict[str, Any]:
    if seen.ballot.secret:
        raise RefusedError(Reason.PAPERS_TOGETHER)
    return {}


_PICK = BallotPick(_singly)


async def _search(scene: Scene, answers: Answers, _facts: Facts, query: str, offset: int, limit: int) -> Found:
    seen = await led_ballot(scene.session, scene.actor, answers["ballot"])
    places = [place for place in await places_of(scene.session, seen.ballot, scene.today) if query in place.name]
    places.sort(key=lambda place: place.voted)
    rows = [(one.member_id, f"{'✅ ' if one.voted else ''}{one.name}") for one in places[offset : offset + limit]]
    return Found(rows, len(places))


async def _resolve(scene: Scene, value: int, answers: Answers, _facts: Facts) -> dict[str, Any]:
    seen = await led_ballot(scene.session, scene.actor, answers["ballot"])
    for place in await places_of(scene.session, seen.ballot, scene.today):
        if place.member_id == value:
            return {"name": place.name}
    raise RefusedError(Reason.NOT_ELECTOR)


def _summary(answers: Answers, facts: Facts) -> EnteredSummary:
    return EnteredSummary(
        title=facts["title"],
        code=facts["code"],
        name=facts["name"],
        way=EnteredWay(answers["way"]),
        choice=BallotChoice(answers["choice"]),
    )


async def _finish(scene: Scene, answers: Answers, facts: Facts, _ending: str) -> Finished:
    number = answers["ballot"]
    await enter_vote(
        scene.session,
        actor=scene.actor,
        ballot_id=number,
        member_id=answers["elector"],
        choice=BallotChoice(answers["choice"]),
        way=VoteWay(answers["way"]),
        now=scene.now,
        policy=scene.policy,
    )
    more = [("enter_vote", f"vote:enter:{number}"), ("ballot_board", f"vote:board:{number}")]
    return Finished(VoteEntered(facts["code"]), [more])


VOTEPAPER = Flow(
    name="votepaper",
    version=1,
    roles=frozenset({Role.COUNCIL_CHAIR}),
    hush=True,
    steps=(
        _PICK.step,
        Step("elector", lambda _a, f: AskWhoseVote(f["title"]), Pick(_search, _resolve)),
        Step("way", lambda _a, f: AskEnteredWay(f["name"]), Choice(EnteredWay)),
        Step("choice", lambda _a, f: AskEnteredChoice(f["name"]), Choice(BallotChoice, columns=3)),
        Step("confirm", _summary, Confirm()),
    ),
    finish=_finish,
    refresh=_PICK.refresh,
    in_reach=_PICK.in_reach,
)
