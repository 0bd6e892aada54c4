"""A tick that finds nothing: it reads, and keeps nobody waiting."""

import asyncio
from contextlib import AsyncExitStack

from sqlalchemy import event, select, update
from sqlmodel import col

from models.looking import any_row, is_there
from models.member import Member
from models.session import Database
from tests.support.hands import Bench


async def test_a_tick_that_finds_nothing_locks_and_commits_nothing(bench: Bench) -> None:
    await bench.tick()
    bench.all_unread()
    engine, statements = bench.database.engine.sync_engine, list[str]()

    def note(_connection: object, _cursor: object, statement: str, *_: object) -> None:
        statements.append(statement)

    def note_commit(_connection: object) -> None:
        statements.append("COMMIT")

    event.listen(engine, "before_cursor_execute", note)
    event.listen(engine, "commit", note_commit)
    try:
        await bench.tick()
        await bench.program.keeper.keep_waiting()
    finally:
        event.remove(engine, "before_cursor_execute", note)
        event.remove(engine, "commit", note_commit)
    assert 0 < len(statements) < 20
    assert all(one.startswith("SELECT") and "FOR UPDATE" not in one for one in statements)


async def test_a_look_waits_for_no_writer_and_sees_what_is_committed(database: Database) -> None:
    async def names() -> set[str]:
        async with asyncio.timeout(5), database.looking() as look:
            return set((await look.execute(select(col(Member.name)))).scalars())

    before = await names()
    async with database.transaction() as session:
        await session.execute(update(Member).values(name="新名"))
        assert await names() == before
    assert await names() == {"新名"}


async def test_whoever_writes_after_a_look_writes_in_a_transaction(database: Database) -> None:
    renamed = any_row(select(col(Member.id)).where(col(Member.name) == "新名"))
    assert not await is_there(database, renamed)
    async with database.transaction() as session:
        await session.execute(update(Member).values(name="新名"))
        await session.rollback()
    assert not await is_there(database, renamed)
    async with database.transaction() as session:
        await session.execute(update(Member).values(name="新名"))
    assert await is_there(database, renamed)


async def test_those_who_look_at_once_leave_a_transaction_the_connection_of_the_last_one(database: Database) -> None:
    """One that was used a moment ago still has at hand what it has read, and need not be asked whether it lives."""
    used = set[object]()
    async with AsyncExitStack() as looks:
        for _ in range(3):
            await looks.enter_async_context(database.looking())
    for _ in range(4):
        async with database.transaction() as session:
            connection = await (await session.connection()).get_raw_connection()
            used.add(connection.driver_connection)
    assert len(used) == 1
