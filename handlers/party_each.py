"""Questions that are put once for each party of a dispute: who may be contacted, and what each wishes."""

from dataclasses import dataclass
from typing import Any

from handlers.inputs import Input, Pressed, Typed
from handlers.party_questions import PAGE, PAGE_SIZE, Rows, paged, parties_in
from handlers.questions import CLEAR, DONE, Answered, Asked, Half, Refusal, length_of
from handlers.shortened import short_name

EVERYBODY = "!all"


@dataclass(frozen=True, slots=True)
class WishOf:
    """Whose wish is written down next, and what is noted of hers already."""

    name: str
    text: str
    written: int
    total: int


@dataclass(frozen=True, slots=True)
class Agreeing:
    """Which of the parties agree to something; the answer is `{"yes": [keys]}`. Who was not asked has not agreed."""

    async def look_up(self, _scene: Any, given: Input, _asked: Asked) -> Input:
        return given

    def take(self, given: Input, asked: Asked) -> Answered | Half | Refusal:
        keys = [party["key"] for party in parties_in(asked.answers)]
        partial = asked.partial or {}
        yes = [key for key in partial.get("yes", []) if key in keys]
        if not isinstance(given, Pressed):
            return Refusal.PRESS_A_BUTTON
        if given.value == DONE:
            return Answered({"yes": yes})
        if given.value == EVERYBODY:
            return Half({"yes": keys, "page": partial.get("page", 0)})
        page = PAGE.fullmatch(given.value)
        if page is not None:
            return Half({"yes": yes, "page": int(page[1])})
        if given.value not in keys:
            return Refusal.NO_SUCH_BUTTON
        now = [key for key in yes if key != given.value] if given.value in yes else [*yes, given.value]
        return Half({"yes": now, "page": partial.get("page", 0)})

    async def rows(self, _scene: Any, asked: Asked) -> tuple[Rows, object | None]:
        parties, partial = parties_in(asked.answers), asked.partial or {}
        yes = set(partial.get("yes", []))
        words = [(one["key"], ("✅ " if one["key"] in yes else "▫️ ") + short_name(one["name"])) for one in parties]
        rows = paged(words, int(partial.get("page", 0)))
        if len(yes) < len(parties):
            rows.append([(EVERYBODY, "everybody_agrees")])
        return [*rows, [(DONE, "done" if yes else "nobody_agrees")]], None

    def so_far(self, _asked: Asked) -> object | None:
        return None


@dataclass(frozen=True, slots=True)
class TextOfEach:
    """A text of each party, one after the other; a name that is pressed is the next one. Nobody must have one.

    The answer is `{"texts": {key: text}}`.
    """

    limit: int

    async def look_up(self, _scene: Any, given: Input, _asked: Asked) -> Input:
        return given

    def take(self, given: Input, asked: Asked) -> Answered | Half | Refusal:
        parties, partial = parties_in(asked.answers), asked.partial or {}
        texts, keys = _texts(asked), [party["key"] for party in parties]
        match given:
            case Typed(text=text):
                return self._written(text.strip(), texts, keys, _next(asked))
            case Pressed(value="!done"):
                return Answered({"texts": texts}) if texts else Refusal.NOT_SKIPPABLE
            case Pressed(value=value):
                return self._pressed({**partial, "texts": texts}, value, keys)
        return Refusal.TYPE_TEXT

    def _pressed(self, partial: dict[str, Any], value: str, keys: list[str]) -> Half | Refusal:
        if value == CLEAR:
            return Half(None)
        if value in keys:
            return Half({**partial, "at": value})
        page = PAGE.fullmatch(value)
        return Half({**partial, "page": int(page[1])}) if page is not None else Refusal.NO_SUCH_BUTTON

    def _written(self, text: str, texts: dict[str, str], keys: list[str], at: str) -> Answered | Half | Refusal:
        if not text:
            return Refusal.TEXT_EMPTY
        if length_of(text) > self.limit:
            return Refusal.TEXT_TOO_LONG
        was_complete = all(key in texts for key in keys)
        texts = {**texts, at: text}
        if all(key in texts for key in keys) and not was_complete:
            return Answered({"texts": texts})
        return Half({"texts": texts, "page": _page_with(keys, texts)})

    async def rows(self, _scene: Any, asked: Asked) -> tuple[Rows, object | None]:
        parties, texts, at = parties_in(asked.answers), _texts(asked), _next(asked)
        marks = {True: "✅ ", False: ""}
        words = [
            (one["key"], ("✏️ " if one["key"] == at else marks[one["key"] in texts]) + short_name(one["name"]))
            for one in parties
        ]
        rows = paged(words, int((asked.partial or {}).get("page", 0))) if len(parties) > 1 else []
        return [*rows, [(DONE, "done")]] if texts else rows, None

    def so_far(self, asked: Asked) -> object | None:
        parties, texts, at = parties_in(asked.answers), _texts(asked), _next(asked)
        name = next((party["name"] for party in parties if party["key"] == at), "")
        return WishOf(name, texts.get(at, ""), len(texts), len(parties))


def _texts(asked: Asked) -> dict[str, str]:
    keys = {party["key"] for party in parties_in(asked.answers)}
    return {key: text for key, text in (asked.partial or {}).get("texts", {}).items() if key in keys}


def _next(asked: Asked) -> str:
    """Whose text comes next: the pressed one's, else that of the first who has none."""
    keys, texts = [party["key"] for party in parties_in(asked.answers)], _texts(asked)
    pressed = str((asked.partial or {}).get("at"))
    return pressed if pressed in keys else next((key for key in keys if key not in texts), keys[0] if keys else "")


def _page_with(keys: list[str], texts: dict[str, str]) -> int:
    """The page on which the first stands who has no text yet."""
    return next((place for place, key in enumerate(keys) if key not in texts), 0) // PAGE_SIZE
