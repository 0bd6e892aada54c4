"""Correcting what one has written about a dispute: by a further entry, and the first one stays (spec 4)."""

from dataclasses import dataclass
from typing import Any

from domain.refusals import Reason, RefusedError
from domain.rules.ladder_file import MAY_MEDIATE
from domain.usecases.dispute_notes import correct_dispute, dispute_to_add_to, own_dispute_entries
from handlers.dispute_pick import DisputePick
from handlers.flow import Finished, Flow, Step
from handlers.flows.handle import NOTE_LIMIT
from handlers.questions import Answers, Confirm, Facts, Found, Pick, Text
from handlers.scene import Scene
from messages.render import label
from models.dispute import Dispute, DisputeEntry
from models.lead import Colour


@dataclass(frozen=True, slots=True)
class AskWhichDisputeEntry:
    """Which entry is to be corrected?"""

    code: str


@dataclass(frozen=True, slots=True)
class AskRightDisputeWords:
    """What is right?"""

    entry: str


@dataclass(frozen=True, slots=True)
class DisputeCorrectionSummary:
    """The correction before it is made."""

    code: str
    colour: Colour
    entry: str
    words: str


@dataclass(frozen=True, slots=True)
class DisputeCorrected:
    """It stands beside the first one."""

    code: str


async def _load(scene: Scene, dispute_id: int) -> tuple[Dispute, dict[str, Any]]:
    dispute = await dispute_to_add_to(
        scene.session, actor=scene.actor, dispute_id=dispute_id, now=scene.now, policy=scene.policy
    )
    if not await own_dispute_entries(scene.session, actor=scene.actor, dispute=dispute):
        raise RefusedError(Reason.NOTHING_WRITTEN)
    return dispute, {}


_PICK = DisputePick(_load)


def _line(entry: DisputeEntry, scene: Scene) -> str:
    """What an entry is and when it was made; nothing of what it says stands on a button."""
    local = entry.at.astimezone(scene.policy.zone)
    return f"{label(entry.kind.value, scene.actor.locale, 'dispute_entry')} {local:%m-%d %H:%M}"


async def _entries(scene: Scene, answers: Answers) -> list[DisputeEntry]:
    dispute = await dispute_to_add_to(
        scene.session, actor=scene.actor, dispute_id=answers["dispute"], now=scene.now, policy=scene.policy
    )
    return await own_dispute_entries(scene.session, actor=scene.actor, dispute=dispute)


async def _search(scene: Scene, answers: Answers, _facts: Facts, query: str, offset: int, limit: int) -> Found:
    lines = [(entry.id, _line(entry, scene)) for entry in await _entries(scene, answers)]
    found = [line for line in lines if query in line[1]]
    return Found(found[offset : offset + limit], len(found))


async def _resolve(scene: Scene, value: int, answers: Answers, _facts: Facts) -> dict[str, Any]:
    entry = next((one for one in await _entries(scene, answers) if one.id == value), None)
    if entry is None:
        raise RefusedError(Reason.NOT_YOUR_ENTRY)
    return {"entry_line": _line(entry, scene)}


def _summary(answers: Answers, facts: Facts) -> DisputeCorrectionSummary:
    return DisputeCorrectionSummary(facts["code"], Colour(facts["colour"]), facts["entry_line"], answers["words"])


async def _finish(scene: Scene, answers: Answers, facts: Facts, _ending: str) -> Finished:
    await correct_dispute(
        scene.session,
        actor=scene.actor,
        dispute_id=answers["dispute"],
        entry_id=answers["entry"],
        body=answers["words"],
        now=scene.now,
        policy=scene.policy,
    )
    return Finished(DisputeCorrected(facts["code"]), [[("open_dispute", f"disp:show:{answers['dispute']}")]])


DISPCORRECT = Flow(
    name="dispcorrect",
    version=1,
    roles=MAY_MEDIATE,
    hush=True,
    steps=(
        _PICK.step,
        Step("entry", lambda _a, f: AskWhichDisputeEntry(f["code"]), Pick(_search, _resolve)),
        Step("words", lambda _a, f: AskRightDisputeWords(f["entry_line"]), Text(NOTE_LIMIT)),
        Step("confirm", _summary, Confirm()),
    ),
    finish=_finish,
    refresh=_PICK.refresh,
    in_reach=_PICK.in_reach,
)
