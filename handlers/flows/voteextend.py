"""Giving an open ballot more time (延长表决): only later, never sooner."""

from dataclasses import dataclass
from datetime import datetime

from domain.usecases.ballot_changes import extend_ballot
from handlers.ballot_pick import BallotPick, nothing_more
from handlers.deadline_question import Deadline, ends_at
from handlers.flow import Finished, Flow, Step
from handlers.questions import Answers, Confirm, Facts
from handlers.scene import Scene
from models.member import Role


@dataclass(frozen=True, slots=True)
class AskLaterDeadline:
    """Until when instead?"""

    title: str
    before: datetime


@dataclass(frozen=True, slots=True)
class ExtensionSummary:
    """The deadline before and after."""

    title: str
    code: str
    before: datetime
    closes_at: datetime


@dataclass(frozen=True, slots=True)
class BallotExtended:
    """It ends later now; the group's message says so."""

    code: str
    closes_at: datetime


_PICK = BallotPick(nothing_more)


def _before(facts: Facts) -> datetime:
    return datetime.fromisoformat(facts["closes_at"])


def _summary(answers: Answers, facts: Facts) -> ExtensionSummary:
    closes_at = datetime.fromisoformat(answers["deadline"])
    return ExtensionSummary(facts["title"], facts["code"], _before(facts), closes_at)


async def _finish(scene: Scene, answers: Answers, facts: Facts, _ending: str) -> Finished:
    number, closes_at = answers["ballot"], ends_at(answers["deadline"], scene.now)
    await extend_ballot(scene.session, actor=scene.actor, ballot_id=number, closes_at=closes_at, now=scene.now)
    extended = BallotExtended(facts["code"], closes_at.astimezone(scene.policy.zone))
    return Finished(extended, [[("open_paper", f"vote:paper:{number}")]])


VOTEEXTEND = Flow(
    name="voteextend",
    version=1,
    roles=frozenset({Role.COUNCIL_CHAIR}),
    steps=(
        _PICK.step,
        Step("deadline", lambda _a, f: AskLaterDeadline(f["title"], _before(f)), Deadline(since="closes_at")),
        Step("confirm", _summary, Confirm()),
    ),
    finish=_finish,
    refresh=_PICK.refresh,
    in_reach=_PICK.in_reach,
)
