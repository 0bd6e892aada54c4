"""What a person can answer with, free of Telegram's shapes."""

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any


class Content(StrEnum):
    """Kinds of message that no question takes as its answer (or not yet)."""

    STICKER = "sticker"
    VOICE = "voice"
    VIDEO = "video"
    DOCUMENT = "document"
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

    value: int
    facts: dict[str, Any] = field(default_factory=dict)


Input = Pressed | Typed | SentPhoto | SentPlace | SentOther | Picked
