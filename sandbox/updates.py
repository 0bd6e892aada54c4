"""The queue of updates that the bot has not confirmed yet."""

from __future__ import annotations

import asyncio
from collections import OrderedDict, deque
from collections.abc import Callable
from itertools import islice
from typing import Any

from sandbox.journal import Counter
from sandbox.records import Json
from sandbox.refusals import Refused, conflict

ON_REQUEST_ONLY = {"chat_member", "message_reaction", "message_reaction_count"}
OTHER_POLLER = "terminated by other getUpdates request; make sure that only one bot instance is running"
MOST_AT_ONCE = 100
REMEMBERED = 1000  # that were handed out, some of which may come again on request


class Updates:
    """Numbered updates, oldest first. Handing one out does not remove it: only a later offset does."""

    def __init__(self, counter: Counter, changed: Callable[[str, str], None]) -> None:
        self._counter = counter
        self._changed = changed
        self.pending: OrderedDict[int, Json] = OrderedDict()
        self.handed: deque[Json] = deque(maxlen=REMEMBERED)
        self.allowed: list[str] = []
        self._news = asyncio.Event()
        self._poller: asyncio.Future[Refused] | None = None
        self.being_polled = asyncio.Event()

    def wanted(self, kind: str) -> bool:
        """Whether the bot asked for updates of this kind (by default: all but a few)."""
        return kind in self.allowed if self.allowed else kind not in ON_REQUEST_ONLY

    def add(self, kind: str, content: Any) -> int | None:
        """Queues an update and returns its number, or None when the bot does not want this kind."""
        if not self.wanted(kind):
            return None
        number = self._counter.next()
        self.pending[number] = {"update_id": number, kind: content}
        self._changed("update", str(number))
        self._news.set()
        return number

    def confirm(self, number: int) -> None:
        """Forgets one update."""
        if self.pending.pop(number, None) is not None:
            self._changed("update", str(number))

    def confirm_before(self, offset: int) -> None:
        """Forgets all below `offset`; a negative one keeps only that many of the newest.

        An offset from the future is ignored, as Telegram does: its numbers may have started anew.
        """
        if offset < 0:
            while len(self.pending) > -offset:
                self.confirm(next(iter(self.pending)))
        elif offset <= self._counter.last + 1:
            while self.pending and (oldest := next(iter(self.pending))) < offset:
                self.confirm(oldest)

    def restart_ids(self, number: int) -> None:
        """Numbers the next update `number`, as Telegram does at random after a week of silence."""
        self._counter.jump(number - 1)
        self.handed.clear()

    def clear(self) -> None:
        """Forgets everything."""
        for number in list(self.pending):
            self.confirm(number)

    def first(self, limit: int) -> list[Json]:
        """The oldest unconfirmed updates."""
        return list(islice(self.pending.values(), limit))

    async def wait(self, seconds: float) -> None:
        """Returns when there is something to hand out, or after `seconds`.

        Raises `Refused` (409) when another getUpdates or a setWebhook takes over meanwhile.
        """
        self.interrupt(conflict(OTHER_POLLER))
        if self.pending or seconds <= 0:
            return
        self._news.clear()
        poller: asyncio.Future[Refused] = asyncio.get_running_loop().create_future()
        self._poller = poller
        self.being_polled.set()
        news = asyncio.ensure_future(self._news.wait())
        try:
            waits: set[asyncio.Future[Any]] = {poller, news}
            await asyncio.wait(waits, timeout=seconds, return_when=asyncio.FIRST_COMPLETED)
            if poller.done() and not poller.cancelled():
                raise poller.result()
        finally:
            news.cancel()
            if self._poller is poller:
                self._poller = None
                self.being_polled.clear()

    async def news(self) -> None:
        """Returns when an update was added since the last call of `wait` or `news` (for the webhook)."""
        await self._news.wait()
        self._news.clear()

    def wake(self) -> None:
        """Makes everybody who waits look again."""
        self._news.set()

    def interrupt(self, reason: Refused) -> None:
        """Ends a getUpdates that is waiting."""
        if self._poller and not self._poller.done():
            self._poller.set_result(reason)


def lane_of(update: Json) -> Any:
    """Updates with the same lane keep their order: the chat, or else the person."""
    for kind, content in update.items():
        if kind == "update_id" or not isinstance(content, dict):
            continue
        source = content.get("message", content)
        chat = source.get("chat") if isinstance(source, dict) else None
        who = content.get("user") or content.get("from") or {}
        if isinstance(chat, dict):
            return chat.get("id")
        return who.get("id") if isinstance(who, dict) else None
    return None
