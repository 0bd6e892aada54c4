"""One request of the bot: its parameters, read with the tolerance of Telegram, and the world it is about."""

from __future__ import annotations

import json
import math
from dataclasses import dataclass
from typing import Any

from sandbox.records import Chat, Json
from sandbox.refusals import bad, forbidden
from sandbox.world import World

WRITING = ("send", "copy", "forward")


@dataclass(frozen=True)
class Upload:
    """A file that came with a request."""

    name: str
    mime_type: str
    content: bytes


class Call:
    """A method call: values arrive as text (query, form) or as JSON, and both are the same to Telegram."""

    __slots__ = ("method", "params", "uploads", "world")

    def __init__(self, world: World, method: str, params: Json, uploads: dict[str, Upload]) -> None:
        self.world = world
        self.method = method
        self.params = params
        self.uploads = uploads

    def text(self, name: str) -> str:
        """A parameter as text; empty when absent. Raises `Refused` for what is not valid Unicode."""
        value = self.params.get(name)
        if value is None:
            return ""
        text = value if isinstance(value, str) else json.dumps(value)
        if not text.isascii() and any("\ud800" <= letter <= "\udfff" for letter in text):
            raise bad("strings must be encoded in UTF-8")
        return text

    def number(self, name: str) -> int | None:
        """A parameter as a whole number; None when absent or not a number."""
        try:
            return int(self.params[name])
        except (KeyError, TypeError, ValueError, OverflowError):
            return None

    def real(self, name: str) -> float | None:
        """A parameter as a number; None when absent or not a number."""
        try:
            found = float(self.params[name])
        except (KeyError, TypeError, ValueError, OverflowError):
            return None
        return found if math.isfinite(found) else None

    def flag(self, name: str) -> bool:
        """A parameter as yes or no; absent means no."""
        return str(self.params.get(name, "")).lower() in {"true", "1", "yes", "y", "t"}

    def structure(self, name: str, what: str) -> Any:
        """A parameter that is JSON; None when absent. Raises `Refused` when it cannot be parsed."""
        value = self.params.get(name)
        if not isinstance(value, str):
            return value
        if not value:
            return None
        try:
            return json.loads(value)
        except ValueError:
            raise bad(f"can't parse {what} JSON object") from None

    def chat(self, name: str = "chat_id") -> Chat:
        """The chat that is meant, whether the bot may write there or not."""
        value = self.params.get(name)
        if value is None or value == "":
            raise bad(f"{name} is empty")
        if isinstance(value, str) and value.startswith("@"):
            found = self.world.settings.get("usernames", {}).get(value[1:].lower())
            chat = self.world.chats.get(found) if found else None
        else:
            number = self.number(name)
            chat = self.world.chats.get(number) if number is not None else None
        if chat is None:
            raise bad("chat not found")
        if chat.migrated_to is not None:
            raise bad("group chat was upgraded to a supergroup chat", migrate_to_chat_id=chat.migrated_to)
        return chat

    def open_chat(self) -> Chat:
        """The chat that is meant, if the bot may write there; otherwise raises `Refused` (403)."""
        chat = self.chat()
        if chat.private:
            person = self.world.people[chat.id]
            if person.blocked:
                raise forbidden("bot was blocked by the user")
            if not person.started:
                raise forbidden("bot can't initiate conversation with a user")
        elif chat.gone:
            raise forbidden("the group chat was deleted")
        elif chat.bot in {"left", "kicked"}:
            what = "was kicked from" if chat.bot == "kicked" else "is not a member of"
            raise forbidden(f"bot {what} the {chat.type} chat")
        elif chat.hushed and chat.bot != "administrator" and self.method.startswith(WRITING):
            raise bad("not enough rights to send text messages to the chat")
        return chat

    def message(self, chat: Chat, what: str, name: str = "message_id") -> Json:
        """The message that is meant. Raises `Refused` when there is none."""
        number = self.number(name)
        if not number:
            raise bad("message identifier is not specified")
        message = chat.messages.get(number)
        if message is None:
            raise bad(f"{what} not found")
        return message
