"""The pacer's rule in the plainest words, at the price of looking at every message for every send."""

from domain.channel import Lane
from handlers.limits import NEVER, ChatBudget, GroupBudget, OverallBudget, PrivateBudget
from handlers.pacer import SAME_CAUSE


class PlainTicket:
    """One message."""

    def __init__(self, chat: int, lane: Lane, age: int) -> None:
        self.chat = chat
        self.lane = lane
        self.age = age
        self.gone = False


class PlainPacer:
    """Of the waiting messages whose chat is free: the lowest lane first, then who came first."""

    def __init__(self, per_second: int) -> None:
        self._overall = OverallBudget(per_second)
        self._budgets: dict[int, ChatBudget] = {}
        self._halts: dict[int, float] = {}
        self._halt = NEVER
        self._refusals: list[tuple[float, int, float]] = [(NEVER, 0, NEVER)]
        self._waiting: list[PlainTicket] = []
        self._under_way: set[tuple[int, Lane]] = set()
        self._age = 0

    def ask(self, chat: int, lane: Lane, now: float) -> PlainTicket:
        self._age += 1
        ticket = PlainTicket(chat, lane, self._age)
        self._waiting.append(ticket)
        self._budgets.setdefault(chat, GroupBudget() if chat < 0 else PrivateBudget())
        if self._best(now) is ticket:
            self._let_go(ticket, now)
        return ticket

    def release(self, now: float) -> list[PlainTicket]:
        gone: list[PlainTicket] = []
        while (best := self._best(now)) is not None:
            self._let_go(best, now)
            gone.append(best)
        return gone

    def next_at(self) -> float | None:
        return min((self._free_at(ticket) for ticket in self._heads()), default=None)

    def done(self, ticket: PlainTicket) -> None:
        self._under_way.remove((ticket.chat, ticket.lane))

    def again(self, ticket: PlainTicket) -> None:
        ticket.gone = False
        self._waiting.append(ticket)
        self.done(ticket)

    def refused(self, chat: int, seconds: float, now: float) -> None:
        self._halts[chat] = max(self._halts.get(chat, NEVER), now + seconds)
        before, other, end = self._refusals[-1]
        if other != chat and now - before <= SAME_CAUSE:
            self._halt = max(self._halt, end, now + seconds)
        self._refusals.append((now, chat, now + seconds))

    def _heads(self) -> list[PlainTicket]:
        """The oldest message of each line that has none under way."""
        heads: dict[tuple[int, Lane], PlainTicket] = {}
        for ticket in sorted(self._waiting, key=lambda ticket: ticket.age):
            if (ticket.chat, ticket.lane) not in self._under_way:
                heads.setdefault((ticket.chat, ticket.lane), ticket)
        return list(heads.values())

    def _free_at(self, ticket: PlainTicket) -> float:
        return max(
            self._budgets[ticket.chat].free_at(ticket.lane),
            self._overall.free_at(ticket.lane),
            self._halts.get(ticket.chat, NEVER),
            self._halt,
        )

    def _best(self, now: float) -> PlainTicket | None:
        free = [ticket for ticket in self._heads() if self._free_at(ticket) <= now]
        return min(free, key=lambda ticket: (ticket.lane, ticket.age), default=None)

    def _let_go(self, ticket: PlainTicket, now: float) -> None:
        ticket.gone = True
        self._waiting.remove(ticket)
        self._under_way.add((ticket.chat, ticket.lane))
        self._budgets[ticket.chat].spend(now)
        self._overall.spend(now, ticket.lane)
