"""Further kinds of question: yes or no several times on one card, one of a list or of a tree, photos, a place, and
telling freely.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from handlers.inputs import Input, Picked, Pressed, SentFile, SentPhoto, SentPlace, SentVoice, Typed
from handlers.questions import CLEAR, DONE, Answered, Asked, Facts, Half, Refusal, length_of
from models.lead import FileKind

# The Bot API hands out no larger file.
LARGEST_FILE = 20 * 1024 * 1024
PICTURES = frozenset({"image/jpeg", "image/png", "image/webp"})
_INTO = re.compile(r"!in\.([a-z0-9_]{0,32})")


@dataclass(frozen=True, slots=True)
class YesNo:
    """Yes or no to each member of an enumeration, all on one card, in any order; the answer is `{member: bool}`.

    The last one ends it. A card that was complete when it was put (she has come back to it) waits for "done", so that
    one of them can be changed alone. `no` is the section of the labels of the noes; a yes has its member's label.
    """

    options: type[StrEnum]
    no: str

    def complete(self, said: Mapping[str, bool]) -> bool:
        """Whether every one of them is answered."""
        return all(member.value in said for member in self.options)

    def take(self, given: Input, asked: Asked) -> Answered | Half | Refusal:
        said: dict[str, bool] = dict(asked.partial or {})
        was_complete = self.complete(said)
        if not isinstance(given, Pressed):
            return Refusal.PRESS_A_BUTTON
        if given.value == DONE:
            return Answered(said) if was_complete else Refusal.ANSWER_EACH
        member, _, word = given.value.rpartition(".")
        if member not in {option.value for option in self.options} or word not in ("yes", "no"):
            return Refusal.NO_SUCH_BUTTON
        said[member] = word == "yes"
        return Half(said) if was_complete or not self.complete(said) else Answered(said)


@dataclass(frozen=True, slots=True)
class OneOf:
    """One of the `[value, name]` pairs under a key of the facts."""

    options: str

    def offered(self, facts: Facts) -> list[tuple[str, str]]:
        """Value and name of each."""
        return [(str(value), str(name)) for value, name in facts.get(self.options, [])]

    def take(self, given: Input, asked: Asked) -> Answered | Half | Refusal:
        if not isinstance(given, Pressed):
            return Refusal.PRESS_A_BUTTON
        known = {value for value, _ in self.offered(asked.facts)}
        return Answered(given.value) if given.value in known else Refusal.NO_SUCH_BUTTON


@dataclass(frozen=True, slots=True)
class Grouped:
    """One of many, by groups: first the group, then its member. Both are a county's own data.

    `groups(scene)` and `members(scene, group)` give pairs of value and name; `resolve(scene, member)` looks at the
    pressed one anew and gives what is to be remembered of it, or raises RefusedError.
    """

    groups: Callable[[Any], Sequence[tuple[str, str]]]
    members: Callable[[Any, str], Sequence[tuple[str, str]]]
    resolve: Callable[[Any, str], dict[str, Any]]

    def take(self, given: Input, asked: Asked) -> Answered | Half | Refusal:
        if isinstance(given, Picked):
            return Answered(given.value, given.facts)
        into = _INTO.fullmatch(given.value) if isinstance(given, Pressed) else None
        if into is None:
            return Refusal.PRESS_A_BUTTON
        return Half({"group": into[1]} if into[1] else None)


@dataclass(frozen=True, slots=True)
class Photos:
    """Up to `most` photos, sent one by one or as an album; the answer is a list of `[file id, caption]`."""

    most: int = 6

    def take(self, given: Input, asked: Asked) -> Answered | Half | Refusal:
        photos: list[list[str]] = list(asked.partial or [])
        if isinstance(given, SentPhoto):
            return (
                Refusal.TOO_MANY_PHOTOS if len(photos) >= self.most else Half([*photos, [given.file_id, given.caption]])
            )
        if given == Pressed(CLEAR):
            return Half(None)
        if isinstance(given, Pressed) and given.value == DONE and photos:
            return Answered(photos)
        return Refusal.SEND_PHOTO


@dataclass(frozen=True, slots=True)
class Place:
    """A location; the answer is `[latitude, longitude]` in degrees."""

    def take(self, given: Input, asked: Asked) -> Answered | Half | Refusal:
        return Answered([given.latitude, given.longitude]) if isinstance(given, SentPlace) else Refusal.SEND_PLACE


@dataclass(frozen=True, slots=True)
class Telling:
    """Words of at most `limit` characters, or photos and voice messages, or both.

    Typed words end it at once, with whatever was sent before them; things that are sent are collected until "done".
    The answer is `{"text": …, "files": [[kind, file id, caption], …]}`.
    """

    limit: int
    most: int = 10

    def take(self, given: Input, asked: Asked) -> Answered | Half | Refusal:
        told = asked.partial or {"text": "", "files": []}
        match given:
            case Typed(text=text):
                return self._words(text.strip(), told)
            case SentPhoto() | SentVoice() | SentFile():
                return _unfit(given) or self._sent(given, told)
            case Pressed(value="!clear"):
                return Half(None)
            case Pressed(value="!done") if told["text"] or told["files"]:
                return Answered(told)
        return Refusal.TELL

    def _words(self, text: str, told: Mapping[str, Any]) -> Answered | Half | Refusal:
        if not text:
            return Refusal.TEXT_EMPTY
        words = "\n".join(part for part in (told["text"], text) if part)
        if length_of(words) > self.limit:
            return Refusal.TEXT_TOO_LONG
        more = {**told, "text": words}
        # Words beside earlier ones: she has come back to add something, and may want to add more.
        return Half(more) if told["text"] else Answered(more)

    def _sent(self, given: SentPhoto | SentVoice | SentFile, told: Mapping[str, Any]) -> Half | Refusal:
        files = told["files"]
        if len(files) >= self.most:
            return Refusal.TOO_MANY_FILES
        kind = FileKind.VOICE if isinstance(given, SentVoice) else FileKind.PHOTO
        return Half({**told, "files": [*files, [kind.value, given.file_id, given.caption]]})


def _unfit(given: SentPhoto | SentVoice | SentFile) -> Refusal | None:
    """Why it is not taken, by what the messenger tells of it; its content is looked at when it is fetched."""
    if isinstance(given, SentPhoto):
        return None
    if (given.size or 0) > LARGEST_FILE:
        return Refusal.FILE_TOO_LARGE
    is_picture = isinstance(given, SentVoice) or given.mime.lower() in PICTURES
    return None if is_picture else Refusal.FILE_IS_NO_PICTURE
