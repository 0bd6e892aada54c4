"""What the program asks of a messenger, whichever one it is.

`handlers/sender.py` speaks this to Telegram; another channel would be another implementation of `Channel`.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import IntEnum, StrEnum
from typing import Protocol


class Lane(IntEnum):
    """Who goes first when messages compete for the messenger's limits; the lower number wins."""

    RED = 0
    REPLY = 1
    NOTICE = 2
    DIGEST = 3


@dataclass(frozen=True, slots=True)
class Button:
    """An inline button: what it says and the at most 64 bytes it sends back."""

    label: str
    data: str


class UploadKind(StrEnum):
    """What a message can carry of ours."""

    PHOTO = "photo"
    VOICE = "voice"
    DOCUMENT = "document"


@dataclass(frozen=True, slots=True)
class Upload:
    """A file of ours, from memory. `name` is what a document is called where it is saved: ASCII, and no more of a
    record than its code, for it stays in the phone.
    """

    kind: UploadKind
    content: bytes
    name: str = ""


@dataclass(frozen=True, slots=True)
class Outgoing:
    """One message to one chat, already rendered (HTML).

    `edit` names a message of ours to rewrite; when it can no longer be edited, the text is sent anew.
    `keyboard` is the persistent menu under the input field: None leaves it alone, () takes it away.
    A `card` holds the buttons of the present question: those of the card before it are taken away.
    `vanish` says how long it may stand in the chat; such a message cannot be passed on or saved from there, unless it
    is a document.
    With an `upload` the text stands below the file.
    `hush` names the conversation whose end takes it out of the chat.
    """

    chat_id: int
    text: str
    buttons: tuple[tuple[Button, ...], ...] = ()
    keyboard: tuple[tuple[str, ...], ...] | None = None
    edit: int | None = None
    photo: str | None = None
    lane: Lane = Lane.REPLY
    card: bool = False
    vanish: timedelta | None = None
    hush: str | None = None
    upload: Upload | None = None


@dataclass(frozen=True, slots=True)
class PressAnswer:
    """The short word shown to whoever pressed a button; without a text it only ends the waiting mark."""

    callback_id: str
    text: str = ""
    alert: bool = False


class Outcome(StrEnum):
    """How a send ended."""

    DELIVERED = "delivered"
    BLOCKED = "blocked"  # the person blocked the bot, or the chat is gone: go to the next person
    MIGRATED = "migrated"  # the group became a supergroup: rebind once, then send again
    UNKNOWN = "unknown"  # the connection broke after the request left: it may have arrived
    REJECTED = "rejected"  # the messenger refuses this message for good
    UNREACHABLE = "unreachable"  # nothing was sent; try again later


@dataclass(frozen=True, slots=True)
class Receipt:
    """What is known of one send: its outcome, the id of the message, and the new chat id after a migration."""

    outcome: Outcome
    message_id: int | None = None
    migrated_to: int | None = None


class Channel(Protocol):
    """A messenger that delivers one message and tells honestly how it went. It never raises for a failed send."""

    async def send(self, message: Outgoing) -> Receipt: ...


@dataclass(frozen=True, slots=True)
class Standing:
    """What the messenger says of the bot itself.

    `clock_ahead` is how many seconds our clock is ahead of its, `alarm_chat` whether it knows the chat for alarms; None
    is not known. `webhook` is where it brings updates to, `trouble` its own word for what last went wrong with that.
    """

    clock_ahead: float | None
    webhook: str
    pending: int
    trouble: str
    trouble_at: datetime | None
    alarm_chat: bool | None


class Erasure(StrEnum):
    """How deleting messages ended."""

    DONE = "done"  # none of them is there any more
    REFUSED = "refused"  # not these, or not now: the chat is closed to us, a message is no longer ours to delete
    LATER = "later"  # the messenger asks for a pause, or cannot be reached


@dataclass(frozen=True, slots=True)
class Erased:
    """What is known of one deletion, and how many seconds the messenger asks to wait before the next."""

    outcome: Erasure
    pause: float = 0.0


class Eraser(Protocol):
    """A messenger that deletes messages of one chat, at most 100 at once. It never raises for a failed deletion."""

    async def erase(self, chat_id: int, message_ids: Sequence[int]) -> Erased: ...


class FetchEnd(StrEnum):
    """How fetching a file ended."""

    FETCHED = "fetched"
    TOO_LARGE = "too_large"
    GONE = "gone"  # the messenger does not give it (any more)
    LATER = "later"


@dataclass(frozen=True, slots=True)
class Fetched:
    """What is known of one file that was to be fetched."""

    outcome: FetchEnd
    content: bytes = b""


class FileSource(Protocol):
    """A messenger that gives the files people sent. It never raises for one that it does not give."""

    async def fetch(self, file_id: str, most_bytes: int) -> Fetched: ...
