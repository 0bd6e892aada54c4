"""Adding to a lead what came to light since, in words, photos and voice messages: its reporter and whoever works on it
(spec 3).
"""

from dataclasses import dataclass
from typing import Any

from domain.access import ANSWERS_ALERTS, REPORTS_LEADS
from domain.usecases.remarks import add_note, lead_to_add_to
from handlers.flow import Finished, Flow, Step
from handlers.flows.handle import NOTE_LIMIT
from handlers.lead_pick import LeadPick
from handlers.question_kinds import Telling
from handlers.questions import Answers, Confirm, Facts
from handlers.scene import Scene
from models.lead import Colour, FileKind, Lead


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
    photos: int
    voices: int


@dataclass(frozen=True, slots=True)
class LeadNoteSent:
    """Whoever else has the lead is told."""

    code: str
    others: bool  # there may be somebody: she who adds does not have it herself


async def _load(scene: Scene, lead_id: int) -> tuple[Lead, dict[str, Any]]:
    lead = await lead_to_add_to(scene.session, actor=scene.actor, lead_id=lead_id, now=scene.now)
    return lead, {"mine": lead.handler_id == scene.actor.member_id}


_PICK = LeadPick(_load)


def _summary(answers: Answers, facts: Facts) -> LeadNoteSummary:
    told = answers["note"]
    photos = sum(kind == FileKind.PHOTO for kind, *_ in told["files"])
    voices = len(told["files"]) - photos
    return LeadNoteSummary(facts["code"], Colour(facts["colour"]), told["text"], photos, voices)


async def _finish(scene: Scene, answers: Answers, facts: Facts, _ending: str) -> Finished:
    told = answers["note"]
    await add_note(
        scene.session,
        actor=scene.actor,
        lead_id=answers["lead"],
        body=told["text"] or None,
        files=[(FileKind(kind), file_id, caption) for kind, file_id, caption in told["files"]],
        now=scene.now,
        policy=scene.policy,
    )
    return Finished(LeadNoteSent(facts["code"], not facts["mine"]), [[("open_lead", f"lead:show:{answers['lead']}")]])


LEADNOTE = Flow(
    name="leadnote",
    version=2,  # 1: words alone
    roles=REPORTS_LEADS | ANSWERS_ALERTS,
    hush=True,
    steps=(
        _PICK.step,
        Step("note", lambda _a, f: AskLeadNote(f["code"], Colour(f["colour"])), Telling(NOTE_LIMIT)),
        Step("confirm", _summary, Confirm()),
    ),
    finish=_finish,
    refresh=_PICK.refresh,
    in_reach=_PICK.in_reach,
)
