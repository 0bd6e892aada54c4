"""A project is stopped without a result, with a reason; by the chair (spec 5)."""

from dataclasses import dataclass

from domain.council_access import SITS_IN_COUNCIL
from domain.usecases.project_progress import stop_project
from handlers.flow import Finished, Flow, Step
from handlers.flows.projdelay import REASON_LIMIT
from handlers.project_pick import LED
from handlers.public_text import PublicText
from handlers.questions import Answers, Confirm, Facts
from handlers.scene import Scene


@dataclass(frozen=True, slots=True)
class AskWhyStop:
    """Why is it stopped?"""

    code: str
    title: str


@dataclass(frozen=True, slots=True)
class StopSummary:
    """The reason, before it ends."""

    code: str
    reason: str


@dataclass(frozen=True, slots=True)
class ProjectStopped:
    """It has ended."""

    code: str


def _summary(answers: Answers, facts: Facts) -> StopSummary:
    return StopSummary(facts["code"], answers["reason"])


async def _finish(scene: Scene, answers: Answers, facts: Facts, ending: str) -> Finished:
    project = await stop_project(
        scene.session,
        actor=scene.actor,
        project_id=answers["project"],
        seen=facts["rev"],
        reason=answers["reason"],
        conversation_id=ending,
        now=scene.now,
        policy=scene.policy,
    )
    return Finished(ProjectStopped(facts["code"]), [[("open_project", f"proj:show:{project.id}")]])


PROJSTOP = Flow(
    name="projstop",
    version=1,
    roles=SITS_IN_COUNCIL,
    steps=(
        LED.step,
        Step("reason", lambda _a, f: AskWhyStop(f["code"], f["title"]), PublicText(REASON_LIMIT)),
        Step("confirm", _summary, Confirm()),
    ),
    finish=_finish,
    refresh=LED.refresh,
    in_reach=LED.in_reach,
)
