"""Asking one expert about one matter (转介) (spec 4)."""

from dataclasses import dataclass
from typing import Any

from domain.access import ANSWERS_ALERTS
from domain.refusals import Reason, RefusedError
from domain.usecases.referrals import ask_for_help, found_by
from handlers.flow import Finished, Flow, Step
from handlers.passing_on import PassingOn, PassingOnSummary, basis_of, has_ground, line_of
from handlers.questions import Answers, Confirm, Facts, Found, Pick
from handlers.scene import Scene
from models.referral import ReferralKind

_PASSING = PassingOn(ReferralKind.EXPERT)


@dataclass(frozen=True, slots=True)
class AskExpert:
    """Which expert?"""


@dataclass(frozen=True, slots=True)
class Referred:
    """The expert is asked; the answer will be told."""

    code: str
    expert: str
    days: int


async def _search(scene: Scene, answers: Answers, _facts: Facts, query: str, offset: int, limit: int) -> Found:
    found = found_by(query, await _PASSING.people(scene, answers["lead"]))
    lines = [(member.id, line_of(member, area)) for member, area in found]
    return Found(lines[offset : offset + limit], len(lines))


async def _resolve(scene: Scene, value: int, answers: Answers, _facts: Facts) -> dict[str, Any]:
    for member, area in await _PASSING.people(scene, answers["lead"]):
        if member.id == value:
            return {"expert": line_of(member, area)}
    raise RefusedError(Reason.CANNOT_BE_ASKED)


def _summary(answers: Answers, facts: Facts) -> PassingOnSummary:
    return _PASSING.summary(answers, facts, [facts.get("expert", "")])


async def _finish(scene: Scene, answers: Answers, facts: Facts, _ending: str) -> Finished:
    if not has_ground(answers):
        return await _PASSING.stop(scene, answers, facts)
    await ask_for_help(
        scene.session,
        actor=scene.actor,
        lead_id=answers["lead"],
        kind=ReferralKind.EXPERT,
        member_ids=[answers["expert"]],
        request=answers["request"],
        basis=basis_of(answers),
        now=scene.now,
        policy=scene.policy,
    )
    made = Referred(facts["code"], facts["expert"], scene.policy.referral_days)
    return Finished(made, [[("open_lead", f"lead:show:{answers['lead']}")]])


REFER = Flow(
    name="refer",
    version=1,
    roles=ANSWERS_ALERTS,
    steps=(
        *_PASSING.first,
        Step("expert", lambda _a, _f: AskExpert(), Pick(_search, _resolve), when=has_ground),
        _PASSING.request,
        Step("confirm", _summary, Confirm()),
    ),
    finish=_finish,
    in_reach=_PASSING.pick.in_reach,
    hush=True,
)
