"""forwardMessage, copyMessage and their plurals."""

from __future__ import annotations

from sandbox.call import Call
from sandbox.methods.editing import message_numbers
from sandbox.methods.sending import deliver
from sandbox.records import Chat, Json
from sandbox.refusals import bad
from sandbox.texts import read_caption

CONTENT = (
    "text",
    "entities",
    "photo",
    "voice",
    "document",
    "sticker",
    "video",
    "audio",
    "animation",
    "video_note",
    "caption",
    "caption_entities",
    "location",
    "venue",
    "contact",
    "poll",
)


def content_of(message: Json) -> Json:
    """What a message says, without who said it where; empty for a service message."""
    return {name: message[name] for name in CONTENT if name in message}


def forwarded(message: Json) -> Json:
    """A message's content with a note of its origin."""
    content = content_of(message)
    origin = message.get("forward_origin") or {
        "type": "user",
        "date": message["date"],
        "sender_user": message["from"],
    }
    return {"forward_origin": origin, **content} if content else {}


def forward_message(call: Call) -> Json:
    """forwardMessage."""
    chat = call.open_chat()
    content = forwarded(call.message(call.chat("from_chat_id"), "message to forward"))
    if not content:
        raise bad("message can't be forwarded")
    return deliver(call, chat, content)


def copy_message(call: Call) -> Json:
    """copyMessage; a new caption may take the place of the old one."""
    chat = call.open_chat()
    content = content_of(call.message(call.chat("from_chat_id"), "message to copy"))
    if not content:
        raise bad("message can't be copied")
    if "caption" in call.params and "text" not in content:
        content = {name: value for name, value in content.items() if not name.startswith("caption")}
        content.update(read_caption(call))
    return {"message_id": deliver(call, chat, content)["message_id"]}


def forward_messages(call: Call) -> list[Json]:
    """forwardMessages; what does not exist is passed over."""
    chat = call.open_chat()
    return [_posted(call, chat, forwarded(message)) for message in _wanted(call, "forward")]


def copy_messages(call: Call) -> list[Json]:
    """copyMessages; what does not exist is passed over."""
    chat = call.open_chat()
    return [_posted(call, chat, content_of(message)) for message in _wanted(call, "copy")]


def _wanted(call: Call, what: str) -> list[Json]:
    source = call.chat("from_chat_id")
    found = [source.messages[number] for number in message_numbers(call) if number in source.messages]
    usable = [message for message in found if content_of(message)]
    if not usable:
        raise bad(f"there are no messages to {what}")
    return usable


def _posted(call: Call, chat: Chat, content: Json) -> Json:
    return {"message_id": call.world.post(chat, call.world.bot, content)["message_id"]}
