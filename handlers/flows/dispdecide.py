"""The second person decides on a dispute's closing; whoever asked may take her wish back in the same way (spec 4)."""

from dataclasses import dataclass
from typing import Any

from domain.rules.ladder_file import MAY_MEDIATE
from domain.usecases.dispute_closing import close_dispute, dispute_to_decide, send_dispute_back
from handlers.dispute_pick import DisputePick
from handlers.flow import Finished, Flow, Step
from handlers.flows.closing import Decision
from handlers.flows.handle import NOTE_LIMIT
from handlers.questions import Answers, Choice, Confirm, Facts, Text
from handlers.scene import Scene
from models.dispute import Dispute
from models.lead import Colour


@dataclass(frozen=True, slots=True)
class AskDisputeDecision:
    """Is it to be closed?"""

    code: str
    colour: Colour


@dataclass(frozen=True, slots=True)
class AskDisputeDecisionNote:
    """What is to be noted; why does the work go on?"""

    decision: Decision
    mine: bool


@dataclass(frozen=True, slots=True)
class DisputeDecisionSummary:
    """The decision before it holds."""

    code: str
    colour: Colour
    decision: Decision
    mine: bool
    note: str


@dataclass(frozen=True, slots=True)
class DisputeDecided:
    """The decision holds."""

    code: str
    decision: Decision
    mine: bool


async def _load(scene: Scene, dispute_id: int) -> tuple[Dispute, dict[str, Any]]:
    dispute = await dispute_to_decide(
        scene.session, actor=scene.actor, dispute_id=dispute_id, now=scene.now, policy=scene.policy
    )
    return dispute, {"mine": dispute.closing_by_id == scene.actor.member_id}


_PICK = DisputePick(_load)


def _decisions(_answers: Answers, facts: Facts) -> list[Decision]:
    return [Decision.SEND_BACK] if facts["mine"] else list(Decision)


def _ask_note(answers: Answers, facts: Facts) -> AskDisputeDecisionNote:
    return AskDisputeDecisionNote(Decision(answers["decision"]), facts["mine"])


def _summary(answers: Answers, facts: Facts) -> DisputeDecisionSummary:
    decision = Decision(answers["decision"])
    return DisputeDecisionSummary(facts["code"], Colour(facts["colour"]), decision, facts["mine"], answers["note"])


async def _finish(scene: Scene, answers: Answers, facts: Facts, _ending: str) -> Finished:
    said = _summary(answers, facts)
    decide = close_dispute if said.decision is Decision.CLOSE else send_dispute_back
    dispute = await decide(
        scene.session,
        actor=scene.actor,
        dispute_id=answers["dispute"],
        seen=facts["rev"],
        body=said.note,
        now=scene.now,
        policy=scene.policy,
    )
    return Finished(DisputeDecided(dispute.code, said.decision, said.mine))


DISPDECIDE = Flow(
    name="dispdecide",
    version=1,
    roles=MAY_MEDIATE,
    hush=True,
    steps=(
        _PICK.step,
        Step(
            "decision",
            lambda _a, f: AskDisputeDecision(f["code"], Colour(f["colour"])),
            Choice(Decision, only=_decisions),
        ),
        Step("note", _ask_note, Text(NOTE_LIMIT)),
        Step("confirm", _summary, Confirm()),
    ),
    finish=_finish,
    refresh=_PICK.refresh,
    in_reach=_PICK.in_reach,
)
