"""Where a raw update came from, read before anything else of it: whatever it holds, this can be said of it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, TypeGuard

from handlers.group_gate import is_a_group

PRIVATE = "private"


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a raw update came from, as far as one can tell without parsing it."""

    chat_id: int
    user_id: int
    private: bool
    locale: str
    group: bool = False
    press: bool = False

    @property
    def talk(self) -> tuple[int, int] | None:
        """Where the person's conversation is that the update may touch: a command in a group goes on in private."""
        if self.private:
            return self.chat_id, self.user_id
        return (self.user_id, self.user_id) if self.group and self.user_id and not self.press else None

    @property
    def lane(self) -> int:
        """The chat within which the update keeps its place: that of the conversation, or the group."""
        return self.talk[0] if self.talk else self.chat_id


def origin(raw: Mapping[str, Any]) -> Origin:
    """Chat and person of a raw update; zeros where it names none. Never raises: the update may be malformed."""
    for kind, body in raw.items():
        if not isinstance(body, dict):
            continue
        user = body.get("from") or body.get("user") or {}
        message = body.get("message")
        holder = message if isinstance(message, dict) else body
        chat = holder.get("chat") or {}
        if isinstance(user, dict) and isinstance(chat, dict) and (user or chat):
            language = str(user.get("language_code") or "zh")
            return Origin(
                _number(chat.get("id")) or _number(user.get("id")),
                _number(user.get("id")),
                chat.get("type") == PRIVATE,
                "zh" if language.startswith("zh") else "en",
                is_a_group(chat),
                kind != "message",
            )
    return Origin(0, 0, False, "zh")


def message_number(raw: Mapping[str, Any]) -> int | None:
    """The number of the message that somebody has sent, if it is one that can be written down."""
    message = raw.get("message")
    number = message.get("message_id") if isinstance(message, dict) else None
    return number if is_storable(number) else None


def is_storable(value: object) -> TypeGuard[int]:
    """Whether it is a number that a database holds: none holds one beyond 64 bits, and nobody has one."""
    return isinstance(value, int) and abs(value) < 2**63


def _number(value: Any) -> int:
    return value if is_storable(value) else 0
