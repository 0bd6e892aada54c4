"""The queue of updates: nothing is forgotten before the bot confirmed it."""

import asyncio
from typing import Any

import aiohttp
import pytest
from telegram import Bot
from telegram.error import Conflict

from sandbox.server import Sandbox
from tests.sandbox.conftest import TOKEN, WANG


def write(sandbox: Sandbox, *texts: str) -> None:
    """Messages of one person."""
    for text in texts:
        sandbox.act(WANG, WANG, "text", text=text)


async def handed_out(bot: Bot, **params: Any) -> list[str | None]:
    """The texts that one getUpdates brings."""
    return [update.message.text for update in await bot.get_updates(**params) if update.message]


async def test_unconfirmed_updates_are_handed_out_again(bot: Bot, sandbox: Sandbox) -> None:
    write(sandbox, "一", "二", "三")
    first = (await bot.get_updates())[0].update_id
    assert await handed_out(bot) == ["一", "二", "三"]
    assert await handed_out(bot, offset=first) == ["一", "二", "三"]
    assert await handed_out(bot, offset=first + 1) == ["二", "三"]
    assert await handed_out(bot, offset=0) == ["二", "三"]


async def test_a_limit_hands_out_the_oldest(bot: Bot, sandbox: Sandbox) -> None:
    write(sandbox, "一", "二", "三")
    assert await handed_out(bot, limit=2) == ["一", "二"]
    assert await handed_out(bot, limit=1000) == ["一", "二", "三"]


async def test_a_negative_offset_keeps_only_the_newest(bot: Bot, sandbox: Sandbox) -> None:
    write(sandbox, "一", "二", "三")
    assert await handed_out(bot, offset=-1) == ["三"]
    assert await handed_out(bot) == ["三"]


async def test_an_offset_from_the_future_confirms_nothing(bot: Bot, sandbox: Sandbox) -> None:
    write(sandbox, "一")
    assert await handed_out(bot, offset=999_999_999) == ["一"]


async def test_a_long_poll_ends_with_the_first_update(bot: Bot, sandbox: Sandbox) -> None:
    waiting = asyncio.create_task(handed_out(bot, timeout=30))
    await sandbox.world.updates.being_polled.wait()
    write(sandbox, "一")
    assert await waiting == ["一"]


async def test_another_poll_ends_the_first_one(bot: Bot, sandbox: Sandbox) -> None:
    waiting = asyncio.create_task(bot.get_updates(timeout=30))
    await sandbox.world.updates.being_polled.wait()
    assert await bot.get_updates() == ()
    with pytest.raises(Conflict, match="terminated by other getUpdates request"):
        await waiting


async def test_a_webhook_and_polling_exclude_each_other(bot: Bot, sandbox: Sandbox) -> None:
    waiting = asyncio.create_task(bot.get_updates(timeout=30))
    await sandbox.world.updates.being_polled.wait()
    await bot.set_webhook("http://127.0.0.1:1/hook")
    with pytest.raises(Conflict, match="terminated by setWebhook request"):
        await waiting
    with pytest.raises(Conflict, match="can't use getUpdates method while webhook is active"):
        await bot.get_updates()
    await bot.delete_webhook()
    assert await bot.get_updates() == ()


async def test_only_the_wanted_kinds_are_queued_and_the_wish_is_remembered(bot: Bot, sandbox: Sandbox) -> None:
    await bot.get_updates(allowed_updates=["callback_query"])
    write(sandbox, "一")
    assert await handed_out(bot) == []
    await bot.get_updates(allowed_updates=[])
    write(sandbox, "二")
    assert await handed_out(bot) == ["二"]


async def test_pending_updates_can_be_dropped(bot: Bot, sandbox: Sandbox) -> None:
    write(sandbox, "一")
    assert (await bot.get_webhook_info()).pending_update_count == 1
    await bot.delete_webhook(drop_pending_updates=True)
    assert (await bot.get_webhook_info()).pending_update_count == 0


async def test_people_make_all_kinds_of_updates(bot: Bot, sandbox: Sandbox) -> None:
    sent = sandbox.act(WANG, WANG, "text", text="旧")
    sandbox.act(WANG, WANG, "edit", message_id=sent["message_id"], text="新")
    sandbox.act(WANG, WANG, "location", latitude=39.9, longitude=116.4)
    sandbox.act(WANG, WANG, "contact", phone_number="13800000000", first_name="王芳")
    sandbox.act(WANG, WANG, "forward", from_chat_id=WANG, message_id=sent["message_id"])
    sandbox.act(WANG, WANG, "voice", file=("a.oga", "audio/ogg", b"OggS"), duration=3)
    sandbox.act(WANG, WANG, "text", text="回", reply_to_message_id=sent["message_id"])
    sandbox.act(WANG, WANG, "block")
    sandbox.act(WANG, WANG, "unblock")
    updates = await bot.get_updates()
    _, edited, place, contact, forwarded, voice, reply, blocked, unblocked = updates
    assert edited.edited_message is not None
    assert edited.edited_message.text == "新"
    assert place.message is not None
    assert place.message.location is not None
    assert contact.message is not None
    assert contact.message.contact is not None
    assert contact.message.contact.user_id == WANG
    assert forwarded.message is not None
    assert forwarded.message.forward_origin is not None
    assert voice.message is not None
    assert voice.message.voice is not None
    assert reply.message is not None
    assert reply.message.reply_to_message is not None
    assert blocked.my_chat_member is not None
    assert blocked.my_chat_member.new_chat_member.status == "kicked"
    assert unblocked.my_chat_member is not None
    assert unblocked.my_chat_member.new_chat_member.status == "member"


@pytest.mark.parametrize("way", ["query", "form", "json", "multipart", "upper case"])
async def test_parameters_arrive_in_any_encoding(way: str, http: aiohttp.ClientSession) -> None:
    path, params = f"/bot{TOKEN}/sendMessage", {"chat_id": str(WANG), "text": "走访 & <b>"}
    multipart = aiohttp.FormData(default_to_multipart=True)
    for name, value in params.items():
        multipart.add_field(name, value)
    requests = {
        "query": lambda: http.get(path, params=params),
        "form": lambda: http.post(path, data=params),
        "json": lambda: http.post(path, json=params),
        "multipart": lambda: http.post(path, data=multipart),
        "upper case": lambda: http.post(f"/bot{TOKEN}/SENDMESSAGE", json=params),
    }
    async with requests[way]() as response:
        assert (await response.json())["result"]["text"] == "走访 & <b>"
