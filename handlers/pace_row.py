"""The row of PostgreSQL that all replicas move on before a message leaves, and each chat's own (docs/adr/0011)."""

import asyncio
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import Interval, bindparam, text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

PATIENCE = 1.0  # seconds that the database has to answer; connecting may take longer, beside what is sent meanwhile
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
SELECT extract(epoch FROM (SELECT until FROM everything) - :gap - clock_timestamp())::float8 AS wait,
  :taken OR EXISTS (SELECT 1 FROM hers) AS taken,
  extract(epoch FROM (SELECT until FROM pace WHERE chat_id = 0) - :ahead - clock_timestamp())::float8 AS full_for,
  extract(epoch FROM (SELECT until FROM pace WHERE chat_id = :chat) - :chat_ahead - clock_timestamp())::float8
    AS chat_for
"""
_SPANS = ("chat_gap", "chat_ahead", "gap", "ahead")
_STATEMENT = text(_TAKE).bindparams(*(bindparam(name, type_=Interval) for name in _SPANS))
_PUT_RIGHT = text(
    "UPDATE pace SET until = clock_timestamp() WHERE until > clock_timestamp() + make_interval(secs => :never)"
)
_MOVE_ON = text(
    "UPDATE pace SET until = greatest(until, clock_timestamp()) + make_interval(secs => :seconds) WHERE chat_id = 0"
)
_HALT = text(
    "INSERT INTO pace (chat_id, until) VALUES (:chat, clock_timestamp() + make_interval(secs => :seconds))"
    " ON CONFLICT (chat_id) DO UPDATE SET until = greatest(pace.until, excluded.until)"
)
_FIRST = text("INSERT INTO pace (chat_id, until) VALUES (0, clock_timestamp()) ON CONFLICT DO NOTHING")


@dataclass(frozen=True, slots=True)
class Wish:
    """What somebody asks for; all but the chat in seconds."""

    chat_id: int
    taken: bool  # her chat's row has been moved on for her already
    chat_gap: float  # what she takes of her chat's time
    chat_ahead: float  # how far her chat's row may be ahead
    gap: float
    ahead: float  # how far the row of everything may be ahead


@dataclass(frozen=True, slots=True)
class Answer:
    """What she gets: how long she waits, or how long everything or her chat is full; seconds."""

    wait: float | None
    taken: bool
    full_for: float
    chat_for: float | None


class PaceRow:
    """One connection to the rows, which is made again after it was lost."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine
        self._connection: AsyncConnection | None = None
        self._connecting: asyncio.Task[AsyncConnection] | None = None
        self.asked = 0  # wishes so far, each one way to the database and back

    async def ask(self, wish: Wish) -> Answer:
        """A place, if there is one. Raises whatever keeps the database from answering in time."""
        async with asyncio.timeout(PATIENCE):
            connection = await self._connected()
            self.asked += 1
            row = (await connection.execute(_STATEMENT, _parameters(wish))).one()
            if row.full_for is None:
                raise LookupError("the row of all messages is gone")  # it is written anew with the next connection
            if max(row.full_for, row.chat_for or 0.0) > NEVER:
                await connection.execute(_PUT_RIGHT, {"never": NEVER})
                return Answer(row.wait, row.taken, 0.0, 0.0)
        return Answer(row.wait, row.taken, row.full_for, row.chat_for)

    async def move_on(self, seconds: float) -> None:
        """For what has left without a place of its own. Raises whatever keeps the database from answering in time."""
        async with asyncio.timeout(PATIENCE):
            connection = await self._connected()
            await connection.execute(_MOVE_ON, {"seconds": seconds})

    async def halt(self, chat_id: int, seconds: float) -> None:
        """Keep the row of a chat (0: of everything) so far ahead. Raises as `move_on`."""
        async with asyncio.timeout(PATIENCE):
            connection = await self._connected()
            await connection.execute(_HALT, {"chat": chat_id, "seconds": seconds})

    async def let_go(self) -> None:
        """The connection may be broken: the next one to ask gets another."""
        connection, self._connection = self._connection, None
        if connection is not None:
            with suppress(Exception):
                await connection.invalidate()
                await connection.close()

    async def end(self) -> None:
        """Give the connection back."""
        connecting, self._connecting = self._connecting, None
        if connecting is not None:
            connecting.cancel()
            with suppress(Exception, asyncio.CancelledError):
                self._connection = await connecting
        await self.let_go()
        await self._engine.dispose()

    async def _connected(self) -> AsyncConnection:
        """A connection, for which nobody waits longer than for an answer: the next one to ask finds it."""
        if self._connection is not None:
            return self._connection
        if self._connecting is None or (self._connecting.done() and self._connecting.exception() is not None):
            self._connecting = asyncio.create_task(self._connect())
        await asyncio.wait([self._connecting])
        connecting, self._connecting = self._connecting, None
        self._connection = connecting.result()
        return self._connection

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


def _parameters(wish: Wish) -> dict[str, object]:
    spans = {name: timedelta(seconds=getattr(wish, name)) for name in _SPANS}
    return {"chat": wish.chat_id, "taken": wish.taken, **spans}
