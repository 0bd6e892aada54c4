"""What happens in the chats, as a numbered stream that the chat page follows."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Iterable
from typing import Any

from sandbox.journal import Counter
from sandbox.records import Json

REMEMBERED = 5_000


class Feed:
    """The latest events. A follower who fell too far behind is told `reset` and reads the state anew."""

    def __init__(self, counter: Counter) -> None:
        self._counter = counter
        self._events: deque[Json] = deque(maxlen=REMEMBERED)
        self._followers: set[asyncio.Event] = set()
        self.closed = False

    @property
    def seq(self) -> int:
        """The number of the latest event."""
        return self._counter.last

    def publish(self, kind: str, chat_id: int, audience: Iterable[int], **more: Any) -> None:
        """Adds an event that concerns the people in `audience`."""
        event = {"seq": self._counter.next(), "type": kind, "chat_id": chat_id, "for": list(audience), **more}
        self._events.append(event)
        for follower in self._followers:
            follower.set()

    def close(self) -> None:
        """Ends every follower's stream."""
        self.closed = True
        for follower in self._followers:
            follower.set()

    def since(self, seq: int) -> list[Json]:
        """Every event after `seq`, or one `reset` when some of them are no longer remembered."""
        oldest = self._events[0]["seq"] if self._events else self.seq + 1
        if seq > self.seq or seq + 1 < oldest:
            return [{"seq": self.seq, "type": "reset", "chat_id": 0, "for": []}]
        if seq == self.seq:
            return []
        return [event for event in self._events if event["seq"] > seq]

    async def follow(self, seq: int) -> AsyncIterator[Json | None]:
        """Events after `seq` as they happen; None from time to time, so that a dead connection is noticed."""
        news = asyncio.Event()
        self._followers.add(news)
        try:
            while not self.closed:
                news.clear()
                for event in self.since(seq):
                    seq = event["seq"]
                    yield event
                if self.seq > seq:
                    continue
                yield None
                await _wait(news, seconds=15)
        finally:
            self._followers.discard(news)


async def _wait(news: asyncio.Event, *, seconds: float) -> None:
    try:
        async with asyncio.timeout(seconds):
            await news.wait()
    except TimeoutError:
        return
