"""All methods that python-telegram-bot knows: the answer is of the type it promises."""

import datetime
import inspect
from typing import Any

import pytest
import telegram
from telegram import Bot

from sandbox.methods.generic import signatures
from sandbox.methods.table import METHODS
from sandbox.server import Sandbox
from tests.sandbox.conftest import WANG, png

ALIASES = sorted(
    name
    for name in dir(Bot)
    if name != name.lower() and "_" not in name and inspect.iscoroutinefunction(getattr(Bot, name))
)
GENERIC = [name for name in ALIASES if name.lower() not in METHODS]
WHEN = datetime.datetime(2027, 1, 1, tzinfo=datetime.UTC)
INPUT_STICKER = telegram.InputSticker(png(), ["🙂"], "static")
OTHERS: dict[str, dict[str, Any]] = {
    "addStickerToSet": {"sticker": INPUT_STICKER},
    "replaceStickerInSet": {"sticker": INPUT_STICKER},
    "uploadStickerFile": {"sticker": png()},
    "editMessageLiveLocation": {"latitude": 1.0, "longitude": 2.0},
    "sendPaidMedia": {"media": [telegram.InputPaidMediaPhoto(png())]},
    "setMyProfilePhoto": {"photo": telegram.InputProfilePhotoStatic(png())},
    "setBusinessAccountProfilePhoto": {"photo": telegram.InputProfilePhotoStatic(png())},
}
VALUES: dict[str, Any] = {
    "chat_id": WANG,
    "from_chat_id": WANG,
    "user_id": WANG,
    "photo": png(),
    "media": [],
    "permissions": telegram.ChatPermissions(),
    "sticker": "CAACAgUAAx1",
    "stickers": [],
    "prices": [],
    "results": [],
    "errors": [],
    "result": telegram.InlineQueryResultArticle("1", "甲", telegram.InputTextMessageContent("甲")),
    "checklist": telegram.InputChecklist("清单", [telegram.InputChecklistTask(1, "甲")]),
    "content": telegram.InputStoryContentPhoto(png()),
    "accepted_gift_types": telegram.AcceptedGiftTypes(True, True, True, True, True),
    "active_period": 21600,
    "button": telegram.KeyboardButton("甲"),
    "emoji_list": ["🙂"],
    "keywords": [],
    "message_ids": [1],
    "story_ids": [1],
    "custom_emoji_ids": ["1"],
    "ok": True,
}
BY_KIND: dict[str, Any] = {"int": 1, "bool": True, "float": 1.5, "str": "1"}


def argument(name: str, parameter: inspect.Parameter) -> Any:
    """Something that python-telegram-bot accepts for a required parameter."""
    if name in VALUES:
        return VALUES[name]
    annotation = parameter.annotation
    kind = annotation if isinstance(annotation, str) else getattr(annotation, "__name__", str(annotation))
    first = kind.split("|")[0].strip()
    return BY_KIND.get(first, "1")


def arguments(method: str) -> dict[str, Any]:
    """The required arguments of a method of telegram.Bot."""
    parameters = inspect.signature(getattr(Bot, method)).parameters
    required = {
        name: argument(name, parameter)
        for name, parameter in parameters.items()
        if name != "self" and parameter.default is inspect.Parameter.empty
    }
    return {**required, **OTHERS.get(method, {})}


def test_no_method_of_the_library_is_unknown() -> None:
    assert len(ALIASES) > 170
    assert set(map(str.lower, ALIASES)) - set(METHODS) <= set(signatures())


@pytest.mark.parametrize("method", GENERIC)
async def test_the_answer_of_any_other_method_is_what_the_library_expects(
    method: str, bot: Bot, sandbox: Sandbox
) -> None:
    await bot.send_message(WANG, "一")
    result = await getattr(bot, method)(**arguments(method))
    promised = signatures()[method.lower()][1]
    if promised in {bool, int, str}:
        assert isinstance(result, promised)
    elif inspect.isclass(promised):
        assert isinstance(result, promised)
        assert isinstance(result, telegram.TelegramObject)
        assert isinstance(result.to_dict(), dict)
    else:
        assert result is not None
