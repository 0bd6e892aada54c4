"""Calling a council's meeting (召集会议): how, when, where, which items, who writes it down (spec 5; R)."""

from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Any

from domain.council_access import led_council, standing_members
from domain.usecases.meeting_people import names_of
from domain.usecases.meeting_planning import AHEAD, MeetingFacts, meetable_items, plan_meeting
from domain.usecases.meeting_reminders import reminders_ahead
from handlers.clock_question import ClockTime, minute_now, over_already
from handlers.council_pick import council_in_reach, led_council_step
from handlers.day_questions import ComingDay
from handlers.flow import Finished, Flow, Step
from handlers.public_text import PublicText
from handlers.question_kinds import OneOf
from handlers.questions import Answers, Choice, Confirm, Facts, Many, Text
from handlers.scene import Scene
from handlers.shortened import short_name
from models.meeting import MeetingMode
from models.member import Role

PLACE_LIMIT = 60
MOST_ITEMS = 30  # so many buttons fit under one question
MOST_MEMBERS = 40


@dataclass(frozen=True, slots=True)
class AskMeetingMode:
    """How do you meet?"""

    name: str


@dataclass(frozen=True, slots=True)
class AskMeetingDay:
    """On which day?"""


@dataclass(frozen=True, slots=True)
class AskMeetingTime:
    """At what time?"""

    on: date


@dataclass(frozen=True, slots=True)
class AskMeetingPlace:
    """Where? It is shown in the group."""


@dataclass(frozen=True, slots=True)
class AskMeetingDoor:
    """At whose door? Only those who come see it, in private."""


@dataclass(frozen=True, slots=True)
class AskMeetingItems:
    """Which items are dealt with?"""


@dataclass(frozen=True, slots=True)
class AskRecorder:
    """Who writes it down?"""


@dataclass(frozen=True, slots=True)
class CouncilMeetingSummary:
    """The meeting before it is called."""

    name: str
    mode: MeetingMode
    on: date
    time: str
    place: str
    items: tuple[str, ...]
    recorder: str


@dataclass(frozen=True, slots=True)
class MeetingCalled:
    """It is called; everybody is told, and reminded at these times, if any is still to come."""

    code: str
    on: date
    time: str
    reminders: tuple[datetime, ...]


async def _resolve(scene: Scene, value: int, _answers: Answers, _facts: Facts) -> dict[str, Any]:
    sight = await led_council(scene.session, scene.actor, value)
    members = await standing_members(scene.session, sight.council, scene.today)
    me = scene.actor.member_id
    members = [me, *(one for one in members if one != me)][:MOST_MEMBERS]
    names = await names_of(scene.session, members)
    items = await meetable_items(scene.session, value)
    return {
        "name": sight.council.name,
        "area_path": sight.area.path,
        "items": [[str(one.id), short_name(one.title)] for one in items[:MOST_ITEMS]],
        "members": [[str(one), names[one]] for one in members],
        "me": str(me),
        "now": minute_now(scene),
    }


async def _refresh(scene: Scene, answers: Answers) -> Facts:
    return await _resolve(scene, answers["council"], answers, {})


def _at_a_place(answers: Answers) -> bool:
    return "mode" in answers and MeetingMode(answers["mode"]).at_a_place


def _at_a_door(answers: Answers) -> bool:
    return "mode" in answers and MeetingMode(answers["mode"]).at_a_door


def _any_items(_answers: Answers, facts: Facts) -> bool:
    return bool(facts["items"])


def _items(answers: Answers) -> list[str]:
    return list((answers.get("items") or {"chosen": []})["chosen"])


def _place(answers: Answers) -> str:
    return str(answers.get("place") or answers.get("door") or "")


def _summary(answers: Answers, facts: Facts) -> CouncilMeetingSummary:
    titles = dict(facts["items"])
    return CouncilMeetingSummary(
        name=facts["name"],
        mode=MeetingMode(answers["mode"]),
        on=date.fromisoformat(answers["day"]),
        time=answers["time"],
        place=_place(answers),
        items=tuple(titles[one] for one in _items(answers) if one in titles),
        recorder=dict(facts["members"]).get(answers["recorder"], ""),
    )


async def _finish(scene: Scene, answers: Answers, _facts: Facts, ending: str) -> Finished:
    meeting = await plan_meeting(
        scene.session,
        actor=scene.actor,
        council_id=answers["council"],
        facts=MeetingFacts(
            mode=MeetingMode(answers["mode"]),
            planned_at=scene.policy.at(date.fromisoformat(answers["day"]), time.fromisoformat(answers["time"])),
            place=_place(answers) or None,
            items=[int(one) for one in _items(answers)],
            recorder_id=int(answers["recorder"]),
        ),
        conversation_id=ending,
        now=scene.now,
        policy=scene.policy,
    )
    at = meeting.planned_at.astimezone(scene.policy.zone)
    return Finished(
        MeetingCalled(meeting.code, at.date(), f"{at:%H:%M}", reminders_ahead(at, scene.now, scene.policy)),
        [[("calendar_file", f"meet:ics:{meeting.id}")], [("open_meeting", f"meet:show:{meeting.id}")]],
    )


MEETING = Flow(
    name="meeting",
    version=1,
    roles=frozenset({Role.COUNCIL_CHAIR}),
    hush=True,  # a door may be named in it
    steps=(
        led_council_step(_resolve),
        Step("mode", lambda _a, f: AskMeetingMode(f["name"]), Choice(MeetingMode)),
        Step("day", lambda _a, _f: AskMeetingDay(), ComingDay(AHEAD.days)),
        Step(
            "time",
            lambda a, _f: AskMeetingTime(date.fromisoformat(a["day"])),
            ClockTime(),
            check=lambda value, a, f: over_already(a["day"], value, f),
        ),
        Step("place", lambda _a, _f: AskMeetingPlace(), PublicText(PLACE_LIMIT, one_line=True), when=_at_a_place),
        Step("door", lambda _a, _f: AskMeetingDoor(), Text(PLACE_LIMIT, one_line=True), when=_at_a_door),
        Step("items", lambda _a, _f: AskMeetingItems(), Many("items", columns=1), possible=_any_items),
        Step("recorder", lambda _a, _f: AskRecorder(), OneOf("members"), default=lambda _a, f: f["me"]),
        Step("confirm", _summary, Confirm()),
    ),
    finish=_finish,
    refresh=_refresh,
    in_reach=council_in_reach,
)
