"""Checks reply_markup as Telegram does."""

from __future__ import annotations

from typing import Any

from sandbox.call import Call
from sandbox.records import Chat, Json
from sandbox.refusals import bad

DATA_BYTES = 64
MOST_INLINE_BUTTONS = 100
MOST_REPLY_BUTTONS = 300
OTHER_INLINE_KINDS = (
    "callback_game",
    "pay",
    "switch_inline_query",
    "switch_inline_query_chosen_chat",
    "switch_inline_query_current_chat",
    "login_url",
    "web_app",
    "copy_text",
)
REPLY_FLAGS = ("is_persistent", "resize_keyboard", "one_time_keyboard", "selective")


def read_markup(call: Call, chat: Chat) -> Json | None:
    """The request's reply_markup, cleaned; None when there is none. Raises `Refused` for a wrong one."""
    markup = call.structure("reply_markup", "reply keyboard markup")
    if markup is None or markup == {}:
        return None
    if not isinstance(markup, dict):
        raise bad("object expected as reply markup")
    if markup.get("inline_keyboard") is not None:
        return _inline(markup["inline_keyboard"])
    if markup.get("keyboard") is not None:
        return _reply(markup, chat)
    return _without_buttons(markup)


def _inline(rows: Any) -> Json:
    buttons = [
        [_inline_button(button) for button in row]
        for row in _rows(rows, 'field "inline_keyboard" of the InlineKeyboardMarkup must be an Array of Arrays')
    ]
    if sum(map(len, buttons)) > MOST_INLINE_BUTTONS:
        raise bad("reply markup is too long")
    return {"inline_keyboard": [row for row in buttons if row]}


def _rows(rows: Any, complaint: str) -> list[list[Any]]:
    if not isinstance(rows, list) or not all(isinstance(row, list) for row in rows):
        raise bad(complaint)
    return rows


def _inline_button(button: Any) -> Json:
    problem = "can't parse inline keyboard button: "
    if not isinstance(button, dict):
        raise bad(problem + "InlineKeyboardButton must be an Object")
    _check_text(button, problem, "inline keyboard button text must be non-empty")
    if button.get("url"):
        _check_url(str(button["url"]))
        return button
    data = button.get("callback_data")
    if data:
        if not isinstance(data, str) or len(data.encode()) > DATA_BYTES:
            raise bad("BUTTON_DATA_INVALID")
        return button
    if not any(kind in button for kind in OTHER_INLINE_KINDS):
        raise bad(problem + "Text buttons are unallowed in the inline keyboard")
    return button


def _check_text(button: Json, problem: str, when_empty: str) -> None:
    if "text" not in button:
        raise bad(problem + 'Can\'t find field "text"')
    if not isinstance(button["text"], str):
        raise bad(problem + 'Field "text" must be of type String')
    if not button["text"].strip():
        raise bad(when_empty)


def _check_url(url: str) -> None:
    scheme, separator, rest = url.partition("://")
    host = (rest if separator else url).split("/")[0]
    if separator and scheme.lower() == "tg":
        return
    wrong_scheme = separator and scheme.lower() not in {"http", "https", "ton"}
    if wrong_scheme or ("." not in host and host != "localhost") or " " in url:
        raise bad(f"inline keyboard button URL '{url}' is invalid: Wrong HTTP URL")


def _reply(markup: Json, chat: Chat) -> Json:
    rows = _rows(markup["keyboard"], 'field "keyboard" must be an Array of Arrays')
    buttons = [[_reply_button(button, chat) for button in row] for row in rows]
    if sum(map(len, buttons)) > MOST_REPLY_BUTTONS:
        raise bad("reply markup is too long")
    keyboard: Json = {"keyboard": [row for row in buttons if row]}
    keyboard.update({flag: True for flag in REPLY_FLAGS if markup.get(flag)})
    if markup.get("input_field_placeholder"):
        keyboard["input_field_placeholder"] = str(markup["input_field_placeholder"])
    return keyboard


def _reply_button(button: Any, chat: Chat) -> Json:
    if isinstance(button, str):
        button = {"text": button}
    if not isinstance(button, dict):
        raise bad("can't parse keyboard button: KeyboardButton must be a String or an Object")
    _check_text(button, "can't parse keyboard button: ", "keyboard button text must be non-empty")
    if not chat.private:
        if button.get("request_contact"):
            raise bad("phone number can be requested in private chats only")
        if button.get("request_location"):
            raise bad("location can be requested in private chats only")
    return button


def _without_buttons(markup: Json) -> Json | None:
    for kind in ("remove_keyboard", "force_reply"):
        if markup.get(kind):
            return {name: value for name, value in markup.items() if value is not None}
    return None


def shown_to(call: Call, chat: Chat, markup: Json, replied: Json | None) -> list[int]:
    """Whom a reply keyboard reaches: everybody, or with `selective` the author of what is replied to."""
    audience = call.world.audience(chat)
    if markup.get("selective") and not chat.private:
        author = replied["from"]["id"] if replied else None
        return [author] if author in audience else []
    return audience
