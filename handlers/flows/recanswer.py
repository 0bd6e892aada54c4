"""The chair answers a correction: she takes it, and the record has another version, or says why not (D)."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from domain.refusals import RefusedError
from domain.usecases.minutes_corrections import answer_correction, correction_to_answer, corrections_waiting
from handlers.flow import Finished, Flow, Step
from handlers.flows.minutes import DECISIONS_LIMIT, NOTES_LIMIT
from handlers.flows.recfix import CORRECTION_LIMIT
from handlers.questions import Answers, Choice, Confirm, Facts, Found, Pick, Text
from handlers.scene import Scene
from handlers.shortened import short_name
from models.member import Role


class Takes(StrEnum):
    """What becomes of a correction."""

    TAKE = "take"
    NOT = "not"


@dataclass(frozen=True, slots=True)
class AskWhichCorrection:
    """Which correction?"""


@dataclass(frozen=True, slots=True)
class AskTakes:
    """Is it right?"""

    code: str
    who: str
    words: str


@dataclass(frozen=True, slots=True)
class AskNotesAnew:
    """How should the notes read?"""

    before: str


@dataclass(frozen=True, slots=True)
class AskDecisionsAnew:
    """How should the decisions read?"""

    before: str


@dataclass(frozen=True, slots=True)
class AskCorrectionAnswer:
    """Why not? Or a word to whoever asked."""

    takes: Takes


@dataclass(frozen=True, slots=True)
class CorrectionAnswerSummary:
    """The answer before it holds."""

    code: str
    takes: Takes
    notes: str
    decisions: str
    answer: str


@dataclass(frozen=True, slots=True)
class CorrectionAnswered:
    """It holds."""

    code: str
    takes: Takes
    version: int


async def _resolve(scene: Scene, value: int, _answers: Answers, _facts: Facts) -> dict[str, Any]:
    found = await correction_to_answer(scene.session, scene.actor, value)
    return {
        "meeting": found.sight.meeting.id,
        "code": found.sight.meeting.code,
        "who": found.who,
        "words": found.correction.body,
        "notes": found.minutes.opinions or "",
        "decisions": found.minutes.decisions or "",
        "rev": found.minutes.rev,
        "version": found.minutes.version,
    }


async def _refresh(scene: Scene, answers: Answers) -> Facts:
    return await _resolve(scene, answers["correction"], answers, {})


async def _search(scene: Scene, _answers: Answers, _facts: Facts, query: str, offset: int, limit: int) -> Found:
    rows = [
        (one.correction.id, short_name(f"{one.who}：{one.correction.body}"))
        for one in await corrections_waiting(scene.session, scene.actor)
        if query in one.who or query in one.correction.body
    ]
    return Found(rows[offset : offset + limit], len(rows))


async def _in_reach(scene: Scene, answers: Answers) -> bool:
    if "correction" not in answers:
        return True
    try:
        await _resolve(scene, answers["correction"], answers, {})
    except RefusedError as refused:
        return refused.reason.value == "step_passed"  # she may see that it was answered by now
    return True


def _taken(answers: Answers) -> bool:
    return answers.get("takes") == Takes.TAKE


def _left(answers: Answers) -> bool:
    return answers.get("takes") == Takes.NOT


def _summary(answers: Answers, facts: Facts) -> CorrectionAnswerSummary:
    return CorrectionAnswerSummary(
        code=facts["code"],
        takes=Takes(answers["takes"]),
        notes=str(answers.get("notes") or ""),
        decisions=str(answers.get("decisions") or ""),
        answer=str(answers.get("why") or answers.get("word") or ""),
    )


async def _finish(scene: Scene, answers: Answers, facts: Facts, _ending: str) -> Finished:
    said = _summary(answers, facts)
    takes = said.takes is Takes.TAKE
    await answer_correction(
        scene.session,
        actor=scene.actor,
        correction_id=answers["correction"],
        answer=said.answer or None,
        notes=said.notes or None,
        decisions=said.decisions if takes else None,
        seen=facts["rev"],
        now=scene.now,
        policy=scene.policy,
    )
    version = facts["version"] + (1 if takes else 0)
    opened = [("open_meeting", f"meet:show:{facts['meeting']}")]
    return Finished(CorrectionAnswered(said.code, said.takes, version), [opened])


RECANSWER = Flow(
    name="recanswer",
    version=1,
    roles=frozenset({Role.COUNCIL_CHAIR}),
    steps=(
        Step("correction", lambda _a, _f: AskWhichCorrection(), Pick(_search, _resolve), editable=False),
        Step("takes", lambda _a, f: AskTakes(f["code"], f["who"], f["words"]), Choice(Takes)),
        Step(
            "notes",
            lambda _a, f: AskNotesAnew(f["notes"]),
            Text(NOTES_LIMIT),
            when=_taken,
            default=lambda _a, f: f["notes"],
        ),
        Step(
            "decisions",
            lambda _a, f: AskDecisionsAnew(f["decisions"]),
            Text(DECISIONS_LIMIT),
            when=_taken,
            default=lambda _a, f: f["decisions"],
        ),
        Step(
            "word",
            lambda a, _f: AskCorrectionAnswer(Takes(a["takes"])),
            Text(CORRECTION_LIMIT),
            when=_taken,
            optional=True,
        ),
        Step("why", lambda a, _f: AskCorrectionAnswer(Takes(a["takes"])), Text(CORRECTION_LIMIT), when=_left),
        Step("confirm", _summary, Confirm()),
    ),
    finish=_finish,
    refresh=_refresh,
    in_reach=_in_reach,
)
