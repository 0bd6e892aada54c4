"""The reporter adds to her lead what she has learned since (spec 3)."""

from dataclasses import dataclass
from typing import Any

from domain.access import REPORTS_LEADS, lead_for
from domain.refusals import Reason, RefusedError
from domain.usecases.remarks import add_note
from handlers.flow import Finished, Flow, Step
from handlers.flows.handle import NOTE_LIMIT
from handlers.lead_pick import LeadPick
from handlers.questions import Answers, Confirm, Facts, Text
from handlers.scene import Scene
from models.lead import Colour, Lead, LeadStage


@dataclass(frozen=True, slots=True)
class AskLeadNote:
    """What is new?"""

    code: str
    colour: Colour


@dataclass(frozen=True, slots=True)
class LeadNoteSummary:
    """The note before it is sent."""

    code: str
    colour: Colour
    note: str


@dataclass(frozen=True, slots=True)
class LeadNoteSent:
    """Whoever has the lead is told."""

    code: str


async def _load(scene: Scene, lead_id: int) -> tuple[Lead, dict[str, Any]]:
    lead = (await lead_for(scene.session, scene.actor, lead_id, now=scene.now)).lead
    if lead.reporter_id != scene.actor.member_id:
        raise RefusedError(Reason.NOT_YOURS)
    if lead.stage is LeadStage.CLOSED:
        raise RefusedError(Reason.LEAD_CLOSED)
    return lead, {}


_PICK = LeadPick(_load)


def _summary(answers: Answers, facts: Facts) -> LeadNoteSummary:
    return LeadNoteSummary(facts["code"], Colour(facts["colour"]), answers["note"])


async def _finish(scene: Scene, answers: Answers, facts: Facts, _ending: str) -> Finished:
    await add_note(
        scene.session,
        actor=scene.actor,
        lead_id=answers["lead"],
        body=answers["note"],
        now=scene.now,
        policy=scene.policy,
    )
    return Finished(LeadNoteSent(facts["code"]), [[("open_lead", f"lead:show:{answers['lead']}")]])


LEADNOTE = Flow(
    name="leadnote",
    version=1,
    roles=REPORTS_LEADS,
    hush=True,
    steps=(
        _PICK.step,
        Step("note", lambda _a, f: AskLeadNote(f["code"], Colour(f["colour"])), Text(NOTE_LIMIT)),
        Step("confirm", _summary, Confirm()),
    ),
    finish=_finish,
    refresh=_PICK.refresh,
    in_reach=_PICK.in_reach,
)
