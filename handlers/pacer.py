"""Who may send next: waiting messages by lane and chat, without any clock or task of its own.

A *line* is the messages of one chat in one lane, in order, at most one of them under way. A line that waits for
its chat sleeps in one heap by time; a line whose chat was free stands in its lane's heap by age. So a send costs
a few heap steps however many messages wait, and nothing ever walks over all chats per send.
"""

from collections import deque
from heapq import heappop, heappush

from domain.channel import Lane
from handlers.limits import NEVER, ChatBudget, GroupBudget, OverallBudget, PrivateBudget, Unlimited

SAME_CAUSE = 1.0  # seconds within which two chats refused mean that the overall limit was hit
_UNLIMITED = Unlimited()
_FORGET_ABOVE = 1000  # chats remembered before idle ones are looked for


class Ticket:
    """One message's place. `gone` is true once it may be sent."""

    __slots__ = ("age", "dropped", "gone", "gone_at", "line")

    def __init__(self, line: "_Line", age: int) -> None:
        self.line = line
        self.age = age
        self.gone = False
        self.gone_at = NEVER
        self.dropped = False


class _Chat:
    __slots__ = ("budget", "halted_until", "lines")

    def __init__(self, budget: ChatBudget) -> None:
        self.budget = budget
        self.halted_until = NEVER
        self.lines: dict[Lane, _Line] = {}


class _Line:
    __slots__ = ("busy", "chat", "lane", "queued", "waiting")

    def __init__(self, chat: _Chat, lane: Lane) -> None:
        self.chat = chat
        self.lane = lane
        self.waiting: deque[Ticket] = deque()
        self.busy = False  # its first message is under way
        self.queued = False  # stands in one of the heaps

    def free_at(self) -> float:
        return max(self.chat.budget.free_at(self.lane), self.chat.halted_until)

    def head(self) -> Ticket | None:
        while self.waiting and self.waiting[0].dropped:
            self.waiting.popleft()
        return self.waiting[0] if self.waiting else None


class Pacer:
    """Releases messages within Telegram's limits; all times are seconds of one monotonic clock."""

    def __init__(self, messages_per_second: int) -> None:
        """0 turns the limits off; the order within a line and the halts asked for by Telegram stay."""
        self._limited = messages_per_second > 0
        self._overall = OverallBudget(messages_per_second) if self._limited else _UNLIMITED
        self._chats: dict[int, _Chat] = {}
        self._forget_at = _FORGET_ABOVE
        self._ready: dict[Lane, list[tuple[int, _Line]]] = {lane: [] for lane in Lane}
        self._asleep: list[tuple[float, int, _Line]] = []
        self._age = 0
        self._halted_until = NEVER
        self._last_refusal: tuple[float, int, float] = (NEVER, 0, NEVER)

    def ask(self, chat_id: int, lane: Lane, now: float) -> Ticket:
        """Take a place. The ticket may be `gone` at once; else a later `release` returns it."""
        line = self._line(chat_id, lane, now)
        self._age += 1
        ticket = Ticket(line, self._age)
        if self._is_free(line, now):
            self._let_go(ticket, now)
        else:
            line.waiting.append(ticket)
            self._queue(line)
        return ticket

    def release(self, now: float) -> list[Ticket]:
        """All messages that may go now, in the order in which they should."""
        while self._asleep and self._asleep[0][0] <= now:
            _, age, line = heappop(self._asleep)
            heappush(self._ready[line.lane], (age, line))
        gone: list[Ticket] = []
        if now >= self._halted_until:
            for lane in Lane:
                self._release_lane(lane, now, gone)
        return gone

    def next_at(self) -> float | None:
        """When `release` may next have something to give, or None while nothing waits for time."""
        times = [self._overall.free_at(lane) for lane in Lane if self._ready[lane]]
        if self._asleep:
            times.append(self._asleep[0][0])
        return max(min(times), self._halted_until) if times else None

    def left(self, ticket: Ticket, now: float) -> None:
        """A message that was let go leaves now. Telegram counts what arrives, not what was meant to: the limits hold
        by this time, as long as a busy program does not need a whole second for it.
        """
        if now > ticket.gone_at:
            ticket.line.chat.budget.left_late(ticket.gone_at, now)
            self._overall.left_late(ticket.gone_at, now)
            ticket.gone_at = now

    def done(self, ticket: Ticket) -> None:
        """The message was sent or given up: its line may go on."""
        ticket.line.busy = False
        self._queue(ticket.line)

    def again(self, ticket: Ticket) -> None:
        """The message was refused for now: it keeps its place at the head of its line."""
        ticket.gone = False
        ticket.line.waiting.appendleft(ticket)
        self.done(ticket)

    def drop(self, ticket: Ticket) -> None:
        """Nobody waits for this message any more."""
        ticket.dropped = True

    def refused(self, chat_id: int, seconds: float, now: float) -> bool:
        """Telegram asked for a halt; whether everything must: two chats refused within a second mean that."""
        until = now + seconds
        chat = self._chats[chat_id]
        chat.halted_until = max(chat.halted_until, until)
        before, other, its_end = self._last_refusal
        everything = other != chat_id and now - before <= SAME_CAUSE
        if everything:
            self._halted_until = max(self._halted_until, until, its_end)
        self._last_refusal = (now, chat_id, until)
        return everything

    def halted_until(self, chat_id: int) -> float:
        """Until when Telegram wants nothing for this chat; long past when there is no halt."""
        chat = self._chats.get(chat_id)
        return max(self._halted_until, chat.halted_until if chat else NEVER)

    def _line(self, chat_id: int, lane: Lane, now: float) -> _Line:
        chat = self._chats.get(chat_id)
        if chat is None:
            if len(self._chats) >= self._forget_at:
                self._forget_idle(now)
            chat = self._chats[chat_id] = _Chat(self._budget(chat_id))
        line = chat.lines.get(lane)
        if line is None:
            line = chat.lines[lane] = _Line(chat, lane)
        return line

    def _budget(self, chat_id: int) -> ChatBudget:
        if not self._limited:
            return _UNLIMITED
        return GroupBudget() if chat_id < 0 else PrivateBudget()

    def _is_free(self, line: _Line, now: float) -> bool:
        """Whether a new message may overtake the heaps: nobody stands in them who could go before it."""
        if line.busy or line.queued or now < self._halted_until or any(self._ready.values()):
            return False
        if self._asleep and self._asleep[0][0] <= now:
            return False
        return line.free_at() <= now and self._overall.free_at(line.lane) <= now

    def _queue(self, line: _Line) -> None:
        head = line.head()
        if line.busy or line.queued or head is None:
            return
        line.queued = True
        heappush(self._asleep, (line.free_at(), head.age, line))

    def _release_lane(self, lane: Lane, now: float, gone: list[Ticket]) -> None:
        ready = self._ready[lane]
        while ready and self._overall.free_at(lane) <= now:
            age, line = heappop(ready)
            line.queued = False
            head = line.head()
            if head is None:
                continue
            if line.free_at() > now:  # another lane of its chat went first
                self._queue(line)
                continue
            if head.age != age:  # its former head was given up
                line.queued = True
                heappush(ready, (head.age, line))
                continue
            line.waiting.popleft()
            self._let_go(head, now)
            gone.append(head)

    def _let_go(self, ticket: Ticket, now: float) -> None:
        line = ticket.line
        line.busy = True
        ticket.gone = True
        ticket.gone_at = now
        line.chat.budget.spend(now)
        self._overall.spend(now, line.lane)

    def _forget_idle(self, now: float) -> None:
        """Walks over all chats, but only when their number has doubled since the last walk."""
        self._chats = {key: chat for key, chat in self._chats.items() if not _idle(chat, now)}
        self._forget_at = max(_FORGET_ABOVE, 2 * len(self._chats))


def _idle(chat: _Chat, now: float) -> bool:
    if chat.halted_until > now or chat.budget.rested_at() > now:
        return False
    return not any(line.busy or line.waiting for line in chat.lines.values())
