"""Asking one expert about one lead, or one dispute (转介) (spec 4)."""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from domain.access import ANSWERS_ALERTS
from domain.dispute_access import REGISTERS_DISPUTES
from domain.refusals import Reason, RefusedError
from domain.usecases.referrals import ask_for_help, found_by
from handlers.flow import Finished, Flow, Step
from handlers.grounds import basis_of, has_ground
from handlers.passing_on import PassingOn, line_of
from handlers.questions import Answers, Confirm, Facts, Found, Pick
from handlers.scene import Scene
from models.member import Role
from models.referral import About, ReferralKind


@dataclass(frozen=True, slots=True)
class AskExpert:
    """Which expert?"""


@dataclass(frozen=True, slots=True)
class Referred:
    """The expert is asked; the answer will be told."""

    code: str
    expert: str
    days: int


@dataclass(frozen=True, slots=True)
class _Referring:
    passing: PassingOn

    async def search(self, scene: Scene, answers: Answers, _facts: Facts, query: str, offset: int, limit: int) -> Found:
        found = found_by(query, await self.passing.people(scene, self.passing.matter(answers).id))
        lines = [(member.id, line_of(member, area)) for member, area in found]
        return Found(lines[offset : offset + limit], len(lines))

    async def resolve(self, scene: Scene, value: int, answers: Answers, _facts: Facts) -> dict[str, Any]:
        for member, area in await self.passing.people(scene, self.passing.matter(answers).id):
            if member.id == value:
                return {"expert": line_of(member, area)}
        raise RefusedError(Reason.CANNOT_BE_ASKED)

    async def finish(self, scene: Scene, answers: Answers, facts: Facts, _ending: str) -> Finished:
        if not has_ground(answers):
            return await self.passing.stop(scene, answers, facts)
        await ask_for_help(
            scene.session,
            actor=scene.actor,
            which=self.passing.matter(answers),
            kind=ReferralKind.EXPERT,
            member_ids=[answers["expert"]],
            request=answers["request"],
            basis=basis_of(answers),
            now=scene.now,
            policy=scene.policy,
        )
        made = Referred(facts["code"], facts["expert"], scene.policy.referral_days)
        return Finished(made, self.passing.back_to(answers))


def _flow(name: str, about: About, roles: Collection[Role]) -> Flow:
    passing = PassingOn(ReferralKind.EXPERT, about)
    referring = _Referring(passing)
    return Flow(
        name=name,
        version=1,
        roles=frozenset(roles),
        steps=(
            *passing.first,
            Step("expert", lambda _a, _f: AskExpert(), Pick(referring.search, referring.resolve), when=has_ground),
            passing.request,
            Step("confirm", lambda a, f: passing.summary(a, f, [f.get("expert", "")]), Confirm()),
        ),
        finish=referring.finish,
        in_reach=passing.pick.in_reach,
        hush=True,
    )


REFER = _flow("refer", About.LEAD, ANSWERS_ALERTS)
REFER_DISPUTE = _flow("disprefer", About.DISPUTE, REGISTERS_DISPUTES)
