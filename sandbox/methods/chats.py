"""Questions about chats and their members, files, and the small sign of being busy."""

from __future__ import annotations

from sandbox.call import Call
from sandbox.founding import ADMIN_RIGHTS, bot_member
from sandbox.records import Chat, Json
from sandbox.refusals import bad

ACTIONS = {
    "cancel",
    "typing",
    "upload_photo",
    "record_video",
    "upload_video",
    "record_voice",
    "upload_voice",
    "record_audio",
    "upload_audio",
    "upload_document",
    "choose_sticker",
    "find_location",
    "record_video_note",
    "upload_video_note",
}
LARGEST_DOWNLOAD = 20 * 1024 * 1024
NO_GIFTS = dict.fromkeys(
    ("unlimited_gifts", "limited_gifts", "unique_gifts", "premium_subscription", "gifts_from_channels"), False
)


def get_chat(call: Call) -> Json:
    """getChat."""
    chat = _known(call)
    full: Json = {**chat.face, "accent_color_id": 0, "max_reaction_count": 11, "accepted_gift_types": NO_GIFTS}
    if chat.pinned and chat.pinned[-1] in chat.messages:
        full["pinned_message"] = chat.messages[chat.pinned[-1]]
    if not chat.private:
        full["permissions"] = {"can_send_messages": True, "can_send_polls": True, "can_invite_users": True}
    return full


def _known(call: Call) -> Chat:
    chat = call.chat()
    return chat if chat.private else call.open_chat()


def get_chat_member(call: Call) -> Json:
    """getChatMember; somebody who is not in the chat has the status `left`."""
    chat = _known(call)
    user_id = call.number("user_id")
    if user_id is None:
        raise bad("invalid user_id specified")
    if user_id == call.world.bot_id:
        return bot_member(call.world, chat.bot)
    if user_id not in call.world.people:
        raise bad("user not found")
    return _member(call, chat, user_id)


def _member(call: Call, chat: Chat, user_id: int) -> Json:
    status = chat.members.get(user_id, "left")
    member: Json = {"user": call.world.people[user_id].user(), "status": status}
    if status == "creator":
        member["is_anonymous"] = False
    if status == "administrator":
        member.update(ADMIN_RIGHTS)
    return member


def get_chat_member_count(call: Call) -> int:
    """getChatMemberCount; the bot is one of them."""
    chat = _known(call)
    return len(call.world.audience(chat)) + 1


def get_chat_administrators(call: Call) -> list[Json]:
    """getChatAdministrators."""
    chat = _known(call)
    if chat.private:
        raise bad("there are no administrators in the private chat")
    admins = [
        _member(call, chat, person) for person, status in chat.members.items() if status in {"creator", "administrator"}
    ]
    if chat.bot == "administrator":
        admins.append(bot_member(call.world, chat.bot))
    return admins


def send_chat_action(call: Call) -> bool:
    """sendChatAction."""
    chat = call.open_chat()
    action = call.text("action")
    if action not in ACTIONS:
        raise bad("wrong parameter action in request")
    call.world.feed.publish("typing", chat.id, call.world.audience(chat), action=action)
    return True


def get_file(call: Call) -> Json:
    """getFile; what is larger than 20 MB cannot be downloaded by a bot."""
    file_id = call.text("file_id")
    if not file_id:
        raise bad("file_id not specified")
    stored = call.world.files.get(file_id)
    if stored is None:
        raise bad("invalid file_id")
    if len(call.world.blobs[stored.blob]) > LARGEST_DOWNLOAD:
        raise bad("file is too big")
    return {
        "file_id": stored.file_id,
        "file_unique_id": stored.unique_id,
        "file_size": stored.size,
        "file_path": stored.path,
    }
