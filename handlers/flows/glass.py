"""Breaking the glass: opening one lead that is not hers, with a reason, while two others are told (spec 8)."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from domain.access import ANSWERS_ALERTS
from domain.refusals import Reason, RefusedError
from domain.usecases.break_glass import break_glass, glass_lead, lead_behind_glass, may_open
from handlers.flow import Finished, Flow, Step
from handlers.questions import Answers, Confirm, Facts, Found, Pick, Text
from handlers.scene import Scene


@dataclass(frozen=True, slots=True)
class AskWhich:
    """Which lead? Its code is typed."""


@dataclass(frozen=True, slots=True)
class AskWhy:
    """Why must it be opened?"""

    code: str


@dataclass(frozen=True, slots=True)
class GlassWarning:
    """What will happen, before it does."""

    code: str
    reason: str
    minutes: int


@dataclass(frozen=True, slots=True)
class GlassOpen:
    """The lead can be opened, until then."""

    code: str
    until: datetime


async def _search(scene: Scene, _answers: Answers, _facts: Facts, query: str, _offset: int, _limit: int) -> Found:
    """Only the whole code finds: no list is offered, and nobody browses."""
    if not query:
        return Found([], 0)
    try:
        lead = await lead_behind_glass(scene.session, scene.actor, query)
    except RefusedError:
        return Found([], 0)
    return Found([(lead.id, lead.code)], 1)


async def _resolve(scene: Scene, value: int, _answers: Answers, _facts: Facts) -> dict[str, Any]:
    lead = await glass_lead(scene.session, scene.actor, value)
    if await may_open(scene.session, scene.actor, lead.id, scene.now):
        raise RefusedError(Reason.GLASS_NOT_NEEDED)
    return {"code": lead.code, "minutes": scene.policy.glass_minutes}


async def _finish(scene: Scene, answers: Answers, facts: Facts, _conversation_id: str) -> Finished:
    glass = await break_glass(
        scene.session,
        actor=scene.actor,
        lead_id=answers["lead"],
        reason=answers["reason"],
        now=scene.now,
        policy=scene.policy,
    )
    opened = GlassOpen(facts["code"], glass.until.astimezone(scene.policy.zone))
    return Finished(opened, [[("open_details", f"lead:show:{glass.lead_id}")]])


GLASS = Flow(
    name="glass",
    version=1,
    roles=ANSWERS_ALERTS,
    steps=(
        Step("lead", lambda _a, _f: AskWhich(), Pick(_search, _resolve, by_code=True), editable=False),
        Step("reason", lambda _a, f: AskWhy(f["code"]), Text(300)),
        Step("confirm", lambda a, f: GlassWarning(f["code"], a["reason"], f["minutes"]), Confirm()),
    ),
    finish=_finish,
    hush=True,
)
