"""Giving a lead another colour: raised freely; lowered with a reason, and red by law alone (spec 3)."""

from dataclasses import dataclass
from typing import Any

from domain.access import ANSWERS_ALERTS
from domain.refusals import Reason, RefusedError
from domain.rules.triage import is_raise
from domain.usecases.lead_changes import lead_at_work, path_of
from domain.usecases.recolouring import recolour, reporter_hears
from handlers.flow import Finished, Flow, Step
from handlers.flows.handle import NOTE_LIMIT
from handlers.lead_pick import LeadPick
from handlers.questions import Answers, Choice, Confirm, Facts, Text
from handlers.scene import Scene
from models.lead import Colour, Lead, LeadStage
from models.member import Role

LAW_LIMIT = 120


@dataclass(frozen=True, slots=True)
class AskColour:
    """Which colour is right?"""

    code: str
    colour: Colour


@dataclass(frozen=True, slots=True)
class AskColourLaw:
    """Which law allows that red is lowered?"""

    code: str


@dataclass(frozen=True, slots=True)
class AskColourReason:
    """Why?"""

    to_colour: Colour
    lowered: bool


@dataclass(frozen=True, slots=True)
class ColourSummary:
    """The change before it is made."""

    code: str
    from_colour: Colour
    to_colour: Colour
    law: str
    reason: str


@dataclass(frozen=True, slots=True)
class Recoloured:
    """It has the new colour; who is told."""

    code: str
    to_colour: Colour
    raised: bool
    reporter_told: bool


async def _load(scene: Scene, lead_id: int) -> tuple[Lead, dict[str, Any]]:
    sight = await lead_at_work(scene.session, scene.actor, lead_id, now=scene.now, also=(LeadStage.CLOSING,))
    lead = sight.lead
    if lead.key_matter:
        raise RefusedError(Reason.KEY_STAYS_RED)
    by_law = scene.actor.covers(await path_of(scene.session, lead), {Role.COUNTY_CENTRE})
    if lead.colour is Colour.RED and not by_law:
        raise RefusedError(Reason.LEGAL_PATH)
    return lead, {}


_PICK = LeadPick(_load)


def _colours(_answers: Answers, facts: Facts) -> list[Colour]:
    return [colour for colour in Colour if colour.value != facts["colour"]]


def _red(_answers: Answers, facts: Facts) -> bool:
    return bool(facts["colour"] == Colour.RED)


def _raised(answers: Answers, facts: Facts) -> bool:
    return "colour" in answers and is_raise(Colour(facts["colour"]), Colour(answers["colour"]))


def _lowered(answers: Answers, facts: Facts) -> bool:
    return "colour" in answers and not _raised(answers, facts)


def _ask_reason(answers: Answers, facts: Facts) -> AskColourReason:
    return AskColourReason(Colour(answers["colour"]), _lowered(answers, facts))


def _summary(answers: Answers, facts: Facts) -> ColourSummary:
    reason = answers.get("reason") or answers.get("remark") or ""
    law = answers.get("law") or ""
    return ColourSummary(facts["code"], Colour(facts["colour"]), Colour(answers["colour"]), law, reason)


async def _finish(scene: Scene, answers: Answers, facts: Facts, _ending: str) -> Finished:
    said = _summary(answers, facts)
    lead = await recolour(
        scene.session,
        actor=scene.actor,
        lead_id=answers["lead"],
        seen=facts["rev"],
        colour=said.to_colour,
        body=said.reason or None,
        law=said.law or None,
        now=scene.now,
        policy=scene.policy,
    )
    told = await reporter_hears(scene.session, lead, scene.actor)
    done = Recoloured(lead.code, lead.colour, _raised(answers, facts), told)
    return Finished(done, [[("open_lead", f"lead:show:{lead.id}")]])


RECOLOUR = Flow(
    name="recolour",
    version=1,
    roles=ANSWERS_ALERTS,
    hush=True,
    steps=(
        _PICK.step,
        Step("colour", lambda _a, f: AskColour(f["code"], Colour(f["colour"])), Choice(Colour, only=_colours)),
        Step("law", lambda _a, f: AskColourLaw(f["code"]), Text(LAW_LIMIT, one_line=True), possible=_red),
        Step("remark", _ask_reason, Text(NOTE_LIMIT), possible=_raised, optional=True),
        Step("reason", _ask_reason, Text(NOTE_LIMIT), possible=_lowered),
        Step("confirm", _summary, Confirm()),
    ),
    finish=_finish,
    refresh=_PICK.refresh,
    in_reach=_PICK.in_reach,
)
