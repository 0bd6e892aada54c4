"""Two hundred voters and what they press in their group: all at once, one after the other, or on and on."""

import asyncio
import random
import time
from collections import Counter
from dataclasses import dataclass, field

from domain.rules.ballot import CHOICES
from messages.render import label
from sandbox.records import Json
from sandbox.server import Sandbox

VOTERS = 200
FIRST_VOTER = 60_001
GROUP = -1_000_000_000_900
IDLE = 25
LONGEST = 60.0  # seconds for everybody to get her answer
LATE = 75.0  # seconds for which some go on, so that a whole minute of the group is full


@dataclass
class Presses:
    """Who pressed what, and how long each waited for her answer."""

    box: Sandbox
    began: dict[str, float] = field(default_factory=dict)
    waits: list[float] = field(default_factory=list)
    said: Counter[str] = field(default_factory=Counter)
    answered: dict[str, asyncio.Event] = field(default_factory=dict)
    pressed: dict[str, tuple[int, str]] = field(default_factory=dict)  # who, and what
    taken: dict[int, str] = field(default_factory=dict)  # by voter: of her secret presses the first that was accepted

    def press(self, voter: int, message_id: int, data: str) -> str:
        """Press; the number by which the answer is known."""
        number = str(self.box.act(voter, GROUP, "press", message_id=message_id, data=data)["callback_query_id"])
        self.began[number] = time.perf_counter()
        self.pressed[number] = (voter, data.rsplit(":", 1)[-1])
        self.answered[number] = asyncio.Event()
        return number

    async def answer(self, number: str) -> None:
        """Wait for the answer."""
        await self.answered[number].wait()

    def heard(self, event: Json) -> None:
        """An event of the made-up Telegram."""
        if event["type"] == "answer" and event["callback_query_id"] in self.began:
            number = event["callback_query_id"]
            self.waits.append(time.perf_counter() - self.began.pop(number))
            self.said[str(event.get("text"))] += 1
            if event.get("text") == label("secret_vote_cast", "zh", "toast"):
                self.taken.setdefault(*self.pressed[number])
            self.answered[number].set()

    def otherwise(self, counted: Counter[str]) -> int:
        """How many votes a secret ballot counted otherwise than they were accepted, choice by choice: whose they are is
        stored nowhere. Of each voter the first press counts that was accepted; five in a row are answered alike.
        """
        taken = Counter(self.taken.values())
        return sum(abs(counted[one.value] - taken[one.value]) for one in CHOICES)


async def press_all_at_once(presses: Presses, ballot_id: int, message_id: int, rng: random.Random) -> dict[int, str]:
    """Everybody presses in the same instant; each one's last choice. Whoever changes her mind waits for her answer."""
    last: dict[int, str] = {}

    async def one(place: int, voter: int) -> None:
        changes = 3 if place % 5 == 1 else 1
        for _ in range(changes):
            last[voter] = rng.choice(CHOICES).value
            data = f"vote:cast:{ballot_id}:{last[voter]}"
            numbers = [presses.press(voter, message_id, data) for _ in range(5 if place % 5 == 2 else 1)]
            await asyncio.gather(*map(presses.answer, numbers))

    async with asyncio.timeout(LONGEST):
        await asyncio.gather(*(one(place, FIRST_VOTER + place) for place in range(VOTERS)))
    return last


async def press_one_by_one(
    presses: Presses, ballot_id: int, message_id: int, rng: random.Random
) -> tuple[dict[int, str], list[float]]:
    """An idle bot: each presses when the one before has her answer, and half a second has passed. What each pressed,
    and how long they waited.
    """
    presses.waits, last = [], {}
    for voter in range(FIRST_VOTER, FIRST_VOTER + IDLE):
        last[voter] = rng.choice(CHOICES).value
        number = presses.press(voter, message_id, f"vote:cast:{ballot_id}:{last[voter]}")
        async with asyncio.timeout(LONGEST):
            await presses.answer(number)
        await asyncio.sleep(0.3 + rng.random() * 0.4)
    waits, presses.waits = presses.waits, []
    return last, waits


async def go_on(presses: Presses, ballot_id: int, message_id: int, rng: random.Random) -> dict[int, str]:
    """Some change their minds for more than a minute, a few each second."""
    last: dict[int, str] = {}
    until = time.monotonic() + LATE
    while time.monotonic() < until:
        voter = FIRST_VOTER + rng.randrange(VOTERS)
        last[voter] = rng.choice(CHOICES).value
        await presses.answer(presses.press(voter, message_id, f"vote:cast:{ballot_id}:{last[voter]}"))
        await asyncio.sleep(rng.random() * 0.5)
    return last
