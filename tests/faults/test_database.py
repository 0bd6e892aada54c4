"""The database goes away, fills up or is busy in the middle of things: no update, notice or file is blamed for it."""

import asyncio
import sqlite3
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import asyncpg
import pytest
from sqlalchemy import event, select, text
from sqlalchemy.engine import make_url
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from domain.channel import Outcome, Outgoing, Receipt
from domain.household_notices import LateHouseholds
from domain.usecases.outbox import tell
from models.inbox import TRIES
from models.lead import FileState, LeadFile
from models.member import Member
from models.outbox import OutboxMessage, OutboxState
from models.session import Database
from models.trouble import is_the_databases
from scheduler.deliver import Deliverer
from scheduler.kept_files import MOST_BEGUN
from scheduler.settling import Settler
from tests.faults.test_inbox import at_the_summary, inbox_rows, visits
from tests.scheduler.test_lead_files import photo_of_a_phone, sent_with_a_lead
from tests.support.alerts import bells, later
from tests.support.county import HEAD, INSTRUCTOR, POLICY, SATURDAY, WORKER
from tests.support.hands import Bench
from tests.support.leads import a_lead

LATE = LateHouseholds(POLICY.today(SATURDAY), 1, 0, 0)


@pytest.fixture(autouse=True)
def _at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody waits in a test."""
    monkeypatch.setattr("handlers.held_up.FIRST", 0.0)
    monkeypatch.setattr("models.trouble.PAUSE", 0.0)


async def break_down(session: AsyncSession) -> None:
    """What a full disk does to SQLite, and a server that is stopped at once to PostgreSQL. Raises what they raise."""
    connection = await session.connection()
    if connection.dialect.name == "sqlite":
        pages = (await connection.execute(text("PRAGMA page_count"))).scalar_one()
        await connection.execute(text(f"PRAGMA max_page_count={pages}"))
        try:
            await connection.execute(text("CREATE TABLE much AS SELECT randomblob(1000000) AS filling"))
        finally:
            await connection.execute(text("PRAGMA max_page_count=4294967294"))
    else:
        await connection.execute(text("SELECT pg_terminate_backend(pg_backend_pid())"))


async def breaks_while_filing(session: AsyncSession, *_rest: object, **_named: object) -> None:
    """In the place of a step of filing a visit."""
    await break_down(session)


async def test_a_check_in_waits_for_the_database_however_often_it_fails(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    worker, summary = await at_the_summary(bench)
    with monkeypatch.context() as broken:
        broken.setattr("domain.usecases.visits._move_cycle", breaks_while_filing)
        bench.box.act(WORKER, WORKER, "press", message_id=summary.message_id, data=summary.button("保存"))
        await bench.program.poller.poll_once(0)
        for _ in range(TRIES + 1):
            with pytest.raises(DBAPIError) as failed:
                await bench.inbox.round()
            assert is_the_databases(failed.value)
    assert worker.reads() == []
    assert (await inbox_rows(bench))[-1].attempts == 0
    await bench.inbox.round()
    await bench.program.replies.drain()
    (saved,) = worker.reads()
    assert "已保存" in saved.text
    assert len(await visits(bench)) == 1


@asynccontextmanager
async def commit_unanswered(monkeypatch: pytest.MonkeyPatch, *, done: bool) -> AsyncIterator[None]:
    """The connection is lost while the next transaction is committed: just after, or just before."""
    commit = AsyncSession.commit

    async def lost(session: AsyncSession) -> None:
        patched.undo()
        if done:
            await commit(session)
        raise ConnectionResetError

    with monkeypatch.context() as patched:
        patched.setattr(AsyncSession, "commit", lost)
        yield


@pytest.mark.parametrize("done", [True, False])
async def test_a_commit_that_is_not_answered_costs_nobody_her_receipt(
    bench: Bench, monkeypatch: pytest.MonkeyPatch, done: bool
) -> None:
    worker, summary = await at_the_summary(bench)
    bench.box.act(WORKER, WORKER, "press", message_id=summary.message_id, data=summary.button("保存"))
    await bench.program.poller.poll_once(0)
    async with commit_unanswered(monkeypatch, done=done):
        await bench.inbox.round()
    await bench.settle()
    (saved,) = worker.reads()
    assert "已保存" in saved.text
    assert len(await visits(bench)) == 1


@asynccontextmanager
async def held_by_another(database: Database) -> AsyncIterator[None]:
    """Another program keeps the inbox to itself, and our connections have less patience with it than the program's."""
    event.listen(database.engine.sync_engine, "connect", _hurry)
    await database.engine.dispose()
    url = make_url(database.url)
    if database.is_sqlite:
        with sqlite3.connect(str(url.database), isolation_level=None) as other:
            other.execute("BEGIN IMMEDIATE")
            yield
            other.execute("ROLLBACK")
        other.close()
    else:
        connection = await asyncpg.connect(url.set(drivername="postgresql").render_as_string(hide_password=False))
        async with connection.transaction():
            await connection.execute("LOCK TABLE inbox")
            yield
        await connection.close()


def _hurry(connection: Any, _record: object) -> None:
    if "sqlite" in type(connection).__module__:
        connection.execute("PRAGMA busy_timeout=50").close()
    else:
        connection.run_async(lambda driver: driver.execute("SET lock_timeout = 50"))


async def test_what_cannot_be_written_down_stays_at_telegram(bench: Bench) -> None:
    worker = bench.person(WORKER)
    bench.box.act(WORKER, WORKER, "text", text="/me")
    async with held_by_another(bench.database):
        for _ in range(2):
            with pytest.raises(DBAPIError) as failed:
                await bench.program.poller.poll_once(0)
            assert is_the_databases(failed.value)
    assert worker.reads() == []
    await bench.settle()
    assert "陈秀兰" in worker.reads()[0].text


class Messenger:
    """A channel that delivers, after it has done what the test wants."""

    def __init__(self) -> None:
        self.sent = 0
        self.before_the_answer = asyncio.Event()

    async def send(self, _message: Outgoing) -> Receipt:
        """Deliver one message."""
        self.sent += 1
        self.before_the_answer.set()
        return Receipt(Outcome.DELIVERED)


async def with_a_notice(bench: Bench) -> tuple[Messenger, Deliverer]:
    """A notice that is due, and who delivers it."""
    async with bench.database.transaction() as session:
        head = (await session.execute(select(col(Member.id)).where(col(Member.telegram_id) == HEAD))).scalar_one()
        await tell(session, [head], LATE, "late", now=bench.clock(), policy=POLICY)
    messenger = Messenger()
    return messenger, Deliverer(bench.database, messenger, clock=bench.clock, policy=POLICY)


async def the_notice(bench: Bench) -> OutboxMessage:
    """Its row."""
    async with bench.database.transaction() as session:
        return (await session.execute(select(OutboxMessage))).scalar_one()


async def test_what_was_sent_while_the_database_was_away_is_not_sent_again(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    messenger, deliverer = await with_a_notice(bench)
    settle = Settler._settle
    failed: list[int] = []

    async def away(self: Settler, session: AsyncSession, *rest: object) -> bool:
        if len(failed) < TRIES:
            failed.append(1)
            await break_down(session)
        return await settle(self, session, *rest)  # type: ignore[arg-type]

    monkeypatch.setattr(Settler, "_settle", away)
    await deliverer.deliver_all()
    bench.pass_time(hours=1)
    await deliverer.deliver_all()
    assert messenger.sent == 1
    assert (await the_notice(bench)).state is OutboxState.SENT


async def test_a_claim_that_is_not_answered_delays_nothing(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    messenger, deliverer = await with_a_notice(bench)
    async with commit_unanswered(monkeypatch, done=True):
        with pytest.raises(ConnectionResetError):
            await deliverer.deliver_all()
    await deliverer.deliver_all()
    row = await the_notice(bench)
    assert (messenger.sent, row.state, row.attempts) == (1, OutboxState.SENT, 1)


async def test_a_picture_that_finds_no_room_is_kept_when_there_is_room(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    await sent_with_a_lead(bench, photo_of_a_phone())
    with monkeypatch.context() as broken:
        broken.setattr("scheduler.kept_files.keep_file", breaks_while_filing)
        for _ in range(MOST_BEGUN + 1):
            with pytest.raises(DBAPIError):
                await bench.program.keeper.keep_waiting()
    await bench.program.keeper.keep_waiting()
    async with bench.database.transaction() as session:
        (state,) = (await session.execute(select(col(LeadFile.state)))).scalars()
    assert state is FileState.KEPT


async def test_an_alarm_is_not_put_off_because_the_database_was_away(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    await a_lead(bench, "domestic_violence")
    await bells(bench)
    bench.pass_time(minutes=5)
    with monkeypatch.context() as broken:
        broken.setattr("domain.usecases.due_alerts.climb", lambda ringing: break_down(ringing.session))
        with pytest.raises(DBAPIError):
            await bench.sweep.alerts()
    assert set(await later(bench)) == {INSTRUCTOR, HEAD}
