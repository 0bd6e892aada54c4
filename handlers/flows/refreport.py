"""An expert or a unit reports the result back; with that the matter is closed to her again (spec 4)."""

from dataclasses import dataclass

from domain.access import ASKED_FOR_HELP
from domain.usecases.referral_answers import report_back
from handlers.flow import Finished, Flow, Step
from handlers.questions import Answers, Confirm, Facts, Text
from handlers.request_pick import RequestPick
from handlers.scene import Scene
from models.referral import ReferralKind, ReferralState

_REQUEST = RequestPick(ReferralState.ACCEPTED)


@dataclass(frozen=True, slots=True)
class AskResult:
    """What has come of it, and what should happen next?"""

    code: str
    kind: ReferralKind


@dataclass(frozen=True, slots=True)
class ReportSummary:
    """What the asker will read."""

    code: str
    result: str


@dataclass(frozen=True, slots=True)
class Reported:
    """It is reported; the asker is told, and she no longer opens the matter."""

    code: str


async def _finish(scene: Scene, answers: Answers, facts: Facts, _ending: str) -> Finished:
    await report_back(
        scene.session,
        actor=scene.actor,
        referral_id=answers["request"],
        result=answers["result"],
        now=scene.now,
        policy=scene.policy,
    )
    return Finished(Reported(facts["code"]), [[("open_asked", "asked:new")]])


REFREPORT = Flow(
    name="refreport",
    version=1,
    roles=ASKED_FOR_HELP,
    steps=(
        _REQUEST.step,
        Step("result", lambda _a, f: AskResult(f["code"], ReferralKind(f["kind"])), Text(2000)),
        Step("confirm", lambda a, f: ReportSummary(f["code"], a["result"]), Confirm()),
    ),
    finish=_finish,
    in_reach=_REQUEST.in_reach,
    hush=True,
)
