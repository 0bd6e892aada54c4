"""Every method without a memory, answered from the signatures and return types of `telegram.Bot`."""

from __future__ import annotations

import datetime
import inspect
import types
import typing
from collections.abc import Callable, Sequence
from functools import cache
from typing import Any

import telegram

from sandbox.call import Call
from sandbox.records import Json
from sandbox.refusals import Refused, bad

NAMES = {"from_user": "from"}
# Telegram always answers these, python-telegram-bot calls them optional or gives them other names.
ALWAYS: dict[str, Json] = {
    "SentWebAppMessage": {"inline_message_id": "text"},
    "Gifts": {"gifts": []},
    "StarTransactions": {"transactions": []},
    "UserChatBoosts": {"boosts": []},
}
ANY_TEXT = "text"


def generic_method(name: str) -> Callable[[Call], Any]:
    """The function that answers a method (in lower case). Raises `Refused` (404) when there is no such method."""
    signature = signatures().get(name)
    if signature is None:
        raise Refused(404, "Not Found: method not found")
    required, result = signature

    def answered(call: Call) -> Any:
        for parameter in required:
            if parameter not in call.params and parameter not in call.uploads:
                raise bad(f'parameter "{parameter}" is required')
        if "chat_id" in call.params:
            call.open_chat()
        return sample(result, call)

    return answered


@cache
def signatures() -> dict[str, tuple[list[str], Any]]:
    """Required parameters and result type of each method of the Bot API, by its name in lower case."""
    found: dict[str, tuple[list[str], Any]] = {}
    for name in dir(telegram.Bot):
        function = getattr(telegram.Bot, name)
        is_alias = name != name.lower() and "_" not in name
        if (is_alias or name == "close") and inspect.iscoroutinefunction(function):
            found[name.lower()] = _signature(function)
    return found


def _signature(function: Callable[..., Any]) -> tuple[list[str], Any]:
    signature = inspect.signature(function)
    required = [
        name
        for name, parameter in signature.parameters.items()
        if parameter.default is inspect.Parameter.empty and name != "self"
    ]
    return required, resolved(signature.return_annotation)


def resolved(annotation: Any) -> Any:
    """An annotation whose class names, written as text, have become classes of python-telegram-bot."""
    holder = types.SimpleNamespace(__annotations__={"it": annotation})
    return typing.get_type_hints(holder, {**vars(datetime), **vars(telegram)})["it"]


def sample(kind: Any, call: Call) -> Any:
    """The smallest value of a type that python-telegram-bot can read."""
    origin = typing.get_origin(kind)
    arguments = typing.get_args(kind)
    if origin in {typing.Union, types.UnionType}:
        return sample(arguments[0], call)
    if origin is typing.Literal:
        return arguments[0]
    if origin in {list, tuple} or (inspect.isclass(origin) and issubclass(origin, Sequence)):
        return []
    if inspect.isclass(kind) and issubclass(kind, telegram.TelegramObject):
        return _object(kind, call)
    return _plain(kind, call)


def _plain(kind: Any, call: Call) -> Any:
    if kind in {datetime.datetime, datetime.timedelta}:
        return int(call.world.clock())
    if kind is bool:
        return True
    if kind in {int, float}:
        return 1
    return ANY_TEXT


def _object(kind: type[telegram.TelegramObject], call: Call) -> Json:
    known = _known(kind, call)
    if known is not None:
        return known
    made: Json = {}
    for name, parameter in inspect.signature(kind.__init__).parameters.items():
        if parameter.default is inspect.Parameter.empty and name not in {"self", "args", "kwargs"}:
            made[NAMES.get(name, name)] = sample(resolved(parameter.annotation), call)
    return {**made, **ALWAYS.get(kind.__name__, {})}


def _known(kind: type[telegram.TelegramObject], call: Call) -> Json | None:
    """Things of which this world has a real one."""
    if kind is telegram.User:
        return call.world.bot
    if kind is telegram.Chat:
        return _face(call)
    if kind is telegram.Message:
        return {
            "message_id": call.number("message_id") or 1,
            "date": int(call.world.clock()),
            "chat": _face(call),
            "from": call.world.bot,
        }
    return None


def _face(call: Call) -> Json:
    chat = call.world.chats.get(call.number("chat_id") or 0)
    return chat.face if chat else {"id": 1, "type": "private", "first_name": ANY_TEXT}
