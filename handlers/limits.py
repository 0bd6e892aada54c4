"""Telegram's limits as small budgets: when is the next message free to go, and what does sending one cost.

All times are seconds of one monotonic clock. Every budget keeps back a little for `Lane.RED`, never more than
5 % of the rate, so that a red alert finds room where bulk has just been.
"""

from collections import deque
from typing import Protocol

from domain.channel import Lane

NEVER = float("-inf")

PRIVATE_BURST = 3  # messages a private chat takes at once after a rest; then one a second
GROUP_GAP = 1.0  # seconds between two messages of one group
GROUP_WINDOW = 60.0
GROUP_PER_WINDOW = 20
PACE_SLACK = 0.1  # seconds of unused pace that may be caught up at once: timers fire late


class ChatBudget(Protocol):
    """What one chat may still be sent."""

    def free_at(self, lane: Lane) -> float:
        """The earliest time at which a message of this lane may go."""

    def spend(self, now: float) -> None:
        """Count one message as sent."""

    def left_late(self, spent: float, now: float) -> None:
        """A message that was counted at `spent` leaves only now: until then the program had other things to do."""

    def rested_at(self) -> float:
        """From when on this budget is as good as new and may be forgotten."""


class PrivateBudget:
    """One message a second with bursts of `PRIVATE_BURST`: at most burst + t messages in any t seconds.

    Notices and digests leave the last message of a burst to a reply or an alert.
    """

    __slots__ = ("_paid_until",)

    def __init__(self) -> None:
        self._paid_until = NEVER

    def free_at(self, lane: Lane) -> float:
        ahead = PRIVATE_BURST - 1 if lane <= Lane.REPLY else PRIVATE_BURST - 2
        return self._paid_until - ahead

    def spend(self, now: float) -> None:
        self._paid_until = max(self._paid_until, now) + 1.0

    def left_late(self, spent: float, now: float) -> None:
        """Count it from now on, or a little longer when others of the chat are under way too."""
        self._paid_until += now - spent

    def rested_at(self) -> float:
        return self._paid_until


class GroupBudget:
    """A message a second and 20 a minute, the last of the 20 kept for `Lane.RED`."""

    __slots__ = ("_sent",)

    def __init__(self) -> None:
        self._sent: deque[float] = deque(maxlen=GROUP_PER_WINDOW)

    def free_at(self, lane: Lane) -> float:
        if not self._sent:
            return NEVER
        return max(self._sent[-1] + GROUP_GAP, _window_free(self._sent, GROUP_PER_WINDOW, lane) + GROUP_WINDOW)

    def spend(self, now: float) -> None:
        self._sent.append(now)

    def left_late(self, spent: float, now: float) -> None:
        """Count it from now on."""
        _move(self._sent, spent, now)

    def rested_at(self) -> float:
        return self._sent[-1] + GROUP_WINDOW if self._sent else NEVER


class OverallBudget:
    """`per_second` messages in any second over all chats, the last one kept for `Lane.RED`.

    Everything but red goes at an even pace: after a burst of 29 at once even the reserve would leave the second
    of two alerts waiting for a whole second, after an even pace room comes free every 34 ms.
    """

    __slots__ = ("_gap", "_limit", "_paced_until", "_sent")

    def __init__(self, per_second: int) -> None:
        """`per_second` must be at least 1."""
        self._limit = per_second
        self._gap = 1.0 / max(1, per_second - 1)
        self._sent: deque[float] = deque(maxlen=per_second)
        self._paced_until = NEVER

    def free_at(self, lane: Lane) -> float:
        """The earliest time at which a message of this lane may go."""
        window = _window_free(self._sent, self._limit, lane) + 1.0
        return window if lane == Lane.RED else max(window, self._paced_until - PACE_SLACK)

    def spend(self, now: float, lane: Lane) -> None:
        """Count one message as sent."""
        self._sent.append(now)
        if lane != Lane.RED:
            self._paced_until = max(self._paced_until, now) + self._gap

    def left_late(self, spent: float, now: float) -> None:
        """Count it from now on; the pace stays."""
        _move(self._sent, spent, now)


class Unlimited:
    """The budget of a chat or of everything when limits are off (sandbox, local benchmarks)."""

    __slots__ = ()

    def free_at(self, lane: Lane) -> float:
        """Always."""
        return NEVER

    def spend(self, now: float, lane: Lane = Lane.REPLY) -> None:
        """Costs nothing."""

    def left_late(self, spent: float, now: float) -> None:
        """Costs nothing."""

    def rested_at(self) -> float:
        """Always."""
        return NEVER


def _move(sent: deque[float], spent: float, now: float) -> None:
    """Move a message on in the window. One whose place was taken by later ones is counted once more."""
    if spent in sent:
        sent.remove(spent)
    sent.append(now)


def _window_free(sent: deque[float], limit: int, lane: Lane) -> float:
    """The time of the message that must leave the window before one more of this lane fits."""
    allowed = limit if lane == Lane.RED or limit == 1 else limit - 1
    return sent[len(sent) - allowed] if len(sent) >= allowed else NEVER
