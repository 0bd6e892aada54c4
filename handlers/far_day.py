"""A question for a day some weeks ahead: the buttons go by weeks and months, any other day is typed."""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from handlers.day_questions import ComingDay
from handlers.inputs import Input
from handlers.party_questions import Rows
from handlers.questions import Answered, Asked, Half, Refusal
from messages.render import day_text

_AHEAD = (7, 14, 30, 60, 90, 180)  # days


@dataclass(frozen=True, slots=True)
class FarDay:
    """A day from today to `ahead` days after it; the answer is an ISO date. The buttons count from today, or from the
    day that stands under `since` in the facts when it is later.
    """

    ahead: int
    since: str = ""

    def take(self, given: Input, asked: Asked) -> Answered | Half | Refusal:
        return ComingDay(self.ahead).take(given, asked)

    def latest(self, asked: Asked) -> date:
        """The last day that is taken."""
        return ComingDay(self.ahead).latest(asked)

    async def look_up(self, _scene: Any, given: Input, _asked: Asked) -> Input:
        return given

    async def rows(self, scene: Any, asked: Asked) -> tuple[Rows, object | None]:
        since, last = asked.facts.get(self.since), asked.today + timedelta(days=self.ahead)
        first = max(asked.today, date.fromisoformat(since)) if since else asked.today
        days = [day for number in _AHEAD if (day := first + timedelta(days=number)) <= last]
        words = [(day.isoformat(), day_text(day, scene.actor.locale)) for day in days]
        return [words[place : place + 2] for place in range(0, len(words), 2)], None

    def so_far(self, _asked: Asked) -> object | None:
        return None
