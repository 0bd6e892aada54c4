"""How the world gets into the state file and out of it again."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from sandbox.records import Chat, Json, Person, Press, StoredFile, StoredPoll
from sandbox.world import World

GAP = 1_000  # message ids skipped after a kill: the last ones may have been seen but not stored


def load(world: World) -> None:
    """Fills a new world from its journal, if it has one."""
    journal = world.journal
    if journal is None:
        return
    world.people.update({int(key): Person.from_row(row) for key, row in journal.rows("person")})
    world.chats.update({int(key): Chat.from_row(row) for key, row in journal.rows("chat")})
    world.files.update({key: StoredFile(**row) for key, row in journal.rows("file")})
    world.presses.update({key: Press(**row) for key, row in journal.rows("press")})
    world.polls.update({key: StoredPoll.from_row(row) for key, row in journal.rows("poll")})
    world.settings.update({key: row["value"] for key, row in journal.rows("setting")})
    world.blobs.update(journal.blobs())
    for number, update in sorted((int(key), row) for key, row in journal.rows("update")):
        world.updates.pending[number] = update
    world.updates.allowed = world.settings.get("allowed_updates", [])
    _load_messages(world)
    _skip_after_a_kill(world)


def _load_messages(world: World) -> None:
    assert world.journal is not None  # noqa: S101 - only called by load
    found: list[tuple[int, int, Json]] = []
    for key, row in world.journal.rows("message"):
        chat_id, _, number = key.partition("/")
        found.append((int(chat_id), int(number), row))
    for home, message_id, message in sorted(found, key=lambda entry: entry[:2]):
        chat = world.chats.get(home)
        if chat is not None:
            chat.messages[message_id] = message


def _skip_after_a_kill(world: World) -> None:
    if world.settings.get("open"):
        for chat in world.chats.values():
            chat.last_message_id += GAP
            world.mark("chat", str(chat.id))
    world.set("open", True)


def save(world: World) -> None:
    """Writes what changed since the last time. Cheap when nothing did."""
    if world.journal is None or not (world.changed or world.new_blobs):
        return
    changed, blobs = world.changed, world.new_blobs
    world.changed, world.new_blobs = set(), set()
    world.journal.write(_rows(world, changed), {key: world.blobs[key] for key in blobs})


def close(world: World) -> None:
    """Writes the rest and marks the end as an orderly one."""
    if world.journal is None:
        return
    world.set("open", False)
    save(world)
    for counter in world.counters:
        counter.close()
    world.journal.close()


def _rows(world: World, changed: set[tuple[str, str]]) -> Iterator[tuple[str, str, Json | None]]:
    for kind, key in changed:
        yield kind, key, _row(world, kind, key)


def _row(world: World, kind: str, key: str) -> Json | None:
    if kind == "message":
        chat_id, _, number = key.partition("/")
        chat = world.chats.get(int(chat_id))
        return chat.messages.get(int(number)) if chat else None
    if kind == "update":
        return world.updates.pending.get(int(key))
    if kind == "setting":
        return {"value": world.settings[key]} if key in world.settings else None
    record = _record(world, kind, key)
    return None if record is None else record.row()


def _record(world: World, kind: str, key: str) -> Any:
    if kind == "person":
        return world.people.get(int(key))
    if kind == "chat":
        return world.chats.get(int(key))
    shelves: dict[str, dict[str, Any]] = {"file": world.files, "press": world.presses, "poll": world.polls}
    return shelves[kind].get(key)
