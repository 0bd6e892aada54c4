"""What the stand-in remembers: people, chats, files, presses and polls, each with its row in the state file."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import Any

Json = dict[str, Any]


def kind_of(thing: Json) -> str:
    """The `type` of a thing that came from outside, as text whatever it was."""
    return str(thing.get("type"))


@dataclass
class Person:
    """Somebody with a Telegram account; `note` says on the chat page who that is."""

    id: int
    first_name: str
    last_name: str | None = None
    username: str | None = None
    language_code: str | None = None
    note: str = ""
    started: bool = False
    blocked: bool = False
    unread: dict[int, int] = field(default_factory=dict)
    keyboards: dict[int, Json] = field(default_factory=dict)

    def user(self) -> Json:
        """The Bot API's User."""
        user: Json = {"id": self.id, "is_bot": False, "first_name": self.first_name}
        for name in ("last_name", "username", "language_code"):
            if getattr(self, name):
                user[name] = getattr(self, name)
        return user

    def row(self) -> Json:
        """Everything that must survive a restart."""
        return asdict(self)

    @staticmethod
    def from_row(row: Json) -> Person:
        """The person again; JSON turned the chat ids into text."""
        person = Person(**row)
        person.unread = {int(chat): count for chat, count in person.unread.items()}
        person.keyboards = {int(chat): keyboard for chat, keyboard in person.keyboards.items()}
        return person


@dataclass
class Chat:
    """A private chat with the bot, a group or a supergroup. `face` is the Bot API's Chat.

    In a `hushed` group only administrators may write; one that is `gone` was deleted by its owner.
    """

    id: int
    face: Json
    members: dict[int, str] = field(default_factory=dict)
    bot: str = "member"
    migrated_to: int | None = None
    last_message_id: int = 0
    pinned: list[int] = field(default_factory=list)
    unchangeable: list[int] = field(default_factory=list)
    hushed: bool = False
    gone: bool = False
    messages: dict[int, Json] = field(default_factory=dict)

    @property
    def type(self) -> str:
        """`private`, `group` or `supergroup`."""
        return str(self.face["type"])

    @property
    def private(self) -> bool:
        """Whether this is one person's chat with the bot."""
        return bool(self.face["type"] == "private")

    def row(self) -> Json:
        """Everything that must survive a restart, without the messages: they have their own rows."""
        fields = ("id", "face", "members", "bot", "migrated_to", "last_message_id", "pinned", "unchangeable")
        states = {"hushed": self.hushed, "gone": self.gone}
        return {name: getattr(self, name) for name in fields} | states

    @staticmethod
    def from_row(row: Json) -> Chat:
        """The chat again; JSON turned the members' ids into text."""
        chat = Chat(**row)
        chat.members = {int(person): status for person, status in chat.members.items()}
        return chat


@dataclass
class StoredFile:
    """A file under one of its ids. A photo has several ids (sizes) for the same bytes, kept under `blob`.

    `content` is what a message holds: a photo's sizes, or the object of another kind.
    """

    file_id: str
    unique_id: str
    blob: str
    kind: str
    path: str
    size: int
    mime_type: str
    content: Any

    def row(self) -> Json:
        """Everything but the bytes."""
        return asdict(self)


@dataclass
class Press:
    """A press of an inline button that waits for its answer."""

    id: str
    person_id: int
    chat_id: int
    message_id: int
    at: float
    answered: bool = False

    def row(self) -> Json:
        """Everything that must survive a restart."""
        return asdict(self)


@dataclass
class StoredPoll:
    """A poll, who voted how, and the message that holds it."""

    id: str
    poll: Json
    chat_id: int
    message_id: int
    votes: dict[int, list[int]] = field(default_factory=dict)

    def row(self) -> Json:
        """Everything that must survive a restart."""
        return asdict(self)

    @staticmethod
    def from_row(row: Json) -> StoredPoll:
        """The poll again; JSON turned the voters' ids into text."""
        stored = StoredPoll(**row)
        stored.votes = {int(person): options for person, options in stored.votes.items()}
        return stored
