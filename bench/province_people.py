"""The province's workers for `bench/province.py`: they press and type as a chat's user does, on the bench's clock.

The stand-in for Telegram is in memory. It counts Telegram's limits, tells the person of each message, and notes how
long each reply took from the moment its update reached the program until it left for Telegram.
"""

import asyncio
from collections import Counter, deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import count
from random import Random
from typing import Any

from handlers.api import Answer
from handlers.webhook import Intake

OVERALL_A_SECOND = 30
SERVICE = 0.05  # seconds that Telegram takes to answer
PATIENCE = 300.0  # seconds after which somebody gives up
_SHOWN = {"sendMessage", "editMessageText"}
_FREE = {"answerCallbackQuery", "deleteMessages"}  # which cost no turn
_ROUNDING = 1e-6
FORM = "visit:"  # the buttons of the conversation, not those of a digest that comes in between

# A visit at the door, whatever the household: sixteen updates. "/…" and "…" are typed, "+…" presses the first button
# whose label contains it.
CHECK_IN = (
    "/visit", "+", "+上门", "+见到了", "+走一遍", "+见一面", "+完成", "+", "+完成", "+看病", "想换一张医保卡",
    "+完成", "+跳过", "+跳过", "+不变", "+保存",
)  # fmt: skip


@dataclass(slots=True)
class Step:
    """What somebody waits for: the reply to what she did at `at`, with a button for what she does `then`."""

    at: float
    then: str
    come: "asyncio.Future[tuple[int, str]]"


class MemoryTelegram:
    """What `BotApi` offers, for private chats."""

    def __init__(self, clock: Callable[[], float]) -> None:
        """`clock` gives seconds."""
        self._clock = clock
        self._numbers = count(10_000_000)
        self._second: deque[float] = deque()
        self.broken = 0
        self.calls: Counter[str] = Counter()
        self.sent: list[float] = []  # when each message that costs a turn left
        self.notices: list[float] = []  # of them, to whom did not wait for a reply
        self.replies: list[tuple[float, float]] = []  # when it left, and the seconds since its update
        self.waiting: dict[int, Step] = {}

    async def call(self, method: str, parameters: Mapping[str, Any], *, read_timeout: float | None = None) -> Answer:
        """Take one call."""
        self.calls[method] += 1
        number = parameters.get("message_id") or next(self._numbers)
        if method not in _FREE:
            self._count_turn()
        if method in _SHOWN:
            self._show(parameters, number)
        await asyncio.sleep(SERVICE)
        return Answer(ok=True, code=200, result={"message_id": number})

    def _count_turn(self) -> None:
        now = self._clock()
        while self._second and self._second[0] <= now - 1.0 + _ROUNDING:
            self._second.popleft()
        self.broken += len(self._second) >= OVERALL_A_SECOND
        self._second.append(now)
        self.sent.append(now)

    def _show(self, parameters: Mapping[str, Any], number: int) -> None:
        now, step = self._clock(), self.waiting.get(parameters["chat_id"])
        data = _press(parameters, step.then) if step else None
        if step is None or data is None:
            self.notices.append(now)
            return
        del self.waiting[parameters["chat_id"]]
        self.replies.append((now, now - step.at))
        if not step.come.done():
            step.come.set_result((number, data))


def _press(parameters: Mapping[str, Any], then: str) -> str | None:
    """The data of the button that is to be pressed under a message; "" when nothing is, None when it has none such."""
    rows = parameters.get("reply_markup", {}).get("inline_keyboard")
    if not then.startswith("+"):
        return "" if rows is not None else None
    buttons = [button for row in rows or () for button in row]
    found = (b["callback_data"] for b in buttons if then[1:] in b["text"] and b["callback_data"].startswith(FORM))
    return next(found, None)


@dataclass(slots=True)
class Visitors:
    """Workers who check in, one conversation each at a time."""

    telegram: MemoryTelegram
    intake: Intake
    rng: Random
    workers: Sequence[int]
    finished: int = 0
    lost: Counter[str] = field(default_factory=Counter)
    updates: int = 0
    busy: set[int] = field(default_factory=set)
    under_way: set["asyncio.Task[None]"] = field(default_factory=set)

    def somebody(self) -> None:
        """One who is free begins."""
        person = self.rng.choice(self.workers)
        while person in self.busy:
            person = self.rng.choice(self.workers)
        task = asyncio.create_task(self.check_in(person))
        self.under_way.add(task)
        task.add_done_callback(self.under_way.discard)

    async def check_in(self, person: int) -> None:
        """A visit, from the command to its receipt; who gets no further for minutes is counted as lost."""
        self.busy.add(person)
        number, data = 0, ""
        try:
            for place, step in enumerate(CHECK_IN):
                if place:
                    await asyncio.sleep(2 + self.rng.expovariate(1 / 6))  # she reads, and talks to people
                then = CHECK_IN[place + 1] if place + 1 < len(CHECK_IN) else ""
                number, data = await self._do(person, step, then, number, data)
            self.finished += 1
        except TimeoutError:
            self.lost[step] += 1
            self.telegram.waiting.pop(person, None)
        finally:
            self.busy.discard(person)

    async def _do(self, person: int, step: str, then: str, number: int, data: str) -> tuple[int, str]:
        loop = asyncio.get_running_loop()
        waits = Step(loop.time(), then, loop.create_future())
        self.telegram.waiting[person] = waits
        self.updates += 1
        await self.intake.take(_update(self.updates, person, step, number, data))
        async with asyncio.timeout(PATIENCE):
            return await waits.come


def _update(number: int, person: int, step: str, message_id: int, data: str) -> dict[str, Any]:
    """The raw update of a text, or of a press on the button with `data` under a message."""
    who = {"id": person, "is_bot": False, "first_name": "陈秀兰", "language_code": "zh-hans"}
    chat = {"id": person, "type": "private", "first_name": "陈秀兰"}
    message: dict[str, Any] = {"message_id": 20_000_000 + number, "date": 1_790_000_000, "chat": chat}
    update_id = 900_000_000 + number
    if not step.startswith("+"):
        return {"update_id": update_id, "message": {**message, "from": who, "text": step}}
    bot = {"id": 1, "is_bot": True, "first_name": "梭子"}
    under = {**message, "message_id": message_id, "from": bot, "text": "…"}
    press = {"id": str(number), "from": who, "chat_instance": "1", "data": data, "message": under}
    return {"update_id": update_id, "callback_query": press}
