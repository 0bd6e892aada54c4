"""Misbehaviour on request, and Telegram's sending limits."""

import random

import aiohttp
import pytest
from telegram import Bot
from telegram.error import NetworkError, RetryAfter, TimedOut

from sandbox.refusals import Unclear
from sandbox.server import Sandbox
from tests.sandbox.conftest import LI, TOKEN, WANG, Clock


async def test_too_many_requests_names_the_time_to_wait(bot: Bot, http: aiohttp.ClientSession) -> None:
    wish = {"kind": "too_many", "method": "sendMessage", "retry_after": 7}
    async with http.post("/sandbox/faults", json=wish) as response:
        assert response.status == 200
    with pytest.raises(RetryAfter) as refused:
        await bot.send_message(WANG, "一")
    assert refused.value.retry_after == 7 or refused.value.retry_after.total_seconds() == 7  # type: ignore[union-attr]
    await bot.send_message(WANG, "二")


async def test_a_fault_strikes_as_often_as_asked_after_as_many_as_asked(bot: Bot, sandbox: Sandbox) -> None:
    sandbox.fault("server_error", method="sendMessage", count=2, skip=1)
    await bot.send_message(WANG, "一")
    for _ in range(2):
        with pytest.raises(NetworkError):
            await bot.send_message(WANG, "二")
    await bot.send_message(WANG, "三")
    assert [message["text"] for message in sandbox.messages(WANG)] == ["一", "三"]


async def test_a_fault_can_concern_one_chat(bot: Bot, sandbox: Sandbox) -> None:
    sandbox.fault("server_error", chat_id=WANG, count=99)
    await bot.send_message(LI, "一")
    with pytest.raises(NetworkError):
        await bot.send_message(WANG, "一")


async def test_faults_can_be_called_off(bot: Bot, sandbox: Sandbox, http: aiohttp.ClientSession) -> None:
    sandbox.fault("server_error", count=99)
    async with http.delete("/sandbox/faults") as response:
        assert response.status == 200
    await bot.send_message(WANG, "一")


async def test_a_call_that_hangs_was_done_and_one_that_is_lost_was_not(bot: Bot, sandbox: Sandbox) -> None:
    for kind in ("hang", "lost"):
        sandbox.fault(kind, method="sendMessage")
        with pytest.raises(TimedOut):
            await bot.send_message(WANG, kind, read_timeout=0.05)
    assert [message["text"] for message in sandbox.messages(WANG)] == ["hang"]


async def test_a_cut_line_leaves_the_bot_in_doubt_though_the_work_was_done(bot: Bot, sandbox: Sandbox) -> None:
    sandbox.fault("cut", method="sendMessage")
    with pytest.raises(NetworkError):
        await bot.send_message(WANG, "一")
    assert [message["text"] for message in sandbox.messages(WANG)] == ["一"]


async def test_updates_come_twice_or_in_another_order(bot: Bot, sandbox: Sandbox) -> None:
    for text in "一二三四五六":
        sandbox.act(WANG, WANG, "text", text=text)
    sandbox.fault("duplicate_updates")
    numbers = [update.update_id for update in await bot.get_updates()]
    assert numbers[:6] == numbers[6:] == sorted(numbers[:6])
    sandbox.fault("shuffled_updates")
    shuffled = [update.update_id for update in await bot.get_updates()]
    assert sorted(shuffled) == numbers[:6]
    assert shuffled != numbers[:6]
    assert [update.update_id for update in await bot.get_updates()] == numbers[:6]


async def test_ids_can_start_anew_below_the_bots_offset(bot: Bot, sandbox: Sandbox) -> None:
    sandbox.act(WANG, WANG, "text", text="一")
    with pytest.raises(Unclear, match="no update is waiting"):
        sandbox.fault("restart_ids")
    (old,) = await bot.get_updates()
    assert await bot.get_updates(offset=old.update_id + 1) == ()
    sandbox.fault("restart_ids")
    sandbox.act(WANG, WANG, "text", text="二")
    (new,) = await bot.get_updates(offset=old.update_id + 1)
    assert new.update_id < old.update_id
    assert new.message is not None
    assert new.message.text == "二"


async def test_a_malformed_update_breaks_a_library_that_trusts_it(bot: Bot, sandbox: Sandbox) -> None:
    sandbox.fault("malformed_update")
    with pytest.raises((TypeError, AttributeError)):
        await bot.get_updates()


@pytest.mark.parametrize(
    "wish",
    [{"kind": "nonsense"}, {"kind": "migrate"}, {"kind": "migrate", "chat_id": WANG}, {"kind": "hang", "count": "x"}],
)
async def test_impossible_faults_are_refused_with_a_sentence(
    http: aiohttp.ClientSession, wish: dict[str, object]
) -> None:
    async with http.post("/sandbox/faults", json=wish) as response:
        assert response.status == 400
        assert (await response.json())["description"].endswith(".")


async def test_limits_are_counted_even_when_they_are_not_enforced(
    bot: Bot, sandbox: Sandbox, clock: Clock, http: aiohttp.ClientSession
) -> None:
    for _ in range(7):
        await bot.send_message(WANG, "一")
    group = sandbox.add_group("执委群", [WANG])["id"]
    for _ in range(22):
        clock.now += 2
        await bot.send_message(group, "一")
    async with http.get("/sandbox/metrics") as response:
        metrics = await response.json()
    assert metrics["methods"]["sendmessage"] == 29
    assert metrics["limits_broken_by"] == {"overall": 0, "chat": 2, "group": 2}
    assert metrics["limits_broken"] == 4


async def test_limits_refuse_when_they_are_enforced(clock: Clock) -> None:
    sandbox = Sandbox(clock, random.Random(1), TOKEN, enforce_limits=True)
    for number in range(40):
        sandbox.add_person(2000 + number, "某", started=True)
    url = await sandbox.start()
    async with aiohttp.ClientSession(url) as http:
        answers = []
        for number in range(31):
            path = f"/bot{TOKEN}/sendMessage"
            async with http.post(path, json={"chat_id": 2000 + number, "text": "一"}) as response:
                answers.append(await response.json())
        assert [answer["ok"] for answer in answers] == [True] * 30 + [False]
        assert answers[-1] == {
            "ok": False,
            "error_code": 429,
            "description": "Too Many Requests: retry after 1",
            "parameters": {"retry_after": 1},
        }
        async with http.post(f"/bot{TOKEN}/answerCallbackQuery", json={"callback_query_id": "1"}) as response:
            assert response.status == 400
        clock.now += 1
        async with http.post(f"/bot{TOKEN}/sendMessage", json={"chat_id": 2039, "text": "一"}) as response:
            assert response.status == 200
    await sandbox.stop()
