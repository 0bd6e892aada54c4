"""When it is the database that could not, not what it was asked for: nobody is to blame, and it is tried again."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from typing import TypeVar

from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as NoConnectionFree

_log = logging.getLogger(__name__)
Result = TypeVar("Result")
PAUSE = 1.0  # seconds between two tries
# SQLite's primary codes: busy, locked, out of memory, read only, a disk that fails, corrupt, full, cannot be opened,
# a lock that cannot be had, not a database.
_SQLITE = frozenset({5, 6, 7, 8, 10, 11, 13, 14, 15, 26})
_SQLITE_LOCKS = frozenset({5, 6})
# PostgreSQL's classes: the connection, a transaction that had to make way, no room or no connection, somebody ended it,
# the system; and of others: a lock that was waited for too long, a standby that takes nothing.
_CLASSES = frozenset({"08", "40", "53", "57", "58"})
_STATES = frozenset({"55P03", "25006", "25P03"})
# A lock that was waited for too long, a statement that took too long or that somebody stopped.
_ONE = frozenset({"55P03", "57014"})


def is_the_databases(error: BaseException) -> bool:
    """Whether `error` says that the database is away, busy, full or was restarted: the same may well work later."""
    if isinstance(error, NoConnectionFree | ConnectionError):
        return True
    if not isinstance(error, DBAPIError):
        # Before there is a connection the driver lets errors of PostgreSQL's through as they are.
        return _has_such_a_state(error)
    if error.connection_invalidated:
        return True
    code = getattr(error.orig, "sqlite_errorcode", None)
    return code & 0xFF in _SQLITE if isinstance(code, int) else _has_such_a_state(error.orig)


def _has_such_a_state(error: BaseException | None) -> bool:
    state = getattr(error, "sqlstate", None)
    return isinstance(state, str) and (state[:2] in _CLASSES or state in _STATES)


def is_a_lock(error: BaseException) -> bool:
    """Whether `error` says that somebody else holds what was wanted, for as long as that may be."""
    code = getattr(getattr(error, "orig", None), "sqlite_errorcode", None)
    return code & 0xFF in _SQLITE_LOCKS if isinstance(code, int) else _state(error) == "55P03"


def concerns_all(error: BaseException) -> bool:
    """What `is_the_databases` says, but for locks and for one statement that was stopped: a row that somebody holds, or
    a statement that takes too long, keeps nobody from the rows beside it.
    """
    state = _state(error)
    return is_the_databases(error) and state[:2] != "40" and state not in _ONE


def _state(error: BaseException) -> str:
    return getattr(getattr(error, "orig", None), "sqlstate", None) or ""


def cannot_be_reached(error: BaseException) -> bool:
    """The same for work that asks nobody but the database: what the operating system refuses is also its trouble."""
    return isinstance(error, OSError) or is_the_databases(error)


async def when_it_is_back(work: Callable[[], Awaitable[Result]]) -> Result:
    """What `work` gives, tried again every second for as long as the database is in trouble.

    For what must be written down because it has happened: a message that was sent was sent. `work` asks the database
    alone, and does no harm when it is done twice, for a commit whose answer was lost may have been one.
    """
    tries = 0
    while True:
        try:
            return await work()
        except Exception as error:
            if not cannot_be_reached(error):
                raise
            if not tries:
                _log.warning("database_waited_for error=%s", type(error).__name__)
            tries += 1
        await asyncio.sleep(PAUSE)
