"""The kinds of question a step can ask, and what each takes for an answer.

Every kind turns an input into `Answered`, `Half` (more is to come) or `Refusal`. All of it is pure.
"""

import re
import unicodedata
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Any, Protocol

from domain.rules.shown_text import shows_nothing, without_hidden
from handlers.inputs import Input, Picked, Pressed, Typed

Answers = Mapping[str, Any]
Facts = Mapping[str, Any]
DONE = "!done"
TICK, UNTICK = "+", "-"  # before an option: what a press brings about, so that a second one of the same changes nothing
CLEAR = "!clear"  # takes back what is kept of a half answer


class Refusal(StrEnum):
    """Why an input is no answer to the present question; the sentences are in messages' `[Refusal]`."""

    PRESS_A_BUTTON = "press_a_button"
    TYPE_TEXT = "type_text"
    TYPE_NUMBER = "type_number"
    NUMBER_OUT_OF_RANGE = "number_out_of_range"
    TYPE_DAY = "type_day"
    TYPE_TIME = "type_time"
    DAY_IN_FUTURE = "day_in_future"
    DAY_TOO_OLD = "day_too_old"
    SEND_PHOTO = "send_photo"
    TOO_MANY_PHOTOS = "too_many_photos"
    SEND_PLACE = "send_place"
    TEXT_TOO_LONG = "text_too_long"
    TEXT_EMPTY = "text_empty"
    CHOOSE_ONE_AT_LEAST = "choose_one_at_least"
    SEARCH_OR_PRESS = "search_or_press"
    NO_SUCH_BUTTON = "no_such_button"
    NOT_SKIPPABLE = "not_skippable"
    ANSWER_EACH = "answer_each"
    TELL = "tell"
    FILE_IS_NO_PICTURE = "file_is_no_picture"
    FILE_TOO_LARGE = "file_too_large"
    TOO_MANY_FILES = "too_many_files"
    DAY_IN_PAST = "day_in_past"
    END_BEFORE_START = "end_before_start"
    DAY_TOO_FAR = "day_too_far"
    NAME_THE_PARTIES = "name_the_parties"
    TOO_MANY_PARTIES = "too_many_parties"
    SAME_PARTY = "same_party"
    TYPE_DEADLINE = "type_deadline"
    CHOOSE_MORE = "choose_more"
    TOO_MANY_STEPS = "too_many_steps"


@dataclass(frozen=True, slots=True)
class Answered:
    """The question is answered with a JSON value."""

    value: Any
    facts: Mapping[str, Any] | None = None


@dataclass(frozen=True, slots=True)
class Half:
    """A part of the answer; the question is shown again with it."""

    partial: Any


@dataclass(frozen=True, slots=True)
class Asked:
    """What a question may look at while it takes an answer."""

    answers: Answers
    facts: Facts
    partial: Any
    today: date


class Question(Protocol):
    """A kind of question."""

    def take(self, given: Input, asked: Asked) -> Answered | Half | Refusal:
        """What `given` means as an answer."""
        ...


OptionSource = type[StrEnum] | str


@dataclass(frozen=True, slots=True)
class Choice:
    """One of an enumeration's members. `only` narrows them by what is already answered."""

    options: type[StrEnum]
    only: Callable[[Answers, Facts], Sequence[StrEnum]] | None = None
    columns: int = 2

    def offered(self, answers: Answers, facts: Facts) -> list[StrEnum]:
        """The members on offer."""
        return list(self.only(answers, facts)) if self.only else list(self.options)

    def take(self, given: Input, asked: Asked) -> Answered | Half | Refusal:
        if not isinstance(given, Pressed):
            return Refusal.PRESS_A_BUTTON
        known = {str(member.value) for member in self.offered(asked.answers, asked.facts)}
        return Answered(given.value) if given.value in known else Refusal.NO_SUCH_BUTTON


@dataclass(frozen=True, slots=True)
class Many:
    """Several of an enumeration's members, or of the `[value, name]` pairs under a key of the facts.

    With `free_text` (a limit in characters) a typed text is kept beside them; further texts are added to it.
    The answer is `{"chosen": […], "text": "…"}`. A button says whether it ticks or takes a tick back: whoever presses
    once more because no reply came means the same.
    """

    options: OptionSource
    free_text: int = 0
    at_least: int = 0
    columns: int = 2

    def offered(self, facts: Facts) -> list[tuple[str, str | StrEnum]]:
        """Value and word (an enumeration's member, or a name as it is) of each option."""
        if isinstance(self.options, str):
            return [(str(value), str(name)) for value, name in facts.get(self.options, [])]
        return [(str(member.value), member) for member in self.options]

    def take(self, given: Input, asked: Asked) -> Answered | Half | Refusal:
        partial = asked.partial or {"chosen": [], "text": ""}
        if isinstance(given, Typed) and self.free_text:
            text = "\n".join(part for part in (partial["text"], given.text.strip()) if part)
            return Refusal.TEXT_TOO_LONG if length_of(text) > self.free_text else Half({**partial, "text": text})
        if not isinstance(given, Pressed):
            return Refusal.PRESS_A_BUTTON
        if given.value == CLEAR:
            return Half(None)
        if given.value == DONE:
            enough = len(partial["chosen"]) >= self.at_least or partial["text"]
            return Answered(partial) if enough else Refusal.CHOOSE_ONE_AT_LEAST
        sign, option = given.value[:1], given.value[1:]
        if sign not in (TICK, UNTICK) or option not in {value for value, _ in self.offered(asked.facts)}:
            return Refusal.NO_SUCH_BUTTON
        chosen = [value for value in partial["chosen"] if value != option or sign == TICK]
        if sign == TICK and option not in chosen:
            chosen.append(option)
        return Half({**partial, "chosen": chosen})


@dataclass(frozen=True, slots=True)
class Text:
    """Free text of at most `limit` characters; with `one_line`, line breaks and control characters go.

    Signs that are not seen, or turn the words around, go in any case; what shows nothing is no text.
    """

    limit: int = 500
    one_line: bool = False

    def take(self, given: Input, asked: Asked) -> Answered | Half | Refusal:
        if not isinstance(given, Typed):
            return Refusal.TYPE_TEXT
        text = without_hidden(given.text)
        text = _on_one_line(text) if self.one_line else text.strip()
        if shows_nothing(text):
            return Refusal.TEXT_EMPTY
        return Refusal.TEXT_TOO_LONG if length_of(text) > self.limit else Answered(text)


@dataclass(frozen=True, slots=True)
class Number:
    """A whole number from `low` to `high`; full-width digits are digits too."""

    low: int
    high: int

    def take(self, given: Input, asked: Asked) -> Answered | Half | Refusal:
        if not isinstance(given, Typed):
            return Refusal.TYPE_NUMBER
        text = given.text.strip()
        if not re.fullmatch(r"\d{1,9}", text):
            return Refusal.TYPE_NUMBER
        return Answered(int(text)) if self.low <= int(text) <= self.high else Refusal.NUMBER_OUT_OF_RANGE


@dataclass(frozen=True, slots=True)
class Found:
    """One page of a search: number and name of each record, and how many there are in all."""

    options: Sequence[tuple[int, str]]
    total: int


@dataclass(frozen=True, slots=True)
class Pick:
    """A record out of those the person may see: typed words search, a press picks.

    `search(scene, answers, facts, query, offset, limit)` finds; `resolve(scene, value, answers, facts)` authorises
    the press anew and gives what is to be remembered of the record, or raises RefusedError. `otherwise` is a
    button (label key, callback data) for when nothing was found. `by_code` says that whole codes are typed.
    """

    search: Callable[[Any, Answers, Facts, str, int, int], Awaitable[Found]]
    resolve: Callable[[Any, int, Answers, Facts], Awaitable[dict[str, Any]]]
    page_size: int = 8
    otherwise: tuple[str, str] | None = None
    by_code: bool = False

    def take(self, given: Input, asked: Asked) -> Answered | Half | Refusal:
        if isinstance(given, Picked):
            return Answered(given.value, given.facts)
        if isinstance(given, Typed):
            return Half({"query": given.text.strip()[:100], "page": 0})
        if isinstance(given, Pressed) and re.fullmatch(r"!page\.\d{1,6}", given.value):
            partial = asked.partial or {"query": ""}
            return Half({"query": partial["query"], "page": int(given.value.removeprefix("!page."))})
        return Refusal.SEARCH_OR_PRESS


@dataclass(frozen=True, slots=True)
class Confirm:
    """The summary, always the last step: save it, or change one of the answers."""

    def take(self, given: Input, asked: Asked) -> Answered | Half | Refusal:
        if isinstance(given, Pressed) and given.value == DONE:
            return Answered(True)
        return Refusal.PRESS_A_BUTTON


def _on_one_line(text: str) -> str:
    words = " ".join(text.split())
    return "".join(char for char in words if unicodedata.category(char) not in ("Cc", "Cs"))


def length_of(text: str) -> int:
    """The length as messengers count it, in UTF-16 units: an emoji is two, and a summary must fit one message."""
    return len(text.encode("utf-16-le", "surrogatepass")) // 2
