"""The first working day as a newcomer has it: start the program, open the page, be a grid worker.

The real program in a process of its own, the real page in a real browser. With SUOZI_SCREENSHOTS set to a folder the
pictures of the README are written there: `SUOZI_SCREENSHOTS=docs/images uv run --group dev pytest -k first_working`.
"""

import asyncio
import os
import re
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from tests.support.page import PHONE, ChatPage, chromium

ROOT = Path(__file__).parents[2]


@asynccontextmanager
async def running_program(data: Path) -> AsyncIterator[str]:
    """`bot.py sandbox` on a free port; gives the address that it prints."""
    environment = {key: value for key, value in os.environ.items() if not key.startswith("SUOZI_")}
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "bot.py",
        "sandbox",
        "--port",
        "0",
        cwd=ROOT,
        env={**environment, "SUOZI_DATA_DIR": str(data)},
        stdout=asyncio.subprocess.PIPE,
    )
    assert process.stdout is not None
    try:
        while line := (await process.stdout.readline()).decode():
            if found := re.search(r"http://127\.0\.0\.1:\d+", line):
                yield found.group()
                break
        else:
            pytest.fail("the program ended without an address")
    finally:
        process.terminate()
        await process.wait()


async def check_in(page: ChatPage, *steps: tuple[str, str]) -> None:
    """Answer one question after the other: wait for its words, then press."""
    for question, label in steps:
        await page.wait_for_text(question, seconds=60)
        await page.press(label)


@pytest.mark.browser
async def test_the_first_working_day_from_the_digest_to_the_receipt(tmp_path: Path) -> None:
    pictures = Path(os.environ.get("SUOZI_SCREENSHOTS", tmp_path))
    async with running_program(tmp_path / "data") as address, chromium() as browser:
        page = await ChatPage.new(browser)
        await page.open(address)
        await page.be("赵春梅")
        await page.wait_for_text("早上好", seconds=60)
        await page.screenshot(pictures / "digest-zh.png")
        await page.press("打开今日走访")
        await page.wait_for_text("最急的在前")
        await page.press("🔴")
        await check_in(page, ("怎么走访的", "上门"), ("结果如何", "见到了"), ("五个一做了哪些", "走一遍"))
        for label in ("见一面", "聊一聊", "完成"):
            await page.press(label)
        await check_in(page, ("见到了谁", "跳过"), ("什么需要", "看病"))
        await page.say("想换一张医保卡")
        await page.wait_for_text("已记下")
        await check_in(page, ("已记下", "完成"), ("要附照片吗", "跳过"), ("要附位置吗", "跳过"), ("要调整吗", "不变"))
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
        await check_in(
            page, ("How was it", "At the door"), ("how did it end", "Met"), ("five were done", "Walked round")
        )
        await page.press("Done")
        await check_in(page, ("who was seen", "Skip"), ("any needs", "None"))
        await check_in(page, ("Any photos", "Skip"), ("A location", "Skip"), ("Should that change", "Stays"))
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
