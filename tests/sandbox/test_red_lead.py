"""A red lead on the real chat page: a worker reports it, three are rung at once, one of them looks after it.

The real program in a process of its own, the real page in a real browser. With SUOZI_SCREENSHOTS set to a folder the
pictures of the documents are written there: `SUOZI_SCREENSHOTS=docs/images uv run --group dev pytest -k red_lead`.
That what is confidential leaves the chat again is shown in tests/flows/test_vanishing.py, where time can be moved.
"""

import os
from pathlib import Path

import pytest
from playwright.async_api import Browser

from tests.support.page import DESKTOP, PHONE, ChatPage

# Long on a slow machine, and still no hanging: the usual limit is for a test of seconds.
pytestmark = [pytest.mark.browser, pytest.mark.timeout(600), pytest.mark.asyncio(loop_scope="session")]

TALL = (1280, 1180)
NARRATIVE = "夜里听见摔东西和哭喊，早上她脸上有伤。"
TOLD = "Shouting and things thrown at night; this morning she had a bruise."


async def as_(browser: Browser, address: str, person: str, size: tuple[int, int] = DESKTOP) -> ChatPage:
    """A window of her own for each of them."""
    page = await ChatPage.new(browser, size)
    await page.open(address)
    await page.be(person)
    return page


async def doorbell(page: ChatPage, words: str, *secrets: str) -> None:
    """Wait for it, and see that it says nothing that an onlooker must not read."""
    bell = await page.wait_for_text(words, seconds=60)
    said = await bell.inner_text()
    assert not [secret for secret in secrets if secret in said], said


async def test_a_red_lead_is_reported_answered_and_looked_after_by_four_people(
    address: str, browser: Browser, tmp_path: Path
) -> None:
    pictures = Path(os.environ.get("SUOZI_SCREENSHOTS", tmp_path))
    worker = await as_(browser, address, "赵春梅", TALL)
    await worker.wait_for_text("早上好", seconds=60)
    await worker.tap_keyboard("上报线索")
    await worker.answer(("先回答五句", "① 眼下有危险"))
    await worker.wait_for_text("先保人身安全")
    await worker.screenshot(pictures / "lead-guidance-zh.png")
    for label in ("不涉及孩子", "能自己做主", "没有性侵", "没有拐卖"):
        await worker.press(label)
    await worker.answer(("是哪里的事", "我网格里的一户"))
    await worker.wait_for_text("是哪一户")
    household = worker.page.get_by_test_id("inline-button").filter(has_text="东关村").first
    name = (await household.inner_text()).split()[1]
    await household.click()
    await worker.wait_for_text("发生了什么")
    await worker.say(NARRATIVE)
    await worker.answer(("请核对", "保存"))
    await worker.wait_for_text("已上报")
    await worker.wait_until_gone(NARRATIVE)
    await worker.screenshot(pictures / "lead-receipt-zh.png")
    secrets = (name, "东关村", "摔东西", "危险", "伤")

    head = await as_(browser, address, "宋永福", PHONE)
    await doorbell(head, "红色预警", *secrets)
    await head.screenshot(pictures / "doorbell-phone-zh.png")
    township = await as_(browser, address, "邓勇")
    county = await as_(browser, address, "沈雅洁")
    for page in (township, county):
        await doorbell(page, "红色预警", *secrets)
    await head.press("签收")
    await head.wait_for_text("您已签收")
    await head.press("我来处理")
    await head.wait_for_text("由您处理")
    for page in (township, county):
        await doorbell(page, "负责人", *secrets)
    await township.screenshot(pictures / "alert-held-zh.png")
    await head.close()

    head = await as_(browser, address, "宋永福", TALL)
    await head.press("查看详情")
    await head.wait_for_text(NARRATIVE)
    await head.page.mouse.move(0, 0)
    await head.screenshot(pictures / "lead-card-zh.png")
    await head.press("核实")
    await head.answer(("核实下来怎么样", "情况属实"))
    await head.wait_for_text("看到、听到了什么")
    await head.say("和村妇联主席一起上门，她愿意报警，孩子在外婆家。")
    await head.answer(("请核对", "保存"), ("已记入时间线", "查看详情"))
    await head.wait_for_text("· 支持中")
    await head.press("🤝 支持")
    await head.answer(("给了哪些支持", "告诫书"), ("给了哪些支持", "庇护"), ("给了哪些支持", "完成"))
    await head.answer(("找了谁", "跳过"), ("请核对", "保存"))
    await head.wait_for_text("🤝 支持。现在")
    await head.wait_until_gone("请核对")
    await head.screenshot(pictures / "lead-support-zh.png")
    for page in (worker, head, township, county):
        assert page.errors == []
        await page.close()


async def test_a_red_lead_is_reported_and_answered_in_english(address: str, browser: Browser, tmp_path: Path) -> None:
    pictures = Path(os.environ.get("SUOZI_SCREENSHOTS", tmp_path))
    worker = await as_(browser, address, "林爱敏", TALL)
    await worker.wait_for_text("Good morning", seconds=60)
    await worker.say("/lead")
    await worker.answer(("five", "① "))
    await worker.wait_for_text("110")
    await worker.screenshot(pictures / "lead-guidance-en.png")
    for label in ("No child", "Acts freely", "No sexual violence", "No trafficking"):
        await worker.press(label)
    await worker.answer(("Where is it", "No household"))
    await worker.wait_for_text("What has happened")
    await worker.say(TOLD)
    await worker.answer(("Please check", "Save"))
    await worker.wait_for_text("Reported")
    await worker.wait_until_gone(TOLD)
    await worker.screenshot(pictures / "lead-receipt-en.png")

    township = await as_(browser, address, "蒋丽萍")
    await doorbell(township, "Red alert", "锦绣", "bruise", "danger")
    head = await as_(browser, address, "解芳", TALL)
    await doorbell(head, "Red alert", "锦绣", "bruise", "danger")
    await head.press("handle it")
    await head.wait_for_text("You are handling it")
    await doorbell(township, "by a colleague", "解芳", "bruise", "danger")
    await township.screenshot(pictures / "alert-held-en.png")
    await head.press("See details")
    await head.wait_for_text(TOLD)
    await head.screenshot(pictures / "lead-card-en.png")
    for page in (worker, head, township):
        assert page.errors == []
        await page.close()
