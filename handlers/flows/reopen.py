"""Opening a closed lead again, with a reason (spec 3)."""

from dataclasses import dataclass
from typing import Any

from domain.access import CLOSES_LEADS
from domain.usecases.closing import closed_lead, reopen
from handlers.flow import Finished, Flow, Step
from handlers.flows.handle import NOTE_LIMIT
from handlers.lead_pick import LeadPick
from handlers.questions import Answers, Confirm, Facts, Text
from handlers.scene import Scene
from models.lead import Colour, Lead


@dataclass(frozen=True, slots=True)
class AskReopenReason:
    """Why is it opened again?"""

    code: str
    colour: Colour


@dataclass(frozen=True, slots=True)
class ReopenSummary:
    """What is about to happen."""

    code: str
    colour: Colour
    reason: str


@dataclass(frozen=True, slots=True)
class Reopened:
    """It is open again, and its alert rings."""

    code: str


async def _load(scene: Scene, lead_id: int) -> tuple[Lead, dict[str, Any]]:
    return await closed_lead(scene.session, scene.actor, lead_id), {}


_PICK = LeadPick(_load)


def _summary(answers: Answers, facts: Facts) -> ReopenSummary:
    return ReopenSummary(facts["code"], Colour(facts["colour"]), answers["reason"])


async def _finish(scene: Scene, answers: Answers, facts: Facts, _ending: str) -> Finished:
    lead = await reopen(
        scene.session,
        actor=scene.actor,
        lead_id=answers["lead"],
        seen=facts["rev"],
        body=answers["reason"],
        now=scene.now,
        policy=scene.policy,
    )
    return Finished(Reopened(lead.code), [[("open_leads", "leads:new")]])


REOPEN = Flow(
    name="reopen",
    version=1,
    roles=CLOSES_LEADS,
    hush=True,
    steps=(
        _PICK.step,
        Step("reason", lambda _a, f: AskReopenReason(f["code"], Colour(f["colour"])), Text(NOTE_LIMIT)),
        Step("confirm", _summary, Confirm()),
    ),
    finish=_finish,
    refresh=_PICK.refresh,
    in_reach=_PICK.in_reach,
)
