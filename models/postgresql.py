"""Connections to PostgreSQL: none that is waited for without an end, and none that died unnoticed."""

import socket
from time import monotonic
from typing import Any

from sqlalchemy import event
from sqlalchemy.exc import InvalidatePoolError
from sqlalchemy.ext.asyncio import AsyncEngine
from sqlalchemy.pool import ConnectionPoolEntry

PATIENCE = 5000  # milliseconds for which we wait for a lock that another program holds; of SQLite's as well
_TO_CONNECT = 10.0  # seconds
# Seconds after which a machine at the other end that says nothing any more counts as gone, by its sign of life: asked
# after a silence, then every few seconds a few times. Without it a lost machine is waited for, for hours.
_SILENCE, _AGAIN, _TIMES = 10, 5, 3
# What a program that has vanished in the middle of a transaction has locked is free again after that.
_IDLE = 60_000  # milliseconds
# A connection that was used so lately is taken to live: in a program at rest something looks every second.
RESTED = 3.0  # seconds
_RESTS_SINCE = "suozi_rests_since"


def options_for_postgresql() -> dict[str, Any]:
    """No connection, and no lock, that is waited for without an end."""
    settings = {
        "lock_timeout": PATIENCE,
        "idle_in_transaction_session_timeout": _IDLE,
        "tcp_keepalives_idle": _SILENCE,
        "tcp_keepalives_interval": _AGAIN,
        "tcp_keepalives_count": _TIMES,
    }
    return {"timeout": _TO_CONNECT, "server_settings": {name: str(value) for name, value in settings.items()}}


def keep_alive(connection: Any, _record: ConnectionPoolEntry) -> None:
    """Have the system look for a sign of life of the machine at the other end; a listener of the engine's."""
    # asyncpg gives no other way to its socket.
    used: socket.socket = connection.driver_connection._transport.get_extra_info("socket")
    if used.family is socket.AddressFamily.AF_UNIX:
        return
    used.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
    for name, value in (
        ("TCP_KEEPIDLE", _SILENCE),
        ("TCP_KEEPINTVL", _AGAIN),
        ("TCP_KEEPCNT", _TIMES),
        ("TCP_USER_TIMEOUT", 1000 * (_SILENCE + _AGAIN * _TIMES)),
    ):
        if option := getattr(socket, name, None):  # not every system has all of them
            used.setsockopt(socket.IPPROTO_TCP, option, value)


def ask_after_a_rest(engine: AsyncEngine) -> None:
    """Ask a connection whether it still lives when it was not used for a while.

    SQLAlchemy's own `pool_pre_ping` asks every time, which is four messages to and fro: more than a short transaction.
    One that dies within that while fails the transaction, as it may in the middle of one, and all others are given up.
    """
    pool, dialect = engine.sync_engine, engine.sync_engine.dialect

    def rests(_connection: Any, record: ConnectionPoolEntry) -> None:
        record.info[_RESTS_SINCE] = monotonic()

    def wakes(connection: Any, record: ConnectionPoolEntry, _fairy: object) -> None:
        since = record.info.get(_RESTS_SINCE)
        if since is None or monotonic() - since < RESTED:
            return
        try:
            dialect.do_ping(connection)
        except dialect.loaded_dbapi.Error as error:
            raise InvalidatePoolError from error  # the pool then opens a new one, and asks each of the others

    event.listen(pool, "checkin", rests)
    event.listen(pool, "checkout", wakes)
