"""Groups: who sees what, and what happens when they grow."""

from typing import Any

import aiohttp
import pytest
from telegram import Bot, ReplyKeyboardMarkup
from telegram.error import ChatMigrated

from sandbox.refusals import Unclear
from sandbox.server import Sandbox
from tests.sandbox.conftest import LI, TOKEN, WANG, ZHAO


@pytest.fixture
def group(sandbox: Sandbox) -> int:
    """A group of three with the bot as a plain member, its arrival already confirmed."""
    made = int(sandbox.add_group("东关社区妇女议事会", [WANG, LI, ZHAO])["id"])
    sandbox.world.updates.clear()
    return made


async def seen(bot: Bot) -> list[Any]:
    """The texts that the bot got to see."""
    return [update.message.text for update in await bot.get_updates() if update.message]


async def test_the_bot_is_told_when_it_is_let_in_and_put_out(bot: Bot, sandbox: Sandbox) -> None:
    group = sandbox.add_group("执委群", [WANG])["id"]
    sandbox.act(WANG, group, "remove_bot")
    sandbox.act(WANG, group, "text", text="/start")
    updates = await bot.get_updates()
    changes = [update.my_chat_member for update in updates if update.my_chat_member]
    assert [(change.old_chat_member.status, change.new_chat_member.status) for change in changes] == [
        ("left", "member"),
        ("member", "kicked"),
    ]
    arrivals = [update.message for update in updates if update.message]
    assert [message.new_chat_members[0].id for message in arrivals] == [bot.id]


async def test_with_privacy_on_a_bot_sees_only_what_is_meant_for_it(bot: Bot, sandbox: Sandbox, group: int) -> None:
    sent = await bot.send_message(group, "请发言")
    sandbox.act(WANG, group, "text", text="闲聊")
    sandbox.act(WANG, group, "text", text="/vote")
    sandbox.act(WANG, group, "text", text="/vote@suozi_test_bot")
    sandbox.act(WANG, group, "text", text="/vote@another_bot")
    sandbox.act(WANG, group, "text", text="问 @suozi_test_bot")
    sandbox.act(WANG, group, "text", text="我说", reply_to_message_id=sent.message_id)
    assert await seen(bot) == ["/vote", "/vote@suozi_test_bot", "问 @suozi_test_bot", "我说"]


async def test_an_administrator_bot_sees_everything_and_who_comes_and_goes(bot: Bot, sandbox: Sandbox) -> None:
    group = sandbox.add_group("执委群", [WANG, LI], bot_admin=True)["id"]
    await bot.get_updates(offset=-1, allowed_updates=["message", "chat_member"])
    sandbox.world.updates.clear()
    sandbox.act(WANG, group, "text", text="闲聊")
    sandbox.act(LI, group, "leave")
    sandbox.act(LI, group, "join")
    updates = await bot.get_updates()
    assert next(update.message.text for update in updates if update.message) == "闲聊"
    changes = [update.chat_member.new_chat_member.status for update in updates if update.chat_member]
    assert changes == ["left", "member"]


async def test_arrivals_and_departures_are_told_with_privacy_on(bot: Bot, sandbox: Sandbox, group: int) -> None:
    sandbox.act(LI, group, "leave")
    with pytest.raises(Unclear, match="not in this chat"):
        sandbox.act(LI, group, "text", text="还在吗")
    sandbox.act(LI, group, "join")
    left, joined = [update.message for update in await bot.get_updates() if update.message]
    assert left.left_chat_member is not None
    assert left.left_chat_member.id == LI
    assert joined.new_chat_members[0].id == LI


async def test_everybody_in_a_group_sees_a_keyboard_unless_it_is_selective(
    bot: Bot, sandbox: Sandbox, group: int
) -> None:
    people = sandbox.world.people
    asked = sandbox.act(WANG, group, "text", text="/vote")
    markup = ReplyKeyboardMarkup([["同意"]], selective=True)
    await bot.send_message(group, "?", reply_markup=markup, reply_to_message_id=asked["message_id"])
    assert [number for number in people if group in people[number].keyboards] == [WANG]
    await bot.send_message(group, "?", reply_markup=ReplyKeyboardMarkup([["同意"]]))
    assert [number for number in people if group in people[number].keyboards] == [WANG, LI, ZHAO]


async def test_a_group_that_becomes_a_supergroup_has_a_new_id(bot: Bot, sandbox: Sandbox, group: int) -> None:
    sandbox.fault("migrate", chat_id=group)
    with pytest.raises(ChatMigrated) as migrated:
        await bot.send_message(group, "一")
    new = migrated.value.new_chat_id
    assert (await bot.send_message(new, "一")).chat.type == "supergroup"
    farewell, greeting = [update.message for update in await bot.get_updates() if update.message]
    assert (farewell.chat.id, farewell.migrate_to_chat_id) == (group, new)
    assert (greeting.chat.id, greeting.migrate_from_chat_id) == (new, group)
    with pytest.raises(Unclear, match="has become a supergroup"):
        sandbox.act(WANG, group, "text", text="/start")
    assert sandbox.act(WANG, new, "text", text="/start")


async def test_the_error_for_an_old_group_id_names_the_new_one(
    http: aiohttp.ClientSession, sandbox: Sandbox, group: int
) -> None:
    sandbox.fault("migrate", chat_id=group)
    async with http.post(f"/bot{TOKEN}/sendMessage", json={"chat_id": group, "text": "一"}) as response:
        body = await response.json()
    assert body["description"] == "Bad Request: group chat was upgraded to a supergroup chat"
    assert body["parameters"]["migrate_to_chat_id"] < -1_000_000_000_000


async def test_without_privacy_mode_the_bot_sees_all(sandbox: Sandbox, group: int) -> None:
    sandbox.world.settings["me"]["can_read_all_group_messages"] = True
    sandbox.act(WANG, group, "text", text="闲聊")
    assert len(sandbox.world.updates.pending) == 1
