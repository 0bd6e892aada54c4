"""Asking that a dispute be closed: why, and a second person decides (spec 4)."""

from dataclasses import dataclass
from typing import Any

from domain.rules.ladder_file import MAY_MEDIATE
from domain.usecases.dispute_closing import ask_dispute_closing, dispute_closing_possible
from handlers.dispute_pick import DisputePick
from handlers.flow import Finished, Flow, Step
from handlers.flows.handle import NOTE_LIMIT
from handlers.questions import Answers, Confirm, Facts, Text
from handlers.scene import Scene
from models.dispute import Dispute, DisputeOutcome
from models.lead import Colour


@dataclass(frozen=True, slots=True)
class AskDisputeClosing:
    """Why can it be closed?"""

    code: str
    colour: Colour
    outcome: DisputeOutcome


@dataclass(frozen=True, slots=True)
class DisputeClosingSummary:
    """The wish before it is sent."""

    code: str
    colour: Colour
    outcome: DisputeOutcome
    reason: str


@dataclass(frozen=True, slots=True)
class DisputeClosingAsked:
    """A second person has been asked."""

    code: str


async def _load(scene: Scene, dispute_id: int) -> tuple[Dispute, dict[str, Any]]:
    dispute, outcome, _ = await dispute_closing_possible(
        scene.session, actor=scene.actor, dispute_id=dispute_id, now=scene.now, policy=scene.policy
    )
    return dispute, {"outcome": outcome.value}


_PICK = DisputePick(_load)


def _ask(_answers: Answers, facts: Facts) -> AskDisputeClosing:
    return AskDisputeClosing(facts["code"], Colour(facts["colour"]), DisputeOutcome(facts["outcome"]))


def _summary(answers: Answers, facts: Facts) -> DisputeClosingSummary:
    outcome = DisputeOutcome(facts["outcome"])
    return DisputeClosingSummary(facts["code"], Colour(facts["colour"]), outcome, answers["reason"])


async def _finish(scene: Scene, answers: Answers, facts: Facts, _ending: str) -> Finished:
    dispute = await ask_dispute_closing(
        scene.session,
        actor=scene.actor,
        dispute_id=answers["dispute"],
        seen=facts["rev"],
        body=answers["reason"],
        now=scene.now,
        policy=scene.policy,
    )
    return Finished(DisputeClosingAsked(dispute.code), [[("open_dispute", f"disp:show:{dispute.id}")]])


DISPCLOSE = Flow(
    name="dispclose",
    version=1,
    roles=MAY_MEDIATE,
    hush=True,
    steps=(_PICK.step, Step("reason", _ask, Text(NOTE_LIMIT)), Step("confirm", _summary, Confirm())),
    finish=_finish,
    refresh=_PICK.refresh,
    in_reach=_PICK.in_reach,
)
