"""Everything besides plain text: places, cards, files, polls, groups, blocking, forwarding."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio
from playwright.async_api import Browser, expect

from tests.support.page import ChatPage
from tests.support.stage import Stage

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]


@pytest_asyncio.fixture(loop_scope="session")
async def stage(tmp_path: Path) -> AsyncIterator[Stage]:
    async with Stage.running(tmp_path / "state.db") as running:
        running.add("赵春梅", "网格员 · 东关村第1网格")
        running.add("李红霞", "网格员 · 东关村第2网格")
        yield running


@pytest_asyncio.fixture(loop_scope="session")
async def page(stage: Stage, browser: Browser) -> AsyncIterator[ChatPage]:
    chat_page = await ChatPage.new(browser)
    await chat_page.open(stage.url)
    await chat_page.be("赵春梅")
    await chat_page.start()
    await stage.bot.hears()
    yield chat_page
    assert chat_page.errors == []
    await chat_page.close()


async def test_a_place_and_a_card_are_sent_from_the_attach_menu(stage: Stage, page: ChatPage) -> None:
    await page.attach_something("位置")
    assert (await stage.bot.hears())["location"]["latitude"] == pytest.approx(30.27415)
    await page.page.locator(".place").wait_for()

    await page.attach_something("名片")
    assert (await stage.bot.hears())["contact"]["first_name"] == "赵春梅"
    await page.page.locator(".card.contact").wait_for()


async def test_a_key_that_asks_for_the_place_sends_it(stage: Stage, page: ChatPage) -> None:
    keyboard = {"keyboard": [[{"text": "我在这里", "request_location": True}]]}
    await stage.bot.says(stage.people["赵春梅"], "您在哪里？", reply_markup=keyboard)
    await page.page.get_by_test_id("reply-keyboard").wait_for()

    await page.tap_keyboard("我在这里")
    await page.send_form()

    assert "location" in await stage.bot.hears()


async def test_a_document_and_a_voice_message_reach_the_bot(stage: Stage, page: ChatPage, tmp_path: Path) -> None:
    table = tmp_path / "登记表.xlsx"
    table.write_bytes(b"not really a table")
    sound = tmp_path / "报告.ogg"
    sound.write_bytes(b"OggS")

    await page.attach("document", table)
    assert (await stage.bot.hears())["document"]["file_name"] == "登记表.xlsx"
    await page.wait_for_text("登记表.xlsx")

    await page.attach("voice", sound)
    assert "voice" in await stage.bot.hears()
    await page.page.locator(".card.voice").wait_for()


async def test_a_vote_shows_the_results_and_can_be_retracted(stage: Stage, page: ChatPage) -> None:
    options = [{"text": "村委会门口"}, {"text": "小学对面"}]
    await stage.bot.call(
        "sendPoll", chat_id=stage.people["赵春梅"], question="装在哪里？", options=options, is_anonymous=False
    )
    poll = page.page.get_by_test_id("poll")

    await poll.get_by_role("button", name="小学对面").click()
    await expect(poll).to_contain_text("100%")
    assert (await stage.bot.hears("poll_answer"))["option_ids"] == [1]

    await poll.get_by_role("button", name="撤回我的票").click()
    await expect(poll.get_by_role("button", name="小学对面")).to_be_visible()


async def test_a_blocked_bot_can_be_unblocked(stage: Stage, page: ChatPage) -> None:
    await page.choose_for_chat("屏蔽机器人")
    await expect(page.page.get_by_test_id("input")).to_be_hidden()

    await page.page.get_by_test_id("big-button").click()

    await expect(page.page.get_by_test_id("input")).to_be_visible()
    await expect(page.bubbles()).to_have_count(2)


async def test_a_message_is_forwarded_to_a_group_with_its_origin(stage: Stage, page: ChatPage) -> None:
    stage.sandbox.add_group("执委群", list(stage.people.values()))
    await page.say("煤气灶老化")

    await page.choose(page.bubble("煤气灶老化"), "转发")
    await page.page.get_by_test_id("choose").get_by_role("button", name="执委群").click()

    await expect(page.page.get_by_test_id("chat-title")).to_have_text("执委群")
    bubble = await page.wait_for_text("煤气灶老化")
    await expect(bubble.locator(".forwarded")).to_contain_text("赵春梅")


async def test_who_leaves_a_group_no_longer_sees_it(stage: Stage, page: ChatPage) -> None:
    stage.sandbox.add_group("执委群", list(stage.people.values()))
    await page.open_chat("执委群")

    await page.choose_for_chat("退出群组")

    await expect(page.page.get_by_test_id("chat").filter(has_text="执委群")).to_have_count(0)
    await expect(page.page.get_by_test_id("welcome")).to_be_visible()
    await page.be("李红霞")
    await page.open_chat("执委群")
    await expect(page.bubbles().last).to_contain_text("赵春梅")


async def test_a_refused_act_says_why_and_keeps_what_was_written(stage: Stage, page: ChatPage) -> None:
    await page.page.get_by_test_id("input").fill("长" * 4097)
    await page.page.get_by_test_id("input").press("Enter")

    assert await page.toast() != ""
    await expect(page.page.get_by_test_id("input")).to_have_value("长" * 4097)
