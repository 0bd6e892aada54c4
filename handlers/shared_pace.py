"""One pace for all replicas of the bot: before a message leaves, a row of PostgreSQL is moved on (docs/adr/0011).

The row says until when everything that was let go takes, at an even pace. Whoever wants to send moves it on by one gap,
if it is not too far ahead, and leaves when her place has come. For a reply it may be a gap further ahead and for a red
alert two: so neither waits behind other replicas' notices. The pace is a little slower than Telegram's limit, so that a
message may leave late, its process having had other things to do, and in no second there are more than Telegram takes.
One that leaves later than that moves the row on once more, at once, whatever is sent next.
"""

import asyncio
import logging
from collections.abc import Callable
from dataclasses import dataclass, field

from sqlalchemy.ext.asyncio import AsyncEngine

from domain.channel import Lane
from handlers.limiter import NoMoreTurnsError
from handlers.limits import PRIVATE_BURST
from handlers.pace_row import NEVER, Answer, PaceRow, Wish

_log = logging.getLogger(__name__)
AHEAD = {Lane.RED: 2, Lane.REPLY: 1}  # gaps by which the row may be further ahead for who is urgent
ROOM = 0.05  # seconds: as many messages as Telegram takes in one second are spread over so much more
GROUP_GAP = 3.1  # seconds: at an even pace 20 a minute, and one that goes ahead is still the twentieth
GROUP_AHEAD = 1.9
LATE = 0.03  # seconds after its place at which a message counts twice; the rest of the room is for its way
AWAY = 5.0  # seconds without asking it after it has not
SHARE_WHILE_AWAY = 4  # each replica then goes at a fourth of the pace, whether others are there or not
SHORTEST = 0.001
EVERYTHING = 0  # the row of all messages
# Others learn of so much of a halt at once: a row further ahead would be taken for one that a wrong clock has moved.
LONGEST_HALT = NEVER - PRIVATE_BURST
MOST_GAPS = 4


@dataclass(slots=True, eq=False)
class _Place:
    """Somebody who waits."""

    chat_id: int
    lane: Lane
    age: int
    turn: asyncio.Future[float]
    taken: bool = False  # her chat's row has been moved on
    free_at: float = field(default=float("-inf"))  # when her chat is free


class SharedPace:
    """The gate that all replicas pass, the most urgent of this one's messages first, then who came first."""

    def __init__(self, engine: AsyncEngine, per_second: int, *, clock: Callable[[], float]) -> None:
        """`clock` gives the event loop's seconds; the pace itself is kept by PostgreSQL's own clock alone."""
        self.row = PaceRow(engine)
        self._gap = (1 + ROOM) / per_second
        self._clock = clock
        self._waiting: list[_Place] = []
        self._came = asyncio.Event()
        self._asker: asyncio.Task[None] | None = None
        self._age = 0
        self._owed = 0  # messages that left late, beside others, and have not moved the row on for that
        self._denied = 0  # times in a row that there was no room for the calm ones
        self._full: dict[Lane, float] = {}  # until when there is no room for a lane
        self._halted: dict[int, float] = {}  # until when Telegram wants nothing for a chat, or for any
        self._untold: set[int] = set()  # halts of which the others do not know yet
        self._away_until = float("-inf")
        self._closed = False

    async def turn(self, chat_id: int, lane: Lane) -> None:
        """Wait until a message of this lane may leave for this chat. Raises NoMoreTurnsError once closed."""
        if self._closed:
            raise NoMoreTurnsError
        self._age += 1
        place = _Place(chat_id, lane, self._age, asyncio.get_running_loop().create_future())
        self._waiting.append(place)
        self._wake()
        try:
            due = await place.turn
        finally:
            if place in self._waiting:
                self._waiting.remove(place)
        if (wait := due - self._clock()) > 0:
            await asyncio.sleep(wait)
        if self._clock() - due > LATE:
            self._owed += 1
            self._came.set()

    def halted(self, chat_id: int | None, seconds: float) -> None:
        """Telegram wants nothing for this chat, or for any, for so long: let nobody in, and tell the others."""
        which, now = EVERYTHING if chat_id is None else chat_id, self._clock()
        self._halted = {one: until for one, until in self._halted.items() if until > now}
        self._halted[which] = max(now + seconds, self._halted.get(which, now))
        self._untold.add(which)
        self._wake()

    def _wake(self) -> None:
        self._came.set()
        if not self._closed and (self._asker is None or self._asker.done()):
            self._asker = asyncio.create_task(self._ask_for_all())

    def close(self) -> None:
        """Nobody passes any more."""
        self._closed = True
        for place in self._waiting:
            if not place.turn.done():
                place.turn.set_exception(NoMoreTurnsError())
        if self._asker is not None:
            self._asker.cancel()

    async def end(self) -> None:
        """Give the connection back."""
        self.close()
        await self.row.end()

    async def _ask_for_all(self) -> None:
        while True:
            self._came.clear()
            now = self._clock()
            if (self._owed or self._untold) and now >= self._away_until:
                await self._pay()
                continue
            place = min((one for one in self._waiting if self._free_at(one) <= now), key=_urgency, default=None)
            if place is not None:
                await self._ask_for(place)
                continue
            next_at = min(map(self._free_at, self._waiting), default=None)
            try:
                async with asyncio.timeout(None if next_at is None else max(SHORTEST, next_at - now)):
                    await self._came.wait()
            except TimeoutError:
                continue

    def _free_at(self, place: _Place) -> float:
        halts = (self._halted.get(which, place.free_at) for which in (EVERYTHING, place.chat_id))
        return max(place.free_at, self._full.get(place.lane, place.free_at), *halts)

    async def _ask_for(self, place: _Place) -> None:
        if self._clock() < self._away_until:
            self._go_without(place)
            return
        try:
            answer = await self._ask(place)
        except Exception as error:
            await self._go_on_without(error)
            return
        now = self._clock()
        place.taken = answer.taken
        if answer.wait is not None:
            self._denied = 0
            self._let_in(place, now + answer.wait)
        elif not answer.taken and answer.chat_for is not None and answer.chat_for > max(0.0, answer.full_for):
            place.free_at = now + answer.chat_for
        else:
            # Whoever has lost to others comes back the later the oftener she has: not all of them for each place.
            self._denied = 0 if place.lane in AHEAD else min(self._denied + 1, MOST_GAPS)
            self._full[place.lane] = now + max(SHORTEST, answer.full_for) + max(0, self._denied - 1) * self._gap / 2

    async def _pay(self) -> None:
        owed, self._owed = self._owed, 0
        untold, self._untold = self._untold, set()
        try:
            for which in untold:  # first: each message that leaves in a halt makes it longer
                await self.row.halt(which, self._told(which))
            if owed:
                await self.row.move_on(owed * self._gap)
        except Exception as error:
            await self._go_on_without(error)  # without the debt: the pace is a fourth until the database is back

    def _told(self, which: int) -> float:
        """How far a row must be ahead so that nobody, however urgent, is let in before the halt is over."""
        left = min(LONGEST_HALT, self._halted.get(which, self._clock()) - self._clock())
        if which == EVERYTHING:
            return left + (1 + max(AHEAD.values())) * self._gap
        return left + (PRIVATE_BURST - 1.0 if which > 0 else GROUP_AHEAD)

    async def _go_on_without(self, error: Exception) -> None:
        _log.warning("pace_without_database error=%s", type(error).__name__)
        self._away_until = self._clock() + AWAY
        await self.row.let_go()

    async def _ask(self, place: _Place) -> Answer:
        urgent = place.lane <= Lane.REPLY
        if place.chat_id > 0:
            chat_gap, chat_ahead = 1.0, PRIVATE_BURST - (1.0 if urgent else 2.0)
        else:
            chat_gap, chat_ahead = GROUP_GAP, GROUP_AHEAD if place.lane is Lane.RED else 0.0
        ahead = (1 + AHEAD.get(place.lane, 0)) * self._gap
        return await self.row.ask(Wish(place.chat_id, place.taken, chat_gap, chat_ahead, self._gap, ahead))

    def _go_without(self, place: _Place) -> None:
        """Without a database little is to be said but that it is away: the alarm about that must not wait for it."""
        now = self._clock()
        self._let_in(place, now)
        self._full = dict.fromkeys(Lane, now + SHARE_WHILE_AWAY * self._gap)

    def _let_in(self, place: _Place, at: float) -> None:
        if place in self._waiting:  # otherwise she has gone away meanwhile
            self._waiting.remove(place)
        if not place.turn.done():
            place.turn.set_result(max(at, self._clock()))  # where the row was free, the place began before she came


def _urgency(place: _Place) -> tuple[int, int]:
    return int(place.lane), place.age
