"""A county that has everything goes back to an older schema and comes forward again (`bench/fault_migrations.py`)."""

from bench.fault_migrations import contents, down_and_up
from models.schema import migrate
from models.session import Database
from tests.storage.all_rows import add_all_rows
from tests.storage.conftest import empty_database
from tests.storage.test_migrations import on

__all__ = ["empty_database"]


async def test_what_both_schemas_have_is_as_it_was_after_the_way_down_and_up(empty_database: Database) -> None:
    await migrate(empty_database)
    async with empty_database.transaction() as session:
        await add_all_rows(session)
    assert [table for table, held in (await on(empty_database, contents)).items() if not held.rows] == []
    assert await down_and_up(empty_database, "0003") == []
