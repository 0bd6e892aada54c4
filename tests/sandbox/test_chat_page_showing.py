"""What the chat page shows, and what it must never do with what people write."""

from __future__ import annotations

import struct
import zlib
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio
from playwright.async_api import Browser, expect

from tests.support.page import DESKTOP, PHONE, ChatPage
from tests.support.stage import Stage

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]

HOSTILE = "<img src=x onerror=\"document.title='taken'\"><script>document.title='taken'</script>"

# Draws glyphs black on white and tells which pixels are dark; a missing glyph looks like every other missing glyph.
DRAW = """
text => {
  const canvas = document.createElement("canvas");
  [canvas.width, canvas.height] = [64, 64];
  const pen = canvas.getContext("2d");
  pen.font = "48px " + getComputedStyle(document.body).fontFamily;
  pen.fillText(text, 4, 52);
  return pen.getImageData(0, 0, 64, 64).data.filter((_, index) => index % 4 === 3).join("");
}
"""


def png(width: int, height: int) -> bytes:
    """A plain green picture."""
    rows = (b"\0" + b"\x2f\x6b\x5e" * width) * height

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    body = chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + body


@pytest_asyncio.fixture(loop_scope="session")
async def stage(tmp_path: Path) -> AsyncIterator[Stage]:
    async with Stage.running(tmp_path / "state.db") as running:
        running.add("赵春梅", "网格员 · 东关村第1网格")
        running.add("李红霞", "网格员 · 东关村第2网格")
        yield running


@pytest_asyncio.fixture(loop_scope="session", params=[DESKTOP, PHONE], ids=["desktop", "phone"])
async def page(stage: Stage, browser: Browser, request: pytest.FixtureRequest) -> AsyncIterator[ChatPage]:
    chat_page = await ChatPage.new(browser, request.param)
    await chat_page.open(stage.url)
    await chat_page.be("赵春梅")
    await chat_page.start()
    yield chat_page
    assert chat_page.errors == []
    await chat_page.close()


async def test_hostile_text_stays_text_wherever_it_is_shown(stage: Stage, page: ChatPage) -> None:
    me = stage.people["赵春梅"]
    keyboard = {"inline_keyboard": [[{"text": HOSTILE, "callback_data": "x"}]]}
    await stage.bot.says(me, HOSTILE, reply_markup=keyboard)
    await page.wait_for_text(HOSTILE)
    await page.say(HOSTILE)

    await expect(page.last_bubble().get_by_test_id("text")).to_have_text(HOSTILE)
    assert await page.page.locator(".log img, .log script").count() == 0
    assert await page.page.title() != "taken"


async def test_formatted_text_is_shown_with_its_marks(stage: Stage, page: ChatPage) -> None:
    text = (
        "<b>粗<i>斜</i></b> <code>XS-01</code> <pre>一行</pre> <a href='https://example.org/'>链接</a> "
        "<tg-spoiler>秘密</tg-spoiler><blockquote>引文</blockquote>"
    )
    await stage.bot.says(stage.people["赵春梅"], text, parse_mode="HTML")
    bubble = await page.wait_for_text("XS-01")

    await expect(bubble.locator("strong em")).to_have_text("斜")
    await expect(bubble.locator("blockquote")).to_have_text("引文")
    await expect(bubble.locator("pre")).to_have_text("一行")
    await expect(bubble.get_by_role("link", name="链接")).to_have_attribute("href", "https://example.org/")
    hidden = bubble.locator(".spoiler")
    await expect(hidden).to_have_css("color", "rgba(0, 0, 0, 0)")
    await hidden.click()
    await expect(hidden).to_have_class("spoiler revealed")


async def test_a_picture_is_shown_and_opens_large(stage: Stage, page: ChatPage, tmp_path: Path) -> None:
    await page.say("灶台是这样的")
    picture = tmp_path / "灶台.png"
    picture.write_bytes(png(320, 200))

    await page.attach("photo", picture)

    shown = page.last_bubble().locator(".photo img")
    await shown.wait_for()
    await expect(shown).to_have_js_property("naturalWidth", 320)
    await shown.click()
    await expect(page.page.locator("dialog img")).to_be_visible()


async def test_nothing_is_wider_than_the_screen(stage: Stage, page: ChatPage) -> None:
    me = stage.people["赵春梅"]
    keys = [[{"text": f"很长很长的按钮{n}", "callback_data": str(n)} for n in range(4)]]
    await stage.bot.says(me, "https://example.org/" + "x" * 300, reply_markup={"inline_keyboard": keys})
    await stage.bot.says(me, f"<pre>{'y' * 300}</pre>", parse_mode="HTML")
    await page.wait_for_text("yyy")

    for selector in ("html", ".log"):
        wide, seen = await page.page.evaluate(
            "s => { const n = document.querySelector(s); return [n.scrollWidth, n.clientWidth]; }", selector
        )
        assert wide <= seen


async def test_chinese_characters_are_drawn_and_differ_from_a_missing_one(page: ChatPage) -> None:
    missing = await page.page.evaluate(DRAW, "\U000f0000")
    drawn = {await page.page.evaluate(DRAW, glyph) for glyph in "网格访梭䶮"}

    assert len(drawn) == 5
    assert missing not in drawn


async def test_the_page_speaks_english_when_asked_and_keeps_what_is_open(stage: Stage, page: ChatPage) -> None:
    await page.say("你好")

    await page.choose_language()

    await expect(page.page.get_by_test_id("search")).to_have_attribute("placeholder", "Find by name, role or grid")
    await page.be("赵春梅")
    await expect(page.page.get_by_test_id("input")).to_have_attribute("placeholder", "Message")
    await page.wait_for_text("你好")
