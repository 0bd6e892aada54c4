"""What a person can answer with, free of Telegram's shapes."""

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any


class Content(StrEnum):
    """Kinds of message that no question takes as its answer (or not yet)."""

    STICKER = "sticker"
    VIDEO = "video"
    CONTACT = "contact"
    POLL = "poll"
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class Pressed:
    """A button of the question itself, by its value; values that begin with "!" are controls."""

    value: str


@dataclass(frozen=True, slots=True)
class Typed:
    """A text message."""

    text: str
    forwarded: bool = False


@dataclass(frozen=True, slots=True)
class SentPhoto:
    """A photo, by the messenger's file id, with its caption."""

    file_id: str
    caption: str = ""


@dataclass(frozen=True, slots=True)
class SentVoice:
    """A voice message, with the size in bytes that the messenger tells (None: it does not)."""

    file_id: str
    caption: str = ""
    size: int | None = None


@dataclass(frozen=True, slots=True)
class SentFile:
    """A file sent as such: its size, and what it says it is. Neither is proof of anything."""

    file_id: str
    mime: str
    size: int | None = None
    caption: str = ""


@dataclass(frozen=True, slots=True)
class SentPlace:
    """A location in degrees."""

    latitude: float
    longitude: float


@dataclass(frozen=True, slots=True)
class SentOther:
    """Something no question asks for."""

    content: Content


@dataclass(frozen=True, slots=True)
class Picked:
    """A record chosen from a search, already authorised, with what is to be remembered of it."""

    value: int | str
    facts: dict[str, Any] = field(default_factory=dict)


Input = Pressed | Typed | SentPhoto | SentVoice | SentFile | SentPlace | SentOther | Picked
