"""Calling an open ballot off (撤销表决), with a reason that its group may read; nothing is decided."""

from dataclasses import dataclass

from domain.usecases.ballot_changes import cancel_ballot
from handlers.ballot_pick import BallotPick, nothing_more
from handlers.flow import Finished, Flow, Step
from handlers.public_text import PublicText
from handlers.questions import Answers, Confirm, Facts
from handlers.scene import Scene
from models.member import Role

REASON_LIMIT = 200


@dataclass(frozen=True, slots=True)
class AskWhyCancel:
    """Why is the vote called off?"""

    title: str


@dataclass(frozen=True, slots=True)
class CancellingSummary:
    """The reason before the vote is called off for good."""

    title: str
    code: str
    reason: str


@dataclass(frozen=True, slots=True)
class BallotCancelled:
    """It is called off; the item is where it was."""

    code: str


_PICK = BallotPick(nothing_more)


async def _finish(scene: Scene, answers: Answers, facts: Facts, _ending: str) -> Finished:
    ballot = await cancel_ballot(
        scene.session,
        actor=scene.actor,
        ballot_id=answers["ballot"],
        reason=answers["reason"],
        now=scene.now,
        policy=scene.policy,
    )
    return Finished(BallotCancelled(facts["code"]), [[("open_item", f"item:show:{ballot.item_id}")]])


VOTECANCEL = Flow(
    name="votecancel",
    version=1,
    roles=frozenset({Role.COUNCIL_CHAIR}),
    steps=(
        _PICK.step,
        Step("reason", lambda _a, f: AskWhyCancel(f["title"]), PublicText(REASON_LIMIT)),
        Step("confirm", lambda a, f: CancellingSummary(f["title"], f["code"], a["reason"]), Confirm()),
    ),
    finish=_finish,
    refresh=_PICK.refresh,
    in_reach=_PICK.in_reach,
)
