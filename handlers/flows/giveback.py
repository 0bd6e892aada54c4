"""Giving a case back to the rung that passed it up, once, with a reason (spec 4)."""

from dataclasses import dataclass
from typing import Any

from domain.rules.ladder_file import MAY_MEDIATE
from domain.usecases.dispute_passing import give_back, may_give_it_back
from handlers.dispute_pick import DisputePick
from handlers.flow import Finished, Flow, Step
from handlers.questions import Answers, Confirm, Facts, Text
from handlers.scene import Scene
from models.dispute import Dispute
from models.lead import Colour

REASON_LIMIT = 500


@dataclass(frozen=True, slots=True)
class AskWhyBack:
    """Why does it belong there?"""

    code: str
    to_rung: str


@dataclass(frozen=True, slots=True)
class GiveBackSummary:
    """To whom it goes back, and why."""

    code: str
    colour: Colour
    to_rung: str
    reason: str


@dataclass(frozen=True, slots=True)
class GivenBack:
    """The rung below has it again, and is called."""

    code: str
    to_rung: str


async def _load(scene: Scene, dispute_id: int) -> tuple[Dispute, dict[str, Any]]:
    dispute, below = await may_give_it_back(
        scene.session, actor=scene.actor, dispute_id=dispute_id, now=scene.now, policy=scene.policy
    )
    return dispute, {"to": below.rung.name(scene.actor.locale)}


_PICK = DisputePick(_load)


def _summary(answers: Answers, facts: Facts) -> GiveBackSummary:
    return GiveBackSummary(facts["code"], Colour(facts["colour"]), facts["to"], answers["reason"])


async def _finish(scene: Scene, answers: Answers, facts: Facts, _ending: str) -> Finished:
    dispute = await give_back(
        scene.session,
        actor=scene.actor,
        dispute_id=answers["dispute"],
        seen=facts["rev"],
        reason=answers["reason"],
        now=scene.now,
        policy=scene.policy,
    )
    return Finished(GivenBack(dispute.code, facts["to"]), [[("open_dispute", f"disp:show:{dispute.id}")]])


GIVEBACK = Flow(
    name="giveback",
    version=1,
    roles=MAY_MEDIATE,
    hush=True,
    steps=(
        _PICK.step,
        Step("reason", lambda _a, f: AskWhyBack(f["code"], f["to"]), Text(REASON_LIMIT)),
        Step("confirm", _summary, Confirm()),
    ),
    finish=_finish,
    refresh=_PICK.refresh,
    in_reach=_PICK.in_reach,
)
