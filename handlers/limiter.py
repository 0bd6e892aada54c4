"""Lets messages wait for their turn within Telegram's limits, by chat and lane (see `docs/adr/0003`)."""

import asyncio
from collections.abc import Callable
from typing import Protocol

from domain.channel import Lane
from handlers.pacer import Pacer, Ticket


class Alarm(Protocol):
    """A call that was arranged for later and can be called off, like asyncio's `TimerHandle`."""

    def cancel(self) -> None: ...


class Gate(Protocol):
    """What stands between this process's turn and the messenger when others send for the same bot."""

    async def turn(self, chat_id: int, lane: Lane) -> None:
        """Wait until a message may leave. Raises NoMoreTurnsError once closed."""

    def halted(self, chat_id: int | None, seconds: float) -> None:
        """Telegram wants nothing more for this chat, or for any, for so long: whoever waits here was let go before."""

    def close(self) -> None:
        """Nothing more may leave."""


class NoMoreTurnsError(Exception):
    """The program stops: what waits here has not been sent and will not be."""


class Limiter:
    """Gives turns: the lowest lane first among the chats that are free, then who came first.

    Within one chat and lane the next turn is given only after the last one ended, so messages arrive in order.
    """

    def __init__(
        self,
        messages_per_second: int,
        *,
        clock: Callable[[], float],
        call_later: Callable[[float, Callable[[], None]], Alarm],
        gate: Gate | None = None,
    ) -> None:
        """`clock` gives monotonic seconds, `call_later` calls back after seconds: an event loop's `time` and
        `call_later`. `messages_per_second` is Telegram's 30, or 0 for no limits. Who passes here waits at the `gate`,
        if there is one, for the other replicas' sake (docs/adr/0011).
        """
        self._gate = gate
        self._pacer = Pacer(messages_per_second)
        self._clock = clock
        self._call_later = call_later
        self._waiting: dict[Ticket, asyncio.Future[None]] = {}
        self._alarm: Alarm | None = None
        self._alarm_at = 0.0
        self._closed = False

    def close(self) -> None:
        """Give no more turns: whoever waits for one, and whoever comes, gets NoMoreTurnsError at once."""
        self._closed = True
        if self._gate is not None:
            self._gate.close()
        for turn in self._waiting.values():
            if not turn.done():
                turn.set_exception(NoMoreTurnsError())

    def turn(self, chat_id: int, lane: Lane) -> "Turn":
        """A turn to send one message: `async with limiter.turn(…) as turn`."""
        return Turn(self, chat_id, lane)

    def halt(self, chat_id: int) -> float:
        """Seconds for which Telegram wants nothing more for this chat; 0 when there is no halt."""
        return max(0.0, self._pacer.halted_until(chat_id) - self._clock())

    def refused(self, chat_id: int, retry_after: float) -> None:
        """Telegram refused a message of this chat for `retry_after` seconds."""
        everything = self._pacer.refused(chat_id, retry_after, self._clock())
        if self._gate is not None:
            self._gate.halted(None if everything else chat_id, self.halt(chat_id))

    async def enter(self, chat_id: int, lane: Lane) -> Ticket:
        """Wait for a turn; each must be ended by `leave`. Raises NoMoreTurnsError."""
        if self._closed:
            raise NoMoreTurnsError
        ticket = self._pacer.ask(chat_id, lane, self._clock())
        if not ticket.gone:
            await self._until_gone(ticket)
        if self._gate is not None:
            await self._through(self._gate, ticket, chat_id)
        return ticket

    async def enter_again(self, ticket: Ticket, chat_id: int) -> None:
        """Give the turn back unused and wait for the next one at the head of the same line."""
        self._pacer.again(ticket)
        await self._until_gone(ticket)
        if self._gate is not None:
            await self._through(self._gate, ticket, chat_id)

    def leave(self, ticket: Ticket) -> None:
        """End a turn."""
        self._pacer.done(ticket)
        if ticket.line.waiting:
            self._pump()

    async def _until_gone(self, ticket: Ticket) -> None:
        turn = self._waiting[ticket] = asyncio.get_running_loop().create_future()
        if self._closed:  # refused and come again while everything was closed
            turn.set_exception(NoMoreTurnsError())
        self._pump()
        try:
            await turn
            self._pacer.left(ticket, self._clock())
        except (asyncio.CancelledError, NoMoreTurnsError):
            if ticket.gone:
                self.leave(ticket)
            else:
                self._pacer.drop(ticket)
            raise
        finally:
            self._waiting.pop(ticket, None)

    async def _through(self, gate: Gate, ticket: Ticket, chat_id: int) -> None:
        try:
            await gate.turn(chat_id, ticket.line.lane)
        except BaseException:
            self.leave(ticket)
            raise
        self._pacer.left(ticket, self._clock())

    def _pump(self) -> None:
        """Give all turns that are due, and arrange to be called when the next one is."""
        now = self._clock()
        for ticket in self._pacer.release(now):
            turn = self._waiting.get(ticket)
            if turn is not None and not turn.done():
                turn.set_result(None)
        at = self._pacer.next_at()
        if at is None or (self._alarm is not None and self._alarm_at <= at):
            return  # an alarm that rings too early does no harm
        if self._alarm is not None:
            self._alarm.cancel()
        self._alarm_at = at
        self._alarm = self._call_later(max(0.0, at - now), self._ring)

    def _ring(self) -> None:
        self._alarm = None
        self._pump()


class Turn:
    """One message's turn, held from before its request until after its answer."""

    __slots__ = ("_chat_id", "_lane", "_limiter", "_ticket")

    def __init__(self, limiter: Limiter, chat_id: int, lane: Lane) -> None:
        self._limiter = limiter
        self._chat_id = chat_id
        self._lane = lane
        self._ticket: Ticket | None = None

    async def __aenter__(self) -> "Turn":
        self._ticket = await self._limiter.enter(self._chat_id, self._lane)
        return self

    async def __aexit__(self, *exc: object) -> None:
        if self._ticket is not None:
            self._limiter.leave(self._ticket)
            self._ticket = None

    async def again(self) -> None:
        """Wait for another turn for the same message, before everything that came after it."""
        if self._ticket is not None:
            ticket, self._ticket = self._ticket, None  # cancelled while waiting, it is not ours to end
            await self._limiter.enter_again(ticket, self._chat_id)
            self._ticket = ticket
