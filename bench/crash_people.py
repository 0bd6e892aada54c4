"""The people of the crash campaign: each files her visits over HTTP, and presses again when nothing happens."""

import asyncio
import random
import re

import aiohttp

from bench.crowd import HeardFeed, Press, Say
from sandbox.records import Json
from sandbox.server import Sandbox

DIGEST = "早上好"
# What she presses when she sees it; the first that fits.
CHOICES = ("保存", "接着填", "上门", "见到了", "▫️ 走一遍", "完成", "跳过", "都没有", "不变")
SOONEST, LATEST = 0.4, 1.2  # seconds after which she presses again
NOTE = "想换一张医保卡"


class Worker:
    """Somebody who files visits one after the other, and presses again when nothing happens."""

    def __init__(self, telegram_id: int, desk: "Desk") -> None:
        self.id = telegram_id
        self.receipts: set[str] = set()
        self.digests = 0
        self._desk = desk
        self._latest: Json | None = None
        self._texts: dict[int, str] = {}
        self._news = asyncio.Event()

    def sees(self, message: Json) -> None:
        """A message of the bot is new or changed."""
        text, number = message.get("text", ""), message["message_id"]
        before, self._texts[number] = self._texts.get(number), text
        if text.startswith(DIGEST):
            self.digests += before is None
            return
        if before == text and "reply_markup" not in message:
            return  # an answered question lost its buttons
        self._latest = message
        self._news.set()

    async def files(self, doors: range) -> None:
        """File one visit of each household."""
        for door in doors:
            noted = False
            while not self._receipt():
                step = self._next_step(door, noted=noted)
                noted = noted or step == Say(NOTE)
                await self._does(step)
            self._latest = None

    def _receipt(self) -> bool:
        """Whether what she sees is a receipt that she did not have yet."""
        found = re.search(r"已保存 (V\d+-\d+)", (self._latest or {}).get("text", ""))
        if found is None or found[1] in self.receipts:
            return False
        self.receipts.add(found[1])
        return True

    def _next_step(self, door: int, *, noted: bool) -> Say | Press:
        shown = self._latest or {}
        labels = [button["text"] for button in _buttons(shown)]
        if "什么需要" in shown.get("text", "") and not noted:
            return Say(NOTE)
        for wanted in (f"东关村{door}号", *CHOICES):
            if any(wanted in label for label in labels):
                return Press(wanted)
        return Say("/visit")

    async def _does(self, step: Say | Press) -> None:
        self._news.clear()
        if isinstance(step, Say):
            await self._desk.act(self.id, "text", text=step.text)
        else:
            shown = self._latest or {}
            button = next(one for one in _buttons(shown) if step.label in one["text"])
            await self._desk.act(self.id, "press", message_id=shown["message_id"], data=button["callback_data"])
        try:
            async with asyncio.timeout(self._desk.rng.uniform(SOONEST, LATEST)):
                await self._news.wait()
        except TimeoutError:
            return  # nothing happened: she looks again, and presses again


def _buttons(message: Json) -> list[Json]:
    return [button for row in message.get("reply_markup", {}).get("inline_keyboard", []) for button in row]


class Desk:
    """The way to the sandbox over HTTP, and the ear for what the bot says."""

    def __init__(self, box: Sandbox, people: list[int], rng: random.Random) -> None:
        self.rng = rng
        self.workers = {number: Worker(number, self) for number in people}
        self.heard = asyncio.Event()
        self.url = ""
        self.http: aiohttp.ClientSession | None = None
        box.world.feed = HeardFeed(box.world.counters[1], self._heard)

    def _heard(self, event: Json) -> None:
        message = event.get("message")
        if message is not None and message["from"]["is_bot"] and event["chat_id"] in self.workers:
            self.heard.set()
            self.workers[event["chat_id"]].sees(message)

    async def act(self, person: int, action: str, **fields: object) -> None:
        """Do something; a button that has just gone is no trouble, she looks again."""
        assert self.http is not None
        wish = {"person_id": person, "chat_id": person, "action": action, **fields}
        async with self.http.post(f"{self.url}/sandbox/act", json=wish) as response:
            await response.read()
