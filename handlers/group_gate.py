"""What of a group's life is written down: what is meant for the bot, and of that only what is needed (spec 5, 8).

In its privacy mode Telegram hands the bot little of what people say in a group; as an administrator it would hear
everything. Either way nothing that is not meant for it ever reaches the database.
"""

from collections.abc import Mapping
from typing import Any

GROUPS = frozenset({"group", "supergroup"})
GROUP_COMMANDS = frozenset({"start", "bind", "propose"})
_MIGRATED = ("migrate_to_chat_id", "migrate_from_chat_id")
_OF_A_MESSAGE = ("message_id", "from", "chat", "date", "text", *_MIGRATED)


def let_in(raw: Mapping[str, Any], bot_name: str = "") -> dict[str, Any] | None:
    """The update as it is to be kept, or None for what people say among themselves.

    `bot_name` is the bot's username; while it is empty a command to any bot is taken for ours. What is in no group, and
    what has no shape that we know, is let in as it is.
    """
    kind, body = _body(raw)
    if kind == "callback_query" and isinstance(body.get("message"), dict):
        # In a private chat as well: what stood on a ballot paper must not be kept with the press, not even its length.
        return {**raw, kind: {**body, "message": _bare(body["message"])}}
    if not _in_group(body):
        return dict(raw)
    if kind == "my_chat_member":
        return dict(raw)
    if kind != "message":
        return None
    if group_command(body.get("text"), bot_name) is None and not any(name in body for name in _MIGRATED):
        return None
    return {**raw, kind: _bare(body)}


def group_command(text: object, bot_name: str = "") -> tuple[str, str] | None:
    """The command to the bot that a group's message with this text is, and what follows it; None for any other."""
    if not isinstance(text, str) or not text.startswith("/"):
        return None
    word, *rest = text[1:].split(maxsplit=1)[:2] or [""]
    name, _, bot = word.partition("@")
    if name.lower() not in GROUP_COMMANDS or (bot and bot_name and bot.lower() != bot_name.lower()):
        return None
    return name.lower(), rest[0].strip() if rest else ""


def is_a_group(chat: Mapping[str, Any]) -> bool:
    """Whether a chat is a group, whatever stands where its type should."""
    kind = chat.get("type")
    return isinstance(kind, str) and kind in GROUPS


def _body(raw: Mapping[str, Any]) -> tuple[str, Mapping[str, Any]]:
    for kind, body in raw.items():
        if isinstance(body, dict):
            return kind, body
    return "", {}


def _in_group(holder: object) -> bool:
    chat = holder.get("chat") if isinstance(holder, dict) else None
    return isinstance(chat, dict) and is_a_group(chat)


def _bare(message: Mapping[str, Any]) -> dict[str, Any]:
    """Without what others wrote (she may have answered somebody), and without our own words under a button."""
    kept = {name: message[name] for name in _OF_A_MESSAGE if name in message}
    sender = message.get("from")
    if isinstance(sender, dict) and sender.get("is_bot"):
        kept.pop("text", None)
    return kept
