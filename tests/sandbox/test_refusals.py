"""What Telegram refuses, in its own words."""

import io
from typing import Any

import aiohttp
import pytest

from sandbox.server import Sandbox
from tests.sandbox.conftest import LI, TOKEN, WANG, Clock, png

NOT_MODIFIED = (
    "Bad Request: message is not modified: specified new message content and reply markup are exactly the same as a"
    " current content and reply markup of the message"
)


async def ask(http: aiohttp.ClientSession, method: str, **params: Any) -> tuple[int, Any]:
    """The HTTP status and the result or the description."""
    async with http.post(f"/bot{TOKEN}/{method}", json=params) as response:
        body = await response.json()
        assert body["ok"] == (response.status == 200)
        assert body["ok"] or body["error_code"] == response.status
        return response.status, body["result"] if body["ok"] else body["description"]


def button(**fields: Any) -> dict[str, Any]:
    """An inline keyboard with one button."""
    return {"inline_keyboard": [[{"text": "好", **fields}]]}


REFUSED: list[tuple[dict[str, Any], str]] = [
    ({"text": "   \n "}, "message text is empty"),
    ({}, "message text is empty"),
    ({"text": "<b> </b>", "parse_mode": "HTML"}, "message text is empty"),
    ({"text": "a" * 4097}, "message is too long"),
    ({"text": "🙂" * 2049}, "message is too long"),
    ({"text": "a", "parse_mode": "XML"}, "unsupported parse_mode"),
    ({"text": "a", "chat_id": 99}, "chat not found"),
    ({"text": "a", "chat_id": "@nobody"}, "chat not found"),
    ({"text": "a", "chat_id": ""}, "chat_id is empty"),
    ({"text": "a", "reply_markup": button(callback_data="x" * 65)}, "BUTTON_DATA_INVALID"),
    ({"text": "a", "reply_markup": button(callback_data="走" * 22)}, "BUTTON_DATA_INVALID"),
    (
        {"text": "a", "reply_markup": button(callback_data="")},
        "can't parse inline keyboard button: Text buttons are unallowed in the inline keyboard",
    ),
    (
        {"text": "a", "reply_markup": button(url="走访")},
        "inline keyboard button URL '走访' is invalid: Wrong HTTP URL",
    ),
    (
        {"text": "a", "reply_markup": {"inline_keyboard": [[{"callback_data": "x"}]]}},
        "can't parse inline keyboard button: Can't find field \"text\"",
    ),
    ({"text": "a", "reply_markup": "{"}, "can't parse reply keyboard markup JSON object"),
    ({"text": "a", "reply_markup": "[]"}, "object expected as reply markup"),
    (
        {"text": "a", "reply_markup": {"keyboard": ["走访"]}},
        'field "keyboard" must be an Array of Arrays',
    ),
    (
        {"text": "a", "reply_markup": {"inline_keyboard": [[{"text": "a", "url": "t.me"}] * 101]}},
        "reply markup is too long",
    ),
]


@pytest.mark.parametrize(("params", "description"), REFUSED, ids=[case[1][:40] for case in REFUSED])
async def test_a_wrong_message_is_refused_as_telegram_does(
    http: aiohttp.ClientSession, params: dict[str, Any], description: str
) -> None:
    status, answer = await ask(http, "sendMessage", **{"chat_id": WANG, **params})
    assert (status, answer) == (400, f"Bad Request: {description}")


async def test_the_longest_message_is_counted_without_its_tags(http: aiohttp.ClientSession) -> None:
    text = "<b>" + "a" * 4096 + "</b>"
    assert (await ask(http, "sendMessage", chat_id=WANG, text=text, parse_mode="HTML"))[0] == 200


async def test_edits_and_deletions_are_refused_as_telegram_does(
    http: aiohttp.ClientSession, sandbox: Sandbox, clock: Clock
) -> None:
    _, sent = await ask(http, "sendMessage", chat_id=WANG, text="甲")
    number = sent["message_id"]
    written = sandbox.act(WANG, WANG, "text", text="乙")["message_id"]

    async def edit(**params: Any) -> tuple[int, Any]:
        return await ask(http, "editMessageText", **{"chat_id": WANG, "text": "甲", **params})

    assert await edit(message_id=number) == (400, NOT_MODIFIED)
    assert await edit(message_id=999) == (400, "Bad Request: message to edit not found")
    assert await edit() == (400, "Bad Request: message identifier is not specified")
    assert await edit(message_id=written) == (400, "Bad Request: message can't be edited")
    assert await ask(http, "editMessageCaption", chat_id=WANG, message_id=number, caption="x") == (
        400,
        "Bad Request: there is no caption in the message to edit",
    )
    clock.now += 49 * 3600
    assert await ask(http, "deleteMessage", chat_id=WANG, message_id=number) == (
        400,
        "Bad Request: message can't be deleted",
    )
    assert await ask(http, "deleteMessage", chat_id=WANG, message_id=999) == (
        400,
        "Bad Request: message to delete not found",
    )


async def test_who_blocked_the_bot_or_never_wrote_to_it_cannot_be_reached(
    http: aiohttp.ClientSession, sandbox: Sandbox
) -> None:
    sandbox.act(WANG, WANG, "block")
    assert await ask(http, "sendMessage", chat_id=WANG, text="a") == (
        403,
        "Forbidden: bot was blocked by the user",
    )
    sandbox.act(WANG, WANG, "unblock")
    assert (await ask(http, "sendMessage", chat_id=WANG, text="a"))[0] == 200
    stranger = sandbox.add_person(first_name="钱多")["id"]
    assert await ask(http, "sendMessage", chat_id=stranger, text="a") == (
        403,
        "Forbidden: bot can't initiate conversation with a user",
    )
    sandbox.act(stranger, stranger, "text", text="/start")
    assert (await ask(http, "sendMessage", chat_id=stranger, text="a"))[0] == 200


async def test_a_group_that_put_the_bot_out_is_closed_to_it(http: aiohttp.ClientSession, sandbox: Sandbox) -> None:
    group = sandbox.add_group("东关社区", [WANG])["id"]
    other = sandbox.add_group("西关社区", [WANG], bot=False, id=-1_000_000_000_777)["id"]
    sandbox.act(WANG, group, "remove_bot")
    assert await ask(http, "sendMessage", chat_id=group, text="a") == (
        403,
        "Forbidden: bot was kicked from the group chat",
    )
    assert await ask(http, "sendMessage", chat_id=other, text="a") == (
        403,
        "Forbidden: bot is not a member of the supergroup chat",
    )


async def test_old_and_invented_presses_cannot_be_answered(
    http: aiohttp.ClientSession, sandbox: Sandbox, clock: Clock
) -> None:
    _, sent = await ask(http, "sendMessage", chat_id=WANG, text="?", reply_markup=button(callback_data="x"))
    pressed = sandbox.act(WANG, WANG, "press", message_id=sent["message_id"], data="x")
    clock.now += 3600
    too_old = "Bad Request: query is too old and response timeout expired or query ID is invalid"
    assert await ask(http, "answerCallbackQuery", **pressed) == (400, too_old)
    assert await ask(http, "answerCallbackQuery", callback_query_id="1") == (400, too_old)


FILES: list[tuple[str, str, bytes, str]] = [
    ("sendPhoto", "photo", b"<html>no picture</html>", "IMAGE_PROCESS_FAILED"),
    ("sendPhoto", "photo", png(21, 1), "PHOTO_INVALID_DIMENSIONS"),
    ("sendPhoto", "photo", b"", "file must be non-empty"),
    ("sendDocument", "document", b"", "file must be non-empty"),
    (
        "sendPhoto",
        "photo",
        b"x" * (10 * 1024 * 1024 + 1),
        "file of size 10485761 bytes is too big for a photo; the maximum size is 10485760 bytes",
    ),
]


@pytest.mark.parametrize(("method", "field", "content", "description"), FILES, ids=[case[3][:30] for case in FILES])
async def test_a_wrong_file_is_refused_as_telegram_does(
    http: aiohttp.ClientSession, method: str, field: str, content: bytes, description: str
) -> None:
    form = aiohttp.FormData({"chat_id": str(WANG)})
    form.add_field(field, io.BytesIO(content), filename="a.png", content_type="image/png")
    async with http.post(f"/bot{TOKEN}/{method}", data=form) as response:
        assert await response.json() == {
            "ok": False,
            "error_code": 400,
            "description": f"Bad Request: {description}",
        }


async def test_file_ids_must_exist_and_fit(http: aiohttp.ClientSession, sandbox: Sandbox) -> None:
    sent = sandbox.act(WANG, WANG, "document", file=("a.txt", "text/plain", b"a"))
    number = sent["document"]["file_id"]
    assert await ask(http, "sendPhoto", chat_id=WANG, photo=number) == (
        400,
        "Bad Request: can't use file of type Document as Photo",
    )
    assert await ask(http, "sendPhoto", chat_id=WANG, photo="nonsense") == (
        400,
        "Bad Request: wrong file identifier/HTTP URL specified",
    )
    assert await ask(http, "sendPhoto", chat_id=WANG, photo="https://example.org/a.png") == (
        400,
        "Bad Request: failed to get HTTP URL content",
    )
    assert await ask(http, "sendPhoto", chat_id=WANG) == (
        400,
        "Bad Request: there is no photo in the request",
    )
    assert await ask(http, "sendPhoto", chat_id=WANG, photo="attach://nothing") == (
        400,
        "Bad Request: wrong file identifier/HTTP URL specified",
    )
    assert await ask(http, "getFile", file_id="nonsense") == (400, "Bad Request: invalid file_id")
    assert await ask(http, "getFile") == (400, "Bad Request: file_id not specified")


async def test_a_file_above_20_megabytes_cannot_be_downloaded(http: aiohttp.ClientSession, sandbox: Sandbox) -> None:
    big = sandbox.act(WANG, WANG, "document", file=("a.bin", "application/zip", b"x" * (20 * 1024 * 1024 + 1)))
    assert await ask(http, "getFile", file_id=big["document"]["file_id"]) == (
        400,
        "Bad Request: file is too big",
    )


async def test_an_upload_above_50_megabytes_is_refused(http: aiohttp.ClientSession) -> None:
    form = aiohttp.FormData({"chat_id": str(WANG)})
    form.add_field("document", io.BytesIO(b"x" * (50 * 1024 * 1024 + 1)), filename="a.bin")
    async with http.post(f"/bot{TOKEN}/sendDocument", data=form) as response:
        assert (await response.json())["description"] == "Request Entity Too Large"
        assert response.status == 413


async def test_captions_are_shorter_than_messages(http: aiohttp.ClientSession, sandbox: Sandbox) -> None:
    photo = sandbox.act(WANG, WANG, "photo", file=("a.png", "image/png", png()))["photo"][0]["file_id"]
    assert (await ask(http, "sendPhoto", chat_id=WANG, photo=photo, caption="一" * 1024))[0] == 200
    assert await ask(http, "sendPhoto", chat_id=WANG, photo=photo, caption="一" * 1025) == (
        400,
        "Bad Request: message caption is too long",
    )


async def test_albums_and_polls_are_checked(http: aiohttp.ClientSession) -> None:
    assert (await ask(http, "sendMediaGroup", chat_id=WANG, media=[]))[0] == 400
    assert (await ask(http, "sendMediaGroup", chat_id=WANG, media=[{"type": "sticker", "media": "x"}]))[0] == 400
    wrongs: list[dict[str, Any]] = [
        {"question": ""},
        {"options": []},
        {"options": ["甲"] * 13},
        {"options": ["x" * 101]},
    ]
    for wrong in wrongs:
        params = {"chat_id": WANG, "question": "?", "options": ["甲", "乙"], **wrong}
        assert (await ask(http, "sendPoll", **params))[0] == 400


async def test_contacts_can_be_asked_for_in_private_chats_only(http: aiohttp.ClientSession, sandbox: Sandbox) -> None:
    group = sandbox.add_group("东关社区", [WANG, LI])["id"]
    markup = {"keyboard": [[{"text": "电话", "request_contact": True}]]}
    assert (await ask(http, "sendMessage", chat_id=WANG, text="a", reply_markup=markup))[0] == 200
    assert await ask(http, "sendMessage", chat_id=group, text="a", reply_markup=markup) == (
        400,
        "Bad Request: phone number can be requested in private chats only",
    )


async def test_a_missing_parameter_of_any_other_method_is_named(http: aiohttp.ClientSession) -> None:
    assert await ask(http, "banChatMember", chat_id=WANG) == (
        400,
        'Bad Request: parameter "user_id" is required',
    )


@pytest.mark.parametrize(
    ("path", "status", "description"),
    [
        ("/bot4200:WRONG/getMe", 401, "Unauthorized"),
        ("/botnonsense/getMe", 404, "Not Found"),
        (f"/bot{TOKEN}", 404, "Not Found"),
        (f"/bot{TOKEN}/danceForMe", 404, "Not Found: method not found"),
    ],
)
async def test_wrong_tokens_and_methods_are_refused(
    http: aiohttp.ClientSession, path: str, status: int, description: str
) -> None:
    async with http.get(path) as response:
        assert response.status == status
        assert await response.json() == {"ok": False, "error_code": status, "description": description}
