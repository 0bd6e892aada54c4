"""Simulated traffic through a `Pacer`: seconds are numbers, nothing sleeps."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from heapq import heappop, heappush
from typing import Any

from domain.channel import Lane
from handlers.pacer import Pacer


@dataclass(frozen=True)
class Message:
    """One message that comes at `at`; `refusal` seconds of halt meet its first try, 0 none."""

    at: float
    chat: int
    lane: Lane
    refusal: float = 0.0


@dataclass(frozen=True)
class Sent:
    """When which message (by its place in the traffic) was let go."""

    at: float
    number: int


@dataclass
class Simulation:
    """Feeds messages to a pacer; each is under way for `service` seconds, timers ring `lateness` late.

    Message number n leaves `lags[n % len(lags)]` seconds after it was let go: a busy program.
    """

    messages: Sequence[Message]
    per_second: int = 30
    service: float = 0.05
    lateness: float = 0.0
    lags: Sequence[float] = ()
    make: Callable[[int], Any] = Pacer
    sent: list[Sent] = field(default_factory=list)
    refusals: list[tuple[float, int, float]] = field(default_factory=list)

    def run(self) -> list[Sent]:
        """The sends in their order, until nothing waits any more."""
        self._pacer = self.make(self.per_second)
        self._events: list[tuple[float, int, str]] = []
        self._tickets: dict[int, Any] = {}
        self._numbers: dict[Any, int] = {}
        self._tried: set[int] = set()
        self._now = 0.0
        for number, message in enumerate(self.messages):
            heappush(self._events, (message.at, number, "come"))
        while (now := self._next_time()) is not None:
            while self._events and self._events[0][0] <= now:
                _, number, kind = heappop(self._events)
                if kind == "come":
                    self._come(number, now)
                elif kind == "leave":
                    self._leave(number, now)
                else:
                    self._end(number, now)
                self._release(now)
            self._release(now)
        return self.sent

    def _release(self, now: float) -> None:
        for ticket in self._pacer.release(now):
            self._go(ticket, now)

    def _next_time(self) -> float | None:
        times = [self._events[0][0]] if self._events else []
        at = self._pacer.next_at()
        if at is not None:
            times.append(at + self.lateness)
        if not times:
            return None
        self._now = max(self._now, min(times))
        return self._now

    def _come(self, number: int, now: float) -> None:
        message = self.messages[number]
        ticket = self._pacer.ask(message.chat, message.lane, now)
        self._tickets[number] = ticket
        self._numbers[ticket] = number
        if ticket.gone:
            self._go(ticket, now)

    def _go(self, ticket: Any, now: float) -> None:
        number = self._numbers[ticket]
        if self.lags:
            heappush(self._events, (now + self.lags[number % len(self.lags)], number, "leave"))
        else:
            self._depart(number, now)

    def _leave(self, number: int, now: float) -> None:
        self._pacer.left(self._tickets[number], now)
        self._depart(number, now)

    def _depart(self, number: int, now: float) -> None:
        self.sent.append(Sent(now, number))
        heappush(self._events, (now + self.service, number, "end"))

    def _end(self, number: int, now: float) -> None:
        ticket = self._tickets[number]
        message = self.messages[number]
        if message.refusal and number not in self._tried:
            self._tried.add(number)
            self._pacer.refused(message.chat, message.refusal, now)
            self.refusals.append((now, message.chat, message.refusal))
            self._pacer.again(ticket)
        else:
            self._pacer.done(ticket)
