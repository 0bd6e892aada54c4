"""Writing, pressing and reading in the chat page, as a newcomer would."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio
from playwright.async_api import Browser, expect

from tests.support.page import ChatPage
from tests.support.stage import Stage

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]

YES_OR_NO = {"inline_keyboard": [[{"text": "同意", "callback_data": "yes"}, {"text": "反对", "callback_data": "no"}]]}


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
    yield chat_page
    assert chat_page.errors == []
    await chat_page.close()


async def test_a_written_message_reaches_the_bot_and_its_answer_appears(stage: Stage, page: ChatPage) -> None:
    await stage.bot.says(stage.people["赵春梅"], "你好")
    await page.wait_for_text("你好")

    await page.say("王秀兰家去过了")

    heard = await stage.bot.hears()
    assert heard["text"] == "王秀兰家去过了"
    await stage.bot.says(heard["chat"]["id"], "记下了", reply_parameters={"message_id": heard["message_id"]})
    answer = await page.wait_for_text("记下了")
    await expect(answer.locator(".quotation")).to_contain_text("王秀兰家去过了")


async def test_the_start_button_of_an_empty_chat_sends_start(stage: Stage, page: ChatPage) -> None:
    await page.start()

    assert (await stage.bot.hears())["text"] == "/start"
    await expect(page.page.get_by_test_id("input")).to_be_visible()


async def test_shift_enter_makes_a_new_line_and_enter_sends(stage: Stage, page: ChatPage) -> None:
    await stage.bot.says(stage.people["赵春梅"], "请讲")
    await page.wait_for_text("请讲")
    field = page.page.get_by_test_id("input")

    await field.press_sequentially("一")
    await field.press("Shift+Enter")
    await field.press_sequentially("二")
    await field.press("Enter")

    assert (await stage.bot.hears())["text"] == "一\n二"
    await expect(field).to_have_value("")


async def test_a_pressed_button_waits_until_the_bot_answers(stage: Stage, page: ChatPage) -> None:
    await stage.bot.says(stage.people["赵春梅"], "同意吗？", reply_markup=YES_OR_NO)

    await page.press("同意")

    press = await stage.bot.hears("callback_query")
    assert press["data"] == "yes"
    await expect(page.inline_button("同意")).to_have_attribute("aria-busy", "true")
    await stage.bot.call("answerCallbackQuery", callback_query_id=press["id"], text="已记录")
    assert await page.toast() == "已记录"
    await expect(page.inline_button("同意")).to_have_attribute("aria-busy", "false")


async def test_an_alert_of_the_bot_is_a_dialog_to_be_closed(stage: Stage, page: ChatPage) -> None:
    await stage.bot.says(stage.people["赵春梅"], "同意吗？", reply_markup=YES_OR_NO)
    await page.press("反对")
    press = await stage.bot.hears("callback_query")

    await stage.bot.call("answerCallbackQuery", callback_query_id=press["id"], text="请写明理由", show_alert=True)

    assert await page.accept_alert() == "请写明理由"
    await expect(page.page.get_by_test_id("alert")).to_have_count(0)


async def test_a_key_of_the_reply_keyboard_sends_its_label(stage: Stage, page: ChatPage) -> None:
    keyboard = {"keyboard": [[{"text": "今天要走访谁"}]], "input_field_placeholder": "说说情况", "is_persistent": True}
    await stage.bot.says(stage.people["赵春梅"], "菜单", reply_markup=keyboard)
    await page.page.get_by_test_id("reply-keyboard").wait_for()
    await expect(page.page.get_by_test_id("input")).to_have_attribute("placeholder", "说说情况")

    await page.tap_keyboard("今天要走访谁")

    assert (await stage.bot.hears())["text"] == "今天要走访谁"
    await expect(page.page.get_by_test_id("reply-keyboard")).to_be_visible()


async def test_the_reply_keyboard_folds_and_the_bot_can_take_it_away(stage: Stage, page: ChatPage) -> None:
    me = stage.people["赵春梅"]
    await stage.bot.says(me, "菜单", reply_markup={"keyboard": [[{"text": "走访"}]]})
    panel = page.page.get_by_test_id("reply-keyboard")
    toggle = page.page.get_by_test_id("keyboard-toggle")
    await panel.wait_for()

    await toggle.click()
    await expect(panel).to_be_hidden()
    await toggle.click()
    await expect(panel).to_be_visible()

    await stage.bot.says(me, "好了", reply_markup={"remove_keyboard": True})
    await expect(panel).to_be_hidden()
    await expect(toggle).to_be_hidden()


async def test_own_messages_can_be_edited_and_deleted(stage: Stage, page: ChatPage) -> None:
    await stage.bot.says(stage.people["赵春梅"], "请讲")
    await page.wait_for_text("请讲")
    await page.say("东关存")

    await page.choose(page.bubble("东关存"), "编辑")
    await page.page.get_by_test_id("input").fill("东关村")
    await page.page.get_by_test_id("input").press("Enter")

    bubble = await page.wait_for_text("东关村")
    await expect(bubble.get_by_test_id("edited")).to_be_visible()
    assert (await stage.bot.hears("edited_message"))["text"] == "东关村"

    await page.choose(bubble, "删除")
    await page.page.get_by_test_id("confirm").get_by_role("button", name="删除").click()
    await expect(page.bubble("东关村")).to_have_count(0)


async def test_edits_and_deletions_by_the_bot_are_seen_at_once(stage: Stage, page: ChatPage) -> None:
    me = stage.people["赵春梅"]
    sent = await stage.bot.says(me, "第一稿", reply_markup=YES_OR_NO)
    await page.wait_for_text("第一稿")

    await stage.bot.call("editMessageText", chat_id=me, message_id=sent["message_id"], text="第二稿")
    await page.wait_for_text("第二稿")
    await expect(page.bubbles()).to_have_count(1)
    await expect(page.page.get_by_test_id("inline-button")).to_have_count(0)

    await stage.bot.call("deleteMessage", chat_id=me, message_id=sent["message_id"])
    await expect(page.bubbles()).to_have_count(0)


async def test_a_link_to_the_bot_opens_inside_the_page(stage: Stage, page: ChatPage) -> None:
    link = {"inline_keyboard": [[{"text": "加入", "url": "https://t.me/suozi_bot?start=abc"}]]}
    await stage.bot.says(stage.people["赵春梅"], "邀请", reply_markup=link)

    await page.press("加入")

    assert (await stage.bot.hears())["text"] == "/start abc"


async def test_a_page_opened_with_a_start_code_sends_it_as_the_chosen_person(stage: Stage, page: ChatPage) -> None:
    await page.open(f"{stage.url}/?start=invite-7")
    await page.be("李红霞")

    heard = await stage.bot.hears()
    assert heard["text"] == "/start invite-7"
    assert heard["from"]["id"] == stage.people["李红霞"]
    assert "start=" not in page.page.url


async def test_a_page_opened_for_a_person_with_a_start_code_needs_no_click(stage: Stage, page: ChatPage) -> None:
    await page.open(f"{stage.url}/?person={stage.people['李红霞']}&start=x1")

    await page.wait_for_text("/start x1")
    await expect(page.page.get_by_test_id("me")).to_have_text("李红霞")
