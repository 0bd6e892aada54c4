"""The database: its engine, and the only commit of the program."""

import asyncio
import logging
import os
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager, nullcontext
from contextvars import ContextVar
from pathlib import Path
from typing import Any

from sqlalchemy import event, select
from sqlalchemy.engine import make_url
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, AsyncSession, async_sessionmaker, create_async_engine
from sqlalchemy.pool import ConnectionPoolEntry, QueuePool

from models.aiosqlite_at_once import Connection
from models.postgresql import PATIENCE, ask_after_a_rest, keep_alive, options_for_postgresql

_log = logging.getLogger(__name__)
# The program has more statements than SQLAlchemy keeps compiled by itself; compiling one takes milliseconds.
_STATEMENTS = 2000
_DRIVERS = {
    "sqlite": "sqlite+aiosqlite",
    "postgresql": "postgresql+asyncpg",
    "postgres": "postgresql+asyncpg",
}
Guard = Callable[[AsyncSession], Awaitable[None]]
_guard: ContextVar[Guard | None] = ContextVar("guard", default=None)


@contextmanager
def guarded(guard: Guard) -> Iterator[None]:
    """Within this block every transaction of this task begins with `guard`; it raises to keep it from writing."""
    before = _guard.set(guard)
    try:
        yield
    finally:
        _guard.reset(before)


@contextmanager
def unguarded() -> Iterator[None]:
    """Within this block no guard is asked: for what is true whoever goes on with the work."""
    before = _guard.set(None)
    try:
        yield
    finally:
        _guard.reset(before)


@contextmanager
def cancellation_shown() -> Iterator[None]:
    """When this task is cancelled within the block, no other error that comes of it takes the cancellation's place."""
    task = asyncio.current_task()
    before = task.cancelling() if task is not None else 0
    try:
        yield
    except Exception as error:
        if task is None or task.cancelling() <= before:
            raise
        _log.warning("failed_while_cancelled error=%s", type(error).__name__)
        raise asyncio.CancelledError from error


def async_url(url: str) -> str:
    """`url` with the driver this program uses. Raises ValueError for a database it does not know."""
    parsed = make_url(url)
    backend = parsed.drivername.split("+")[0]
    if backend not in _DRIVERS:
        raise ValueError(f"{backend} is not a database of this program: use sqlite or postgresql")
    return parsed.set(drivername=_DRIVERS[backend]).render_as_string(hide_password=False)


class Database:
    """One database, SQLite or PostgreSQL, by its URL."""

    def __init__(self, url: str, *, pool_size: int = 5) -> None:
        self.url = async_url(url)
        self.is_sqlite = self.url.startswith("sqlite")
        # An error of the driver must not carry what people wrote into a log.
        hidden: dict[str, Any] = {"hide_parameters": True, "query_cache_size": _STATEMENTS}
        if _has_a_queue(self.url):
            # The connection that was used last is used next: each of those that looks have opened beside it would read
            # anew what the others have changed.
            hidden["pool_use_lifo"] = True
        if self.is_sqlite:
            options = hidden | {"connect_args": {"async_creator_fn": Connection}}
        else:
            options = hidden | {"pool_size": pool_size, "connect_args": options_for_postgresql()}
        self.engine = create_async_engine(self.url, **options)
        if self.is_sqlite:
            event.listen(self.engine.sync_engine, "connect", _prepare_sqlite)
            event.listen(self.engine.sync_engine, "begin", _begin_immediate)
        else:
            event.listen(self.engine.sync_engine, "connect", keep_alive)
            ask_after_a_rest(self.engine)
        self._sessions = async_sessionmaker(self.engine, expire_on_commit=False)
        # SQLite has one writer: waiting in line here is fair, its own busy timeout is not.
        self._line = asyncio.Lock() if self.is_sqlite else None

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[AsyncSession]:
        """A session whose work is committed when the block ends, and undone when it raises.

        Whoever is cancelled meanwhile ends by that, also when undoing fails for a reason of the database's: taken for
        the database's trouble it would be tried again, and a program that was told to stop would go on.
        """
        with cancellation_shown():
            async with self._line or nullcontext(), self._sessions() as session:
                try:
                    if (guard := _guard.get()) is not None:
                        await guard(session)
                    yield session
                    await session.commit()
                except BaseException:
                    await session.rollback()
                    raise

    @asynccontextmanager
    async def looking(self) -> AsyncIterator[AsyncConnection]:
        """A connection to read with, without a transaction: each statement sees what is committed by then.

        In the embedded database a look waits for no writer and keeps none waiting. Cancelled, it ends as a transaction.
        """
        with cancellation_shown():
            async with self.engine.connect() as connection:
                if self.is_sqlite:
                    await connection.begin()
                    driver: Any = (await connection.get_raw_connection()).driver_connection
                    driver.begin_nothing()
                else:
                    await connection.execution_options(isolation_level="AUTOCOMMIT")
                yield connection

    async def forget_overwritten(self) -> bool:
        """Empty the embedded database's write-ahead log, which still holds what rows held before they were changed.

        Whether it is empty: while another program reads the file it stays, and this is to be done again. Where nothing
        was written it costs nothing. Not within a transaction.
        """
        if self._line is None or self._log_is_empty():
            return True
        async with self._line, self.engine.connect() as connection:
            driver: Any = (await connection.get_raw_connection()).driver_connection
            await driver.execute_fetchall("PRAGMA busy_timeout=100")
            try:
                ((busy, _, _),) = await driver.execute_fetchall("PRAGMA wal_checkpoint(TRUNCATE)")
            finally:
                await driver.execute_fetchall(f"PRAGMA busy_timeout={PATIENCE}")
        return not busy

    def _log_is_empty(self) -> bool:
        # SQLite keeps it beside the file itself, wherever links lead from. What cannot be told counts as written.
        try:
            return Path(f"{os.path.realpath(self.engine.url.database or '')}-wal").stat().st_size == 0
        except OSError:
            return False

    async def answers(self) -> bool:
        """Whether the database does anything at all. Raises what it raises."""
        async with self.transaction() as session:
            return bool((await session.execute(select(1))).scalar_one() == 1)

    def beside(self) -> AsyncEngine:
        """A connection of its own, never waited for behind transactions, whose every statement is committed at once:
        for what need not survive the machine, since nobody waits until it is on PostgreSQL's disk.
        """
        lax = options_for_postgresql()
        lax["server_settings"]["synchronous_commit"] = "off"
        how = {"hide_parameters": True, "isolation_level": "AUTOCOMMIT"}
        engine = create_async_engine(self.url, pool_size=1, max_overflow=0, connect_args=lax, **how)
        event.listen(engine.sync_engine, "connect", keep_alive)
        return engine

    async def close(self) -> None:
        """Give every connection back."""
        await self.engine.dispose()


def _has_a_queue(url: str) -> bool:
    """Whether connections wait in a queue; a database in memory has but one."""
    made = make_url(url)
    dialect: Any = made.get_dialect()
    return issubclass(dialect.get_pool_class(made), QueuePool)


def _prepare_sqlite(connection: DBAPIConnection, _record: ConnectionPoolEntry) -> None:
    # The driver must not open transactions by itself: _begin_immediate does, and says what kind.
    connection.isolation_level = None
    cursor = connection.cursor()
    for pragma in (
        "journal_mode=WAL",
        "synchronous=FULL",
        "foreign_keys=ON",
        f"busy_timeout={PATIENCE}",
        "secure_delete=ON",  # what is deleted or overwritten is gone from the file, and from every copy of it
        "temp_store=MEMORY",
        "cache_size=-32000",
    ):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def _begin_immediate(connection: Any) -> None:
    connection.connection.driver_connection.begin_with_next()
