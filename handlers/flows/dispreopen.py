"""Opening a closed or ended dispute again, with a reason (spec 4)."""

from dataclasses import dataclass
from typing import Any

from domain.dispute_access import CLOSES_DISPUTES
from domain.usecases.dispute_reopening import reopen_dispute, reopenable_dispute
from handlers.dispute_pick import DisputePick
from handlers.flow import Finished, Flow, Step
from handlers.flows.handle import NOTE_LIMIT
from handlers.questions import Answers, Confirm, Facts, Text
from handlers.scene import Scene
from models.dispute import Dispute
from models.lead import Colour


@dataclass(frozen=True, slots=True)
class AskDisputeReopening:
    """Why is it opened again?"""

    code: str
    colour: Colour


@dataclass(frozen=True, slots=True)
class DisputeReopeningSummary:
    """What is about to happen."""

    code: str
    colour: Colour
    rung: str
    reason: str


@dataclass(frozen=True, slots=True)
class DisputeReopened:
    """It is open again, and waits on its rung."""

    code: str
    rung: str


async def _load(scene: Scene, dispute_id: int) -> tuple[Dispute, dict[str, Any]]:
    found = await reopenable_dispute(
        scene.session, actor=scene.actor, dispute_id=dispute_id, now=scene.now, policy=scene.policy
    )
    return found, {}


_PICK = DisputePick(_load)


def _summary(answers: Answers, facts: Facts) -> DisputeReopeningSummary:
    return DisputeReopeningSummary(facts["code"], Colour(facts["colour"]), facts["rung"], answers["reason"])


async def _finish(scene: Scene, answers: Answers, facts: Facts, _ending: str) -> Finished:
    dispute = await reopen_dispute(
        scene.session,
        actor=scene.actor,
        dispute_id=answers["dispute"],
        seen=facts["rev"],
        body=answers["reason"],
        now=scene.now,
        policy=scene.policy,
    )
    done = DisputeReopened(dispute.code, scene.policy.ladder.name(dispute.rung, scene.actor.locale))
    return Finished(done, [[("open_dispute", f"disp:show:{dispute.id}")]])


DISPREOPEN = Flow(
    name="dispreopen",
    version=1,
    roles=CLOSES_DISPUTES,
    hush=True,
    steps=(
        _PICK.step,
        Step("reason", lambda _a, f: AskDisputeReopening(f["code"], Colour(f["colour"])), Text(NOTE_LIMIT)),
        Step("confirm", _summary, Confirm()),
    ),
    finish=_finish,
    refresh=_PICK.refresh,
    in_reach=_PICK.in_reach,
)
