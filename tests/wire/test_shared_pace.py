"""Replicas on one PostgreSQL keep Telegram's limits together, and neither a reply nor an alert waits behind notices."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest
from sqlalchemy import text

from domain.channel import Lane
from handlers.limiter import Limiter, NoMoreTurnsError
from handlers.pace_row import Answer, PaceRow, Wish
from handlers.shared_pace import AHEAD, ROOM, SHARE_WHILE_AWAY, SharedPace
from models.session import Database
from tests.wire.timeline import Timeline

LIMIT = 30
GAP = (1 + ROOM) / LIMIT
on_postgresql = pytest.mark.parametrize("database", ["postgresql"], indirect=True)


def clock() -> float:
    """The loop's seconds, as the program's own."""
    return asyncio.get_running_loop().time()


@pytest.fixture
async def gates(database: Database) -> AsyncIterator[list[SharedPace]]:
    """Those of two replicas."""
    both = [SharedPace(database.beside(), LIMIT, clock=clock) for _ in range(2)]
    yield both
    for gate in both:
        await gate.end()


async def ahead_of_now(database: Database, chat: int) -> float:
    """Seconds by which the row of a chat is ahead; 0 is that of everything."""
    query = text("SELECT extract(epoch FROM until - clock_timestamp())::float8 FROM pace WHERE chat_id = :chat")
    async with database.transaction() as session:
        return float((await session.execute(query, {"chat": chat})).scalar_one())


@on_postgresql
async def test_two_replicas_go_at_one_pace_and_what_is_urgent_does_not_wait_for_them(
    database: Database, gates: list[SharedPace]
) -> None:
    began, each = clock(), 16
    people = [(gate, 1 + 2 * n + at) for at, gate in enumerate(gates) for n in range(each)]
    bulk = [asyncio.ensure_future(gate.turn(chat, Lane.DIGEST)) for gate, chat in people]
    await asyncio.wait(bulk, return_when=asyncio.FIRST_COMPLETED)
    urgent = [asyncio.ensure_future(gates[1].turn(10_000 + lane, lane)) for lane in (Lane.RED, Lane.REPLY)]
    await asyncio.gather(*urgent)
    assert sum(not one.done() for one in bulk) >= each  # they went past most of those who came before them
    await asyncio.gather(*bulk)
    everything = 2 * each + len(urgent)
    assert clock() - began >= (everything - 1) * GAP
    assert await ahead_of_now(database, 0) <= (2 + max(AHEAD.values())) * GAP
    async with database.transaction() as session:
        rows = (await session.execute(text("SELECT count(*) FROM pace"))).scalar_one()
    assert rows == everything + 1  # each chat's own, and that of everything


@on_postgresql
async def test_a_chat_and_a_group_have_one_pace_whoever_sends(gates: list[SharedPace]) -> None:
    for number in range(3):
        await asyncio.wait_for(gates[number % 2].turn(7, Lane.REPLY), 0.9)
    fourth = asyncio.ensure_future(gates[1].turn(7, Lane.REPLY))
    await asyncio.wait_for(gates[0].turn(-7, Lane.NOTICE), 0.9)
    again = asyncio.ensure_future(gates[1].turn(-7, Lane.NOTICE))
    done, _ = await asyncio.wait([fourth, again], timeout=0.2)
    assert not done
    await asyncio.wait_for(gates[1].turn(8, Lane.REPLY), 0.9)  # others go on meanwhile
    await asyncio.wait_for(fourth, 3)
    assert not again.done()
    gates[1].close()
    with pytest.raises(NoMoreTurnsError):
        await again
    with pytest.raises(NoMoreTurnsError):
        await gates[1].turn(9, Lane.RED)


async def test_without_the_database_a_part_of_the_pace_is_left_for_the_alarm_about_it() -> None:
    nowhere = Database("postgresql://nobody@127.0.0.1:1/none")
    gate = SharedPace(nowhere.beside(), LIMIT, clock=clock)
    began = clock()
    await asyncio.wait_for(asyncio.gather(*(gate.turn(n, Lane.RED) for n in range(3))), 5)
    assert clock() - began >= 2 * SHARE_WHILE_AWAY * GAP
    await gate.end()
    await nowhere.close()


async def test_who_is_turned_back_at_the_gate_leaves_her_place_to_the_next(timeline: Timeline) -> None:
    class Gate:
        """Lets in from the second time on."""

        asked = 0

        async def turn(self, chat_id: int, lane: Lane) -> None:
            self.asked += 1
            if self.asked == 1:
                raise asyncio.CancelledError

        def halted(self, chat_id: int | None, seconds: float) -> None:
            """Nobody waits there."""

        def close(self) -> None:
            """It has nothing to close."""

    limiter = Limiter(LIMIT, clock=timeline.clock, call_later=timeline.call_later, gate=(gate := Gate()))

    async def send() -> str:
        async with limiter.turn(1, Lane.REPLY) as turn:
            await turn.again()
            return "sent"

    ends = await asyncio.gather(*(asyncio.ensure_future(send()) for _ in range(2)), return_exceptions=True)
    assert isinstance(ends[0], asyncio.CancelledError)
    assert (ends[1], gate.asked) == ("sent", 3)


@on_postgresql
async def test_a_server_whose_clock_was_a_day_ahead_halts_nobody_for_a_day(
    database: Database, gates: list[SharedPace]
) -> None:
    await asyncio.gather(gates[0].turn(7, Lane.REPLY), gates[0].turn(8, Lane.REPLY))
    for some in ("chat_id = 7", "true"):
        async with database.transaction() as session:
            await session.execute(text(f"UPDATE pace SET until = until + interval '1 day' WHERE {some}"))
        await asyncio.wait_for(asyncio.gather(gates[0].turn(7, Lane.RED), gates[1].turn(8, Lane.REPLY)), 3)


@on_postgresql
async def test_what_leaves_late_is_paid_for_at_once_though_its_process_sends_nothing_more(database: Database) -> None:
    behind = 0.0

    class Busy(SharedPace):
        """It has other things to do just when a message is let in."""

        def _let_in(self, place: Any, at: float) -> None:
            nonlocal behind
            super()._let_in(place, at)
            behind += 1.5

    gate = Busy(database.beside(), 1, clock=lambda: clock() + behind)  # one a second: so no haste decides this
    await gate.turn(7, Lane.DIGEST)
    async with asyncio.timeout(1):
        while await ahead_of_now(database, 0) <= 1:
            pass
    await gate.end()


async def test_a_red_alert_after_a_pause_is_not_late_and_takes_one_place() -> None:
    class Free(PaceRow):
        """It is free whenever it is asked: so the place of a message begins before it has come."""

        def __init__(self) -> None:
            self.moved = list[float]()

        async def ask(self, wish: Wish) -> Answer:
            self.moved.append(wish.gap)
            return Answer(-1.0, taken=True, full_for=0.0, chat_for=0.0)

        async def move_on(self, seconds: float) -> None:
            self.moved.append(seconds)

    nowhere = Database("postgresql://nobody@127.0.0.1:1/none")
    gate = SharedPace(nowhere.beside(), LIMIT, clock=clock)
    gate.row = (row := Free())
    for chat in (1, 2):
        await gate.turn(chat, Lane.RED)
    assert row.moved == pytest.approx([GAP, GAP])
    gate.close()
    await nowhere.close()


@on_postgresql
async def test_a_way_on_which_connecting_takes_long_is_gone_by_all_the_same(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("handlers.pace_row.PATIENCE", 0.25)
    monkeypatch.setattr("handlers.shared_pace.AWAY", 0.3)
    engine, connect = (beside := database.beside()), beside.connect

    async def slowly() -> object:
        await asyncio.sleep(0.4)
        return await connect()

    monkeypatch.setattr(type(engine), "connect", lambda _self: slowly())
    gate = SharedPace(engine, LIMIT, clock=clock)
    began = clock()
    await gate.turn(1, Lane.RED)
    assert clock() - began < 0.4  # it did not wait for that
    await asyncio.sleep(0.5)
    await gate.turn(2, Lane.RED)
    assert gate.row.asked == 1
    await gate.end()


@on_postgresql
async def test_a_halt_is_kept_by_all_replicas_also_for_those_who_wait_at_the_gate_already(
    database: Database, gates: list[SharedPace]
) -> None:
    """Two chats refused within a second mean everything: whoever was let go by her limiter before is held as well."""
    limiters = [Limiter(LIMIT, clock=clock, call_later=asyncio.get_running_loop().call_later, gate=g) for g in gates]
    left = list[float]()

    async def send(limiter: Limiter, chat: int) -> None:
        async with limiter.turn(chat, Lane.DIGEST):
            left.append(clock())

    sends = [asyncio.ensure_future(send(one, 1 + 2 * n + at)) for n in range(16) for at, one in enumerate(limiters)]
    await asyncio.sleep(0.4)
    told = clock()
    for chat in (1, 3):
        limiters[0].refused(chat, 2.0)
    while await ahead_of_now(database, 0) < 0.5:
        assert clock() - told < 1.5
    known = clock()
    await asyncio.gather(*sends)
    assert not [at for at in left if known + 0.2 < at < told + 2.0]
    assert any(at > told for at in left)


@on_postgresql
async def test_a_chat_s_halt_is_every_replica_s_and_no_other_chat_s(
    database: Database, gates: list[SharedPace]
) -> None:
    told = clock()
    for chat in (7, -7):
        gates[0].halted(chat, 1.0)
    gates[0].halted(9, 24 * 3600.0)
    await asyncio.wait_for(gates[0].turn(8, Lane.REPLY), 0.9)
    await asyncio.wait_for(gates[1].turn(8, Lane.REPLY), 0.9)
    for chat in (7, -7):
        await asyncio.wait_for(gates[1].turn(chat, Lane.RED), 3)
        assert clock() - told >= 1.0
    assert 20 < await ahead_of_now(database, 9) < 30
    ninth = asyncio.ensure_future(gates[1].turn(9, Lane.RED))
    await asyncio.sleep(0.3)
    assert not ninth.done()  # asking has not put the row right as if a wrong clock had moved it
    ninth.cancel()
