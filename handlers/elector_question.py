"""The question whose papers are put into the box of a secret ballot together: several electors, searched and ticked."""

import re
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Any

from handlers.inputs import Input, Picked, Pressed, Typed
from handlers.party_questions import PAGE, Rows, paged
from handlers.questions import CLEAR, DONE, TICK, UNTICK, Answered, Answers, Asked, Half, Refusal
from handlers.shortened import short_name

_QUERY = 20  # characters
_TICKED = re.compile(rf"[{re.escape(TICK + UNTICK)}][0-9]{{1,10}}")
Candidates = Callable[[Any, Answers], Awaitable[Sequence[tuple[int, str]]]]


@dataclass(frozen=True, slots=True)
class ChosenElectors:
    """How many are ticked, and how many there must be; what was searched for."""

    chosen: int
    fewest: int
    query: str


@dataclass(frozen=True, slots=True)
class Electors:
    """Several of `candidates(scene, answers)`, at least `fewest`. The answer is `{"chosen": [numbers]}`."""

    candidates: Candidates
    fewest: int

    async def look_up(self, scene: Any, given: Input, asked: Asked) -> Input:
        """A ticked one who is still to be chosen; what else is pressed stays as it is."""
        match given:
            case Pressed(value=value) if _TICKED.fullmatch(value):
                known = {number for number, _ in await self.candidates(scene, asked.answers)}
                return Picked(int(value[1:]), {"ticked": value[0] == TICK}) if int(value[1:]) in known else given
            case Pressed(value="!done"):
                known = {number for number, _ in await self.candidates(scene, asked.answers)}
                return Picked(DONE, {"chosen": [one for one in _half(asked)["chosen"] if one in known]})
        return given

    def take(self, given: Input, asked: Asked) -> Answered | Half | Refusal:
        """A tick, a page, a search, or the end."""
        half = _half(asked)
        match given:
            case Picked(value="!done", facts=facts):
                enough = len(facts["chosen"]) >= self.fewest
                return Answered({"chosen": facts["chosen"]}) if enough else Refusal.CHOOSE_MORE
            case Picked(value=number, facts=facts):
                others = [one for one in half["chosen"] if one != number]
                return Half({**half, "chosen": [*others, number] if facts["ticked"] else others})
            case Typed(text=text):
                return Half({**half, "query": text.strip()[:_QUERY], "page": 0})
            case Pressed(value=value) if value == CLEAR:
                return Half(None)
            case Pressed(value=value) if PAGE.fullmatch(value):
                return Half({**half, "page": int(value.removeprefix("!page."))})
        return Refusal.NO_SUCH_BUTTON if isinstance(given, Pressed) else Refusal.SEARCH_OR_PRESS

    async def rows(self, scene: Any, asked: Asked) -> tuple[Rows, object | None]:
        """One page of those who have not voted, the ticked ones marked."""
        half = _half(asked)
        ticked = set(half["chosen"])
        words = [
            (f"{UNTICK}{number}", f"✅ {short_name(name)}")
            if number in ticked
            else (f"{TICK}{number}", f"▫️ {short_name(name)}")
            for number, name in await self.candidates(scene, asked.answers)
            if half["query"] in name
        ]
        rows = paged(words, int(half["page"]))
        return ([*rows, [(DONE, "done")]] if len(ticked) >= self.fewest else rows), None

    def so_far(self, asked: Asked) -> object | None:
        """How many are ticked."""
        half = _half(asked)
        return ChosenElectors(len(half["chosen"]), self.fewest, half["query"])


def _half(asked: Asked) -> dict[str, Any]:
    return {"chosen": [], "query": "", "page": 0, **(asked.partial or {})}
