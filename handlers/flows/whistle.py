"""Blowing the whistle for partner units about a lead or a dispute (社区吹哨、部门报到) (spec 4)."""

from dataclasses import dataclass

from domain.access import WHISTLES
from domain.usecases.referrals import ask_for_help
from handlers.flow import Finished, Flow, Step
from handlers.grounds import basis_of, has_ground
from handlers.passing_on import PassingOn
from handlers.questions import Answers, Confirm, Facts, Many
from handlers.scene import Scene
from models.referral import About, ReferralKind


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


@dataclass(frozen=True, slots=True)
class _Whistling:
    passing: PassingOn

    async def finish(self, scene: Scene, answers: Answers, facts: Facts, _ending: str) -> Finished:
        if not has_ground(answers):
            return await self.passing.stop(scene, answers, facts)
        await ask_for_help(
            scene.session,
            actor=scene.actor,
            which=self.passing.matter(answers),
            kind=ReferralKind.WHISTLE,
            member_ids=[int(value) for value in answers["units"]["chosen"]],
            request=answers["request"],
            basis=basis_of(answers),
            now=scene.now,
            policy=scene.policy,
        )
        made = Whistled(facts["code"], tuple(_units(answers, facts)))
        return Finished(made, self.passing.back_to(answers))


def _flow(name: str, about: About) -> Flow:
    passing = PassingOn(ReferralKind.WHISTLE, about)
    return Flow(
        name=name,
        version=1,
        roles=WHISTLES,
        steps=(
            *passing.first,
            Step("units", lambda _a, _f: AskUnits(), Many("people", at_least=1, columns=1), when=has_ground),
            passing.request,
            Step("confirm", lambda a, f: passing.summary(a, f, _units(a, f)), Confirm()),
        ),
        finish=_Whistling(passing).finish,
        in_reach=passing.pick.in_reach,
        hush=True,
    )


WHISTLE = _flow("whistle", About.LEAD)
WHISTLE_DISPUTE = _flow("dispwhistle", About.DISPUTE)
