"""The second person decides on a closing: close, or send it back with a reason (spec 3)."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from domain.access import CLOSES_LEADS
from domain.lead_access import lead_for
from domain.refusals import Reason, RefusedError
from domain.usecases.closing import close, send_back
from handlers.flow import Finished, Flow, Step
from handlers.flows.handle import NOTE_LIMIT
from handlers.lead_pick import LeadPick
from handlers.questions import Answers, Choice, Confirm, Facts, Text
from handlers.scene import Scene
from models.lead import Colour, Lead, LeadStage


class Decision(StrEnum):
    """What the second person decides."""

    CLOSE = "close"
    SEND_BACK = "send_back"


@dataclass(frozen=True, slots=True)
class AskDecision:
    """Is it to be closed?"""

    code: str
    colour: Colour


@dataclass(frozen=True, slots=True)
class AskDecisionNote:
    """What is to be noted; why is it sent back?"""

    decision: Decision


@dataclass(frozen=True, slots=True)
class DecisionSummary:
    """The decision before it holds."""

    code: str
    colour: Colour
    decision: Decision
    note: str


@dataclass(frozen=True, slots=True)
class Decided:
    """The decision holds; whoever asked is told."""

    code: str
    decision: Decision


async def _load(scene: Scene, lead_id: int) -> tuple[Lead, dict[str, Any]]:
    lead = (await lead_for(scene.session, scene.actor, lead_id, now=scene.now)).lead
    # Better said now than after the last question.
    if lead.stage is not LeadStage.CLOSING:
        raise RefusedError(Reason.NOT_CLOSING)
    if lead.closing_by_id == scene.actor.member_id:
        raise RefusedError(Reason.SECOND_PERSON)
    return lead, {}


_PICK = LeadPick(_load)


def _summary(answers: Answers, facts: Facts) -> DecisionSummary:
    return DecisionSummary(facts["code"], Colour(facts["colour"]), Decision(answers["decision"]), answers["note"])


async def _finish(scene: Scene, answers: Answers, facts: Facts, _ending: str) -> Finished:
    said = _summary(answers, facts)
    decide = close if said.decision is Decision.CLOSE else send_back
    lead = await decide(
        scene.session,
        actor=scene.actor,
        lead_id=answers["lead"],
        seen=facts["rev"],
        body=said.note,
        now=scene.now,
        policy=scene.policy,
    )
    return Finished(Decided(lead.code, said.decision), [[("open_leads", "leads:new")]])


CLOSING = Flow(
    name="closing",
    version=1,
    roles=CLOSES_LEADS,
    hush=True,
    steps=(
        _PICK.step,
        Step("decision", lambda _a, f: AskDecision(f["code"], Colour(f["colour"])), Choice(Decision)),
        Step("note", lambda a, _f: AskDecisionNote(Decision(a["decision"])), Text(NOTE_LIMIT)),
        Step("confirm", _summary, Confirm()),
    ),
    finish=_finish,
    refresh=_PICK.refresh,
    in_reach=_PICK.in_reach,
)
