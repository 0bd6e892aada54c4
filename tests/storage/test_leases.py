"""A lease is one holder's at a time, and whoever has lost it writes nothing more."""

import re
from datetime import datetime, timedelta

import pytest
from sqlalchemy import text

from domain.usecases.leases import Held, LeaseLostError, end_lease, keep_lease, take_lease
from models.lease import Lease
from models.session import Database
from tests.storage.conftest import refusal
from tests.support.county import SATURDAY

MINUTE = timedelta(minutes=1)
REFUSED = {
    "UPDATE lease SET fence = 0": "ck_lease_fence_above_zero|a fence only grows",
    "INSERT INTO lease (name, holder, fence, until) SELECT 'other', holder, 0, until FROM lease": (
        "ck_lease_fence_above_zero"
    ),
    "UPDATE lease SET holder = ''": "ck_lease_held_by_somebody",
    "UPDATE lease SET fence = fence - 1": "a fence only grows|ck_lease_fence_above_zero",
    "DELETE FROM lease": "its fence must not come again",
    "INSERT INTO lease SELECT * FROM lease": "pk_lease|lease.name",
    "INSERT INTO pace (chat_id, until) SELECT 0, until FROM lease UNION ALL SELECT 0, until FROM lease": (
        "pk_pace|pace.chat_id"
    ),
}


async def take(database: Database, holder: str, now: datetime) -> Held | None:
    """Try to hold the lease "night" for a minute."""
    async with database.transaction() as session:
        return await take_lease(session, "night", holder, now=now, length=MINUTE)


async def test_a_lease_has_one_holder_and_each_new_one_a_higher_fence(database: Database) -> None:
    first = await take(database, "a", SATURDAY)
    assert first == Held("night", "a", 1, MINUTE)
    assert await take(database, "b", SATURDAY + MINUTE / 2) is None
    assert await take(database, "a", SATURDAY + MINUTE / 2) == first  # goes on, for a minute from here
    assert await take(database, "b", SATURDAY + MINUTE) is None
    second = await take(database, "b", SATURDAY + 2 * MINUTE)
    assert second == Held("night", "b", 2, MINUTE)
    async with database.transaction() as session:
        await end_lease(session, first, now=SATURDAY + 2 * MINUTE)  # it is not hers any more
    assert await take(database, "a", SATURDAY + 2 * MINUTE) is None
    async with database.transaction() as session:
        await end_lease(session, second, now=SATURDAY + 2.1 * MINUTE)
    third = await take(database, "b", SATURDAY + 2.1 * MINUTE)
    assert third == Held("night", "b", 3, MINUTE)  # a turn of its own, though by the same


async def test_a_lease_that_a_clock_a_day_ahead_has_taken_keeps_nobody_out_for_a_day(database: Database) -> None:
    await take(database, "a", SATURDAY + timedelta(days=1))
    assert await take(database, "b", SATURDAY) == Held("night", "b", 2, MINUTE)
    assert await take(database, "a", SATURDAY) is None


async def test_who_was_paused_past_the_end_writes_nothing(database: Database) -> None:
    async def work(held: Held, now: datetime) -> None:
        async with database.transaction() as session:
            await keep_lease(session, held, now=now)
            await session.execute(text(f"INSERT INTO pace (chat_id, until) SELECT {held.fence}, until FROM lease"))

    held = await take(database, "a", SATURDAY)
    assert held is not None
    await work(held, SATURDAY + MINUTE / 2)  # which made it longer
    with pytest.raises(LeaseLostError):
        await work(held, SATURDAY + 2 * MINUTE)  # nobody else has it, but it has ended
    after = await take(database, "b", SATURDAY + 2 * MINUTE)
    with pytest.raises(LeaseLostError):
        await work(held, SATURDAY + 1.4 * MINUTE)  # nor by a clock that goes after
    async with database.transaction() as session:
        assert (await session.execute(text("SELECT count(*) FROM pace"))).scalar_one() == 1
        assert after == Held("night", "b", (await session.get_one(Lease, "night")).fence, MINUTE)


async def test_the_database_refuses_what_no_lease_can_be(database: Database) -> None:
    assert await take(database, "a", SATURDAY)
    said = {statement: await refusal(database, statement) for statement in REFUSED}
    assert not [(one, said[one]) for one, words in REFUSED.items() if not re.search(words, said[one])]
