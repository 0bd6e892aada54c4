"""A question for words that may reach a group chat: no name, no address, no number of anybody may be in them (spec 5).

Whatever was typed stays: the question shows which word is meant and the text with it, and one press puts "somebody"
in its place. How a text may be typed again is said with it.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import Any

from domain.rules.shown_text import folded
from domain.usecases.register_words import word_of_register
from handlers.inputs import Input, Picked, Pressed, Typed
from handlers.party_questions import Rows
from handlers.questions import Answered, Answers, Asked, Facts, Half, Refusal, Text, length_of
from messages.render import label

MASK = "!mask"


@dataclass(frozen=True, slots=True)
class PrivateWordFound:
    """This word must not be said in a group; the text that it stands in is kept."""

    word: str
    text: str


@dataclass(frozen=True, slots=True)
class PublicTextTooLong:
    """What she sent is longer than there is room for; it is still in her chat."""

    length: int
    limit: int


def area_of_facts(_answers: Answers, facts: Facts) -> str:
    """The path of the council's area, as most conversations load it."""
    return str(facts["area_path"])


@dataclass(frozen=True, slots=True)
class PublicText:
    """A text of at most `limit` characters without a word of the register at or below `area(answers, facts)`.

    The answer is the text. Half an answer is `{"text", "word"}`, what stands in its way, or `{"length"}`.
    """

    limit: int
    area: Callable[[Answers, Facts], str] = area_of_facts
    one_line: bool = False

    async def look_up(self, scene: Any, given: Input, asked: Asked) -> Input:
        """The text, or the half of it with the word in it."""
        match given:
            case Typed():
                text = self._text(given)
            case Pressed(value="!mask") if (asked.partial or {}).get("word"):
                text = _masked(asked.partial["text"], asked.partial["word"], scene.actor.locale)
            case _:
                return given
        if text is None:
            return given
        word = await word_of_register(scene.session, self.area(asked.answers, asked.facts), text)
        return Picked(text, {"word": word} if word else {})

    async def rows(self, _scene: Any, asked: Asked) -> tuple[Rows, object | None]:
        """The button that puts "somebody" in the word's place."""
        return ([[(MASK, "mask_word")]] if (asked.partial or {}).get("word") else []), None

    def so_far(self, asked: Asked) -> object | None:
        """What stands in the way of her text."""
        kept = asked.partial or {}
        if kept.get("word"):
            return PrivateWordFound(kept["word"], kept["text"])
        return PublicTextTooLong(kept["length"], self.limit) if kept.get("length") else None

    def take(self, given: Input, asked: Asked) -> Answered | Half | Refusal:
        """The text without such a word is the answer; with one it is half of it."""
        match given:
            case Picked(value=text, facts={"word": word}):
                return Half({"text": text, "word": word})
            case Picked(value=text):
                return Answered(text)
            case Pressed(value="!clear"):
                return Half(None)
        taken = Text(self.limit, self.one_line).take(given, asked)
        if taken is Refusal.TEXT_TOO_LONG and isinstance(given, Typed):
            return Half({"length": length_of(given.text.strip())})
        return taken if isinstance(taken, Refusal) else Refusal.TYPE_TEXT  # a text has been looked up by now

    def _text(self, given: Input) -> str | None:
        """The text when it is one that fits."""
        taken = Text(self.limit, self.one_line).take(given, Asked({}, {}, None, date.min))
        return str(taken.value) if isinstance(taken, Answered) else None


def _masked(text: str, word: str, locale: str) -> str:
    """The text with "somebody" for the word, which is found in one way of writing only."""
    whole = text if word in text else folded(text)
    return whole.replace(word, label("somebody", locale, "public_text"))
