"""Striking off the list whoever signed in, or was written down, by mistake (划去签到): chair or recorder (spec 5)."""

from dataclasses import dataclass
from typing import Any

from domain.council_access import SITS_IN_COUNCIL
from domain.refusals import Reason, RefusedError
from domain.usecases.council_meetings import meeting_for
from domain.usecases.meeting_noting import signed_in, strike_off
from handlers.flow import Finished, Flow, Step
from handlers.flows.attend import MOST_MEMBERS
from handlers.meeting_pick import MeetingPick
from handlers.questions import Answers, Confirm, Facts, Many
from handlers.scene import Scene


@dataclass(frozen=True, slots=True)
class AskStruckOff:
    """Which of those who have signed in are not there?"""

    code: str
    there: int


@dataclass(frozen=True, slots=True)
class StruckOffSummary:
    """Those who are to be struck off."""

    code: str
    names: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class StruckOff:
    """They are off the list, and told."""

    code: str
    gone: int


async def _load(scene: Scene, meeting_id: int) -> dict[str, Any]:
    session, actor = scene.session, scene.actor
    there = await signed_in(session, actor=actor, meeting_id=meeting_id)
    if not there:
        raise RefusedError(Reason.NOBODY_SIGNED_IN)
    sight = await meeting_for(session, actor, meeting_id)
    return {
        "code": sight.meeting.code,
        "total": len(there),
        "there": [[str(one.id), one.name] for one in there[:MOST_MEMBERS]],
    }


_PICK = MeetingPick(_load)


def _summary(answers: Answers, facts: Facts) -> StruckOffSummary:
    chosen = set(answers["struck"]["chosen"])
    return StruckOffSummary(facts["code"], tuple(name for value, name in facts["there"] if value in chosen))


async def _finish(scene: Scene, answers: Answers, facts: Facts, _ending: str) -> Finished:
    gone = await strike_off(
        scene.session,
        actor=scene.actor,
        meeting_id=answers["meeting"],
        members=[int(one) for one in answers["struck"]["chosen"]],
        now=scene.now,
        policy=scene.policy,
    )
    return Finished(StruckOff(facts["code"], gone), [[("open_meeting", f"meet:show:{answers['meeting']}")]])


STRIKE = Flow(
    name="strike",
    version=1,
    roles=SITS_IN_COUNCIL,
    steps=(
        _PICK.step,
        Step("struck", lambda _a, f: AskStruckOff(f["code"], f["total"]), Many("there", at_least=1)),
        Step("confirm", _summary, Confirm()),
    ),
    finish=_finish,
    refresh=_PICK.refresh,
    in_reach=_PICK.in_reach,
)
