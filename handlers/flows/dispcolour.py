"""Giving a dispute another colour: raised freely, lowered with a reason; red is a lead's and never offered (spec 4)."""

from dataclasses import dataclass
from typing import Any

from domain.rules.ladder_file import MAY_MEDIATE
from domain.rules.triage import is_raise
from domain.usecases.dispute_changes import dispute_at_work
from domain.usecases.dispute_colours import recolour_dispute
from handlers.dispute_pick import DisputePick
from handlers.flow import Finished, Flow, Step
from handlers.flows.handle import NOTE_LIMIT
from handlers.questions import Answers, Choice, Confirm, Facts, Text
from handlers.scene import Scene
from models.dispute import Dispute
from models.lead import Colour


@dataclass(frozen=True, slots=True)
class AskRightDisputeColour:
    """Which colour is right?"""

    code: str
    colour: Colour


@dataclass(frozen=True, slots=True)
class AskDisputeColourReason:
    """Why?"""

    to_colour: Colour
    lowered: bool


@dataclass(frozen=True, slots=True)
class DisputeColourSummary:
    """The change before it is made."""

    code: str
    from_colour: Colour
    to_colour: Colour
    reason: str


@dataclass(frozen=True, slots=True)
class DisputeRecoloured:
    """It has the new colour, and its clock runs by it."""

    code: str
    to_colour: Colour


async def _load(scene: Scene, dispute_id: int) -> tuple[Dispute, dict[str, Any]]:
    sight = await dispute_at_work(scene.session, scene.actor, dispute_id, now=scene.now, policy=scene.policy)
    return sight.dispute, {}


_PICK = DisputePick(_load)


def _colours(_answers: Answers, facts: Facts) -> list[Colour]:
    return [colour for colour in Colour if colour is not Colour.RED and colour.value != facts["colour"]]


def _raised(answers: Answers, facts: Facts) -> bool:
    return "colour" in answers and is_raise(Colour(facts["colour"]), Colour(answers["colour"]))


def _lowered(answers: Answers, facts: Facts) -> bool:
    return "colour" in answers and not _raised(answers, facts)


def _ask_reason(answers: Answers, facts: Facts) -> AskDisputeColourReason:
    return AskDisputeColourReason(Colour(answers["colour"]), _lowered(answers, facts))


def _summary(answers: Answers, facts: Facts) -> DisputeColourSummary:
    why = answers.get("reason" if _lowered(answers, facts) else "remark") or ""
    return DisputeColourSummary(facts["code"], Colour(facts["colour"]), Colour(answers["colour"]), why)


async def _finish(scene: Scene, answers: Answers, facts: Facts, _ending: str) -> Finished:
    said = _summary(answers, facts)
    dispute = await recolour_dispute(
        scene.session,
        actor=scene.actor,
        dispute_id=answers["dispute"],
        seen=facts["rev"],
        colour=said.to_colour,
        body=said.reason or None,
        now=scene.now,
        policy=scene.policy,
    )
    done = DisputeRecoloured(dispute.code, dispute.colour)
    return Finished(done, [[("open_dispute", f"disp:show:{dispute.id}")]])


DISPCOLOUR = Flow(
    name="dispcolour",
    version=1,
    roles=MAY_MEDIATE,
    hush=True,
    steps=(
        _PICK.step,
        Step(
            "colour",
            lambda _a, f: AskRightDisputeColour(f["code"], Colour(f["colour"])),
            Choice(Colour, only=_colours),
        ),
        Step("remark", _ask_reason, Text(NOTE_LIMIT), possible=_raised, optional=True),
        Step("reason", _ask_reason, Text(NOTE_LIMIT), possible=_lowered),
        Step("confirm", _summary, Confirm()),
    ),
    finish=_finish,
    refresh=_PICK.refresh,
    in_reach=_PICK.in_reach,
)
