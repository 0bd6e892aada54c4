"""A question for a text that stands there already, and may be taken out again."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from handlers.inputs import Input, Pressed
from handlers.party_questions import Rows
from handlers.questions import Answered, Asked, Facts, Half, Refusal, Text

REMOVE = "!remove"


@dataclass(frozen=True, slots=True)
class TextAnew:
    """A text on one line that takes the place of the one before; or the button `word`, by which there is none any more
    (the answer ""). The button stands there while `stands(facts)` has something to take out.
    """

    limit: int
    word: str
    stands: Callable[[Facts], bool]

    async def look_up(self, _scene: Any, given: Input, _asked: Asked) -> Input:
        """Nothing has to be looked up."""
        return given

    async def rows(self, _scene: Any, asked: Asked) -> tuple[Rows, object | None]:
        """The one button, when there is anything to take out."""
        return ([[(REMOVE, self.word)]] if self.stands(asked.facts) else []), None

    def so_far(self, _asked: Asked) -> object | None:
        """There are no half answers."""
        return None

    def take(self, given: Input, asked: Asked) -> Answered | Half | Refusal:
        """The button, or the text."""
        if isinstance(given, Pressed):
            removes = given.value == REMOVE and self.stands(asked.facts)
            return Answered("") if removes else Refusal.NO_SUCH_BUTTON
        return Text(self.limit, one_line=True).take(given, asked)
