"""aiosqlite with one trip to its thread for each statement.

A statement costs four as aiosqlite has it: making the cursor, executing, fetching, closing. Each trip wakes a thread
and the event loop, which together cost more than most of our statements. Here a statement is executed and all its
rows are fetched in one; SQLAlchemy fetches them all anyway. A transaction begins on the trip of its first statement,
and one that has ended is not rolled back once more when its connection goes back to the pool.
"""

import asyncio
import sqlite3
from collections.abc import Iterable, Sequence
from typing import Any

import aiosqlite

_Rows = Sequence[Any]


class Cursor:
    """What SQLAlchemy needs of an aiosqlite cursor, for results that are fetched as a whole."""

    def __init__(self, connection: "Connection") -> None:
        self._connection = connection
        self._rows: _Rows = ()
        self.description: Any = None
        self.rowcount = -1
        self.lastrowid: int | None = None
        self.arraysize = 1

    async def __aenter__(self) -> "Cursor":
        return self

    async def execute(self, sql: str, parameters: Iterable[Any] = ()) -> "Cursor":
        """Execute a statement and fetch its rows."""
        await self._connection.in_thread(self._execute, sql, parameters)
        return self

    async def executemany(self, sql: str, parameters: Iterable[Iterable[Any]]) -> "Cursor":
        """Execute a statement once for each of `parameters`."""
        await self._connection.in_thread(self._executemany, sql, parameters)
        return self

    async def fetchall(self) -> _Rows:
        """The rows of the last statement; once."""
        rows, self._rows = self._rows, ()
        return rows

    async def close(self) -> None:
        """Nothing is left open."""

    def _execute(self, connection: sqlite3.Connection, sql: str, parameters: Any) -> None:
        cursor = connection.execute(sql, parameters)
        self.description = cursor.description
        self._rows = cursor.fetchall() if cursor.description else ()
        self._end(cursor)

    def _executemany(self, connection: sqlite3.Connection, sql: str, parameters: Any) -> None:
        self._end(connection.executemany(sql, parameters))

    def _end(self, cursor: sqlite3.Cursor) -> None:
        self.rowcount, self.lastrowid = cursor.rowcount, cursor.lastrowid
        cursor.close()


class Connection(aiosqlite.Connection):
    """A connection whose cursors make one trip for each statement."""

    def __init__(self, database: str, **options: Any) -> None:
        super().__init__(lambda: sqlite3.connect(database, **options), iter_chunk_size=64)
        self._thread.daemon = True  # as SQLAlchemy does with its own: it must not keep a dying program alive
        self._stopped = False
        self._to_begin = False
        self._at_rest = True  # no trip is under way or was broken off, so what the connection says of itself holds

    def begin_with_next(self) -> None:
        """Take the only write lock together with the next statement."""
        self._to_begin = True

    def begin_nothing(self) -> None:
        """The next statements only read: they take no lock, and there is nothing to commit after them."""
        self._to_begin = False

    async def commit(self) -> None:
        """Commit; nothing when nothing was executed."""
        if not self._ended():
            await self.in_thread(sqlite3.Connection.commit)

    async def rollback(self) -> None:
        """Undo what was not committed; nothing when there is nothing."""
        if not self._ended():
            await self.in_thread(sqlite3.Connection.rollback)

    def _ended(self) -> bool:
        """Whether there is no transaction. One that was to begin, and had no statement, is none."""
        self._to_begin = False
        return self._at_rest and not self.in_transaction

    def stop(self) -> asyncio.Future[Any] | None:
        """Stop the thread, once; None when it has been told already.

        A program that is stopped cancels twice: SQLAlchemy then stops a connection that is just closing. aiosqlite
        would wait for the thread that has ended to end again, and the program would never end.
        """
        if self._stopped:
            return None
        self._stopped = True
        return super().stop()

    def cursor(self) -> Cursor:  # type: ignore[override]
        """A cursor; nothing happens yet."""
        return Cursor(self)

    async def in_thread(self, work: Any, *arguments: Any) -> None:
        """Do `work` with the sqlite3 connection in its thread."""
        if self._to_begin:
            work, arguments = _begin_and, (work, *arguments)
        self._to_begin = self._at_rest = False
        await self._execute(work, self._conn, *arguments)  # type: ignore[no-untyped-call]
        self._at_rest = True  # not where it was cancelled: the thread may still be at it


def _begin_and(connection: sqlite3.Connection, work: Any, *arguments: Any) -> None:
    connection.execute("BEGIN IMMEDIATE").close()
    work(connection, *arguments)
