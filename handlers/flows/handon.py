"""Handing an alert on to a colleague, with a reason (转给…) (spec 3)."""

from dataclasses import dataclass
from typing import Any

from domain.access import ANSWERS_ALERTS
from domain.refusals import Reason, RefusedError
from domain.usecases.handing_on import alert_to_hand_on, alerts_to_hand_on, hand_on, receivers
from domain.usecases.referrals import found_by
from handlers.flow import Finished, Flow, Step
from handlers.questions import Answers, Confirm, Facts, Found, Pick, Text
from handlers.scene import Scene
from handlers.shortened import short_name
from messages.render import label
from models.lead import Colour
from models.member import Member, Role


@dataclass(frozen=True, slots=True)
class AskAlert:
    """Which alert is to be handed on?"""


@dataclass(frozen=True, slots=True)
class AskReceiver:
    """To whom?"""

    code: str
    colour: Colour


@dataclass(frozen=True, slots=True)
class AskWhyHandOn:
    """Why?"""


@dataclass(frozen=True, slots=True)
class HandOnSummary:
    """The alert, the colleague and the reason, before she is asked."""

    code: str
    colour: Colour
    receiver: str
    reason: str
    held: bool


@dataclass(frozen=True, slots=True)
class HandedOn:
    """The colleague is asked; until she answers it stays as it is."""

    code: str
    receiver: str
    held: bool


async def _search_alerts(scene: Scene, _answers: Answers, _facts: Facts, query: str, offset: int, limit: int) -> Found:
    rows = await alerts_to_hand_on(scene.session, actor=scene.actor)
    lines = [
        (alert.id, f"{label(lead.colour, scene.actor.locale)} {lead.code}")
        for alert, lead in rows
        if query.upper() in lead.code
    ]
    return Found(lines[offset : offset + limit], len(lines))


async def _resolve_alert(scene: Scene, value: int, _answers: Answers, _facts: Facts) -> dict[str, Any]:
    found = await alert_to_hand_on(scene.session, actor=scene.actor, alert_id=value, now=scene.now, policy=scene.policy)
    lead = found.lead
    return {"code": lead.code, "colour": lead.colour.value, "lead": lead.id, "held": found.mine}


async def _in_reach(scene: Scene, answers: Answers) -> bool:
    if "alert" not in answers:
        return True
    try:
        await _resolve_alert(scene, answers["alert"], answers, {})
    except RefusedError as refused:
        # It has ended, or somebody has it: she is told so when she sends it.
        return refused.reason is not Reason.NOT_YOURS
    return True


def _line(member: Member, role: Role, scene: Scene) -> str:
    return f"{short_name(member.name)} · {label(role, scene.actor.locale)}"


async def _people(scene: Scene, answers: Answers) -> list[tuple[Member, Role, Any]]:
    return await receivers(
        scene.session, actor=scene.actor, alert_id=answers["alert"], now=scene.now, policy=scene.policy
    )


async def _search_people(scene: Scene, answers: Answers, _facts: Facts, query: str, offset: int, limit: int) -> Found:
    people = await _people(scene, answers)
    wanted = {member.id for member, _ in found_by(query, [(member, area) for member, _, area in people])}
    lines = [(member.id, _line(member, role, scene)) for member, role, _ in people if member.id in wanted]
    return Found(lines[offset : offset + limit], len(lines))


async def _resolve_person(scene: Scene, value: int, answers: Answers, _facts: Facts) -> dict[str, Any]:
    for member, role, _ in await _people(scene, answers):
        if member.id == value:
            return {"receiver": _line(member, role, scene)}
    raise RefusedError(Reason.RECEIVER_NOT_FREE)


def _summary(answers: Answers, facts: Facts) -> HandOnSummary:
    return HandOnSummary(
        facts["code"], Colour(facts["colour"]), facts["receiver"], answers["reason"], held=facts["held"]
    )


async def _finish(scene: Scene, answers: Answers, facts: Facts, _ending: str) -> Finished:
    handed = await hand_on(
        scene.session,
        actor=scene.actor,
        alert_id=answers["alert"],
        to_id=answers["to"],
        reason=answers["reason"],
        now=scene.now,
        policy=scene.policy,
    )
    made = HandedOn(handed.lead.code, facts["receiver"], held=handed.mine)
    return Finished(made, [[("open_lead", f"lead:show:{handed.lead.id}")]])


HANDON = Flow(
    name="handon",
    version=1,
    roles=ANSWERS_ALERTS,
    steps=(
        Step("alert", lambda _a, _f: AskAlert(), Pick(_search_alerts, _resolve_alert), editable=False),
        Step("to", lambda _a, f: AskReceiver(f["code"], Colour(f["colour"])), Pick(_search_people, _resolve_person)),
        Step("reason", lambda _a, _f: AskWhyHandOn(), Text(500)),
        Step("confirm", _summary, Confirm()),
    ),
    finish=_finish,
    in_reach=_in_reach,
    hush=True,
)
