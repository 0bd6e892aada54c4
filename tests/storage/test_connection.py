"""Our connections, where they do more than the libraries'."""

import asyncio
from pathlib import Path

import asyncpg
import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from models import session
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

    monkeypatch.setattr(session, "_RESTED", 0.0)
    await end()
    assert await database.answers()
