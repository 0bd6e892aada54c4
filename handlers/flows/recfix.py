"""Asking for a correction of a meeting's record (要更正), by somebody who was there, within three days (spec 5; D)."""

from dataclasses import dataclass
from typing import Any

from domain.council_access import SITS_IN_COUNCIL
from domain.usecases.minutes_corrections import ask_correction, record_to_correct
from handlers.flow import Finished, Flow, Step
from handlers.meeting_pick import MeetingPick
from handlers.questions import Answers, Confirm, Facts, Text
from handlers.scene import Scene
from models.member import Role

CORRECTION_LIMIT = 600


@dataclass(frozen=True, slots=True)
class AskCorrection:
    """What is wrong, and how should it read?"""

    code: str
    version: int


@dataclass(frozen=True, slots=True)
class CorrectionSummary:
    """What will be asked for."""

    code: str
    version: int
    words: str


@dataclass(frozen=True, slots=True)
class CorrectionSent:
    """The chair answers it."""

    code: str


async def _load(scene: Scene, meeting_id: int) -> dict[str, Any]:
    sight, minutes = await record_to_correct(scene.session, scene.actor, meeting_id, now=scene.now)
    return {"code": sight.meeting.code, "version": minutes.version}


_PICK = MeetingPick(_load)


async def _finish(scene: Scene, answers: Answers, facts: Facts, ending: str) -> Finished:
    await ask_correction(
        scene.session,
        actor=scene.actor,
        meeting_id=answers["meeting"],
        body=answers["words"],
        conversation_id=ending,
        now=scene.now,
        policy=scene.policy,
    )
    return Finished(CorrectionSent(facts["code"]), [[("open_meeting", f"meet:show:{answers['meeting']}")]])


RECFIX = Flow(
    name="recfix",
    version=1,
    roles=SITS_IN_COUNCIL | {Role.COUNCIL_GUEST},
    steps=(
        _PICK.step,
        Step("words", lambda _a, f: AskCorrection(f["code"], f["version"]), Text(CORRECTION_LIMIT)),
        Step("confirm", lambda a, f: CorrectionSummary(f["code"], f["version"], a["words"]), Confirm()),
    ),
    finish=_finish,
    refresh=_PICK.refresh,
    in_reach=_PICK.in_reach,
)
