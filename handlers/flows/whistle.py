"""Blowing the whistle for partner units (社区吹哨、部门报到) (spec 4)."""

from dataclasses import dataclass

from domain.access import WHISTLES
from domain.usecases.referrals import ask_for_help
from handlers.flow import Finished, Flow, Step
from handlers.passing_on import PassingOn, PassingOnSummary, basis_of, has_ground
from handlers.questions import Answers, Confirm, Facts, Many
from handlers.scene import Scene
from models.referral import ReferralKind

_PASSING = PassingOn(ReferralKind.WHISTLE)


@dataclass(frozen=True, slots=True)
class AskUnits:
    """Which units?"""


@dataclass(frozen=True, slots=True)
class Whistled:
    """The units are called; their answers will be told."""

    code: str
    units: tuple[str, ...]


def _units(answers: Answers, facts: Facts) -> list[str]:
    chosen = set((answers.get("units") or {"chosen": []})["chosen"])
    return [name for value, name in facts["people"] if value in chosen]


def _summary(answers: Answers, facts: Facts) -> PassingOnSummary:
    return _PASSING.summary(answers, facts, _units(answers, facts))


async def _finish(scene: Scene, answers: Answers, facts: Facts, _ending: str) -> Finished:
    if not has_ground(answers):
        return await _PASSING.stop(scene, answers, facts)
    await ask_for_help(
        scene.session,
        actor=scene.actor,
        lead_id=answers["lead"],
        kind=ReferralKind.WHISTLE,
        member_ids=[int(value) for value in answers["units"]["chosen"]],
        request=answers["request"],
        basis=basis_of(answers),
        now=scene.now,
        policy=scene.policy,
    )
    made = Whistled(facts["code"], tuple(_units(answers, facts)))
    return Finished(made, [[("open_lead", f"lead:show:{answers['lead']}")]])


WHISTLE = Flow(
    name="whistle",
    version=1,
    roles=WHISTLES,
    steps=(
        *_PASSING.first,
        Step("units", lambda _a, _f: AskUnits(), Many("people", at_least=1, columns=1), when=has_ground),
        _PASSING.request,
        Step("confirm", _summary, Confirm()),
    ),
    finish=_finish,
    in_reach=_PASSING.pick.in_reach,
    hush=True,
)
