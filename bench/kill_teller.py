"""Somebody who tells her story to a program that is killed now and then, and repeats herself when nothing is heard."""

import asyncio

from bench.crowd import HeardFeed
from bench.kill_life import Choose, Life, Step, Tap, Write
from sandbox.records import Json
from sandbox.refusals import Unclear
from sandbox.server import Sandbox

GO_ON = Choose("接着填")
DIGEST = "早上好"


class Lost(Exception):
    """There is no button for her next step."""


class Teller:
    """One person at a time, in front of one made-up Telegram."""

    def __init__(self, box: Sandbox) -> None:
        self.told: list[str] = []  # the last words that she has read, as often as they came
        self.news = asyncio.Event()
        self._box = box
        self._life: Life | None = None
        self._fresh: list[Json] = []  # what has come since her last step
        self._shown: dict[int, str] = {}
        self._presses: set[str] = set()
        self._past: set[tuple[int, str]] = set()  # whom the last words of which stories were told
        self._pressed: tuple[int, str] | None = None
        box.world.feed = HeardFeed(box.world.counters[1], self._heard)

    def begins(self, life: Life) -> None:
        """A story begins; the last words of the one before may still come again, where somebody pressed twice."""
        if self._life is not None:
            self._past |= {(self._life.who, words) for words in self.told}
        self._life, self.told, self._pressed = life, [], None
        self._fresh, self._shown = [], {}

    @property
    def life(self) -> Life:
        """Her story."""
        assert self._life is not None
        return self._life

    def ready(self, place: int) -> bool:
        """Whether she can take the step at this place of her story; after the last one: whether she has her receipt."""
        if place == len(self.life.steps):
            return bool(self.told)
        match self.life.steps[place]:
            case Choose() as step:
                return self._button(step) is not None
            case Write(under=under):
                return any(under in _words(message) for message in self._fresh)
            case Tap():
                return bool(self._fresh)

    def goes_on(self) -> bool:
        """Whether she was asked if she wants to go on with her form, and has said so."""
        if self._button(GO_ON) is None:
            return False
        self.takes(GO_ON)
        return True

    def takes(self, step: Step) -> None:
        """Take a step. Raises Lost."""
        match step:
            case Write(text):
                self._fresh = []
                self._box.act(self.life.who, self.life.who, "text", text=text)
            case Tap(data):
                self._presses_button(self._under(data), data)
            case Choose():
                found = self._button(step)
                if found is None:
                    raise Lost(f"no button {step.label!r} for {self.life.kind}")
                self._presses_button(*found)

    def repeats(self, place: int) -> None:
        """Nothing was heard: press once more, or ask what the question was."""
        step = self.life.steps[place]
        if isinstance(step, Choose) and self._pressed is not None:
            try:
                self._presses_button(*self._pressed)
            except Unclear:
                pass  # the button has gone: it had been answered
            else:
                return
        self.takes(step if isinstance(step, Tap) else Write(self.life.nudge))

    def _presses_button(self, message_id: int, data: str) -> None:
        chat = self.life.chat or self.life.who
        done = self._box.act(self.life.who, chat, "press", message_id=message_id, data=data)
        self._presses.add(str(done["callback_query_id"]))
        self._pressed, self._fresh = (message_id, data), []

    def _under(self, data: str) -> int:
        """The message with this button; in private a button of an older message serves as well."""
        chat = self.life.chat or self.life.who
        said = [message for message in self._box.messages(chat) if message["from"]["is_bot"]]
        with_it = [one["message_id"] for one in said for button in _buttons(one) if button["callback_data"] == data]
        if self.life.chat and not with_it:
            raise Lost(f"no button {data!r} in the group")
        return int((with_it or [one["message_id"] for one in said])[-1])

    def _button(self, step: Choose) -> tuple[int, str] | None:
        for message in reversed(self._fresh):
            for button in _buttons(message) if step.under in _words(message) else ():
                if step.label in button["text"]:
                    return message["message_id"], button["callback_data"]
        return None

    def _heard(self, event: Json) -> None:
        if self._life is None:
            return
        message = event.get("message")
        if event["type"] == "answer":
            if event["callback_query_id"] in self._presses:
                self._reads(str(event.get("text") or ""))
        elif message is not None and message["from"]["is_bot"] and event["chat_id"] == self._life.who:
            self._sees(message)

    def _sees(self, message: Json) -> None:
        text, number = message.get("text") or message.get("caption") or "", message["message_id"]
        before, self._shown[number] = self._shown.get(number), text
        if text.startswith(DIGEST) or (before == text and "reply_markup" not in message):
            return  # an answered question lost its buttons
        self._fresh.append(message)
        self._reads(text)
        self.news.set()

    def _reads(self, text: str) -> None:
        if self.life.receipt.search(text) and (self.life.who, text) not in self._past:
            self.told.append(text)
            self.news.set()


def _buttons(message: Json) -> list[Json]:
    return [button for row in message.get("reply_markup", {}).get("inline_keyboard", []) for button in row]


def _words(message: Json) -> str:
    return "\n".join((message.get("text") or "", *(button["text"] for button in _buttons(message))))
