"""Standing back from a case (回避): she herself, or somebody of the rung at a party's wish (spec 4)."""

from dataclasses import dataclass
from typing import Any

from domain.access import ASKED_FOR_HELP
from domain.refusals import Reason, RefusedError
from domain.rules.ladder_file import MAY_MEDIATE
from domain.usecases.dispute_recusal import may_stand_back, recuse
from handlers.dispute_people import found_among, named
from handlers.dispute_pick import DisputePick
from handlers.flow import Finished, Flow, Step
from handlers.questions import Answers, Confirm, Facts, Found, Pick, Text
from handlers.scene import Scene
from models.dispute import Dispute
from models.lead import Colour

REASON_LIMIT = 300


@dataclass(frozen=True, slots=True)
class AskWhoStandsBack:
    """Who is to stand back?"""

    code: str


@dataclass(frozen=True, slots=True)
class AskWhyStandBack:
    """Why? It can be left out."""

    code: str


@dataclass(frozen=True, slots=True)
class RecusalSummary:
    """Who stands back (None: she herself), and what follows from it."""

    code: str
    colour: Colour
    who: str | None
    reason: str


@dataclass(frozen=True, slots=True)
class Recused:
    """The case goes past her (None: herself) from now on."""

    code: str
    who: str | None


async def _load(scene: Scene, dispute_id: int) -> tuple[Dispute, dict[str, Any]]:
    dispute, who = await _people(scene, dispute_id)
    return dispute, {"others": len(who) > 1}


async def _people(scene: Scene, dispute_id: int) -> tuple[Dispute, list[int]]:
    sight, who = await may_stand_back(
        scene.session, actor=scene.actor, dispute_id=dispute_id, now=scene.now, policy=scene.policy
    )
    return sight.dispute, who


async def _search(scene: Scene, answers: Answers, _facts: Facts, query: str, offset: int, limit: int) -> Found:
    dispute, who = await _people(scene, answers["dispute"])
    lines = await found_among(scene, dispute, who, query)
    return Found(lines[offset : offset + limit], len(lines))


async def _resolve(scene: Scene, value: int, answers: Answers, _facts: Facts) -> dict[str, Any]:
    dispute, who = await _people(scene, answers["dispute"])
    if value not in who:
        raise RefusedError(Reason.NOT_YOURS)
    mine = value == scene.actor.member_id
    return {"who": None if mine else await named(scene, dispute, value)}


_PICK = DisputePick(_load)


def _some_choice(_answers: Answers, facts: Facts) -> bool:
    return bool(facts.get("others"))


def _summary(answers: Answers, facts: Facts) -> RecusalSummary:
    return RecusalSummary(facts["code"], Colour(facts["colour"]), facts.get("who"), answers.get("reason") or "")


async def _finish(scene: Scene, answers: Answers, facts: Facts, _ending: str) -> Finished:
    dispute = await recuse(
        scene.session,
        actor=scene.actor,
        dispute_id=answers["dispute"],
        member_id=answers.get("who", scene.actor.member_id),
        reason=answers.get("reason"),
        now=scene.now,
        policy=scene.policy,
    )
    who = facts.get("who")
    # She cannot open it any more: there is no button for it.
    return Finished(Recused(dispute.code, who), [[("open_dispute", f"disp:show:{dispute.id}")]] if who else [])


RECUSE = Flow(
    name="recuse",
    version=1,
    roles=MAY_MEDIATE | ASKED_FOR_HELP,  # whoever is invited, or asked for help, may be close to a party too
    hush=True,
    steps=(
        _PICK.step,
        Step("who", lambda _a, f: AskWhoStandsBack(f["code"]), Pick(_search, _resolve), possible=_some_choice),
        Step("reason", lambda _a, f: AskWhyStandBack(f["code"]), Text(REASON_LIMIT), optional=True),
        Step("confirm", _summary, Confirm()),
    ),
    finish=_finish,
    refresh=_PICK.refresh,
    in_reach=_PICK.in_reach,
)
