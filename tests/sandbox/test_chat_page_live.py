"""What happens elsewhere is seen at once, and nothing is lost when the connection is."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio
from playwright.async_api import Browser, Locator, expect

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
    yield chat_page
    assert chat_page.errors == []
    await chat_page.close()


async def test_messages_for_another_person_are_counted_beside_her_name(stage: Stage, page: ChatPage) -> None:
    await page.be("赵春梅")

    await stage.bot.says(stage.people["李红霞"], "一")
    await stage.bot.says(stage.people["李红霞"], "二")
    await expect(page.unread_of("李红霞")).to_have_text("2")
    await expect(page.unread_of("赵春梅")).to_have_count(0)

    await page.be("李红霞")
    await page.wait_for_text("二")
    await expect(page.unread_of("李红霞")).to_have_count(0)


async def test_two_pages_see_the_same_group(stage: Stage, page: ChatPage) -> None:
    stage.sandbox.add_group("执委群", list(stage.people.values()))
    await page.be("赵春梅")
    await page.open_chat("执委群")
    other = ChatPage(await page.page.context.new_page())
    await other.open(stage.url)
    await other.be("李红霞")
    await other.open_chat("执委群")

    await page.say("下午三点开会")

    bubble = await other.wait_for_text("下午三点开会")
    await expect(bubble.locator(".sender")).to_have_text("赵春梅")


async def test_after_a_restart_of_the_server_the_page_goes_on_by_itself(stage: Stage, page: ChatPage) -> None:
    await page.be("赵春梅")
    await page.start()
    await page.say("重启之前")

    await stage.stop()
    await expect(page.page.get_by_test_id("offline")).to_be_visible()
    await stage.start_again()
    await page.wait_until_online()

    await page.wait_for_text("重启之前")
    await page.say("重启之后")
    await stage.bot.says(stage.people["赵春梅"], "我也在")
    await page.wait_for_text("我也在")
    await expect(page.bubble("重启之前")).to_have_count(1)


async def test_a_message_sent_while_the_page_was_cut_off_is_caught_up(stage: Stage, page: ChatPage) -> None:
    await page.be("赵春梅")
    await page.start()
    await stage.stop()
    await expect(page.page.get_by_test_id("offline")).to_be_visible()

    await stage.start_again()
    await stage.bot.says(stage.people["赵春梅"], "你不在时说的")
    await stage.bot.says(stage.people["李红霞"], "也有你的")

    await page.wait_for_text("你不在时说的")
    await expect(page.unread_of("李红霞")).to_have_text("1")


async def test_who_reads_earlier_messages_is_not_pulled_down(stage: Stage, page: ChatPage) -> None:
    me = stage.people["赵春梅"]
    for number in range(60):
        await stage.bot.says(me, f"第{number}条")
    await page.be("赵春梅")
    await expect(page.bubble("第59条")).to_be_in_viewport()
    log = page.page.get_by_test_id("messages")

    await log.evaluate("log => { log.scrollTop = 0; }")
    await page.wait_for_text("第0条")
    await log.evaluate("log => { log.scrollTop = 0; }")
    await expect(page.bubble("第0条")).to_be_in_viewport()
    await stage.bot.says(me, "新消息")

    chip = page.page.get_by_test_id("new-messages")
    await expect(chip).to_contain_text("1")
    await expect(page.bubble("第0条")).to_be_in_viewport()
    await chip.click()
    await expect(page.bubble("新消息")).to_be_in_viewport()
    await expect(chip).to_be_hidden()


async def test_a_large_county_shows_a_window_of_people_and_finds_the_rest(stage: Stage, page: ChatPage) -> None:
    for number in range(3_000):
        stage.sandbox.add_person(first_name=f"居民{number}", note="柳湾村", started=True)
    await page.open(stage.url)
    assert await page.page.get_by_test_id("person").count() == 200

    await page.be("居民2999")

    await expect(page.page.get_by_test_id("me")).to_have_text("居民2999")


async def test_typing_is_shown_until_the_message_comes(stage: Stage, page: ChatPage) -> None:
    await page.be("赵春梅")
    await stage.bot.call("sendChatAction", chat_id=stage.people["赵春梅"], action="typing")
    await page.page.get_by_test_id("typing").wait_for()

    await stage.bot.says(stage.people["赵春梅"], "想好了")

    await expect(page.page.get_by_test_id("typing")).to_have_count(0)


async def test_a_press_counts_although_its_button_is_drawn_anew_under_the_finger(stage: Stage, page: ChatPage) -> None:
    me, answers = stage.people["赵春梅"], {"inline_keyboard": [[{"text": "同意", "callback_data": "yes"}]]}
    await page.be("赵春梅")
    asked = await stage.bot.says(me, "第一稿", reply_markup=answers)
    await page.wait_for_text("第一稿")
    edit = {"chat_id": me, "message_id": asked["message_id"], "reply_markup": answers}

    await finger_down(page, page.inline_button("同意"))
    await stage.bot.call("editMessageText", text="第二稿", **edit)
    await knows(page, me, "第二稿")
    await page.page.mouse.up()

    assert (await stage.bot.hears("callback_query"))["data"] == "yes"
    await page.wait_for_text("第二稿")


async def test_a_chat_and_a_person_open_although_news_come_under_the_finger(stage: Stage, page: ChatPage) -> None:
    me, other = stage.people["赵春梅"], stage.people["李红霞"]
    stage.sandbox.add_group("执委群", [me, other])
    await page.be("赵春梅")
    await page.open_chat("执委群")

    await finger_down(page, page.page.get_by_test_id("chat").first)
    await stage.bot.says(me, "给她的")
    await knows(page, me, "给她的")
    await page.page.mouse.up()
    await page.wait_for_text("给她的")

    await finger_down(page, page.page.get_by_test_id("person").filter(has_text="李红霞"))
    await stage.bot.says(other, "给另一位的")
    await stage.bot.says(me, "后来的")
    await knows(page, me, "后来的")
    await page.page.mouse.up()
    await page.wait_for_text("给另一位的")
    await expect(page.page.get_by_test_id("me")).to_have_text("李红霞")


async def finger_down(page: ChatPage, where: Locator) -> None:
    """Put the finger on it and leave it there."""
    await where.hover()
    await page.page.mouse.down()


async def knows(page: ChatPage, chat_id: int, text: str) -> None:
    """Wait until the page has been told, and has had the time to draw it."""
    told = """async ([id, text]) => {
        const { store } = await import("/page/store.js");
        while (store.previews.get(id)?.text !== text) await new Promise(requestAnimationFrame);
    }"""
    await page.page.evaluate(told, [chat_id, text])
    await page.page.wait_for_timeout(150)
