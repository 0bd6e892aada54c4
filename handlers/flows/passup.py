""" "Beyond me": passing a case up to the next rung, with a reason (spec 4)."""

from dataclasses import dataclass
from typing import Any

from domain.rules.ladder_file import MAY_MEDIATE
from domain.usecases.dispute_passing import may_pass_up, pass_up
from handlers.dispute_pick import DisputePick
from handlers.flow import Finished, Flow, Step
from handlers.questions import Answers, Confirm, Facts, Text
from handlers.scene import Scene
from models.dispute import Dispute
from models.lead import Colour

REASON_LIMIT = 500


@dataclass(frozen=True, slots=True)
class AskWhyBeyond:
    """Why is it beyond her rung?"""

    code: str
    to_rung: str


@dataclass(frozen=True, slots=True)
class PassUpSummary:
    """From where to where, and why."""

    code: str
    colour: Colour
    from_rung: str
    to_rung: str
    reason: str


@dataclass(frozen=True, slots=True)
class PassedUp:
    """The next rung has it, and is called; she can follow it."""

    code: str
    to_rung: str


async def _load(scene: Scene, dispute_id: int) -> tuple[Dispute, dict[str, Any]]:
    dispute, above = await may_pass_up(
        scene.session, actor=scene.actor, dispute_id=dispute_id, now=scene.now, policy=scene.policy
    )
    return dispute, {"to": scene.policy.ladder.name(above.keys[0], scene.actor.locale)}


_PICK = DisputePick(_load)


def _summary(answers: Answers, facts: Facts) -> PassUpSummary:
    return PassUpSummary(facts["code"], Colour(facts["colour"]), facts["rung"], facts["to"], answers["reason"])


async def _finish(scene: Scene, answers: Answers, facts: Facts, _ending: str) -> Finished:
    dispute = await pass_up(
        scene.session,
        actor=scene.actor,
        dispute_id=answers["dispute"],
        seen=facts["rev"],
        reason=answers["reason"],
        now=scene.now,
        policy=scene.policy,
    )
    done = PassedUp(dispute.code, scene.policy.ladder.name(dispute.rung, scene.actor.locale))
    return Finished(done, [[("open_dispute", f"disp:show:{dispute.id}")]])


PASSUP = Flow(
    name="passup",
    version=1,
    roles=MAY_MEDIATE,
    hush=True,
    steps=(
        _PICK.step,
        Step("reason", lambda _a, f: AskWhyBeyond(f["code"], f["to"]), Text(REASON_LIMIT)),
        Step("confirm", _summary, Confirm()),
    ),
    finish=_finish,
    refresh=_PICK.refresh,
    in_reach=_PICK.in_reach,
)
