"""One pace for all replicas of the bot: before a message leaves, a row of PostgreSQL is moved on (docs/adr/0011).

The row says until when everything that was let go takes, at an even pace. Whoever wants to send moves it on by one gap,
if it is not too far ahead, and leaves when her place has come. A reply may go a gap ahead of its place and a red alert
two, and each is let in while the row is as much further ahead: so neither waits behind other replicas' notices. Three
messages a second less than Telegram takes leave room for them: in no second are there more than it takes.
"""

import asyncio
import logging
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import timedelta

from sqlalchemy import Interval, bindparam, text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from domain.channel import Lane
from handlers.limiter import NoMoreTurnsError
from handlers.limits import PRIVATE_BURST

_log = logging.getLogger(__name__)
AHEAD = {Lane.RED: 2, Lane.REPLY: 1}  # gaps by which a message may go before its place
RESERVE = 1 + max(AHEAD.values())  # messages a second that the even pace keeps back for them
GROUP_GAP = 3.1  # seconds: at an even pace 20 a minute, and one that goes ahead is still the twentieth
GROUP_AHEAD = 1.9
LATE = 0.05  # seconds after its place at which a message counts twice, for it leaves beside others
PATIENCE = 1.0  # seconds that the database has to answer; connecting may take longer, beside what is sent meanwhile
AWAY = 5.0  # seconds without asking it after it has not
SHARE_WHILE_AWAY = 4  # each replica then goes at a fourth of the pace, whether others are there or not
SHORTEST = 0.001
MOST_GAPS = 4
NEVER = 30.0  # seconds; no row is moved on as far: one that is was moved by a server whose clock was ahead

# Her chat's own row is moved on in the same statement, if there is room for everything; a reader's snapshot may be old,
# so that is asked once more where the row itself is changed.
_TAKE = """
WITH hers AS (
  INSERT INTO pace (chat_id, until) SELECT :chat, clock_timestamp() + :chat_gap
  WHERE NOT :taken AND (SELECT until FROM pace WHERE chat_id = 0) <= clock_timestamp() + :ahead
  ON CONFLICT (chat_id) DO UPDATE SET until = greatest(pace.until, clock_timestamp()) + :chat_gap
  WHERE pace.until <= clock_timestamp() + :chat_ahead
  RETURNING 1
), everything AS (
  UPDATE pace SET until = greatest(until, clock_timestamp()) + :gap
  WHERE chat_id = 0 AND (:taken OR EXISTS (SELECT 1 FROM hers)) AND until <= clock_timestamp() + :ahead
  RETURNING until
)
SELECT extract(epoch FROM (SELECT until FROM everything) - :gap - :early - clock_timestamp())::float8 AS wait,
  :taken OR EXISTS (SELECT 1 FROM hers) AS taken,
  extract(epoch FROM (SELECT until FROM pace WHERE chat_id = 0) - :ahead - clock_timestamp())::float8 AS full_for,
  extract(epoch FROM (SELECT until FROM pace WHERE chat_id = :chat) - :chat_ahead - clock_timestamp())::float8
    AS chat_for
"""
_SPANS = ("chat_gap", "chat_ahead", "gap", "ahead", "early")
_STATEMENT = text(_TAKE).bindparams(*(bindparam(name, type_=Interval) for name in _SPANS))
_PUT_RIGHT = text(
    "UPDATE pace SET until = clock_timestamp() WHERE until > clock_timestamp() + make_interval(secs => :never)"
)
_FIRST = text("INSERT INTO pace (chat_id, until) VALUES (0, clock_timestamp()) ON CONFLICT DO NOTHING")


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
        self._engine = engine
        self._gap = 1 / (per_second - RESERVE if per_second > 3 * RESERVE else max(1.0, per_second / 2))
        self._clock = clock
        self._connection: AsyncConnection | None = None
        self._connecting: asyncio.Task[AsyncConnection] | None = None
        self._waiting: list[_Place] = []
        self._came = asyncio.Event()
        self._asker: asyncio.Task[None] | None = None
        self._age = 0
        self._owed = 0  # messages that left beside others
        self._denied = 0  # times in a row that there was no room for the calm ones
        self._full: dict[Lane, float] = {}  # until when there is no room for a lane
        self._away_until = float("-inf")
        self._closed = False
        self.asked = 0  # statements so far, each one way to the database and back

    async def turn(self, chat_id: int, lane: Lane) -> None:
        """Wait until a message of this lane may leave for this chat. Raises NoMoreTurnsError once closed."""
        if self._closed:
            raise NoMoreTurnsError
        self._age += 1
        place = _Place(chat_id, lane, self._age, asyncio.get_running_loop().create_future())
        self._waiting.append(place)
        self._came.set()
        if self._asker is None or self._asker.done():
            self._asker = asyncio.create_task(self._ask_for_all())
        try:
            due = await place.turn
        finally:
            if place in self._waiting:
                self._waiting.remove(place)
        if (wait := due - self._clock()) > 0:
            await asyncio.sleep(wait)
        if self._clock() - due > LATE:
            self._owed += 1

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
        connecting, self._connecting = self._connecting, None
        if connecting is not None:
            connecting.cancel()
            with suppress(Exception, asyncio.CancelledError):
                self._connection = await connecting
        await self._let_go_of_connection()
        await self._engine.dispose()

    async def _ask_for_all(self) -> None:
        while True:
            self._came.clear()
            now = self._clock()
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
        return max(place.free_at, self._full.get(place.lane, place.free_at))

    async def _ask_for(self, place: _Place) -> None:
        if self._clock() < self._away_until:
            self._go_without(place)
            return
        try:
            async with asyncio.timeout(PATIENCE):
                wait, taken, full_for, chat_for = await self._ask(place)
        except Exception as error:
            _log.warning("pace_without_database error=%s", type(error).__name__)
            self._away_until = self._clock() + AWAY
            await self._let_go_of_connection()
            return
        now = self._clock()
        place.taken = taken
        if wait is not None:
            self._owed, self._denied = 0, 0
            self._let_in(place, now + wait)
        elif not taken and chat_for is not None and chat_for > max(0.0, full_for):
            place.free_at = now + chat_for
        else:
            # Whoever has lost to others comes back the later the oftener she has: not all of them for each place.
            self._denied = 0 if place.lane in AHEAD else min(self._denied + 1, MOST_GAPS)
            self._full[place.lane] = now + max(SHORTEST, full_for) + max(0, self._denied - 1) * self._gap / 2

    async def _ask(self, place: _Place) -> tuple[float | None, bool, float, float | None]:
        if self._connection is None:
            self._connection = await self._connected()
        self.asked += 1
        row = (await self._connection.execute(_STATEMENT, self._spans(place))).one()
        if row.full_for is None:
            raise LookupError("the row of all messages is gone")  # it is written anew with the next connection
        if max(row.full_for, row.chat_for or 0.0) > NEVER:
            await self._connection.execute(_PUT_RIGHT, {"never": NEVER})
            return row.wait, row.taken, 0.0, 0.0
        return row.wait, row.taken, row.full_for, row.chat_for

    async def _connected(self) -> AsyncConnection:
        """A connection, for which nobody waits longer than for an answer: the next one to ask finds it."""
        if self._connecting is None or (self._connecting.done() and self._connecting.exception() is not None):
            self._connecting = asyncio.create_task(self._connect())
        await asyncio.wait([self._connecting])
        connecting, self._connecting = self._connecting, None
        return connecting.result()

    async def _connect(self) -> AsyncConnection:
        connection = await self._engine.connect()
        try:
            async with asyncio.timeout(PATIENCE):
                await connection.execute(_FIRST)
        except BaseException:
            with suppress(Exception):
                await connection.invalidate()
                await connection.close()
            raise
        return connection

    def _spans(self, place: _Place) -> dict[str, object]:
        urgent = place.lane <= Lane.REPLY
        if place.chat_id > 0:
            chat_gap, chat_ahead = 1.0, PRIVATE_BURST - (1.0 if urgent else 2.0)
        else:
            chat_gap, chat_ahead = GROUP_GAP, GROUP_AHEAD if place.lane is Lane.RED else 0.0
        early = AHEAD.get(place.lane, 0) * self._gap
        return {
            "chat": place.chat_id,
            "taken": place.taken,
            "chat_gap": timedelta(seconds=chat_gap),
            "chat_ahead": timedelta(seconds=chat_ahead),
            "gap": timedelta(seconds=self._gap * (1 + self._owed)),
            "ahead": timedelta(seconds=self._gap + early),
            "early": timedelta(seconds=early),
        }

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

    async def _let_go_of_connection(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            with suppress(Exception):
                await connection.invalidate()
                await connection.close()


def _urgency(place: _Place) -> tuple[int, int]:
    return int(place.lane), place.age
