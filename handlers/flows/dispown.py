"""A colleague of the rung gets the case, with a reason; or she takes over a colleague's (spec 4)."""

from dataclasses import dataclass
from typing import Any

from domain.refusals import Reason, RefusedError
from domain.rules.ladder_file import MAY_MEDIATE
from domain.usecases.dispute_accepting import hand_over, may_hand_over
from handlers.dispute_people import found_among, named
from handlers.dispute_pick import DisputePick
from handlers.flow import Finished, Flow, Step
from handlers.questions import Answers, Confirm, Facts, Found, Pick, Text
from handlers.scene import Scene
from models.dispute import Dispute
from models.lead import Colour

REASON_LIMIT = 500


@dataclass(frozen=True, slots=True)
class AskNewOwner:
    """Who is to have the case?"""

    code: str


@dataclass(frozen=True, slots=True)
class AskWhyHandOver:
    """Why?"""


@dataclass(frozen=True, slots=True)
class HandOverSummary:
    """Who will have it, and why."""

    code: str
    colour: Colour
    receiver: str
    reason: str


@dataclass(frozen=True, slots=True)
class HandedOver:
    """She has it from now on."""

    code: str
    receiver: str


async def _load(scene: Scene, dispute_id: int) -> tuple[Dispute, dict[str, Any]]:
    dispute, _ = await _receivers(scene, dispute_id)
    return dispute, {}


async def _receivers(scene: Scene, dispute_id: int) -> tuple[Dispute, list[int]]:
    return await may_hand_over(
        scene.session, actor=scene.actor, dispute_id=dispute_id, now=scene.now, policy=scene.policy
    )


async def _search(scene: Scene, answers: Answers, _facts: Facts, query: str, offset: int, limit: int) -> Found:
    dispute, receivers = await _receivers(scene, answers["dispute"])
    lines = await found_among(scene, dispute, receivers, query)
    return Found(lines[offset : offset + limit], len(lines))


async def _resolve(scene: Scene, value: int, answers: Answers, _facts: Facts) -> dict[str, Any]:
    dispute, receivers = await _receivers(scene, answers["dispute"])
    if value not in receivers:
        raise RefusedError(Reason.RECEIVER_NOT_FREE)
    return {"receiver": await named(scene, dispute, value)}


_PICK = DisputePick(_load)


def _summary(answers: Answers, facts: Facts) -> HandOverSummary:
    return HandOverSummary(facts["code"], Colour(facts["colour"]), facts["receiver"], answers["reason"])


async def _finish(scene: Scene, answers: Answers, facts: Facts, _ending: str) -> Finished:
    dispute = await hand_over(
        scene.session,
        actor=scene.actor,
        dispute_id=answers["dispute"],
        seen=facts["rev"],
        to_id=answers["to"],
        reason=answers["reason"],
        now=scene.now,
        policy=scene.policy,
    )
    done = HandedOver(dispute.code, facts["receiver"])
    return Finished(done, [[("open_dispute", f"disp:show:{dispute.id}")]])


DISPOWN = Flow(
    name="dispown",
    version=1,
    roles=MAY_MEDIATE,
    hush=True,
    steps=(
        _PICK.step,
        Step("to", lambda _a, f: AskNewOwner(f["code"]), Pick(_search, _resolve)),
        Step("reason", lambda _a, _f: AskWhyHandOver(), Text(REASON_LIMIT)),
        Step("confirm", _summary, Confirm()),
    ),
    finish=_finish,
    refresh=_PICK.refresh,
    in_reach=_PICK.in_reach,
)
