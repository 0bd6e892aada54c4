"""An expert declines what she is asked for, with a reason (spec 4)."""

from dataclasses import dataclass

from domain.access import ASKED_FOR_HELP
from domain.usecases.referral_answers import decline_request
from handlers.flow import Finished, Flow, Step
from handlers.questions import Answers, Confirm, Facts, Text
from handlers.request_pick import RequestPick
from handlers.scene import Scene
from models.referral import ReferralKind, ReferralState

_REQUEST = RequestPick(ReferralState.ASKED, (ReferralKind.EXPERT,))


@dataclass(frozen=True, slots=True)
class AskWhy:
    """Why can she not take it?"""

    code: str


@dataclass(frozen=True, slots=True)
class DeclineSummary:
    """What the asker will read."""

    code: str
    why: str


@dataclass(frozen=True, slots=True)
class Declined:
    """It is declined; the asker is told."""

    code: str


async def _finish(scene: Scene, answers: Answers, facts: Facts, _ending: str) -> Finished:
    await decline_request(
        scene.session,
        actor=scene.actor,
        referral_id=answers["request"],
        why=answers["why"],
        now=scene.now,
        policy=scene.policy,
    )
    return Finished(Declined(facts["code"]), [[("open_asked", "asked:new")]])


REFDECLINE = Flow(
    name="refdecline",
    version=1,
    roles=ASKED_FOR_HELP,
    steps=(
        _REQUEST.step,
        Step("why", lambda _a, f: AskWhy(f["code"]), Text(300)),
        Step("confirm", lambda a, f: DeclineSummary(f["code"], a["why"]), Confirm()),
    ),
    finish=_finish,
    in_reach=_REQUEST.in_reach,
    hush=True,
)
