"""Many people at once: each does her next step as soon as the bot's reply to the last one shows up.

They live inside the sandbox's own process and act without HTTP, so that they are not what is measured.
"""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from sandbox.feed import Feed
from sandbox.journal import Counter
from sandbox.records import Json
from sandbox.server import Sandbox


@dataclass(frozen=True, slots=True)
class Say:
    """Type a text."""

    text: str


@dataclass(frozen=True, slots=True)
class Press:
    """Press the first button whose label contains this."""

    label: str


Script = Sequence[Say | Press]

# A whole check-in at the door: sixteen updates, one message typed in the middle.
CHECK_IN: Script = (
    Say("/visit"),
    Press("王秀英"),
    Press("上门"),
    Press("见到了"),
    Press("走一遍"),
    Press("见一面"),
    Press("完成"),
    Press("王秀英"),
    Press("完成"),
    Press("看病"),
    Say("想换一张医保卡"),
    Press("完成"),
    Press("跳过"),
    Press("跳过"),
    Press("不变"),
    Press("保存"),
)


class HeardFeed(Feed):
    """A feed that tells one listener of every event at once."""

    def __init__(self, counter: Counter, listener: Callable[[Json], None]) -> None:
        super().__init__(counter)
        self._listener = listener

    def publish(self, kind: str, chat_id: int, audience: Any, **more: Any) -> None:
        """Adds an event, and tells of it."""
        super().publish(kind, chat_id, audience, **more)
        self._listener({"type": kind, "chat_id": chat_id, **more})


class Lost(Exception):
    """The bot's reply is not what the script expects."""


class Crowd:
    """People with a script, which each repeats until told to stop."""

    def __init__(self, box: Sandbox, people: Sequence[int], script: Script) -> None:
        self._box = box
        self._people = people
        self._script = script
        self._at: dict[int, int] = {}
        self._stopping = False
        self._trouble: Lost | None = None
        self.replies = 0
        self.finished = 0
        self.api_calls = 0
        box.world.feed = HeardFeed(box.world.counters[1], self._heard)

    def begin(self) -> None:
        """Everybody takes her first step."""
        for person in self._people:
            self._at[person] = 0
            self._act(person, None)

    def stop(self) -> None:
        """Whoever is in the middle goes on to the end of her script; nobody begins anew."""
        self._stopping = True

    async def until(self, done: Callable[[], bool], seconds: float) -> None:
        """Wait for `done`. Raises Lost when the bot goes another way, or TimeoutError."""
        async with asyncio.timeout(seconds):
            while not done():
                if self._trouble is not None:
                    raise self._trouble
                await asyncio.sleep(0.01)  # a real process is on the other side

    @property
    def busy(self) -> int:
        """How many are in the middle of their script."""
        return len(self._at)

    def _heard(self, event: Json) -> None:
        if event["type"] == "answer":
            self.api_calls += 1
        person, message = event["chat_id"], event.get("message")
        if person not in self._at or message is None or not message["from"]["is_bot"]:
            return
        self.api_calls += 1
        if "reply_markup" not in message:
            return  # only the buttons of an answered question went away
        self.replies += 1
        self._at[person] += 1
        if self._at[person] == len(self._script):
            self.finished += 1
            self._at[person] = 0
            if self._stopping:
                del self._at[person]
                return
        # The reply is still being written down: she acts in the loop's next turn.
        asyncio.get_running_loop().call_soon(self._act, person, message)

    def _act(self, person: int, message: Json | None) -> None:
        step = self._script[self._at[person]]
        if isinstance(step, Say):
            self._box.act(person, person, "text", text=step.text)
            return
        rows = (message or {}).get("reply_markup", {}).get("inline_keyboard", [])
        for button in (button for row in rows for button in row):
            if step.label in button["text"]:
                assert message is not None
                self._box.act(person, person, "press", message_id=message["message_id"], data=button["callback_data"])
                return
        self._trouble = Lost(f"no button {step.label!r} at step {self._at[person]}: {message}")
