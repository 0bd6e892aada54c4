"""Edits and deletions by the bot."""

from __future__ import annotations

from typing import Any

from sandbox.call import Call
from sandbox.keyboards import read_markup
from sandbox.records import Chat, Json
from sandbox.refusals import NOT_MODIFIED, bad, forbidden
from sandbox.texts import read_caption, read_text

DELETABLE_SECONDS = 48 * 3600


def edit_message_text(call: Call) -> Json | bool:
    """editMessageText; without a reply_markup it takes the inline keyboard away, as Telegram does."""
    if call.text("inline_message_id"):
        raise bad("MESSAGE_ID_INVALID")
    chat, message = changeable(call)
    if "text" not in message:
        raise bad("there is no text in the message to edit")
    return _apply(call, chat, message, read_text(call), ("text", "entities", "reply_markup"))


def edit_message_caption(call: Call) -> Json | bool:
    """editMessageCaption."""
    chat, message = changeable(call)
    if not any(kind in message for kind in ("photo", "voice", "document", "video", "audio", "animation")):
        raise bad("there is no caption in the message to edit")
    return _apply(call, chat, message, read_caption(call), ("caption", "caption_entities", "reply_markup"))


def edit_message_reply_markup(call: Call) -> Json | bool:
    """editMessageReplyMarkup."""
    chat, message = changeable(call)
    return _apply(call, chat, message, {}, ("reply_markup",))


def changeable(call: Call) -> tuple[Chat, Json]:
    """The message that may be edited. Raises `Refused` when it is not the bot's, or came with a reply keyboard."""
    chat = call.open_chat()
    message = call.message(chat, "message to edit")
    foreign = message["from"]["id"] != call.world.bot_id or "forward_origin" in message
    if foreign or message["message_id"] in chat.unchangeable:
        raise bad("message can't be edited")
    return chat, message


def _apply(call: Call, chat: Chat, message: Json, content: Json, replaced: tuple[str, ...]) -> Json:
    markup = read_markup(call, chat)
    if markup and markup.get("inline_keyboard"):
        content["reply_markup"] = markup
    return replace(call, chat, message, content, replaced)


def replace(call: Call, chat: Chat, message: Json, content: Json, replaced: tuple[str, ...]) -> Json:
    """Puts `content` in the place of the fields `replaced`. Raises `Refused` when nothing would change."""
    if all(message.get(name) == content.get(name) for name in replaced):
        raise bad(NOT_MODIFIED)
    kept = {name: value for name, value in message.items() if name not in replaced}
    return call.world.change(chat, {**kept, **content, "edit_date": int(call.world.clock())})


def delete_message(call: Call) -> bool:
    """deleteMessage."""
    chat = call.open_chat()
    message = call.message(chat, "message to delete")
    if not _deletable(call, chat, message):
        raise bad("message can't be deleted")
    call.world.delete(chat, message["message_id"])
    return True


def delete_messages(call: Call) -> bool:
    """deleteMessages; what does not exist or may not be deleted is passed over."""
    chat = call.open_chat()
    for number in message_numbers(call):
        message = chat.messages.get(number)
        if message is not None and _deletable(call, chat, message):
            call.world.delete(chat, number)
    return True


def message_numbers(call: Call) -> list[int]:
    """The request's message_ids. Raises `Refused` unless they are 1 to 100 whole numbers."""
    numbers: Any = call.structure("message_ids", "message_ids")
    if not numbers:
        raise bad("message identifiers are not specified")
    if not isinstance(numbers, list):
        raise bad("expected an Array of message identifiers")
    if len(numbers) > 100:
        raise bad("too many message identifiers specified")
    try:
        return [int(number) for number in numbers]
    except (TypeError, ValueError):
        raise bad("message identifier must be a Number") from None


def _deletable(call: Call, chat: Chat, message: Json) -> bool:
    own = message["from"]["id"] == call.world.bot_id
    recent = call.world.clock() - message["date"] < DELETABLE_SECONDS
    if chat.bot == "administrator":
        return True
    return recent and (own or chat.private)


def pin_chat_message(call: Call) -> bool:
    """pinChatMessage; in a group the bot must be an administrator."""
    chat = call.open_chat()
    message = call.message(chat, "message to pin")
    _may_pin(chat)
    number = message["message_id"]
    chat.pinned = [*(other for other in chat.pinned if other != number), number]
    if not chat.private:
        call.world.post(chat, call.world.bot, {"pinned_message": message})
    call.world.face_changed(chat)
    return True


def unpin_chat_message(call: Call) -> bool:
    """unpinChatMessage; without a message the latest pin goes."""
    chat = call.open_chat()
    _may_pin(chat)
    number = call.number("message_id") or (chat.pinned[-1] if chat.pinned else None)
    if number not in chat.pinned:
        raise bad("message to unpin not found")
    chat.pinned = [other for other in chat.pinned if other != number]
    call.world.face_changed(chat)
    return True


def unpin_all_chat_messages(call: Call) -> bool:
    """unpinAllChatMessages."""
    chat = call.open_chat()
    _may_pin(chat)
    chat.pinned = []
    call.world.face_changed(chat)
    return True


def _may_pin(chat: Chat) -> None:
    if not chat.private and chat.bot != "administrator":
        raise bad("not enough rights to manage pinned messages in the chat")


def leave_chat(call: Call) -> bool:
    """leaveChat."""
    chat = call.open_chat()
    if chat.private:
        raise forbidden("bot can't leave a private chat")
    chat.bot = "left"
    call.world.face_changed(chat)
    return True
