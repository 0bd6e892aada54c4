"""Telegram's sending limits: 30 a second overall, 1 a second in a chat with short bursts, 20 a minute in a group."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable

OVERALL_A_SECOND = 30
BURST_IN_A_CHAT = 5
GROUP_A_MINUTE = 20
COUNTED = ("send", "forward", "copy", "edit", "stop")
NOT_COUNTED = {"sendchataction"}


class Limits:
    """Counts what the bot sends, and how often Telegram would have said no."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._overall: deque[float] = deque()
        self._credit: dict[int, tuple[float, float]] = {}
        self._groups: dict[int, deque[float]] = {}
        self.broken = {"overall": 0, "chat": 0, "group": 0}

    @staticmethod
    def counts(method: str) -> bool:
        """Whether a method (in lower case) is a sending for the limits: edits are, answers to presses are not."""
        return method.startswith(COUNTED) and method not in NOT_COUNTED

    def charge(self, chat_id: int, sends: int = 1) -> int | None:
        """Counts sends to a chat. Returns the seconds to wait when they break a limit, otherwise None."""
        now = self._clock()
        waits = [self._charge_once(chat_id, now) for _ in range(sends)]
        return max((wait for wait in waits if wait is not None), default=None)

    def _charge_once(self, chat_id: int, now: float) -> int | None:
        if _full(self._overall, now, within=1, most=OVERALL_A_SECOND):
            self.broken["overall"] += 1
            return 1
        if chat_id < 0:
            group = self._groups.setdefault(chat_id, deque())
            if _full(group, now, within=60, most=GROUP_A_MINUTE):
                self.broken["group"] += 1
                return max(1, int(group[0] + 60 - now) + 1)
        credit, since = self._credit.get(chat_id, (BURST_IN_A_CHAT, now))
        credit = min(BURST_IN_A_CHAT, credit + now - since)
        if credit < 1:
            self._credit[chat_id] = (credit, now)
            self.broken["chat"] += 1
            return 1
        self._credit[chat_id] = (credit - 1, now)
        self._overall.append(now)
        if chat_id < 0:
            self._groups[chat_id].append(now)
        return None


def _full(sent: deque[float], now: float, *, within: float, most: int) -> bool:
    while sent and sent[0] <= now - within:
        sent.popleft()
    return len(sent) >= most
