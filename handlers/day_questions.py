"""The kinds of question that ask for a day: one that is over, or one to come."""

import re
from dataclasses import dataclass
from datetime import date, timedelta

from domain.rules.shown_text import folded
from handlers.inputs import Input, Pressed, Typed
from handlers.questions import Answered, Answers, Asked, Half, Refusal

# Year (or none), month and day, as people type them.
_TYPED = re.compile(r"(?:(\d{4})\s*[-/.年]\s*)?(\d{1,2})\s*[-/.月]\s*(\d{1,2})\s*日?")
_ON_BUTTONS = 8
_WORDS = {"今天": 0, "today": 0, "明天": 1, "tomorrow": 1, "后天": 2}


@dataclass(frozen=True, slots=True)
class Day:
    """Today or one of the `back` days before it; the answer is an ISO date. What is older than the buttons is typed."""

    back: int

    def offered(self, asked: Asked) -> list[date]:
        """The latest of the days on offer, today first."""
        return [asked.today - timedelta(days=number) for number in range(min(self.back + 1, _ON_BUTTONS))]

    def take(self, given: Input, asked: Asked) -> Answered | Half | Refusal:
        if isinstance(given, Pressed | Typed):
            day = _read_day(given.value if isinstance(given, Pressed) else given.text, asked.today)
            if day is None:
                return Refusal.TYPE_DAY
            if day > asked.today:
                return Refusal.DAY_IN_FUTURE
            return Refusal.DAY_TOO_OLD if day < self.earliest(asked) else Answered(day.isoformat())
        return Refusal.TYPE_DAY

    def earliest(self, asked: Asked) -> date:
        """The first day that is taken."""
        return asked.today - timedelta(days=self.back)


@dataclass(frozen=True, slots=True)
class ComingDay:
    """Today or one of the `ahead` days after it; the answer is an ISO date. `since` names an earlier answer that it
    cannot lie before, `until` a fact with a day that it cannot lie after. The buttons offer the first days, any other
    is typed.
    """

    ahead: int
    since: str = ""
    until: str = ""

    def offered(self, asked: Asked) -> list[date]:
        """The first of the days on offer."""
        first, last = self._first(asked.answers, asked.today), self.latest(asked)
        return [day for number in range(_ON_BUTTONS) if (day := first + timedelta(days=number)) <= last]

    def take(self, given: Input, asked: Asked) -> Answered | Half | Refusal:
        if not isinstance(given, Pressed | Typed):
            return Refusal.TYPE_DAY
        day = coming_day(given.value if isinstance(given, Pressed) else given.text, asked.today)
        if day is None:
            return Refusal.TYPE_DAY
        if day.isoformat() < asked.answers.get(self.since, ""):
            return Refusal.END_BEFORE_START
        if day < asked.today:
            return Refusal.DAY_IN_PAST
        return Refusal.DAY_TOO_FAR if day > self.latest(asked) else Answered(day.isoformat())

    def latest(self, asked: Asked) -> date:
        """The last day that is taken."""
        latest, until = asked.today + timedelta(days=self.ahead), asked.facts.get(self.until)
        return min(latest, date.fromisoformat(until)) if until else latest

    def _first(self, answers: Answers, today: date) -> date:
        since = answers.get(self.since)
        return max(today, date.fromisoformat(since)) if since else today


def coming_day(text: str, today: date) -> date | None:
    """The day that was typed; without a year, the next one of that name."""
    text = folded(text).strip().lower()
    if text in _WORDS:
        return today + timedelta(days=_WORDS[text])
    found = _TYPED.fullmatch(text)
    if not found:
        return None
    year, month, day = found.groups()
    years = [int(year)] if year else [today.year, today.year + 1]
    days = [read for one in years if (read := _day(one, int(month), int(day))) is not None]
    # A day of last week is more likely than one of next year.
    return next((read for read in days if year or read > today - timedelta(days=180)), None)


def _day(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day)
    except ValueError:
        return None


def _read_day(text: str, today: date) -> date | None:
    words = {"今天": 0, "today": 0, "昨天": 1, "yesterday": 1, "前天": 2}
    text = folded(text).strip().lower()
    if text in words:
        return today - timedelta(days=words[text])
    found = _TYPED.fullmatch(text)
    if not found:
        return None
    year, month, day = found.groups()
    try:
        read = date(int(year or today.year), int(month), int(day))
    except ValueError:
        return None
    # "12-30" typed on 2 January means the year that has just ended.
    if year is None and read > today and (read - today).days > 180:
        return read.replace(year=read.year - 1)
    return read
