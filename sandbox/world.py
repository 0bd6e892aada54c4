"""The made-up Telegram: who is there, which chats they have, and what was said."""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import Any

from sandbox.feed import Feed
from sandbox.journal import Counter, Journal
from sandbox.records import Chat, Json, Person, Press, StoredFile, StoredPoll
from sandbox.updates import Updates

KEPT_PER_CHAT = 5_000
FIRST_UPDATE = 100_000_001


class World:
    """All state, in memory. Whatever changes is marked, so that the state file can follow."""

    def __init__(self, *, clock: Callable[[], float], rng: random.Random, bot: Json, journal: Journal | None) -> None:
        self.clock = clock
        self.rng = rng
        self.bot = bot
        self.journal = journal
        self.changed: set[tuple[str, str]] = set()
        self.people: dict[int, Person] = {}
        self.chats: dict[int, Chat] = {}
        self.files: dict[str, StoredFile] = {}
        self.blobs: dict[str, bytes] = {}
        self.new_blobs: set[str] = set()
        self.presses: dict[str, Press] = {}
        self.polls: dict[str, StoredPoll] = {}
        self.settings: dict[str, Any] = {}
        self.counters = (Counter("update", FIRST_UPDATE, journal), Counter("event", 1, journal))
        self.updates = Updates(self.counters[0], self.mark)
        self.feed = Feed(self.counters[1])

    @property
    def bot_id(self) -> int:
        """The bot's user id."""
        return int(self.bot["id"])

    def mark(self, kind: str, key: str) -> None:
        """Notes that a record changed, appeared or went away."""
        if self.journal is not None:
            self.changed.add((kind, key))

    def set(self, name: str, value: Any) -> None:
        """Changes a setting of the bot (its commands, its webhook …)."""
        self.settings[name] = value
        self.mark("setting", name)

    def unused(self, taken: dict[str, Any], prefix: str = "") -> str:
        """A random key that `taken` does not hold yet."""
        while (key := f"{prefix}{self.rng.getrandbits(62)}") in taken:
            continue
        return key

    def add_person(self, person: Person) -> Person:
        """A new account, with its (still empty) private chat with the bot."""
        self.people[person.id] = person
        face = {key: value for key, value in person.user().items() if key not in {"is_bot", "language_code"}}
        chat = Chat(person.id, {**face, "type": "private"}, {person.id: "member"})
        self.chats.setdefault(person.id, chat).face = chat.face
        self.mark("person", str(person.id))
        self.mark("chat", str(person.id))
        return person

    def person_changed(self, person: Person) -> None:
        """Tells the page and the state file about a person's new marks."""
        self.mark("person", str(person.id))

    def audience(self, chat: Chat) -> list[int]:
        """The people who see what happens in a chat."""
        return [person for person, status in chat.members.items() if status not in {"left", "kicked"}]

    def post(self, chat: Chat, sender: Json, content: Json) -> Json:
        """Puts a message into a chat and before the eyes of its people. Returns the Bot API's Message."""
        chat.last_message_id += 1
        number = chat.last_message_id
        message = {
            "message_id": number,
            "from": sender,
            "chat": chat.face,
            "date": int(self.clock()),
            **content,
        }
        chat.messages[number] = message
        if len(chat.messages) > KEPT_PER_CHAT:
            self.forget_message(chat, next(iter(chat.messages)))
        self._count_unread(chat, sender["id"])
        self.mark("message", f"{chat.id}/{number}")
        self.mark("chat", str(chat.id))
        self.feed.publish("message", chat.id, self.audience(chat), message=message)
        return message

    def _count_unread(self, chat: Chat, sender: int) -> None:
        for member in chat.members:
            person = self.people.get(member)
            if person is not None and member != sender:
                person.unread[chat.id] = person.unread.get(chat.id, 0) + 1
                self.mark("person", str(member))

    def change(self, chat: Chat, message: Json) -> Json:
        """Replaces a message by its edited self."""
        number = message["message_id"]
        chat.messages[number] = message
        self.mark("message", f"{chat.id}/{number}")
        self.feed.publish("edited", chat.id, self.audience(chat), message=message)
        return message

    def delete(self, chat: Chat, number: int) -> None:
        """Takes a message away from everybody."""
        self.forget_message(chat, number)
        self.feed.publish("deleted", chat.id, self.audience(chat), message_id=number)

    def forget_message(self, chat: Chat, number: int) -> None:
        """Drops a message without a word."""
        if chat.messages.pop(number, None) is not None:
            self.mark("message", f"{chat.id}/{number}")

    def show_keyboard(self, chat: Chat, people: list[int], keyboard: Json | None) -> None:
        """Opens a reply keyboard for people of a chat, or takes theirs away."""
        for number in people:
            person = self.people[number]
            if keyboard is None:
                person.keyboards.pop(chat.id, None)
            else:
                person.keyboards[chat.id] = keyboard
            self.mark("person", str(number))
        self.feed.publish("keyboard", chat.id, people, keyboard=keyboard)

    def face_changed(self, chat: Chat, *gone: int) -> None:
        """Tells the page (also those who have just gone) and the state file that a chat's title or members changed."""
        self.mark("chat", str(chat.id))
        self.feed.publish("chat", chat.id, [*self.audience(chat), *gone], chat=self.chat_state(chat))

    def chat_state(self, chat: Chat) -> Json:
        """A chat as the page sees it: the Bot API's Chat and the ids of its members."""
        return {**chat.face, "members": self.audience(chat), "bot": chat.bot}

    def person_state(self, person: Person) -> Json:
        """A person as the page sees it."""
        return {
            "user": person.user(),
            "note": person.note,
            "started": person.started,
            "blocked": person.blocked,
            "unread": {str(chat): count for chat, count in person.unread.items() if count},
            "keyboards": {str(chat): keyboard for chat, keyboard in person.keyboards.items()},
        }
