"""A project is done: what came of it, with photos; then those concerned are asked how satisfied they are (spec 5)."""

from dataclasses import dataclass

from domain.council_access import SEES_COUNCILS
from domain.usecases.project_progress import finish_project
from domain.usecases.satisfaction import satisfaction_of
from handlers.flow import Finished, Flow, Step
from handlers.flows.progress import MOST_PHOTOS
from handlers.project_pick import WORKED
from handlers.public_text import PublicText
from handlers.question_kinds import Photos
from handlers.questions import Answers, Confirm, Facts
from handlers.scene import Scene
from models.lead import FileKind

RESULT_LIMIT = 500


@dataclass(frozen=True, slots=True)
class AskResult:
    """What came of it? `open_steps` are not ticked yet."""

    code: str
    title: str
    open_steps: int


@dataclass(frozen=True, slots=True)
class AskResultPhotos:
    """A photo of it?"""


@dataclass(frozen=True, slots=True)
class ResultSummary:
    """The result before the project ends."""

    code: str
    result: str
    photos: int


@dataclass(frozen=True, slots=True)
class ProjectDone:
    """It is done, and so many people are asked."""

    code: str
    asked: int


def _summary(answers: Answers, facts: Facts) -> ResultSummary:
    return ResultSummary(facts["code"], answers["result"], len(answers.get("photos") or []))


async def _finish(scene: Scene, answers: Answers, facts: Facts, ending: str) -> Finished:
    project = await finish_project(
        scene.session,
        actor=scene.actor,
        project_id=answers["project"],
        seen=facts["rev"],
        result=answers["result"],
        files=[(FileKind.PHOTO, file_id, caption) for file_id, caption in answers.get("photos") or []],
        conversation_id=ending,
        now=scene.now,
        policy=scene.policy,
    )
    asking = await satisfaction_of(scene.session, project.id)
    done = ProjectDone(facts["code"], asking.asked if asking else 0)
    return Finished(done, [[("open_project", f"proj:show:{project.id}")]])


PROJDONE = Flow(
    name="projdone",
    version=1,
    roles=SEES_COUNCILS,
    steps=(
        WORKED.step,
        Step(
            "result",
            lambda _a, f: AskResult(f["code"], f["title"], len(f["open_steps"])),
            PublicText(RESULT_LIMIT),
        ),
        Step("photos", lambda _a, _f: AskResultPhotos(), Photos(MOST_PHOTOS), optional=True),
        Step("confirm", _summary, Confirm()),
    ),
    finish=_finish,
    refresh=WORKED.refresh,
    in_reach=WORKED.in_reach,
)
