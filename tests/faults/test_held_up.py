"""What one update cannot get of the database holds up its own chat, and no other."""

import os
import signal
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import asyncpg
import pytest
from sqlalchemy.exc import DBAPIError

from handlers import rounds as rounds_module
from handlers.failures import OurFault
from handlers.held_up import LONGEST, MOST_HELD, HeldUp
from handlers.inbox import Inbox
from messages.render import render
from models.inbox import TRIES
from models.session import Database
from tests.faults.test_database import commit_unanswered
from tests.faults.test_inbox import at_the_summary, inbox_rows, text_update, visits
from tests.support.county import OTHER_WORKER, WORKER
from tests.support.hands import Bench

# SQLite has one writer, and no rows to lock.
ON_A_SERVER = pytest.mark.parametrize("database", ["postgresql"], indirect=True)


@asynccontextmanager
async def beside(database: Database) -> AsyncIterator[asyncpg.Connection]:
    """Somebody's own connection to the server."""
    connection = await asyncpg.connect(database.url.replace("+asyncpg", ""))
    try:
        yield connection
    finally:
        await connection.close()


async def rounds(bench: Bench) -> None:
    """What waits is handled, as far as it can be."""
    while await bench.inbox.round():
        pass
    await bench.program.replies.drain()


@ON_A_SERVER
async def test_a_row_that_somebody_holds_keeps_one_chat_waiting_and_nobody_else(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("handlers.inbox.PATIENCE", 100)
    monkeypatch.setattr("handlers.inbox.LEFT", 20)
    worker, other = bench.person(WORKER), bench.person(OTHER_WORKER)
    async with beside(bench.database) as psql:
        _, summary = await at_the_summary(bench)
        async with psql.transaction():
            await psql.execute("SELECT id FROM household FOR UPDATE")
            bench.box.act(WORKER, WORKER, "press", message_id=summary.message_id, data=summary.button("保存"))
            bench.box.act(OTHER_WORKER, OTHER_WORKER, "text", text="/me")
            while await bench.program.poller.poll_once(0):
                pass
            await rounds(bench)
            assert len(other.reads()) == 1
            assert worker.reads() == []
            assert await bench.inbox.round() == 0  # nor does it ask for her row at once again
    bench.inbox.held.free(WORKER)
    await rounds(bench)
    (saved,) = worker.reads()
    assert "已保存" in saved.text
    assert len(await visits(bench)) == 1
    assert {row.attempts for row in await inbox_rows(bench)} == {0}


class Ahead(HeldUp):
    """As if time went by."""

    ahead = 0.0

    def chats(self, now: float) -> set[int]:
        """Those that wait."""
        return super().chats(now + self.ahead)

    def hold(self, chat_id: int, now: float) -> int:
        """One more."""
        return super().hold(chat_id, now + self.ahead)


class Refused(Exception):
    """What a server says."""

    def __init__(self, sqlstate: str) -> None:
        super().__init__(sqlstate)
        self.sqlstate = sqlstate


@pytest.mark.parametrize("state", ["57014", "53400", "40P01"])
async def test_what_the_database_refuses_to_one_update_and_to_no_other_is_set_aside_at_last(
    bench: Bench, monkeypatch: pytest.MonkeyPatch, state: str
) -> None:
    held = bench.inbox.held = Ahead()
    real = vars(rounds_module)["handle"]

    async def refuses(raw: Any, **named: Any) -> Any:
        if raw.get("message", {}).get("text") == "/help":
            raise DBAPIError("", {}, Refused(state))
        return await real(raw, **named)

    monkeypatch.setattr(rounds_module, "handle", refuses)
    other, tries = bench.person(OTHER_WORKER), 0
    await bench.inbox.store([text_update(100, WORKER, "/help")])
    while not (row := (await inbox_rows(bench))[0]).set_aside:
        assert row.attempts == max(0, tries - MOST_HELD)
        tries += 1
        held.ahead += LONGEST
        await bench.inbox.store([text_update(1000 + tries, OTHER_WORKER, "/me")])
        assert await bench.inbox.round() >= 1
        await bench.program.replies.drain()
        assert len(other.reads()) == 1
    assert tries == MOST_HELD + TRIES
    assert [said.text for said in bench.unread(WORKER)] == [render(OurFault(), "zh")]


@ON_A_SERVER
async def test_a_commit_that_is_still_under_way_is_looked_at_again_and_holds_up_nobody(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    worker, other = bench.person(WORKER), bench.person(OTHER_WORKER)
    async with beside(bench.database) as server:
        await bench.inbox.store([text_update(7, WORKER, "/me")])
        async with commit_unanswered(monkeypatch, done=False), server.transaction():
            # What the server has of the round whose connection was lost: its locks, and a commit to come.
            with monkeypatch.context() as patched:
                patched.setattr(Inbox, "_alone", nothing)
                await bench.inbox.round()
            await server.execute("SELECT pg_advisory_xact_lock($1)", WORKER)
            await server.execute("UPDATE inbox SET done_at = $1, payload = NULL", bench.clock.now)
            await bench.inbox.store([text_update(8, OTHER_WORKER, "/me")])
            await rounds(bench)
            assert len(other.reads()) == 1
            assert worker.reads() == []
        await rounds(bench)
    assert len(worker.reads()) == 1


async def nothing(*_args: object) -> int:
    """It does nothing."""
    return 0


@ON_A_SERVER
async def test_a_server_that_stands_still_keeps_no_update_without_an_answer(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with beside(bench.database) as other:
        query = "SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
        backends = [row["pid"] for row in await other.fetch(query)]
        for backend in backends:
            os.kill(backend, signal.SIGSTOP)
        try:
            with monkeypatch.context() as short:
                short.setattr("handlers.inbox.LONGEST_STORE", 0.1)
                with pytest.raises(TimeoutError):
                    await bench.inbox.store([text_update(9, WORKER, "/me")])
        finally:
            for backend in backends:
                os.kill(backend, signal.SIGCONT)
    await bench.inbox.store([text_update(9, WORKER, "/me")])
    await rounds(bench)
    assert len(bench.unread(WORKER)) == 1
