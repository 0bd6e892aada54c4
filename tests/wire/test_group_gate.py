"""What of a group's life is let in: what is meant for the bot, and of that only what is needed (spec 5, 8)."""

from typing import Any

import pytest

from handlers.group_gate import group_command, let_in

GROUP = {"id": -140, "type": "group", "title": "议事会"}
SHE = {"id": 140, "is_bot": False, "first_name": "黄慧", "language_code": "zh-hans"}
BOT = {"id": 1, "is_bot": True, "first_name": "梭子", "username": "suozi_bot"}
TALK = "三楼昨天吵得厉害"


def said(text: str | None = None, kind: str = "message", **more: Any) -> dict[str, Any]:
    """An update of a group's message."""
    words = {} if text is None else {"text": text}
    return {"update_id": 5, kind: {"message_id": 7, "date": 1, "chat": GROUP, "from": SHE, **words, **more}}


@pytest.mark.parametrize(
    "update",
    [
        said(TALK),
        said(TALK, kind="edited_message"),
        said("/bind abc", kind="edited_message"),
        said("/help"),
        said("/bind@other_bot abc"),
        said("/"),
        said("请看 /bind abc"),
        said(None, caption="/bind abc", photo=[{"file_id": "x"}]),
        said(None, new_chat_members=[SHE]),
        said(None, left_chat_member=BOT),
        said(None, pinned_message={"message_id": 3, "text": TALK}),
        {"update_id": 5, "chat_member": {"chat": GROUP, "from": SHE}},
    ],
)
def test_what_people_say_among_themselves_stays_outside(update: dict[str, Any]) -> None:
    assert let_in(update, "suozi_bot") is None


@pytest.mark.parametrize(
    "text", ["/bind abc", "/BIND@Suozi_Bot abc", "/start@suozi_bot abc", "/propose 装路灯", "/start"]
)
def test_a_command_for_the_bot_comes_in_without_what_it_answers(text: str) -> None:
    kept = let_in(said(text, reply_to_message={"message_id": 3, "text": TALK}, quote={"text": TALK}), "suozi_bot")
    assert kept is not None
    assert kept["message"]["text"] == text
    assert TALK not in str(kept)


def test_presses_comings_and_moves_come_in_without_the_words_around_them() -> None:
    under = {"message_id": 9, "date": 1, "chat": GROUP, "from": BOT, "text": "表决……", "reply_markup": {}}
    press = {"update_id": 5, "callback_query": {"id": "1", "from": SHE, "message": under, "data": "vote:cast:1:fa"}}
    kept = let_in(press)
    assert kept is not None
    assert kept["callback_query"]["message"] == {"message_id": 9, "date": 1, "chat": GROUP, "from": BOT}
    assert let_in(said(None, migrate_to_chat_id=-100140)) is not None
    assert let_in(said(None, migrate_from_chat_id=-140)) is not None
    came = {"update_id": 5, "my_chat_member": {"chat": GROUP, "from": SHE, "new_chat_member": {"status": "member"}}}
    assert let_in(came) == came


def test_what_is_in_no_group_or_has_no_shape_comes_in_as_it_is() -> None:
    private = {"update_id": 5, "message": {"message_id": 7, "chat": {"id": 140, "type": "private"}, "text": TALK}}
    for update in (
        private,
        {"update_id": 5},
        {"update_id": 5, "message": {"chat": "nowhere"}},
        {"update_id": 5, "message": 7},
    ):
        assert let_in(update, "suozi_bot") == update


def test_a_command_is_read_with_what_follows_it() -> None:
    assert group_command("/propose  装 一盏路灯 ", "suozi_bot") == ("propose", "装 一盏路灯")
    assert group_command("/bind\nabc", "suozi_bot") == ("bind", "abc")
    # As long as the bot does not know its name, every command might be for it.
    assert group_command("/start@whoever x") == ("start", "x")
    assert group_command(None) is None
