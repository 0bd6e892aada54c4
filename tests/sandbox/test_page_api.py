"""What the chat page and tests use: state, messages, events, acts."""

import json
import random
from collections.abc import AsyncIterator
from typing import Any

import aiohttp
import pytest
from telegram import Bot, BotCommandScopeAllPrivateChats

from sandbox.server import Sandbox
from tests.sandbox.conftest import LI, TOKEN, WANG, ZHAO, Clock, png


async def ask(http: aiohttp.ClientSession, path: str, body: Any = None) -> tuple[int, Any]:
    """The status and the JSON of an answer."""
    async with http.request("GET" if body is None else "POST", path, json=body) as response:
        return response.status, await response.json()


async def events(http: aiohttp.ClientSession, since: int) -> AsyncIterator[dict[str, Any]]:
    """The stream of events."""
    async with http.get("/sandbox/events", params={"since": since}) as response:
        assert response.content_type == "text/event-stream"
        async for line in response.content:
            if line.startswith(b"data: "):
                yield json.loads(line[6:])


async def test_the_state_tells_a_page_all_it_needs(http: aiohttp.ClientSession, sandbox: Sandbox, bot: Bot) -> None:
    group = sandbox.add_group("执委群", [WANG, LI])["id"]
    await bot.send_message(group, "一")
    await bot.send_message(WANG, "二")
    _, state = await ask(http, "/sandbox/state")
    assert state["bot"]["username"] == "suozi_test_bot"
    wang = state["people"][0]
    assert (wang["user"]["id"], wang["note"], wang["blocked"]) == (WANG, "网格员", False)
    assert wang["unread"] == {str(group): 1, str(WANG): 1}
    chats = {chat["id"]: chat for chat in state["chats"]}
    assert chats[WANG]["type"] == "private"
    assert chats[group]["members"] == [WANG, LI]
    assert state["seq"] == sandbox.world.feed.seq


async def test_the_menu_shows_the_commands_of_the_nearest_scope(http: aiohttp.ClientSession, bot: Bot) -> None:
    await bot.set_my_commands([("lead", "线索")])
    assert (await ask(http, "/sandbox/state"))[1]["commands"][0]["command"] == "lead"
    await bot.set_my_commands([("visit", "走访")], scope=BotCommandScopeAllPrivateChats())
    assert (await ask(http, "/sandbox/state"))[1]["commands"] == [{"command": "visit", "description": "走访"}]


async def test_people_and_groups_are_made_over_http(http: aiohttp.ClientSession) -> None:
    _, user = await ask(http, "/sandbox/people", {"first_name": "孙悦", "note": "居民"})
    assert user["first_name"] == "孙悦"
    status, group = await ask(http, "/sandbox/groups", {"title": "楼栋群", "members": [user["id"], WANG]})
    assert (status, group["type"], group["title"]) == (200, "group", "楼栋群")
    assert (await ask(http, "/sandbox/people", {"first_name": ""}))[0] == 400
    assert (await ask(http, "/sandbox/people", {"id": WANG, "first_name": "又"}))[0] == 400
    assert (await ask(http, "/sandbox/groups", {"title": "群", "members": [5]}))[0] == 400
    assert (await ask(http, "/sandbox/groups", {"title": ""}))[0] == 400


async def test_messages_come_in_pages_oldest_first(http: aiohttp.ClientSession, bot: Bot) -> None:
    for number in range(5):
        await bot.send_message(WANG, str(number))
    query = f"/sandbox/messages?chat_id={WANG}&person_id={WANG}"
    _, last = await ask(http, f"{query}&limit=2")
    assert [message["text"] for message in last["result"]] == ["3", "4"]
    _, earlier = await ask(http, f"{query}&limit=2&before={last['result'][0]['message_id']}")
    assert [message["text"] for message in earlier["result"]] == ["1", "2"]
    assert (await ask(http, f"/sandbox/messages?chat_id={WANG}&person_id={LI}"))[0] == 400
    assert (await ask(http, "/sandbox/messages?chat_id=5"))[0] == 400
    assert (await ask(http, "/sandbox/messages?chat_id=x"))[0] == 400


async def test_events_tell_what_happens_as_it_happens(http: aiohttp.ClientSession, sandbox: Sandbox, bot: Bot) -> None:
    stream = events(http, sandbox.world.feed.seq)
    sent = await bot.send_message(WANG, "一")
    event = await anext(stream)
    assert (event["type"], event["chat_id"], event["for"], event["message"]["text"]) == (
        "message",
        WANG,
        [WANG],
        "一",
    )
    await sent.edit_text("二")
    assert (await anext(stream))["message"]["text"] == "二"
    await sent.delete()
    event = await anext(stream)
    assert (event["type"], event["message_id"]) == ("deleted", sent.message_id)
    sandbox.act(WANG, WANG, "read")
    assert (await anext(stream))["type"] == "read"
    sandbox.act(WANG, WANG, "block")
    event = await anext(stream)
    assert (event["type"], event["person"]["blocked"]) == ("person", True)
    await stream.aclose()  # type: ignore[attr-defined]


async def test_missed_events_are_told_later_and_lost_ones_mean_reset(
    http: aiohttp.ClientSession, sandbox: Sandbox, bot: Bot
) -> None:
    before = sandbox.world.feed.seq
    await bot.send_message(WANG, "一")
    await bot.send_message(WANG, "二")
    stream = events(http, before)
    assert [(await anext(stream))["message"]["text"] for _ in range(2)] == ["一", "二"]
    await stream.aclose()  # type: ignore[attr-defined]
    stream = events(http, 10**9)
    assert (await anext(stream))["type"] == "reset"
    await stream.aclose()  # type: ignore[attr-defined]


async def test_acts_go_over_http_too(http: aiohttp.ClientSession, sandbox: Sandbox) -> None:
    who = {"person_id": WANG, "chat_id": WANG}
    status, answer = await ask(http, "/sandbox/act", {**who, "action": "text", "text": "/start abc"})
    assert (status, answer["ok"], answer["result"]["text"]) == (200, True, "/start abc")
    form = aiohttp.FormData({"person_id": str(WANG), "chat_id": str(WANG), "action": "photo", "caption": "门"})
    form.add_field("file", png(), filename="a.png", content_type="image/png")
    async with http.post("/sandbox/act", data=form) as response:
        photo = (await response.json())["result"]
    assert (photo["caption"], photo["photo"][-1]["width"]) == ("门", 64)
    async with http.get(f"/sandbox/file/{photo['photo'][-1]['file_id']}") as response:
        assert await response.read() == png()
        assert response.content_type == "image/png"
        assert response.headers["x-content-type-options"] == "nosniff"
    async with http.get("/sandbox/file/nonsense") as response:
        assert response.status == 404


WRONG: list[dict[str, Any]] = [
    {"action": "dance"},
    {"action": "text", "text": "  "},
    {"action": "text", "text": "a" * 4097},
    {"action": "text", "text": "\ud800"},
    {"action": "text", "text": "一", "person_id": 5},
    {"action": "text", "text": "一", "chat_id": 5},
    {"action": "text", "text": "一", "chat_id": LI},
    {"action": "press", "message_id": 99, "data": "x"},
    {"action": "press", "message_id": 1, "data": "x"},
    {"action": "edit", "message_id": 99, "text": "一"},
    {"action": "delete", "message_id": 99},
    {"action": "photo"},
    {"action": "location", "latitude": 91, "longitude": 0},
    {"action": "contact", "phone_number": ""},
    {"action": "forward", "from_chat_id": LI, "message_id": 1},
    {"action": "vote", "message_id": 1, "option_ids": [0]},
    {"action": "join"},
    {"action": "leave"},
    {"action": "add_bot"},
    {"action": "block", "chat_id": LI},
]


@pytest.mark.parametrize("wrong", WRONG, ids=[str(case)[:60] for case in WRONG])
async def test_what_cannot_be_done_is_said_in_one_sentence(
    http: aiohttp.ClientSession, sandbox: Sandbox, wrong: dict[str, Any]
) -> None:
    sandbox.act(WANG, WANG, "text", text="一")
    status, answer = await ask(http, "/sandbox/act", {"person_id": WANG, "chat_id": WANG, **wrong})
    assert status == 400
    assert answer["ok"] is False
    assert answer["description"]


async def test_a_blocked_bot_gets_nothing_to_read(sandbox: Sandbox, http: aiohttp.ClientSession) -> None:
    sandbox.act(WANG, WANG, "block")
    status, _ = await ask(http, "/sandbox/act", {"person_id": WANG, "chat_id": WANG, "action": "text", "text": "一"})
    assert status == 400


@pytest.mark.parametrize(
    "headers",
    [
        {"Host": "evil.example"},
        {"Host": "evil.example:80"},
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
        {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "no-cors"},
    ],
)
@pytest.mark.parametrize("path", ["/", "/sandbox/state", "/page/app.js", f"/bot{TOKEN}/getMe"])
async def test_no_web_site_can_drive_the_sandbox(
    http: aiohttp.ClientSession, headers: dict[str, str], path: str
) -> None:
    async with http.get(path, headers=headers) as response:
        assert response.status == 403


async def test_its_own_page_and_local_names_are_welcome(http: aiohttp.ClientSession, sandbox: Sandbox) -> None:
    port = sandbox.url.rpartition(":")[2]
    for headers in (
        {"Origin": sandbox.url, "Sec-Fetch-Site": "same-origin"},
        {"Host": f"localhost:{port}", "Origin": f"http://localhost:{port}"},
        {"Host": f"[::1]:{port}"},
    ):
        async with http.get("/sandbox/state", headers=headers) as response:
            assert response.status == 200


async def test_the_sandbox_listens_on_this_machine_only(clock: Clock) -> None:
    sandbox = Sandbox(clock, random.Random(1), TOKEN)
    with pytest.raises(ValueError, match="this machine only"):
        await sandbox.start("0.0.0.0")
    with pytest.raises(ValueError, match="bot token"):
        Sandbox(clock, random.Random(1), "nonsense")


async def test_unread_counts_go_back_to_nothing(bot: Bot, sandbox: Sandbox) -> None:
    group = sandbox.add_group("执委群", [WANG, ZHAO])["id"]
    sandbox.act(WANG, group, "read")
    await bot.send_message(group, "一")
    sandbox.act(WANG, group, "text", text="二")
    assert sandbox.world.people[WANG].unread[group] == 1
    assert sandbox.act(WANG, group, "read") is True
    assert group not in sandbox.world.people[WANG].unread
