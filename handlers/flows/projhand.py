"""A project gets another owner, with a reason; the chair names her (spec 5)."""

from dataclasses import dataclass
from typing import Any

from domain.council_access import SITS_IN_COUNCIL
from domain.refusals import Reason, RefusedError
from domain.usecases.project_progress import hand_project_over
from handlers.flow import Finished, Flow, Step
from handlers.flows.projdelay import REASON_LIMIT
from handlers.project_pick import LED, item_and_owner, owner_named, owners_found
from handlers.public_text import PublicText
from handlers.questions import Answers, Confirm, Facts, Found, Pick
from handlers.scene import Scene


@dataclass(frozen=True, slots=True)
class AskOtherOwner:
    """Who is to carry it out from now on?"""

    code: str
    title: str


@dataclass(frozen=True, slots=True)
class AskWhyOther:
    """Why?"""


@dataclass(frozen=True, slots=True)
class OtherOwnerSummary:
    """Who will have it, and why."""

    code: str
    owner: str
    reason: str


@dataclass(frozen=True, slots=True)
class ProjectHanded:
    """She has it from now on."""

    code: str
    owner: str


async def _search(scene: Scene, answers: Answers, _facts: Facts, query: str, offset: int, limit: int) -> Found:
    item_id, owner_id = await item_and_owner(scene, answers["project"])
    rows = await owners_found(scene, item_id, query, besides=owner_id)
    return Found(rows[offset : offset + limit], len(rows))


async def _resolve(scene: Scene, value: int, answers: Answers, _facts: Facts) -> dict[str, Any]:
    item_id, owner_id = await item_and_owner(scene, answers["project"])
    if value == owner_id:
        raise RefusedError(Reason.CANNOT_OWN)
    return {"to": await owner_named(scene, item_id, value)}


def _summary(answers: Answers, facts: Facts) -> OtherOwnerSummary:
    return OtherOwnerSummary(facts["code"], facts["to"], answers["reason"])


async def _finish(scene: Scene, answers: Answers, facts: Facts, ending: str) -> Finished:
    await hand_project_over(
        scene.session,
        actor=scene.actor,
        project_id=answers["project"],
        seen=facts["rev"],
        to_id=answers["to"],
        reason=answers["reason"],
        conversation_id=ending,
        now=scene.now,
        policy=scene.policy,
    )
    handed = ProjectHanded(facts["code"], facts["to"])
    return Finished(handed, [[("open_project", f"proj:show:{answers['project']}")]])


PROJHAND = Flow(
    name="projhand",
    version=1,
    roles=SITS_IN_COUNCIL,
    steps=(
        LED.step,
        Step("to", lambda _a, f: AskOtherOwner(f["code"], f["title"]), Pick(_search, _resolve)),
        Step("reason", lambda _a, _f: AskWhyOther(), PublicText(REASON_LIMIT)),
        Step("confirm", _summary, Confirm()),
    ),
    finish=_finish,
    refresh=LED.refresh,
    in_reach=LED.in_reach,
)
