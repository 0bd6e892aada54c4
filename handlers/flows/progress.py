"""How far a project is: in words, with photos, and with the steps that are done (spec 5)."""

from dataclasses import dataclass

from domain.council_access import SEES_COUNCILS
from domain.usecases.project_progress import note_progress
from handlers.flow import Finished, Flow, Step
from handlers.project_pick import WORKED
from handlers.public_text import PublicText
from handlers.question_kinds import Photos
from handlers.questions import Answers, Confirm, Facts, Many
from handlers.scene import Scene
from models.lead import FileKind

NOTE_LIMIT = 500
MOST_PHOTOS = 9


@dataclass(frozen=True, slots=True)
class AskProgress:
    """What was done?"""

    code: str
    title: str


@dataclass(frozen=True, slots=True)
class AskStepsDone:
    """Which steps are done with it?"""


@dataclass(frozen=True, slots=True)
class AskProgressPhotos:
    """Any photos?"""


@dataclass(frozen=True, slots=True)
class ProgressSummary:
    """The note before it is kept."""

    code: str
    note: str
    steps: tuple[str, ...]
    photos: int


@dataclass(frozen=True, slots=True)
class ProgressSaved:
    """It is in the project's history; the proposers hear of it."""

    code: str


def _has_steps(_answers: Answers, facts: Facts) -> bool:
    return bool(facts["open_steps"])


def _done(answers: Answers) -> list[str]:
    return list((answers.get("done") or {}).get("chosen", []))


def _summary(answers: Answers, facts: Facts) -> ProgressSummary:
    words = dict(facts["open_steps"])
    steps = tuple(words[position] for position in _done(answers) if position in words)
    return ProgressSummary(facts["code"], answers["note"], steps, len(answers.get("photos") or []))


async def _finish(scene: Scene, answers: Answers, facts: Facts, ending: str) -> Finished:
    await note_progress(
        scene.session,
        actor=scene.actor,
        project_id=answers["project"],
        body=answers["note"],
        done=[int(position) for position in _done(answers)],
        files=[(FileKind.PHOTO, file_id, caption) for file_id, caption in answers.get("photos") or []],
        conversation_id=ending,
        now=scene.now,
        policy=scene.policy,
    )
    return Finished(ProgressSaved(facts["code"]), [[("open_project", f"proj:show:{answers['project']}")]])


PROGRESS = Flow(
    name="progress",
    version=1,
    roles=SEES_COUNCILS,
    steps=(
        WORKED.step,
        Step("note", lambda _a, f: AskProgress(f["code"], f["title"]), PublicText(NOTE_LIMIT)),
        Step("done", lambda _a, _f: AskStepsDone(), Many("open_steps", columns=1), possible=_has_steps),
        Step("photos", lambda _a, _f: AskProgressPhotos(), Photos(MOST_PHOTOS), optional=True),
        Step("confirm", _summary, Confirm()),
    ),
    finish=_finish,
    refresh=WORKED.refresh,
    in_reach=WORKED.in_reach,
)
