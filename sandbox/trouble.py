"""Faults that happen at once: a malformed update, a group that becomes a supergroup."""

from __future__ import annotations

from sandbox.faults import Faults
from sandbox.records import Chat, Json
from sandbox.refusals import Unclear
from sandbox.world import World

SUPERGROUP_BASE = -1_000_000_000_000


def order_fault(world: World, faults: Faults, wish: Json) -> bool:
    """Orders a fault, or lets it happen if it is one that happens at once. Raises `Unclear` for a wrong one."""
    fault = faults.add(wish)
    if fault.kind == "migrate":
        migrate(world, fault.chat_id or 0)
    if fault.kind == "restart_ids":
        _restart_ids(world)
    if fault.kind == "malformed_update":
        for _ in range(fault.count):
            world.updates.add("message", {"message_id": "?", "chat": "nowhere", "date": None})
    return True


def _restart_ids(world: World) -> None:
    if world.updates.pending:
        raise Unclear("The ids start anew only when no update is waiting.")
    world.updates.restart_ids(world.rng.randrange(1, 100_000_000))


def migrate(world: World, chat_id: int) -> Chat:
    """Turns a group into a supergroup with a new id, as Telegram does. Raises `Unclear` for anything but a group."""
    old = world.chats.get(chat_id)
    if old is None or old.type != "group" or old.migrated_to is not None:
        raise Unclear("Only a group can become a supergroup.")
    number = SUPERGROUP_BASE + chat_id
    while number in world.chats:
        number -= 1
    face = {"id": number, "title": old.face["title"], "type": "supergroup"}
    new = Chat(number, face, dict(old.members), old.bot)
    world.chats[number] = new
    sender = next((world.people[person].user() for person in old.members if person in world.people), world.bot)
    farewell = world.post(old, sender, {"migrate_to_chat_id": number})
    old.migrated_to = number
    greeting = world.post(new, sender, {"migrate_from_chat_id": chat_id})
    if new.bot not in {"left", "kicked"}:
        world.updates.add("message", farewell)
        world.updates.add("message", greeting)
    world.face_changed(old)
    world.face_changed(new)
    return new
