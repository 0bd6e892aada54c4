"""How sends are written down while somebody else holds the rows they are written to, or had just been given them."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import timedelta

import pytest
from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from domain.channel import Lane, Outcome, Outgoing
from domain.lead_notices import GlassBroken
from domain.usecases.outbox import tell
from models.member import Member, Role
from models.outbox import OutboxMessage, OutboxState
from models.session import Database
from scheduler.deliver import Deliverer
from tests.scheduler.test_deliver import Line, change, deliverer, note, rows_of
from tests.support.alerts import id_of
from tests.support.county import HEAD, INSTRUCTOR, POLICY
from tests.support.hands import Bench

side_by_side = pytest.mark.parametrize("database", ["postgresql"], indirect=True)


@asynccontextmanager
async def held(bench: Bench, table: type, number: int) -> AsyncIterator[None]:
    """Somebody at a console has changed this row, and not said yet whether it stays so."""
    own = Database(bench.database.url)
    async with own.transaction() as session:
        await session.execute(select(table).where(table.id == number).with_for_update())  # type: ignore[attr-defined]
        yield
    await own.close()


async def red(bench: Bench, person: int) -> int:
    """A red alert for her; the number of its row."""
    newest = (await note(bench, person))[-1]
    await change(bench, newest, lane=int(Lane.RED))
    return newest


@side_by_side
@pytest.mark.parametrize("table", [Member, OutboxMessage])
async def test_a_row_that_somebody_holds_keeps_no_red_alert_back_and_is_written_when_it_is_free(
    bench: Bench, table: type
) -> None:
    claimed, ends = asyncio.Event(), asyncio.Event()

    async def send(message: Outgoing) -> Outcome:
        claimed.set()
        await ends.wait()
        return Outcome.BLOCKED if message.chat_id == HEAD and table is Member else Outcome.DELIVERED

    line = Line(send)
    program = deliverer(bench, line)
    row = await red(bench, HEAD)
    work = asyncio.create_task(program.deliver_red())
    await claimed.wait()
    async with asyncio.timeout(3), held(bench, table, await id_of(bench, HEAD) if table is Member else row):
        ends.set()
        await work
        await red(bench, INSTRUCTOR)
        await program.deliver_red()
        assert line.sent == [HEAD, INSTRUCTOR]
        bench.pass_time(minutes=6)  # what was sent is not taken for what nobody sent
        await program.deliver_red()
    await program.deliver_red()
    assert line.sent == [HEAD, INSTRUCTOR]
    ended = OutboxState.FAILED if table is Member else OutboxState.SENT
    assert [one.state for one in await rows_of(bench)] == [ended, OutboxState.SENT]
    async with bench.database.transaction() as session:
        head = (await session.execute(select(Member).where(col(Member.telegram_id) == HEAD))).scalar_one()
    assert (head.unreachable_since is not None) == (table is Member)


@side_by_side
async def test_a_claim_whose_commit_is_still_under_way_is_given_back_when_it_was_one(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    server = Database(bench.database.url)
    commits = AsyncExitStack()

    async def answered_too_late(session: AsyncSession) -> None:
        """What the claim has written is still being committed, over a line of which we hear no more."""
        patched.undo()
        claim = select(col(OutboxMessage.attempts), col(OutboxMessage.lease_until))
        attempts, lease = (await session.execute(claim)).one()
        await session.rollback()
        other = await commits.enter_async_context(server.transaction())
        await other.execute(update(OutboxMessage).values(attempts=attempts, lease_until=lease))
        raise ConnectionResetError

    line = Line(lambda _message: _delivered())
    program = deliverer(bench, line)
    await red(bench, HEAD)
    with monkeypatch.context() as patched:
        patched.setattr(AsyncSession, "commit", answered_too_late)
        with pytest.raises(ConnectionResetError):
            await program.deliver_red()
    async with asyncio.timeout(3):
        await program.deliver_red()
    assert line.sent == []
    await commits.aclose()
    await server.close()
    await program.deliver_red()
    assert line.sent == [HEAD]


async def _delivered() -> Outcome:
    return Outcome.DELIVERED


async def test_what_no_answer_takes_back_comes_ever_more_rarely_while_its_answers_are_lost(
    bench: Bench,
) -> None:
    async def lose(_message: Outgoing) -> Outcome:
        return Outcome.UNKNOWN

    head, notice = await id_of(bench, HEAD), GlassBroken("L261121-0001", Role.HEAD, 15, to_auditor=False)
    async with bench.database.transaction() as session:
        await tell(session, [head], notice, "read:1", now=bench.clock(), policy=POLICY)
    line = Line(lose)
    program: Deliverer = deliverer(bench, line)
    for _ in range(120):  # an hour
        await program.deliver_red()
        bench.pass_time(seconds=30)
    assert len(line.sent) == 17
    (row,) = await rows_of(bench)
    assert row.state is OutboxState.WAITING
    assert row.not_before <= bench.clock() + timedelta(minutes=5)
