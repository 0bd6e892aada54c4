"""Which function answers which method."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from sandbox.call import Call
from sandbox.methods import chats, copying, editing, media, polls, profile, queries, sending, updating

Method = Callable[[Call], Any]


def _by_name(*functions: Method) -> dict[str, Method]:
    return {function.__name__.replace("_", ""): function for function in functions}


METHODS: dict[str, Method] = {
    **_by_name(
        profile.get_me,
        profile.set_my_commands,
        profile.get_my_commands,
        profile.delete_my_commands,
        profile.set_chat_menu_button,
        profile.get_chat_menu_button,
        sending.send_message,
        media.send_media_group,
        media.send_location,
        media.send_venue,
        media.send_contact,
        media.edit_message_media,
        polls.send_poll,
        polls.stop_poll,
        copying.forward_message,
        copying.forward_messages,
        copying.copy_message,
        copying.copy_messages,
        chats.get_chat,
        chats.get_chat_member,
        chats.get_chat_member_count,
        chats.get_chat_administrators,
        chats.send_chat_action,
        chats.get_file,
        editing.edit_message_text,
        editing.edit_message_caption,
        editing.edit_message_reply_markup,
        editing.delete_message,
        editing.delete_messages,
        editing.pin_chat_message,
        editing.unpin_chat_message,
        editing.unpin_all_chat_messages,
        editing.leave_chat,
        queries.answer_callback_query,
        updating.get_updates,
        updating.set_webhook,
        updating.delete_webhook,
        updating.get_webhook_info,
    ),
    "sendphoto": media.sender("photo"),
    "sendvoice": media.sender("voice"),
    "senddocument": media.sender("document"),
    "sendsticker": media.sender("sticker"),
    "sendvideo": media.sender("video"),
    "sendaudio": media.sender("audio"),
    "sendanimation": media.sender("animation"),
    "sendvideonote": media.sender("video_note"),
    "setmyname": profile.set_my_name,
    "getmyname": profile.get_my_name,
    "setmydescription": profile.set_my_description,
    "getmydescription": profile.get_my_description,
    "setmyshortdescription": profile.set_my_short_description,
    "getmyshortdescription": profile.get_my_short_description,
}
