"""Putting a planned meeting to another day, time or place (改期); what is skipped stays (spec 5)."""

from dataclasses import dataclass
from datetime import date, datetime, time
from enum import StrEnum
from typing import Any

from domain.council_access import council_for
from domain.usecases.meeting_moving import When, meeting_to_move, move_meeting
from domain.usecases.meeting_planning import AHEAD
from domain.usecases.meeting_reminders import reminders_ahead
from handlers.clock_question import ClockTime, minute_now, over_already
from handlers.day_questions import ComingDay
from handlers.flow import Finished, Flow, Step
from handlers.flows.meeting import PLACE_LIMIT
from handlers.meeting_pick import MeetingPick
from handlers.public_text import PublicText
from handlers.questions import Answers, Confirm, Facts, Refusal, Text
from handlers.scene import Scene
from models.meeting import MeetingMode
from models.member import Role


@dataclass(frozen=True, slots=True)
class AskOtherDay:
    """It is planned for this day; another one?"""

    code: str
    on: date


@dataclass(frozen=True, slots=True)
class AskOtherTime:
    """It is planned for this time; another one?"""

    code: str
    time: str


@dataclass(frozen=True, slots=True)
class AskOtherPlace:
    """It is to be here; somewhere else? It is shown in the group."""

    code: str
    place: str


@dataclass(frozen=True, slots=True)
class AskOtherDoor:
    """It is to be at this door; at another one? Only those who come see it, in private."""

    code: str
    place: str


@dataclass(frozen=True, slots=True)
class MoveSummary:
    """When and where it is to be, beside when it was to be; `changed` says whether anything is other than before."""

    code: str
    on: date
    time: str
    was_on: date
    was_at: str
    place: str
    changed: bool


@dataclass(frozen=True, slots=True)
class MeetingMoved:
    """It is moved; everybody is told, and reminded at these times, if any is still to come."""

    code: str
    on: date
    time: str
    reminders: tuple[datetime, ...]


async def _load(scene: Scene, meeting_id: int) -> dict[str, Any]:
    sight = await meeting_to_move(scene.session, scene.actor, meeting_id)
    council = await council_for(scene.session, scene.actor, sight.council.id)
    at = sight.meeting.planned_at.astimezone(scene.policy.zone)
    return {
        "code": sight.meeting.code,
        "area_path": council.area.path,
        "rev": sight.meeting.rev,
        "mode": sight.meeting.mode.value,
        "day": at.date().isoformat(),
        "time": f"{at:%H:%M}",
        "place": sight.meeting.place or "",
        "now": minute_now(scene),
    }


_PICK = MeetingPick(_load)


def _at_a_place(_answers: Answers, facts: Facts) -> bool:
    return MeetingMode(facts["mode"]).at_a_place


def _at_a_door(_answers: Answers, facts: Facts) -> bool:
    return MeetingMode(facts["mode"]).at_a_door


def _day_is_over(value: Any, _answers: Answers, facts: Facts) -> StrEnum | None:
    """A meeting of yesterday cannot keep its day; each other day the question itself has looked at."""
    return Refusal.DAY_IN_PAST if (value or facts["day"]) < facts.get("now", "")[:10] else None


def _time_is_over(value: Any, answers: Answers, facts: Facts) -> StrEnum | None:
    return over_already(answers.get("day") or facts["day"], value or facts["time"], facts)


def _then(answers: Answers, facts: Facts) -> tuple[str, str, str]:
    """Day, time and place as they are to be."""
    place = answers.get("place") or answers.get("door") or facts["place"]
    return answers.get("day") or facts["day"], answers.get("time") or facts["time"], place


def _summary(answers: Answers, facts: Facts) -> MoveSummary:
    day, clock, place = _then(answers, facts)
    changed = (day, clock, place) != (facts["day"], facts["time"], facts["place"])
    return MoveSummary(
        code=facts["code"],
        on=date.fromisoformat(day),
        time=clock,
        was_on=date.fromisoformat(facts["day"]),
        was_at=facts["time"],
        place=place,
        changed=changed,
    )


def _planned_at(scene: Scene, day: str, clock: str) -> datetime:
    return scene.policy.at(date.fromisoformat(day), time.fromisoformat(clock))


async def _finish(scene: Scene, answers: Answers, facts: Facts, _ending: str) -> Finished:
    day, clock, place = _then(answers, facts)
    meeting = await move_meeting(
        scene.session,
        actor=scene.actor,
        meeting_id=answers["meeting"],
        seen=facts["rev"],
        when=When(_planned_at(scene, day, clock), place or None),
        now=scene.now,
        policy=scene.policy,
    )
    at = meeting.planned_at.astimezone(scene.policy.zone)
    return Finished(
        MeetingMoved(meeting.code, at.date(), f"{at:%H:%M}", reminders_ahead(at, scene.now, scene.policy)),
        [[("calendar_file", f"meet:ics:{meeting.id}")], [("open_meeting", f"meet:show:{meeting.id}")]],
    )


MEETMOVE = Flow(
    name="meetmove",
    version=1,
    roles=frozenset({Role.COUNCIL_CHAIR}),
    hush=True,  # a door may be named in it
    steps=(
        _PICK.step,
        Step(
            "day",
            lambda _a, f: AskOtherDay(f["code"], date.fromisoformat(f["day"])),
            ComingDay(AHEAD.days),
            check=_day_is_over,
            optional=True,
        ),
        Step(
            "time",
            lambda _a, f: AskOtherTime(f["code"], f["time"]),
            ClockTime(),
            check=_time_is_over,
            optional=True,
        ),
        Step(
            "place",
            lambda _a, f: AskOtherPlace(f["code"], f["place"]),
            PublicText(PLACE_LIMIT, one_line=True),
            optional=True,
            possible=_at_a_place,
        ),
        Step(
            "door",
            lambda _a, f: AskOtherDoor(f["code"], f["place"]),
            Text(PLACE_LIMIT, one_line=True),
            optional=True,
            possible=_at_a_door,
        ),
        Step("confirm", _summary, Confirm()),
    ),
    finish=_finish,
    refresh=_PICK.refresh,
    in_reach=_PICK.in_reach,
)
