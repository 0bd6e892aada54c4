"""Side by side on one PostgreSQL: what one replica alone does is done by one, and goes on when that one is gone."""

import asyncio
from contextlib import suppress
from datetime import timedelta
from itertools import islice

import pytest
from sqlalchemy import func, select

from bot import Program
from domain.channel import Fetched, FetchEnd
from domain.usecases.outbox import insert_ignoring
from models.lead import FileState
from models.session import Database
from models.sweep_run import SweepRun
from scheduler.alone import JOBS, LENGTH, Alone
from scheduler.kept_files import MOST_BEGUN, FileKeeper
from tests.scheduler.test_lead_files import photo_of_a_phone, sent_with_a_lead, the_file
from tests.support.county import POLICY, SATURDAY
from tests.support.hands import Bench, Clock


class SlowSource:
    """Telegram on a bad day: the file comes once everybody has asked who will."""

    def __init__(self) -> None:
        self.asked = 0
        self.comes = asyncio.Event()

    async def fetch(self, _file_id: str, _most_bytes: int) -> Fetched:
        """The picture, after a while."""
        self.asked += 1
        await self.comes.wait()
        return Fetched(FetchEnd.FETCHED, photo_of_a_phone())


@pytest.mark.parametrize("database", ["postgresql"], indirect=True)
async def test_many_replicas_fetch_a_slow_picture_once_and_do_not_take_it_for_a_bad_one(bench: Bench) -> None:
    await sent_with_a_lead(bench, photo_of_a_phone())
    source = SlowSource()
    jobs = []
    for number in range(MOST_BEGUN + 2):
        keeper = FileKeeper(bench.database, source, clock=bench.clock, policy=POLICY)
        jobs.append(Alone(bench.database, f"r{number}", clock=bench.clock).alone(keeper.keep_waiting))
    under_way = [asyncio.ensure_future(job()) for job in jobs]
    async with asyncio.timeout(30):
        for ended in islice(asyncio.as_completed(under_way), MOST_BEGUN + 1):
            await ended  # all but one, who waits for the picture
    source.comes.set()
    await asyncio.gather(*under_way)
    assert source.asked == 1
    assert (await the_file(bench)).state is FileState.KEPT


@pytest.mark.parametrize("database", ["postgresql"], indirect=True)
@pytest.mark.parametrize("away", [True, False])
async def test_a_picture_is_not_refused_because_tries_outlasted_their_lease(
    bench: Bench, monkeypatch: pytest.MonkeyPatch, away: bool
) -> None:
    """Be it that the database was away for longer than a lease, or that the file was so long in coming."""
    await sent_with_a_lead(bench, photo_of_a_phone())
    source = SlowSource()
    source.comes.set()
    keeper = FileKeeper(bench.database, source, clock=bench.clock, policy=POLICY)
    job = Alone(bench.database, "r", clock=bench.clock).alone(keeper.keep_waiting)

    async def outlasts(*_rest: object, **_named: object) -> None:
        bench.clock.now += LENGTH + timedelta(seconds=1)
        if away:
            raise ConnectionResetError
        async with bench.database.transaction():
            """The lease is asked for here."""

    with monkeypatch.context() as slow:
        slow.setattr(keeper, "_try", outlasts)
        for _ in range(MOST_BEGUN + 1):
            with suppress(ConnectionResetError):
                await job()
    await job()
    assert (await the_file(bench)).state is FileState.KEPT


@pytest.mark.parametrize("database", ["postgresql"], indirect=True)
async def test_a_replica_that_was_paused_writes_nothing_once_another_has_gone_on(database: Database) -> None:
    clock, began, goes_on = Clock(SATURDAY), asyncio.Event(), asyncio.Event()

    class Sweep:
        """Writes down, twice, that it was here."""

        def __init__(self, name: str, *, pauses: bool = False) -> None:
            self._name = name
            self._pauses = pauses

        async def audit(self) -> None:
            """Two transactions, and perhaps a long pause between them."""
            for part in "ab":
                async with database.transaction() as session:
                    row = {"rule": self._name, "period": part, "swept_at": clock()}
                    await session.execute(insert_ignoring(session, SweepRun).values(**row))
                if self._pauses:
                    began.set()
                    await goes_on.wait()

    async def written() -> dict[str, int]:
        query = select(SweepRun.rule, func.count()).group_by(SweepRun.rule)  # type: ignore[call-overload]
        async with database.transaction() as session:
            return dict((await session.execute(query)).all())

    Sweep.audit.__qualname__ = "Sweep.audit"
    replicas = [Alone(database, name, clock=clock) for name in ("first", "second", "third")]
    jobs = [
        alone.alone(Sweep(name, pauses=name == "first").audit)
        for alone, name in zip(replicas, ("first", "second", "third"), strict=True)
    ]
    paused = asyncio.ensure_future(jobs[0]())
    await began.wait()
    await jobs[1]()
    assert await written() == {"first": 1}
    clock.now += LENGTH + timedelta(seconds=1)
    await jobs[1]()
    goes_on.set()
    await paused
    assert await written() == {"first": 1, "second": 2}
    await jobs[2]()
    assert await written() == {"first": 1, "second": 2}
    await replicas[1].give_back()  # it stops
    await jobs[2]()
    assert await written() == {"first": 1, "second": 2, "third": 2}


async def test_what_is_done_alone_are_jobs_and_without_replicas_nothing_is_asked(database: Database) -> None:
    program = Program(POLICY, database, token="1:x", api_url="http://127.0.0.1:1", rate=30)
    assert {job.id for job in program.ticking.scheduler.get_jobs()} >= JOBS
    alone = Alone(database, "one", clock=Clock(SATURDAY))
    assert (alone.alone(program.sweep.audit) == program.sweep.audit) is database.is_sqlite
    assert alone.alone(program.sweep.alerts) == program.sweep.alerts
