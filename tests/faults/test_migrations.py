"""A county that has everything goes back to an older schema and comes forward again (`bench/fault_migrations.py`)."""

import argparse
import asyncio
from pathlib import Path

import pytest
from sqlalchemy import text

from bench.fault_migrations import contents, down_and_up
from console.errors import CommandError
from console.schema import migrate as command
from models.schema import migrate, revisions
from models.session import Database
from tests.console.conftest import desk_at
from tests.storage.all_rows import add_all_rows
from tests.storage.conftest import empty_database
from tests.storage.test_migrations import back_to, on

__all__ = ["empty_database"]


async def test_what_both_schemas_have_is_as_it_was_after_the_way_down_and_up(empty_database: Database) -> None:
    await migrate(empty_database)
    async with empty_database.transaction() as session:
        await add_all_rows(session)
    assert [table for table, held in (await on(empty_database, contents)).items() if not held.rows] == []
    assert await down_and_up(empty_database, "0003") == []


WAITS = text("SELECT count(*) FROM pg_locks WHERE NOT granted AND relation IN ('inbox'::regclass, 'outbox'::regclass)")


@pytest.mark.parametrize("empty_database", ["postgresql"], indirect=True)
async def test_tables_are_changed_under_the_hands_of_a_replica_that_works(empty_database: Database) -> None:
    """A round writes notices, then what it has done: in that order the tables are locked here too."""
    await migrate(empty_database)
    await on(empty_database, back_to("0006"))
    async with empty_database.transaction() as session:
        await session.execute(text("DELETE FROM outbox"))
        changing = asyncio.create_task(migrate(empty_database))
        while not (await session.execute(WAITS)).scalar_one():  # noqa: ASYNC110 - the server has no event for it
            await asyncio.sleep(0.01)
        await session.execute(text("DELETE FROM inbox"))
    await changing
    assert len(set(await revisions(empty_database))) == 1


@pytest.mark.parametrize("empty_database", ["postgresql"], indirect=True)
async def test_a_table_that_somebody_holds_is_tried_again_and_at_last_the_operator_is_told(
    empty_database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("models.schema.LONGEST_LOCK", 50)
    monkeypatch.setattr("models.schema.PAUSE", 0.1)
    monkeypatch.setattr("models.schema.TRIES", 3)
    desk = desk_at(empty_database, tmp_path)
    await migrate(empty_database)
    await on(empty_database, back_to("0006"))
    async with empty_database.transaction() as session:
        await session.execute(text("DELETE FROM outbox"))
        with pytest.raises(CommandError, match="pg_stat_activity") as refused:
            await command(desk, argparse.Namespace())
        assert refused.value.status == 1
        changing = asyncio.create_task(migrate(empty_database))
        await asyncio.sleep(0.1)
    await changing
    assert len(set(await revisions(empty_database))) == 1
