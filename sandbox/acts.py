"""What people do: write, press, send pictures, edit, leave … each act puts the right updates into the bot's queue."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from sandbox.call import Call, Upload
from sandbox.html_text import units
from sandbox.records import Chat, Json, Person, Press
from sandbox.refusals import Refused, Unclear
from sandbox.texts import TEXT_LIMIT, finish
from sandbox.world import World

REMEMBERED_PRESSES = 20_000
Act = Callable[["Acting"], Any]


class Acting:
    """One act of one person in one chat, with its fields."""

    def __init__(self, world: World, fields: Json, uploads: dict[str, Upload]) -> None:
        self.world = world
        self.fields = Call(world, "act", fields, uploads)
        person = world.people.get(self.fields.number("person_id") or 0)
        chat = world.chats.get(self.fields.number("chat_id") or 0)
        if person is None:
            raise Unclear("There is no such person.")
        if chat is None:
            raise Unclear("There is no such chat.")
        self.person: Person = person
        self.chat: Chat = chat

    def inside(self) -> None:
        """Raises `Unclear` unless the person belongs to the chat and may write there."""
        if self.person.id not in self.world.audience(self.chat):
            raise Unclear(f"{self.person.first_name} is not in this chat.")
        if self.chat.migrated_to is not None:
            raise Unclear("This group has become a supergroup.")

    def message(self) -> Json:
        """The message that the act is about."""
        found = self.chat.messages.get(self.fields.number("message_id") or 0)
        if found is None:
            raise Unclear("There is no such message in this chat.")
        return found

    def own_message(self) -> Json:
        """The message that the act is about, if the person wrote it."""
        message = self.message()
        if message["from"]["id"] != self.person.id:
            raise Unclear("That message is somebody else's.")
        return message


def say(acting: Acting, content: Json) -> Json:
    """Posts what a person sends, and tells the bot if it may know."""
    acting.inside()
    if acting.chat.hushed and acting.chat.members[acting.person.id] not in {"creator", "administrator"}:
        raise Unclear("Only administrators may write in this group now.")
    number = acting.fields.number("reply_to_message_id")
    replied = acting.chat.messages.get(number or 0)
    if replied is not None:
        content["reply_to_message"] = {name: value for name, value in replied.items() if name != "reply_to_message"}
    if acting.chat.private:
        _open_private_chat(acting)
    message = acting.world.post(acting.chat, acting.person.user(), content)
    if bot_sees(acting.world, acting.chat, message):
        acting.world.updates.add("message", message)
    return message


def _open_private_chat(acting: Acting) -> None:
    if acting.person.blocked:
        raise Unclear("You have blocked the bot.")
    if not acting.person.started:
        acting.person.started = True
        acting.world.person_changed(acting.person)


def bot_sees(world: World, chat: Chat, message: Json) -> bool:
    """Whether the bot gets a message. Telegram's privacy mode hides from a mere member of a group whatever is not
    a command, a reply to the bot or a mention of it."""
    if chat.private or chat.bot in {"left", "kicked"}:
        return chat.private
    if chat.bot == "administrator" or world.settings["me"]["can_read_all_group_messages"]:
        return True
    return _meant_for_bot(world, message)


def _meant_for_bot(world: World, message: Json) -> bool:
    if message.get("reply_to_message", {}).get("from", {}).get("id") == world.bot_id:
        return True
    name = "@" + world.bot["username"].lower()
    words = message.get("text") or message.get("caption") or ""
    for entity in message.get("entities") or message.get("caption_entities") or []:
        word = _part(words, entity).lower()
        if entity["type"] == "mention" and word == name:
            return True
        if entity["type"] == "bot_command" and ("@" not in word or word.endswith(name)):
            return True
    return False


def _part(text: str, entity: Json) -> str:
    raw = text.encode("utf-16-le")
    return raw[2 * entity["offset"] : 2 * (entity["offset"] + entity["length"])].decode("utf-16-le", "replace")


def written(acting: Acting, name: str = "text") -> Json:
    """A text typed by a person, with what Telegram finds in it."""
    try:
        text, entities = finish(acting.world, acting.fields.text(name), [])
    except Refused as refused:
        raise Unclear(refused.description) from None
    if not text:
        raise Unclear("There is nothing written.")
    if units(text) > TEXT_LIMIT:
        raise Unclear("That is longer than a message may be.")
    return {"text": text, "entities": entities} if entities else {"text": text}


def text(acting: Acting) -> Json:
    """Writes a message; a one-time keyboard closes when one of its buttons was used."""
    message = say(acting, written(acting))
    keyboard = acting.person.keyboards.get(acting.chat.id)
    if keyboard and keyboard.get("one_time_keyboard"):
        labels = [button["text"] for row in keyboard["keyboard"] for button in row]
        if message["text"] in labels:
            acting.world.show_keyboard(acting.chat, [acting.person.id], None)
    return message


def press(acting: Acting) -> Json:
    """Presses an inline button. Any data may be sent, also of a button that is gone: real clients can do that too."""
    acting.inside()
    message = acting.message()
    data = acting.fields.text("data")
    if message["from"]["id"] != acting.world.bot_id:
        raise Unclear("Only the bot's messages have buttons.")
    if not 0 < len(data.encode()) <= 64:
        raise Unclear("A button's data has 1 to 64 bytes.")
    world = acting.world
    made = Press(world.unused(world.presses), acting.person.id, acting.chat.id, message["message_id"], world.clock())
    world.presses[made.id] = made
    if len(world.presses) > REMEMBERED_PRESSES:
        oldest = next(iter(world.presses))
        del world.presses[oldest]
        world.mark("press", oldest)
    world.mark("press", made.id)
    query = {
        "id": made.id,
        "from": acting.person.user(),
        "message": message,
        "chat_instance": str(acting.chat.id),
        "data": data,
    }
    if not (acting.person.blocked and acting.chat.private):
        world.updates.add("callback_query", query)
    return {"callback_query_id": made.id}


def edit(acting: Acting) -> Json:
    """Rewrites an own message."""
    acting.inside()
    old = acting.own_message()
    if "text" not in old:
        raise Unclear("Only texts can be rewritten.")
    kept = {name: value for name, value in old.items() if name not in {"text", "entities"}}
    message = acting.world.change(acting.chat, {**kept, **written(acting), "edit_date": int(acting.world.clock())})
    if bot_sees(acting.world, acting.chat, message):
        acting.world.updates.add("edited_message", message)
    return message


def delete(acting: Acting) -> bool:
    """Deletes a message, in a group an own one unless one is in charge there; Telegram does not tell the bot."""
    acting.inside()
    in_charge = acting.chat.private or acting.chat.members.get(acting.person.id) in {"creator", "administrator"}
    message = acting.message() if in_charge else acting.own_message()
    acting.world.delete(acting.chat, message["message_id"])
    return True


def read(acting: Acting) -> bool:
    """Has read everything in the chat."""
    if acting.person.unread.pop(acting.chat.id, 0):
        acting.world.person_changed(acting.person)
        acting.world.feed.publish("read", acting.chat.id, [acting.person.id])
    return True
