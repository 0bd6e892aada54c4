"""Acts of coming and going: blocking the bot, joining and leaving groups, letting the bot in and out."""

from __future__ import annotations

from sandbox.acts import Acting, say, written
from sandbox.founding import add_bot as let_in
from sandbox.founding import bot_member, tell_bot_status
from sandbox.records import Chat, Json
from sandbox.refusals import Unclear
from sandbox.world import World


def block(acting: Acting) -> bool:
    """Blocks the bot."""
    return _set_blocked(acting, blocked=True)


def unblock(acting: Acting) -> bool:
    """Lets the bot write again."""
    return _set_blocked(acting, blocked=False)


def _set_blocked(acting: Acting, *, blocked: bool) -> bool:
    person = acting.person
    if acting.chat.id != person.id:
        raise Unclear("A bot is blocked in one's private chat with it.")
    if person.blocked == blocked:
        return True
    person.blocked = blocked
    acting.world.mark("person", str(person.id))
    acting.world.feed.publish("person", person.id, [person.id], person=acting.world.person_state(person))
    old, new = ("member", "kicked") if blocked else ("kicked", "member")
    tell_bot_status(acting.world, acting.chat, person.user(), old, new)
    return True


def join(acting: Acting) -> bool:
    """Joins a group."""
    _check_group(acting)
    if acting.chat.members.get(acting.person.id, "left") != "left":
        raise Unclear(f"{acting.person.first_name} is already in this group.")
    acting.chat.members[acting.person.id] = "member"
    _announce(acting, "left", "member", {"new_chat_members": [acting.person.user()]})
    return True


def leave(acting: Acting) -> bool:
    """Leaves a group."""
    _check_group(acting)
    acting.inside()
    old = acting.chat.members.pop(acting.person.id)
    _announce(acting, old, "left", {"left_chat_member": acting.person.user()})
    return True


def _check_group(acting: Acting) -> None:
    if acting.chat.private:
        raise Unclear("That is not a group.")


def _announce(acting: Acting, old: str, new: str, content: Json) -> None:
    world, chat, user = acting.world, acting.chat, acting.person.user()
    message = world.post(chat, user, content)
    if chat.bot not in {"left", "kicked"}:
        world.updates.add("message", message)
    if chat.bot == "administrator":
        world.updates.add("chat_member", _change(world, chat, user, old, new))
    world.face_changed(chat, *([acting.person.id] if new == "left" else []))


def _change(world: World, chat: Chat, user: Json, old: str, new: str) -> Json:
    def member(status: str) -> Json:
        found: Json = {**bot_member(world, status), "user": user}
        if status == "creator":
            found["is_anonymous"] = False
        return found

    return {
        "chat": chat.face,
        "from": user,
        "date": int(world.clock()),
        "old_chat_member": member(old),
        "new_chat_member": member(new),
    }


def add_bot(acting: Acting) -> bool:
    """Lets the bot into a group; with `administrator` as one in charge."""
    _check_group(acting)
    acting.inside()
    if acting.chat.bot not in {"left", "kicked"}:
        raise Unclear("The bot is already in this group.")
    let_in(acting.world, acting.chat, acting.person.id, administrator=acting.fields.flag("administrator"))
    return True


def remove_bot(acting: Acting) -> bool:
    """Puts the bot out of a group."""
    _check_group(acting)
    acting.inside()
    if acting.chat.bot in {"left", "kicked"}:
        raise Unclear("The bot is not in this group.")
    old, acting.chat.bot = acting.chat.bot, "kicked"
    tell_bot_status(acting.world, acting.chat, acting.person.user(), old, "kicked")
    acting.world.post(acting.chat, acting.person.user(), {"left_chat_member": acting.world.bot})
    acting.world.face_changed(acting.chat)
    return True


def start_group(acting: Acting) -> Json:
    """Follows a `startgroup` link: lets the bot into a group, and Telegram sends it the link's code for the person."""
    _check_group(acting)
    acting.inside()
    if acting.chat.bot in {"left", "kicked"}:
        let_in(acting.world, acting.chat, acting.person.id)
    return say(acting, written(acting))


def hush(acting: Acting) -> bool:
    """Lets only administrators write (`on`), or everybody again. Telegram does not tell the bot."""
    _check_power(acting, {"creator", "administrator"})
    acting.chat.hushed = acting.fields.flag("on")
    acting.world.mark("chat", str(acting.chat.id))
    return True


def delete_group(acting: Acting) -> bool:
    """Deletes a group, as its owner can. The bot learns of it when it next writes there."""
    _check_power(acting, {"creator"})
    people = acting.world.audience(acting.chat)
    acting.chat.gone = True
    acting.chat.members.clear()
    acting.world.face_changed(acting.chat, *people)
    return True


def _check_power(acting: Acting, wanted: set[str]) -> None:
    _check_group(acting)
    if acting.chat.members.get(acting.person.id) not in wanted:
        raise Unclear(f"{acting.person.first_name} may not do that in this group.")
