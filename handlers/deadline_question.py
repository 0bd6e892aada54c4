"""The question when a vote ends: pressed, or typed as people say it (3小时, 明天18:00, 11月25日 下午6点)."""

import re
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

from domain.refusals import Reason, RefusedError
from domain.rules.shown_text import folded
from domain.rules.spelt_numbers import SPELT_DIGITS, number_said
from domain.usecases.ballot_opening import check_deadline
from handlers.clock_question import clock_time
from handlers.day_questions import coming_day
from handlers.inputs import Input, Picked, Pressed, Typed
from handlers.party_questions import Rows
from handlers.questions import Answered, Asked, Half, Refusal
from messages.render import label

HOUR = 60
DAY = 24 * HOUR
_OFFERED = (2 * HOUR, DAY, 3 * DAY, 7 * DAY)
_UNITS = {"分": 1, "min": 1, "小时": HOUR, "钟头": HOUR, "h": HOUR, "天": DAY, "日": DAY, "d": DAY}
_NUMBER = rf"\d{{1,4}}(?:\.5)?|[{SPELT_DIGITS}]{{1,4}}|半"
_UNIT = r"(分)钟?|(min)(?:ute)?s?|(小时|钟头)|(h)(?:our)?s?|(天|日)|(d)(?:ay)?s?"
_PIECE = re.compile(rf"\s*({_NUMBER})\s*个?\s*(半?)\s*(?:{_UNIT})(半?)")
_LATER = re.compile(r"\s*[之以]?[后内]?")
_MINUTES = re.compile(r"m(\d{1,5})", re.ASCII)


@dataclass(frozen=True, slots=True)
class Deadline:
    """When it ends. The answer is "m120", so many minutes after the opening, or an instant in ISO form.

    `since` names a fact with a present deadline, and then the answer is an instant after that.
    """

    since: str = ""

    async def look_up(self, scene: Any, given: Input, asked: Asked) -> Input:
        """The answer, when it is a deadline that a ballot can have.

        Raises RefusedError: TIME_IN_PAST, DEADLINE_TOO_SOON, DEADLINE_TOO_FAR, ONLY_LATER.
        """
        before = datetime.fromisoformat(asked.facts[self.since]) if self.since else None
        said = self._said(scene, given, before)
        if said is None:
            return given
        at = ends_at(said, scene.now)
        if at <= scene.now:
            raise RefusedError(Reason.TIME_IN_PAST)
        check_deadline(at, scene.now)
        if before is not None and at <= before:
            raise RefusedError(Reason.ONLY_LATER)
        return Picked(said)

    def _said(self, scene: Any, given: Input, before: datetime | None) -> str | None:
        if isinstance(given, Pressed):
            minutes = _pressed(given.value)
            if minutes is None or before is None:
                return None if minutes is None else given.value
            return (before + timedelta(minutes=minutes)).isoformat()
        return read_deadline(given.text, scene.today, scene.policy) if isinstance(given, Typed) else None

    async def rows(self, scene: Any, _asked: Asked) -> tuple[Rows, object | None]:
        """The usual times."""
        begins = "later_" if self.since else "after_"
        words = [(f"m{minutes}", label(f"{begins}{minutes}", scene.actor.locale, "deadline")) for minutes in _OFFERED]
        return [words[:2], words[2:]], None

    def so_far(self, _asked: Asked) -> object | None:
        """Nothing: it is answered at once."""
        return None

    def take(self, given: Input, _asked: Asked) -> Answered | Half | Refusal:
        """What was looked up; everything else is no deadline."""
        if isinstance(given, Picked):
            return Answered(given.value)
        return Refusal.NO_SUCH_BUTTON if isinstance(given, Pressed) else Refusal.TYPE_DEADLINE


def ends_at(said: str, opened_at: datetime) -> datetime:
    """The instant that an answer means for what is opened at `opened_at`."""
    minutes = lasting(said)
    return datetime.fromisoformat(said) if minutes is None else opened_at + timedelta(minutes=minutes)


def lasting(said: str) -> int | None:
    """How many minutes after the opening an answer means; None for an instant."""
    found = _MINUTES.fullmatch(said)
    return int(found[1]) if found else None


def read_deadline(text: str, today: date, policy: Any) -> str | None:
    """The answer that a typed text means; a time alone is today's."""
    text = folded(text).strip().lower()
    minutes = _minutes_said(text)
    if minutes is not None:
        return f"m{minutes}"
    clock = clock_time(text)
    if clock is not None:
        return _instant(today, clock, policy)
    for place in range(len(text) - 1, 0, -1):
        day, clock = coming_day(text[:place], today), clock_time(text[place:])
        if day is not None and clock is not None:
            return _instant(day, clock, policy)
    return None


def _minutes_said(text: str) -> int | None:
    """How long it lasts: 3小时, 三小时, 半小时, 一个半小时, 2小时30分; None when it says something else."""
    place, minutes = 0, 0
    while piece := _PIECE.match(text, place):
        number, half, *units, half_after = piece.groups()
        unit = _UNITS[next(part for part in units if part)]
        whole = 0.5 if number == "半" else float(number) if "." in number else number_said(number)
        minutes += int((whole + (0.5 if half or half_after else 0)) * unit)
        place = piece.end()
    return minutes if place and _LATER.fullmatch(text, place) else None


def _instant(day: date, clock: str, policy: Any) -> str:
    return str(policy.at(day, time.fromisoformat(clock)).isoformat())


def _pressed(value: str) -> int | None:
    """The minutes of a button that is on offer."""
    minutes = lasting(value)
    return minutes if minutes in _OFFERED else None
