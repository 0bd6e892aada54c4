"""What a bot says about itself: its name, commands, descriptions and menu button."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from sandbox.call import Call
from sandbox.records import Json, kind_of
from sandbox.refusals import bad
from sandbox.world import World

COMMAND = re.compile(r"/?([a-z0-9_]{1,32})")
MOST_COMMANDS = 100


def get_me(call: Call) -> Json:
    """getMe."""
    return call.world.settings["me"]  # type: ignore[no-any-return]


def set_my_commands(call: Call) -> bool:
    """setMyCommands."""
    commands: Any = call.structure("commands", "commands")
    if not isinstance(commands, list):
        raise bad("expected an Array of BotCommand")
    if len(commands) > MOST_COMMANDS:
        raise bad("too many commands specified")
    _store(call, [_command(command) for command in commands])
    return True


def _command(command: Any) -> Json:
    if not isinstance(command, dict):
        raise bad("can't parse BotCommand: expected an Object")
    name = COMMAND.fullmatch(str(command.get("command", "")))
    if name is None:
        raise bad("BOT_COMMAND_INVALID")
    description = str(command.get("description", "")).strip()
    if not 0 < len(description) <= 256:
        raise bad("BOT_COMMAND_DESCRIPTION_INVALID")
    return {"command": name[1], "description": description}


def get_my_commands(call: Call) -> list[Json]:
    """getMyCommands."""
    return call.world.settings.get("commands", {}).get(_scope_key(call), [])  # type: ignore[no-any-return]


def menu_commands(world: World, language: str) -> list[Json]:
    """The commands in the menu of a private chat: the nearest scope first, there the person's language first."""
    stored = world.settings.get("commands", {})
    keys = [f"{scope}|||{spoken}" for scope in ("all_private_chats", "default") for spoken in (language, "")]
    return next((stored[key] for key in keys if stored.get(key)), [])


def delete_my_commands(call: Call) -> bool:
    """deleteMyCommands."""
    _store(call, [])
    return True


def _store(call: Call, commands: list[Json]) -> None:
    key = _scope_key(call)
    kept = {name: value for name, value in call.world.settings.get("commands", {}).items() if name != key}
    call.world.set("commands", {**kept, key: commands} if commands else kept)


def _scope_key(call: Call) -> str:
    scope: Any = call.structure("scope", "BotCommandScope") or {"type": "default"}
    if not isinstance(scope, dict) or not isinstance(scope.get("type"), str):
        raise bad("can't parse BotCommandScope: BotCommandScope must be an Object")
    parts = [scope["type"], scope.get("chat_id", ""), scope.get("user_id", ""), call.text("language_code")]
    return "|".join(str(part) for part in parts)


def described(name: str, longest: int) -> tuple[Callable[[Call], bool], Callable[[Call], Json]]:
    """The setter and the getter of one of the bot's texts."""

    def write(call: Call) -> bool:
        text = call.text(name)
        if len(text) > longest:
            raise bad(f"{name.replace('_', ' ')} is too long")
        key = f"{name}|{call.text('language_code')}"
        call.world.set("texts", {**call.world.settings.get("texts", {}), key: text})
        return True

    def read(call: Call) -> Json:
        texts = call.world.settings.get("texts", {})
        default = call.world.bot["first_name"] if name == "name" else ""
        return {name: texts.get(f"{name}|{call.text('language_code')}") or texts.get(f"{name}|", default)}

    return write, read


set_my_name, get_my_name = described("name", 64)
set_my_description, get_my_description = described("description", 512)
set_my_short_description, get_my_short_description = described("short_description", 120)


def set_chat_menu_button(call: Call) -> bool:
    """setChatMenuButton, for one private chat or for all."""
    button: Any = call.structure("menu_button", "menu button") or {"type": "default"}
    if not isinstance(button, dict) or kind_of(button) not in {"default", "commands", "web_app"}:
        raise bad("can't parse menu button: MenuButton has unsupported type")
    key = str(call.number("chat_id") or "")
    call.world.set("menu", {**call.world.settings.get("menu", {}), key: button})
    return True


def get_chat_menu_button(call: Call) -> Json:
    """getChatMenuButton."""
    menu = call.world.settings.get("menu", {})
    return menu.get(str(call.number("chat_id") or "")) or menu.get("", {"type": "commands"})  # type: ignore[no-any-return]
