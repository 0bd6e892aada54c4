"""Putting right what one has written about a lead: a new entry; the first one stays (spec 3)."""

from dataclasses import dataclass
from typing import Any

from domain.access import REPORTS_LEADS
from domain.lead_access import lead_for
from domain.refusals import Reason, RefusedError
from domain.usecases.remarks import correct, own_entries
from handlers.flow import Finished, Flow, Step
from handlers.flows.handle import NOTE_LIMIT
from handlers.lead_pick import LeadPick
from handlers.questions import Answers, Confirm, Facts, Found, Pick, Text
from handlers.scene import Scene
from messages.render import label
from models.lead import Colour, Lead, LeadEntry, LeadStage


@dataclass(frozen=True, slots=True)
class AskWhichEntry:
    """Which of her entries is wrong?"""

    code: str


@dataclass(frozen=True, slots=True)
class AskRightWords:
    """How is it right?"""

    entry: str


@dataclass(frozen=True, slots=True)
class CorrectionSummary:
    """The correction before it is written down."""

    code: str
    colour: Colour
    entry: str
    words: str


@dataclass(frozen=True, slots=True)
class Corrected:
    """It is written down beside the first one."""

    code: str


async def _load(scene: Scene, lead_id: int) -> tuple[Lead, dict[str, Any]]:
    lead = (await lead_for(scene.session, scene.actor, lead_id, now=scene.now)).lead
    if lead.stage is LeadStage.CLOSED:
        raise RefusedError(Reason.LEAD_CLOSED)
    if not await own_entries(scene.session, actor=scene.actor, lead=lead):
        raise RefusedError(Reason.NOTHING_WRITTEN)
    return lead, {}


_PICK = LeadPick(_load)


def _line(entry: LeadEntry, scene: Scene) -> str:
    """What an entry is and when it was made; nothing of what it says stands on a button."""
    local = entry.at.astimezone(scene.policy.zone)
    return f"{label(entry.kind.value, scene.actor.locale, 'entry')} {local:%m-%d %H:%M}"


async def _entries(scene: Scene, answers: Answers) -> list[LeadEntry]:
    lead = (await lead_for(scene.session, scene.actor, answers["lead"], now=scene.now)).lead
    return await own_entries(scene.session, actor=scene.actor, lead=lead)


async def _search(scene: Scene, answers: Answers, _facts: Facts, query: str, offset: int, limit: int) -> Found:
    lines = [(entry.id, _line(entry, scene)) for entry in await _entries(scene, answers)]
    found = [line for line in lines if query in line[1]]
    return Found(found[offset : offset + limit], len(found))


async def _resolve(scene: Scene, value: int, answers: Answers, _facts: Facts) -> dict[str, Any]:
    entry = next((one for one in await _entries(scene, answers) if one.id == value), None)
    if entry is None:
        raise RefusedError(Reason.NOT_YOUR_ENTRY)
    return {"entry_line": _line(entry, scene)}


def _summary(answers: Answers, facts: Facts) -> CorrectionSummary:
    return CorrectionSummary(facts["code"], Colour(facts["colour"]), facts["entry_line"], answers["words"])


async def _finish(scene: Scene, answers: Answers, facts: Facts, _ending: str) -> Finished:
    await correct(
        scene.session,
        actor=scene.actor,
        lead_id=answers["lead"],
        entry_id=answers["entry"],
        body=answers["words"],
        now=scene.now,
    )
    return Finished(Corrected(facts["code"]), [[("open_lead", f"lead:show:{answers['lead']}")]])


CORRECT = Flow(
    name="correct",
    version=1,
    roles=REPORTS_LEADS,
    hush=True,
    steps=(
        _PICK.step,
        Step("entry", lambda _a, f: AskWhichEntry(f["code"]), Pick(_search, _resolve)),
        Step("words", lambda _a, f: AskRightWords(f["entry_line"]), Text(NOTE_LIMIT)),
        Step("confirm", _summary, Confirm()),
    ),
    finish=_finish,
    refresh=_PICK.refresh,
    in_reach=_PICK.in_reach,
)
