"""sendMessage, and what all sending has in common."""

from __future__ import annotations

from typing import Any

from sandbox.call import Call
from sandbox.keyboards import read_markup, shown_to
from sandbox.records import Chat, Json
from sandbox.refusals import bad
from sandbox.texts import read_text


def send_message(call: Call) -> Json:
    """sendMessage."""
    chat = call.open_chat()
    return deliver(call, chat, read_text(call))


def deliver(call: Call, chat: Chat, content: Json) -> Json:
    """Posts what the bot sends, with its keyboard and the message it replies to."""
    markup = read_markup(call, chat)
    replied = replied_message(call, chat)
    if replied is not None:
        content["reply_to_message"] = without_reply(replied)
    if call.flag("protect_content"):
        content["has_protected_content"] = True
    if markup and "inline_keyboard" in markup:
        content["reply_markup"] = markup
        return call.world.post(chat, call.world.bot, content)
    message = call.world.post(chat, call.world.bot, content)
    if markup:
        _open_keyboard(call, chat, message, markup, replied)
    return message


def _open_keyboard(call: Call, chat: Chat, message: Json, markup: Json, replied: Json | None) -> None:
    people = shown_to(call, chat, markup, replied)
    if "keyboard" in markup:
        call.world.show_keyboard(chat, people, markup)
    elif "remove_keyboard" in markup:
        call.world.show_keyboard(chat, people, None)
        return
    # Telegram lets a bot never edit a message that came with a reply keyboard.
    chat.unchangeable.append(message["message_id"])


def replied_message(call: Call, chat: Chat) -> Json | None:
    """The message that the new one answers. Raises `Refused` when it does not exist and must."""
    wanted, optional = _reply_wish(call)
    if not wanted:
        return None
    found = chat.messages.get(wanted)
    if found is None and not optional:
        raise bad("message to be replied not found")
    return found


def _reply_wish(call: Call) -> tuple[int | None, bool]:
    wish: Any = call.structure("reply_parameters", "reply parameters")
    if wish is None:
        return call.number("reply_to_message_id"), call.flag("allow_sending_without_reply")
    if not isinstance(wish, dict):
        raise bad("object expected as reply parameters")
    part = Call(call.world, call.method, wish, {})
    return part.number("message_id"), part.flag("allow_sending_without_reply")


def without_reply(message: Json) -> Json:
    """A message as it appears inside another one: replies do not nest."""
    return {name: value for name, value in message.items() if name != "reply_to_message"}
