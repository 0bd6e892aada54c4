"""New people and new groups."""

from __future__ import annotations

from typing import Any

from sandbox.call import Call
from sandbox.records import Chat, Json, Person
from sandbox.refusals import Unclear
from sandbox.world import World

FIRST_PERSON = 7_000_000_001
FIRST_GROUP = -4_000_000_001


def found_person(world: World, fields: Json) -> Person:
    """Adds a person. Raises `Unclear` for one without a name or whose id is taken."""
    read = Call(world, "people", fields, {})
    first_name = read.text("first_name").strip()
    if not first_name:
        raise Unclear("A person needs a first_name.")
    number = read.number("id") or _free(world, FIRST_PERSON, 1)
    if number <= 0 or number in world.chats or number == world.bot_id:
        raise Unclear(f"The id {number} is taken or impossible.")
    optional = {name: read.text(name) or None for name in ("last_name", "username", "language_code")}
    person = world.add_person(
        Person(number, first_name, note=read.text("note"), started=read.flag("started"), **optional)  # type: ignore[arg-type]
    )
    world.feed.publish("person", person.id, [person.id], person=world.person_state(person))
    return person


def _free(world: World, first: int, step: int) -> int:
    while first in world.chats:
        first += step
    return first


def found_group(world: World, fields: Json) -> Chat:
    """Adds a group; with the bot in it, the bot is told. Raises `Unclear` for one without a title or with strangers."""
    read = Call(world, "groups", fields, {})
    title = read.text("title").strip()
    if not title:
        raise Unclear("A group needs a title.")
    members, admins = _people(world, read, "members"), _people(world, read, "admins")
    number = read.number("id") or _free(world, FIRST_GROUP, -1)
    if number >= 0 or number in world.chats:
        raise Unclear(f"The id {number} is taken or not a group's.")
    face = {"id": number, "title": title, "type": "supergroup" if number < -1_000_000_000_000 else "group"}
    roles = dict.fromkeys(members, "member")
    roles.update(dict.fromkeys(admins, "administrator"))
    if roles:
        roles[next(iter(admins), next(iter(members), 0))] = "creator"
    chat = Chat(number, face, roles, bot="left")
    world.chats[number] = chat
    world.face_changed(chat)
    if "bot" not in fields or read.flag("bot"):
        founder = next((person for person, role in roles.items() if role == "creator"), None)
        add_bot(world, chat, founder, administrator=read.flag("bot_admin"))
    return chat


def _people(world: World, read: Call, name: str) -> list[int]:
    wished: Any = read.structure(name, name) or []
    if not isinstance(wished, list) or not all(isinstance(number, int) and number in world.people for number in wished):
        raise Unclear(f"Somebody among the {name} does not exist.")
    return wished


def bot_member(world: World, status: str) -> Json:
    """The bot as a ChatMember."""
    member: Json = {"user": world.bot, "status": status}
    if status == "kicked":
        member["until_date"] = 0
    if status == "administrator":
        member.update(ADMIN_RIGHTS)
    return member


ADMIN_RIGHTS: Json = {
    "can_be_edited": False,
    "is_anonymous": False,
    "can_manage_chat": True,
    "can_delete_messages": True,
    "can_manage_video_chats": True,
    "can_restrict_members": True,
    "can_promote_members": False,
    "can_change_info": True,
    "can_invite_users": True,
    "can_post_stories": False,
    "can_edit_stories": False,
    "can_delete_stories": False,
    "can_pin_messages": True,
    "can_send_welcome_messages": False,
}


def tell_bot_status(world: World, chat: Chat, by: Json, old: str, new: str) -> None:
    """Queues my_chat_member."""
    change = {
        "chat": chat.face,
        "from": by,
        "date": int(world.clock()),
        "old_chat_member": bot_member(world, old),
        "new_chat_member": bot_member(world, new),
    }
    world.updates.add("my_chat_member", change)


def add_bot(world: World, chat: Chat, by: int | None, *, administrator: bool = False) -> None:
    """Lets the bot into a group, with the updates that Telegram sends then."""
    old, new = chat.bot, "administrator" if administrator else "member"
    chat.bot = new
    who = world.people[by].user() if by is not None else world.bot
    tell_bot_status(world, chat, who, old, new)
    message = world.post(chat, who, {"new_chat_members": [world.bot]})
    world.updates.add("message", message)
    world.face_changed(chat)
