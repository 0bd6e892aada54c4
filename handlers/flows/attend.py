"""Writing down who is at a meeting without a telephone at hand (补签到): by the chair or the recorder (spec 5)."""

from dataclasses import dataclass
from typing import Any

from domain.council_access import SITS_IN_COUNCIL
from domain.usecases.council_meetings import meeting_for
from domain.usecases.meeting_noting import not_signed_in, note_present
from handlers.flow import Finished, Flow, Step
from handlers.meeting_pick import MeetingPick
from handlers.questions import Answers, Confirm, Facts, Many
from handlers.scene import Scene

MOST_MEMBERS = 60  # so many buttons fit under one question; the rest with a second form


@dataclass(frozen=True, slots=True)
class AskPresent:
    """Who is there besides those who have signed in?"""

    code: str
    missing: int


@dataclass(frozen=True, slots=True)
class PresentSummary:
    """Those who are to be written down."""

    code: str
    names: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class PresentNoted:
    """They stand on the list."""

    code: str
    added: int


async def _load(scene: Scene, meeting_id: int) -> dict[str, Any]:
    session, actor = scene.session, scene.actor
    missing = await not_signed_in(session, actor=actor, meeting_id=meeting_id, policy=scene.policy, now=scene.now)
    sight = await meeting_for(session, actor, meeting_id)
    return {
        "code": sight.meeting.code,
        "total": len(missing),
        "missing": [[str(one.id), one.name] for one in missing[:MOST_MEMBERS]],
    }


_PICK = MeetingPick(_load)


def _summary(answers: Answers, facts: Facts) -> PresentSummary:
    chosen = set(answers["present"]["chosen"])
    return PresentSummary(facts["code"], tuple(name for value, name in facts["missing"] if value in chosen))


async def _finish(scene: Scene, answers: Answers, facts: Facts, _ending: str) -> Finished:
    added = await note_present(
        scene.session,
        actor=scene.actor,
        meeting_id=answers["meeting"],
        members=[int(one) for one in answers["present"]["chosen"]],
        now=scene.now,
        policy=scene.policy,
    )
    return Finished(PresentNoted(facts["code"], added), [[("open_meeting", f"meet:show:{answers['meeting']}")]])


ATTEND = Flow(
    name="attend",
    version=1,
    roles=SITS_IN_COUNCIL,
    steps=(
        _PICK.step,
        Step("present", lambda _a, f: AskPresent(f["code"], f["total"]), Many("missing", at_least=1)),
        Step("confirm", _summary, Confirm()),
    ),
    finish=_finish,
    refresh=_PICK.refresh,
    in_reach=_PICK.in_reach,
)
