"""The kind of question that asks for a time of day."""

import re
from dataclasses import dataclass
from enum import StrEnum

from domain.refusals import Reason
from domain.rules.shown_text import folded
from handlers.inputs import Input, Pressed, Typed
from handlers.questions import Answered, Asked, Facts, Half, Refusal
from handlers.scene import Scene

_BUTTONS = {time.replace(":", ""): time for time in ("09:00", "10:00", "14:30", "15:30", "19:00", "20:00")}
_HALVES = r"上午|早上|中午|下午|晚上|am|pm"
_TYPED = re.compile(rf"({_HALVES})?\s*(\d{{1,2}})\s*(?:[:：.点时]\s*(\d{{1,2}}|半)?\s*分?)?\s*({_HALVES})?")
_LATER = frozenset({"中午", "下午", "晚上", "pm"})
_NIGHT = 7  # "3:30" of a mediation is hardly meant as a time before daybreak: she is asked which half of the day


@dataclass(frozen=True, slots=True)
class ClockTime:
    """A time of the "day" that was asked before, pressed or typed as people type it (15:00, 下午3点半): "15:00"."""

    def offered(self, asked: Asked) -> list[tuple[str, str]]:
        """Value and name of the times on the buttons: those of today that are over are none."""
        day = asked.answers.get("day") or asked.facts.get("day", "")
        return [(value, time) for value, time in _BUTTONS.items() if over_already(day, time, asked.facts) is None]

    def take(self, given: Input, asked: Asked) -> Answered | Half | Refusal:
        if isinstance(given, Pressed):
            pressed = _BUTTONS.get(given.value)
            return Refusal.NO_SUCH_BUTTON if pressed is None else Answered(pressed)
        time = clock_time(given.text) if isinstance(given, Typed) else None
        return Refusal.TYPE_TIME if time is None else Answered(time)


def clock_time(text: str) -> str | None:
    """The time of day that was typed, as "15:00"; None when it says none, or leaves open which half of the day."""
    found = _TYPED.fullmatch(folded(text).strip().lower())
    if found is None:
        return None
    before, hours, minutes, after = found.groups()
    half, hour = before or after, int(hours)
    minute = 30 if minutes == "半" else int(minutes or 0)
    if half in _LATER and hour < 12:
        hour += 12
    if hour > 23 or minute > 59 or (half is None and hour < _NIGHT):
        return None
    return f"{hour:02}:{minute:02}"


def minute_now(scene: Scene) -> str:
    """The minute in which a conversation knows what it asks for, as the clocks here show it; it is kept as "now"."""
    return f"{scene.now.astimezone(scene.policy.zone):%Y-%m-%dT%H:%M}"


def over_already(day: str, clock: str, facts: Facts) -> StrEnum | None:
    """Why nobody can meet then: it is over. Said with the question, not after all the others; saving looks again."""
    return Reason.TIME_IN_PAST if f"{day}T{clock}" <= facts.get("now", "") else None
