"""A person in front of the chat page: what she sees and clicks, in a real Chromium."""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import Literal, Self

from playwright.async_api import Browser, Locator, Page, expect

from tests.support.page_waits import WHEN

DESKTOP = (1280, 800)
PHONE = (390, 844)
NARROW = 800  # style.css
PATIENCE_MS = 15_000
PICTURES_WANTED = "SUOZI_SCREENSHOTS" in os.environ


class ChatPage:
    """Drives one open chat page. Every method waits for what it needs, so that tests need no sleeping."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.errors: list[str] = []
        page.on("pageerror", lambda error: self.errors.append(str(error)))

    @classmethod
    async def new(
        cls,
        browser: Browser,
        size: tuple[int, int] = DESKTOP,
        *,
        colours: Literal["light", "dark"] = "light",
    ) -> Self:
        """A fresh window with nothing remembered from earlier ones."""
        context = await browser.new_context(
            viewport={"width": size[0], "height": size[1]},
            color_scheme=colours,
            locale="zh-CN",
            reduced_motion="reduce",  # or what moves is drawn sixty times a second, on a core that others need
        )
        context.set_default_timeout(PATIENCE_MS)
        return cls(await context.new_page())

    async def close(self) -> None:
        """Closes the window."""
        await self.page.context.close()

    async def open(self, url: str) -> None:
        """Opens the page and waits until it is connected and shows people."""
        await self.page.goto(url)
        await self.wait_until_online()
        await self.page.get_by_test_id("person").first.wait_for(state="attached")

    async def wait_until_online(self) -> None:
        """Waits until live events arrive again."""
        await self.page.locator("body[data-online=true]").wait_for(state="attached")

    async def be(self, person: str) -> None:
        """Becomes the person of exactly this name and opens her private chat with the bot."""
        await self._see("people")
        search = self.page.get_by_test_id("search")
        await search.fill(person)
        name = self.page.locator(".entry-name", has_text=re.compile(f"^{re.escape(person)}$"))
        await self.page.get_by_test_id("person").filter(has=name).first.click()
        await expect(self.page.get_by_test_id("me")).to_have_text(person)
        private_chat = self.page.get_by_test_id("chat").first
        if self._narrow:
            await private_chat.click()
        else:  # it opens by itself
            await search.fill("")
        await self._wait_until_open(private_chat)

    async def open_chat(self, title: str) -> None:
        """Opens one of the current person's chats."""
        await self._see("chats")
        chat = self.page.get_by_test_id("chat").filter(has_text=title).first
        await chat.click()
        await expect(self.page.get_by_test_id("chat-title")).to_have_text(title)
        await self._wait_until_open(chat)

    async def choose_language(self) -> None:
        """Switches the page's own words to the other language."""
        await self._see("people")
        await self.page.get_by_test_id("language").click()

    async def start(self) -> None:
        """Presses the big start button of an empty private chat."""
        await self.page.get_by_test_id("big-button").click()
        await self.wait_for_text("/start")

    async def say(self, text: str) -> None:
        """Writes a message, sends it with Enter, and waits until it stands in the chat.

        In an empty private chat there is only the start button, as on Telegram: `start` comes first.
        """
        mine = self.page.locator(".row.mine")
        newest = await mine.evaluate_all("rows => rows.at(-1)?.dataset.messageId ?? ''")
        await self.page.get_by_test_id("input").fill(text)
        await self.page.get_by_test_id("input").press("Enter")
        await self._when("newer", newest)
        await mine.last.wait_for()
        await expect(mine.last).not_to_have_attribute("data-message-id", newest)

    async def press(self, label: str) -> None:
        """Presses the newest inline button with this label."""
        await self._when("there", "inline-button", label)
        await self.inline_button(label).click()

    async def answer(self, *steps: tuple[str, str], seconds: float = 60) -> None:
        """Answers one question after the other: waits for its words, then presses."""
        for question, label in steps:
            await self.wait_for_text(question, seconds=seconds)
            await self.press(label)

    def inline_button(self, label: str) -> Locator:
        """The newest inline button with this label."""
        return self.page.get_by_test_id("inline-button").filter(has_text=label).last

    async def tap_keyboard(self, label: str) -> None:
        """Taps a key of the reply keyboard, opening the panel first when it is folded."""
        panel = self.page.get_by_test_id("reply-keyboard")
        key = panel.locator(".key", has_text=re.compile(f"^{re.escape(label)}$"))
        await key.wait_for(state="attached")
        if await panel.is_hidden():  # the key is there, so it is folded, and not still to come
            await self.page.get_by_test_id("keyboard-toggle").click()
        await key.click()

    async def attach(self, kind: Literal["photo", "document", "voice", "sticker"], file: Path) -> None:
        """Chooses a file to send; photos and documents ask for a caption first and are sent without one."""
        await self.page.get_by_test_id(f"file-{kind}").set_input_files(file)
        if kind in {"photo", "document"}:
            await self.send_form()

    async def attach_something(self, label: str) -> None:
        """Chooses a place or a card from the attach menu and sends it as suggested."""
        await self.page.get_by_test_id("attach").click()
        await self._choose_from_menu(label)
        await self.send_form()

    async def send_form(self) -> None:
        """Confirms the open form as it is."""
        await self.page.get_by_test_id("form").get_by_role("button", name="发送").click()

    async def choose_for_chat(self, action: str) -> None:
        """Opens the chat's menu and chooses from it."""
        await self.page.get_by_test_id("chat-menu").click()
        await self._choose_from_menu(action)

    async def choose(self, bubble: Locator, action: str) -> None:
        """Opens a bubble's menu and chooses from it."""
        await bubble.locator(".bubble").click(button="right", position={"x": 6, "y": 6})
        await self._choose_from_menu(action)

    def bubbles(self) -> Locator:
        """All messages of the open chat."""
        return self.page.get_by_test_id("message")

    def last_bubble(self) -> Locator:
        """The newest message of the open chat."""
        return self.bubbles().last

    def bubble(self, text: str) -> Locator:
        """The newest message that contains the text."""
        return self.bubbles().filter(has_text=text).last

    async def wait_for_text(self, text: str, *, seconds: float = 60) -> Locator:
        """Waits until a message of the open chat contains the text; gives that message."""
        await self._when("there", "message", text, seconds=seconds)
        found = self.bubble(text)
        await found.wait_for()
        return found

    async def wait_for_change(self, text: str, *words: str) -> None:
        """Waits until the newest message that contains the text says all of these words."""
        await self._when("there", "message", text, *words, seconds=60)
        for word in words:
            await expect(self.bubble(text)).to_contain_text(word, timeout=60_000)

    async def wait_until_gone(self, text: str) -> None:
        """Waits until no message says this any more: the bot has deleted what was said in between."""
        await self._when("gone", "message", text, seconds=60)
        await expect(self.bubbles().filter(has_text=text)).to_have_count(0, timeout=60_000)

    async def toast(self) -> str:
        """The words of the short note over the page, as soon as there is one."""
        await self._when("there", "toast")
        return await self.page.get_by_test_id("toast").last.inner_text()

    async def accept_alert(self) -> str:
        """The words of the bot's alert, which is then closed."""
        await self._when("there", "alert")
        alert = self.page.get_by_test_id("alert")
        text = await alert.locator("p").inner_text()
        await alert.get_by_role("button").click()
        return text

    def unread_of(self, person: str) -> Locator:
        """The unread badge beside a person's name."""
        return self.page.get_by_test_id("person").filter(has_text=person).get_by_test_id("unread")

    async def screenshot(self, path: Path) -> None:
        """Saves what is seen, when pictures are wanted: drawing one costs as much as several presses."""
        if not PICTURES_WANTED:
            return
        path.parent.mkdir(parents=True, exist_ok=True)
        await self.page.screenshot(path=path, animations="disabled")

    async def _when(self, condition: str, *facts: str, seconds: float = PATIENCE_MS / 1000) -> None:
        """Waits no longer than it takes. Whoever calls looks for herself afterwards, and tells what is missing."""
        await self.page.evaluate(WHEN, [condition, facts, seconds * 1000])

    async def _choose_from_menu(self, label: str) -> None:
        await self.page.get_by_test_id("menu").get_by_role("menuitem", name=label).click()

    async def _wait_until_open(self, chat: Locator) -> None:
        await expect(chat).to_have_attribute("aria-pressed", "true")
        await self.page.locator(".log[data-loaded=true]").wait_for()

    @property
    def _narrow(self) -> bool:
        """One pane is seen at a time."""
        size = self.page.viewport_size
        return size is not None and size["width"] < NARROW

    async def _see(self, pane: Literal["people", "chats"]) -> None:
        """Goes back on a small screen until this pane is seen; a wide one shows all of them.

        The page is asked where it is, not what happens to be drawn at the moment.
        """
        behind = {"people": ("chats", "conversation"), "chats": ("conversation",)}[pane]
        while self._narrow and await self.page.locator("body").get_attribute("data-pane") in behind:
            await self.page.get_by_test_id("back").locator("visible=true").click()
