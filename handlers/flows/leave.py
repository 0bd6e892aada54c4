"""Asking for leave (请假): from which day to which; alerts go past her on these days (spec 1 and 3)."""

from dataclasses import dataclass
from datetime import date

from domain.access import WORKS_HERE
from domain.rules.policy import LEAVE_AHEAD_DAYS
from domain.usecases.leaves import note_leave
from handlers.day_questions import ComingDay
from handlers.flow import Finished, Flow, Step
from handlers.questions import Answers, Confirm, Facts
from handlers.scene import Scene


@dataclass(frozen=True, slots=True)
class AskFrom:
    """From which day?"""

    ahead: int


@dataclass(frozen=True, slots=True)
class AskUntil:
    """Until which day, this one included?"""

    starts_on: date


@dataclass(frozen=True, slots=True)
class LeaveSummary:
    """The leave before it is noted."""

    starts_on: date
    ends_on: date
    days: int


@dataclass(frozen=True, slots=True)
class LeaveSaved:
    """It is noted."""

    starts_on: date
    ends_on: date


def _days(answers: Answers) -> tuple[date, date]:
    return date.fromisoformat(answers["from"]), date.fromisoformat(answers["until"])


def _summary(answers: Answers, _facts: Facts) -> LeaveSummary:
    starts_on, ends_on = _days(answers)
    return LeaveSummary(starts_on, ends_on, (ends_on - starts_on).days + 1)


async def _finish(scene: Scene, answers: Answers, _facts: Facts, _conversation_id: str) -> Finished:
    starts_on, ends_on = _days(answers)
    await note_leave(
        scene.session, actor=scene.actor, starts_on=starts_on, ends_on=ends_on, now=scene.now, policy=scene.policy
    )
    return Finished(LeaveSaved(starts_on, ends_on), [[("my_leave", "leaves:list")]])


# Not "leave": that is what the button says which leaves a conversation.
ABSENCE = Flow(
    name="absence",
    version=1,
    roles=WORKS_HERE,
    steps=(
        Step("from", lambda _a, _f: AskFrom(LEAVE_AHEAD_DAYS), ComingDay(LEAVE_AHEAD_DAYS)),
        Step(
            "until",
            lambda a, _f: AskUntil(date.fromisoformat(a["from"])),
            ComingDay(LEAVE_AHEAD_DAYS, since="from"),
        ),
        Step("confirm", _summary, Confirm()),
    ),
    finish=_finish,
)
