"""Our connections, where they do more than the libraries'."""

import asyncio
import sqlite3
import time
from contextlib import closing
from pathlib import Path
from typing import Any

import asyncpg
import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from models import postgresql
from models.aiosqlite_at_once import Connection
from models.session import Database
from models.trouble import is_the_databases


async def test_a_connection_that_is_stopped_while_it_closes_comes_to_its_end(tmp_path: Path) -> None:
    connection = await Connection(str(tmp_path / "x.db"))
    closing = asyncio.create_task(connection.close())
    await asyncio.sleep(0)  # it waits for its thread now
    stopped = connection.stop()
    closing.cancel()
    done, _ = await asyncio.wait({closing}, timeout=10)
    assert closing in done
    assert stopped is not None
    await stopped


@pytest.mark.parametrize("name", ["x.db", "link.db"])
async def test_where_nothing_was_written_there_is_nothing_to_forget_whoever_has_the_file(
    name: str, tmp_path: Path
) -> None:
    (tmp_path / "link.db").symlink_to(tmp_path / "x.db")
    database = Database(f"sqlite:///{tmp_path / name}")
    async with database.transaction() as one:
        await one.execute(text("CREATE TABLE box (seal TEXT)"))
    assert await database.forget_overwritten()
    with closing(sqlite3.connect(tmp_path / "x.db", isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        assert await database.forget_overwritten()
        other.execute("ROLLBACK")
        other.execute("BEGIN")
        other.execute("SELECT * FROM box").fetchall()
        async with database.transaction() as one:
            await one.execute(text("INSERT INTO box VALUES ('former')"))
        assert not await database.forget_overwritten()  # somebody still reads what was there before
    assert await database.forget_overwritten()
    assert (tmp_path / "x.db-wal").stat().st_size == 0
    await database.close()


@pytest.mark.parametrize("database", ["postgresql"], indirect=True)
async def test_a_connection_that_died_while_it_rested_is_noticed_and_one_in_use_fails_once(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def end() -> None:
        """Somebody on the server ends the connection that the pool holds."""
        async with database.transaction() as one:
            number = (await one.execute(text("SELECT pg_backend_pid()"))).scalar_one()
        other = await asyncpg.connect(database.url.replace("+asyncpg", ""))
        await other.execute("SELECT pg_terminate_backend($1)", number)
        await other.close()

    await end()
    with pytest.raises(DBAPIError) as caught:
        await database.answers()
    assert is_the_databases(caught.value)
    assert await database.answers()

    monkeypatch.setattr(postgresql, "RESTED", 0.0)
    await end()
    assert await database.answers()


@pytest.mark.parametrize("database", ["postgresql"], indirect=True)
async def test_a_look_every_second_is_one_message_to_and_fro(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    dialect, later, asked = type(database.engine.sync_engine.dialect), [0.0], list[float]()
    usual, clock = dialect.do_ping, time.monotonic  # the event loop's own goes on as it does

    def ping(self: Any, connection: Any) -> bool:
        asked.append(later[0])
        return usual(self, connection)

    monkeypatch.setattr(dialect, "do_ping", ping)
    monkeypatch.setattr("models.postgresql.monotonic", lambda: clock() + later[0])
    for seconds in (0.0, 1.2, 2.4, 12.4):
        later[0] = seconds
        async with database.looking() as look:
            await look.execute(text("SELECT 1"))
    assert asked == [12.4]
