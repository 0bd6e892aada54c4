"""The first working day as a newcomer has it: start the program, open the page, be a grid worker.

The real program in a process of its own, the real page in a real browser. With SUOZI_SCREENSHOTS set to a folder the
pictures of the README are written there: `SUOZI_SCREENSHOTS=docs/images uv run --group dev pytest -k first_working`.
"""

import os
from pathlib import Path

import pytest
from playwright.async_api import Browser

from tests.support.page import PHONE, ChatPage
from tests.support.program import running_program

# Long on a slow machine, and still no hanging: the usual limit is for a test of seconds.
pytestmark = [pytest.mark.browser, pytest.mark.timeout(600), pytest.mark.asyncio(loop_scope="session")]


async def test_the_first_working_day_from_the_digest_to_the_receipt(browser: Browser, tmp_path: Path) -> None:
    pictures = Path(os.environ.get("SUOZI_SCREENSHOTS", tmp_path))
    async with running_program(tmp_path / "data") as address:
        page = await ChatPage.new(browser)
        await page.open(address)
        await page.be("赵春梅")
        await page.wait_for_text("早上好", seconds=60)
        await page.screenshot(pictures / "digest-zh.png")
        await page.press("打开今日走访")
        await page.wait_for_text("最急的在前")
        await page.press("🔴")
        await page.answer(("怎么走访的", "上门"), ("结果如何", "见到了"), ("五个一做了哪些", "走一遍"))
        for label in ("见一面", "聊一聊", "完成"):
            await page.press(label)
        await page.answer(("见到了谁", "跳过"), ("什么需要", "看病"))
        await page.say("想换一张医保卡")
        await page.wait_for_text("已记下")
        await page.answer(("已记下", "完成"), ("要附照片吗", "跳过"), ("要附位置吗", "跳过"), ("要调整吗", "不变"))
        await page.wait_for_text("请核对")
        await page.screenshot(pictures / "chat-zh.png")
        await page.press("保存")
        await page.wait_for_text("已保存")
        await page.screenshot(pictures / "receipt-zh.png")
        await page.close()

        page = await ChatPage.new(browser)
        await page.open(address)
        await page.be("林爱敏")
        await page.say("/today")
        await page.wait_for_text("most urgent first")
        await page.press("🟢")
        await page.answer(("How was it", "At the door"), ("how did it end", "Met"), ("five were done", "Walked round"))
        await page.press("Done")
        await page.answer(("who was seen", "Skip"), ("any needs", "None"))
        await page.answer(("Any photos", "Skip"), ("A location", "Skip"), ("Should that change", "Stays"))
        await page.wait_for_text("Please check")
        await page.screenshot(pictures / "chat-en.png")
        await page.press("Save")
        await page.wait_for_text("Next visit")
        await page.screenshot(pictures / "receipt-en.png")
        await page.close()

        page = await ChatPage.new(browser, PHONE)
        await page.open(f"{address}/?person=7001&chat=7001")
        await page.wait_for_text("已保存")
        await page.tap_keyboard("今日走访")
        await page.wait_for_text("最急的在前")
        await page.screenshot(pictures / "phone-zh.png")
        assert page.errors == []
        await page.close()
