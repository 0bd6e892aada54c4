"""The migrations make what the models say, can be taken back, and be made again."""

from collections.abc import Callable
from typing import Any

from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from sqlalchemy import Connection, func, inspect, select, text
from sqlmodel import SQLModel

from models.household import Household
from models.schema import migrate, revisions
from models.session import Database
from tests.architecture.tree import ROOT


async def on(database: Database, work: Callable[[Connection], Any]) -> Any:
    """The answer of `work` on a connection, committed."""
    async with database.engine.begin() as connection:
        return await connection.run_sync(work)


def back_to(revision: str) -> Callable[[Connection], None]:
    """Take migrations back."""

    def work(connection: Connection) -> None:
        config = Config()
        config.set_main_option("script_location", str(ROOT / "migrations"))
        config.attributes["connection"] = connection
        command.downgrade(config, revision)

    return work


def tables(connection: Connection) -> set[str]:
    """The names of the tables that are there."""
    return set(inspect(connection).get_table_names())


def differences(connection: Connection) -> list[Any]:
    """What the models and the tables do not agree in."""
    return list(compare_metadata(MigrationContext.configure(connection), SQLModel.metadata))


def guards(connection: Connection) -> set[str]:
    """The triggers of the database."""
    sqlite = connection.dialect.name == "sqlite"
    query = "SELECT name FROM sqlite_master WHERE type = 'trigger'" if sqlite else _POSTGRES_TRIGGERS
    return {str(name) for name in connection.execute(text(query)).scalars()}


FINAL = {
    *(f"{table}_not_{what}" for table in ("lead_entry", "dispute_entry") for what in ("changed", "deleted")),
    *(
        f"{table}_not_{what}"
        for table in ("item_entry", "project_entry", "ballot_entry", "elector", "minutes_version", "ballot")
        for what in ("changed", "deleted")
    ),
    "ballot_not_reopened",
    *(f"vote_in_time_{event}" for event in ("insert", "update", "delete")),
    *(f"ballot_box_in_time_{event}" for event in ("insert", "delete")),
    *(f"ballot_words_{what}" for what in ("in_time_insert", "not_moved", "not_deleted")),
    *("ballot_box_not_moved", "ballot_entry_in_time_insert", "elector_in_time_insert"),
    *("erasure_not_changed", "erasure_not_deleted"),
    *("lease_fence_not_lowered", "lease_not_deleted"),
}
_POSTGRES_TRIGGERS = "SELECT tgname FROM pg_trigger WHERE NOT tgisinternal"


async def test_they_make_what_the_models_say_and_can_be_taken_back(empty_database: Database) -> None:
    for _ in range(2):
        await migrate(empty_database)
        assert await on(empty_database, differences) == []
        assert await on(empty_database, guards) == FINAL
        await on(empty_database, back_to("base"))
        assert await on(empty_database, tables) == {"alembic_version"}
        assert await on(empty_database, guards) == set()


async def test_going_back_before_leads_keeps_the_register_and_nothing_of_leads(records: Database) -> None:
    async def households() -> int:
        async with records.transaction() as session:
            return int((await session.execute(select(func.count()).select_from(Household))).scalar_one())

    before = await households()
    await on(records, back_to("0001"))
    assert (await revisions(records))[0] == "0001"
    assert not {"lead", "alert", "tie", "leave", "chat_message"} & await on(records, tables)
    assert await households() == before
    await migrate(records)
    assert await on(records, differences) == []
