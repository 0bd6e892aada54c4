"""Adding to a dispute what came to light since, in words, photos and voice messages (spec 4)."""

from dataclasses import dataclass
from typing import Any

from domain.rules.ladder_file import MAY_MEDIATE
from domain.usecases.dispute_notes import add_dispute_note, dispute_to_add_to
from handlers.dispute_pick import VIOLENCE_BUTTON, DisputePick
from handlers.flow import Finished, Flow, Step
from handlers.flows.handle import NOTE_LIMIT
from handlers.question_kinds import Telling
from handlers.questions import Answers, Confirm, Facts
from handlers.scene import Scene
from models.dispute import Dispute, DisputeEntryKind
from models.lead import Colour, FileKind


@dataclass(frozen=True, slots=True)
class AskDisputeNote:
    """What is new?"""

    code: str
    colour: Colour


@dataclass(frozen=True, slots=True)
class DisputeNoteSummary:
    """The note before it is kept."""

    code: str
    colour: Colour
    note: str
    photos: int
    voices: int


@dataclass(frozen=True, slots=True)
class DisputeNoteSaved:
    """It is in the timeline, and the rung is told. `late`: violence has ended the case; its red lead has it too."""

    code: str
    late: bool


async def _load(scene: Scene, dispute_id: int) -> tuple[Dispute, dict[str, Any]]:
    dispute = await dispute_to_add_to(
        scene.session, actor=scene.actor, dispute_id=dispute_id, now=scene.now, policy=scene.policy
    )
    return dispute, {}


_PICK = DisputePick(_load)


def _summary(answers: Answers, facts: Facts) -> DisputeNoteSummary:
    told = answers["note"]
    photos = sum(kind == FileKind.PHOTO for kind, *_ in told["files"])
    voices = len(told["files"]) - photos
    return DisputeNoteSummary(facts["code"], Colour(facts["colour"]), told["text"], photos, voices)


async def _finish(scene: Scene, answers: Answers, facts: Facts, _ending: str) -> Finished:
    told = answers["note"]
    entry = await add_dispute_note(
        scene.session,
        actor=scene.actor,
        dispute_id=answers["dispute"],
        body=told["text"] or None,
        files=[(FileKind(kind), file_id, caption) for kind, file_id, caption in told["files"]],
        now=scene.now,
        policy=scene.policy,
    )
    saved = DisputeNoteSaved(facts["code"], late=entry.kind is DisputeEntryKind.LATE_RECORD)
    return Finished(saved, [[("open_dispute", f"disp:show:{answers['dispute']}")]])


DISPNOTE = Flow(
    name="dispnote",
    version=1,
    roles=MAY_MEDIATE,
    hush=True,
    steps=(
        _PICK.step,
        Step(
            "note",
            lambda _a, f: AskDisputeNote(f["code"], Colour(f["colour"])),
            Telling(NOTE_LIMIT),
            aside=VIOLENCE_BUTTON,
        ),
        Step("confirm", _summary, Confirm(), aside=VIOLENCE_BUTTON),
    ),
    finish=_finish,
    refresh=_PICK.refresh,
    in_reach=_PICK.in_reach,
)
