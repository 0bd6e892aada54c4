"""Who is cancelled in the middle of a transaction ends by that, wherever it stood; and the database goes on."""

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any

import pytest
from sqlalchemy import func, select, text
from sqlalchemy.exc import OperationalError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncSession
from sqlmodel import col

from models.member import Member
from models.session import Database
from models.trouble import when_it_is_back

STEPS = 400  # turns of the loop that are more than a transaction takes


async def cancelled_after(turns: int, work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
    """`work` in a task that was cancelled after so many turns of the loop, and has ended."""
    task = asyncio.create_task(work)
    for _ in range(turns):
        await asyncio.sleep(0)
    task.cancel()
    done, _ = await asyncio.wait([task], timeout=10)
    assert done, "it does not end"
    return task


async def cancelled_anywhere(database: Database, work: Callable[[], Coroutine[Any, Any, None]]) -> None:
    """`work` may be cancelled at any turn of the loop: it ends by that, and gives back what it had of the database."""
    ended = 0
    for turns in (*range(30), *range(30, STEPS, 25)):
        task = await cancelled_after(turns, work())
        assert task.cancelled() or task.exception() is None
        ended += task.cancelled()
        assert await asyncio.wait_for(database.answers(), 10)
        pool: Any = database.engine.pool
        assert pool.checkedout() == 0
    assert ended


async def test_a_transaction_may_be_cancelled_at_any_turn_of_the_loop(database: Database) -> None:
    async def work() -> None:
        async with database.transaction() as session:
            await session.execute(select(Member).limit(1))
            await session.execute(text("UPDATE member SET locale = 'en' WHERE id = -1"))

    await cancelled_anywhere(database, work)


async def test_a_look_may_be_cancelled_at_any_turn_of_the_loop(database: Database) -> None:
    async def work() -> None:
        async with database.looking() as look:
            await look.execute(select(Member).limit(1))
            await look.execute(select(func.count(col(Member.id))))

    await cancelled_anywhere(database, work)


@pytest.mark.parametrize(
    ("place", "broken"), [(AsyncSession, "rollback"), (AsyncSession, "close"), (AsyncConnection, "close")]
)
async def test_a_cancellation_is_not_hidden_by_an_undoing_that_fails(
    database: Database, place: type, broken: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    usual: Callable[[object], Coroutine[Any, Any, None]] = getattr(place, broken)
    begun = asyncio.Event()

    async def fails(of: object) -> None:
        await usual(of)
        raise OperationalError("rollback", None, ConnectionError())

    async def work() -> None:
        async with database.looking() if place is AsyncConnection else database.transaction() as begins:
            await begins.execute(select(1))
            begun.set()
            await asyncio.Event().wait()

    monkeypatch.setattr(place, broken, fails)
    task = asyncio.create_task(when_it_is_back(work))
    await begun.wait()
    task.cancel()
    done, _ = await asyncio.wait([task], timeout=0.5)
    again = task.cancel()
    await asyncio.wait([task])
    assert done, "taken for the database's trouble, it is tried again"
    assert not again
    assert task.cancelled()


async def test_an_error_of_before_and_a_time_out_stay_what_they_are(database: Database) -> None:
    with pytest.raises(LookupError):
        async with database.transaction():
            raise LookupError
    with pytest.raises(TimeoutError):
        async with database.transaction(), asyncio.timeout(0.01):
            await asyncio.Event().wait()
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.01), database.transaction():
            await asyncio.Event().wait()
