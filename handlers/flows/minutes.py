"""Writing a meeting's record (写活动记录): what the records do not say by themselves, the decisions, pictures (D)."""

from dataclasses import dataclass
from typing import Any

from domain.council_access import SITS_IN_COUNCIL
from domain.usecases.minutes import minutes_to_write, write_minutes
from handlers.flow import Finished, Flow, Step
from handlers.meeting_pick import MeetingPick
from handlers.meeting_words import proposed_decisions
from handlers.question_kinds import Photos
from handlers.questions import Answers, Confirm, Facts, Text
from handlers.scene import Scene
from models.lead import FileKind

NOTES_LIMIT = 1200  # so that the summary fits a message
DECISIONS_LIMIT = 1200
MOST_PHOTOS = 4


@dataclass(frozen=True, slots=True)
class AskMinutesNotes:
    """What was said besides the opinions that stand there already?"""

    code: str
    opinions: int
    before: str


@dataclass(frozen=True, slots=True)
class AskMinutesDecisions:
    """What was decided?"""

    proposed: str


@dataclass(frozen=True, slots=True)
class AskMinutesPhotos:
    """Pictures of the meeting."""

    most: int


@dataclass(frozen=True, slots=True)
class MinutesSummary:
    """What the record will say, before it is kept."""

    code: str
    items: int
    opinions: int
    notes: str
    decisions: str
    photos: int


@dataclass(frozen=True, slots=True)
class MinutesWritten:
    """It is kept as a draft: look at it, then send it round."""

    code: str


async def _load(scene: Scene, meeting_id: int) -> dict[str, Any]:
    written = await minutes_to_write(scene.session, scene.actor, meeting_id, scene.policy)
    facts, minutes = written.facts, written.minutes
    return {
        "code": facts.code,
        "items": len(facts.items),
        "opinions": sum(len(item.opinions) for item in facts.items),
        "notes": facts.notes,
        "decisions": facts.decisions or proposed_decisions(facts, written.sight.council.locale, DECISIONS_LIMIT),
        "rev": minutes.rev,
    }


_PICK = MeetingPick(_load)


def _proposed(_answers: Answers, facts: Facts) -> Any:
    return facts["decisions"]


def _something_proposed(_answers: Answers, facts: Facts) -> bool:
    return bool(facts["decisions"])


def _notes(answers: Answers, facts: Facts) -> str:
    return str(answers.get("notes") or facts["notes"])


def _summary(answers: Answers, facts: Facts) -> MinutesSummary:
    return MinutesSummary(
        code=facts["code"],
        items=facts["items"],
        opinions=facts["opinions"],
        notes=_notes(answers, facts),
        decisions=answers["decisions"],
        photos=len(answers.get("photos") or []),
    )


async def _finish(scene: Scene, answers: Answers, facts: Facts, _ending: str) -> Finished:
    await write_minutes(
        scene.session,
        actor=scene.actor,
        meeting_id=answers["meeting"],
        notes=_notes(answers, facts) or None,
        decisions=answers["decisions"],
        files=[(FileKind.PHOTO, file_id, caption) for file_id, caption in answers.get("photos") or []],
        seen=facts["rev"],
        now=scene.now,
        policy=scene.policy,
    )
    number = answers["meeting"]
    return Finished(
        MinutesWritten(facts["code"]),
        [[("record_draft", f"meet:file:{number}")], [("send_record", f"meet:round:{number}")]],
    )


MINUTES = Flow(
    name="minutes",
    version=1,
    roles=SITS_IN_COUNCIL,
    steps=(
        _PICK.step,
        Step(
            "notes",
            lambda _a, f: AskMinutesNotes(f["code"], f["opinions"], f["notes"]),
            Text(NOTES_LIMIT),
            optional=True,
        ),
        Step(
            "decisions",
            lambda _a, f: AskMinutesDecisions(f["decisions"]),
            Text(DECISIONS_LIMIT),
            default=_proposed,
            default_when=_something_proposed,
        ),
        Step("photos", lambda _a, _f: AskMinutesPhotos(MOST_PHOTOS), Photos(MOST_PHOTOS), optional=True),
        Step("confirm", _summary, Confirm()),
    ),
    finish=_finish,
    refresh=_PICK.refresh,
    in_reach=_PICK.in_reach,
)
