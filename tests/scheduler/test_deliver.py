"""The outbox under bad luck: unreadable notices, outages, a stop in the middle, an alert behind a long queue."""

import asyncio
import logging
from collections.abc import Awaitable, Callable

import pytest
from sqlalchemy import select, update
from sqlmodel import col

from domain.channel import Lane, Outcome, Outgoing, Receipt
from domain.household_notices import LateHouseholds, NobodyHome
from domain.notices import to_payload
from domain.usecases.outbox import tell
from domain.usecases.stuck_notices import MANY_TRIES, stuck_notices
from models.member import Member
from models.outbox import OutboxMessage, OutboxState
from scheduler.deliver import Deliverer
from scheduler.jobs import build_scheduler
from scheduler.settling import LONGEST_RETRY, MAX_ATTEMPTS
from tests.support.county import HEAD, INSTRUCTOR, OTHER_HEAD, POLICY, SATURDAY, WORKER
from tests.support.hands import Bench

LATE = LateHouseholds(POLICY.today(SATURDAY), 1, 0, 0)


class Line:
    """A channel of which the test says how each send goes."""

    def __init__(self, send: Callable[[Outgoing], Awaitable[Outcome]]) -> None:
        self._send = send
        self.sent: list[int] = []

    async def send(self, message: Outgoing) -> Receipt:
        """Note it, then do what the test says."""
        self.sent.append(message.chat_id)
        return Receipt(await self._send(message))


def deliverer(bench: Bench, channel: Line) -> Deliverer:
    """A deliverer into `channel` at the bench's time."""
    return Deliverer(bench.database, channel, clock=bench.clock, policy=POLICY)


async def note(bench: Bench, *people: int) -> list[int]:
    """Put a notice for each of `people` into the outbox; the ids of its rows, in their order."""
    async with bench.database.transaction() as session:
        for person in people:
            found = await session.execute(select(col(Member.id)).where(col(Member.telegram_id) == person))
            await tell(session, [found.scalar_one()], LATE, f"t:{person}", now=bench.clock(), policy=POLICY)
        rows = await session.execute(select(col(OutboxMessage.id)).order_by(col(OutboxMessage.id)))
        return list(rows.scalars())


async def change(bench: Bench, row: int, **values: object) -> None:
    """Write into a row what no code of ours would."""
    async with bench.database.transaction() as session:
        await session.execute(update(OutboxMessage).where(col(OutboxMessage.id) == row).values(**values))


async def rows_of(bench: Bench) -> list[OutboxMessage]:
    """All rows, in their order."""
    async with bench.database.transaction() as session:
        return list((await session.execute(select(OutboxMessage).order_by(col(OutboxMessage.id)))).scalars())


@pytest.mark.parametrize(
    "broken",
    [
        {"kind": "OfATimeToCome"},
        {"payload": {"secret": "王秀英"}},
        {"payload": ["王秀英"]},
        {"kind": "MorningDigest", "payload": {"on": "王秀英"}},
        {"payload": {**to_payload(LATE), "on": None}},
    ],
)
async def test_a_notice_that_cannot_be_read_holds_up_no_other(
    bench: Bench, broken: dict[str, object], caplog: pytest.LogCaptureFixture
) -> None:
    first, _ = await note(bench, INSTRUCTOR, HEAD)
    await change(bench, first, **broken)
    await bench.deliverer.deliver_all()
    assert len(bench.person(HEAD).reads()) == 1
    assert [row.state for row in await rows_of(bench)] == [OutboxState.WAITING, OutboxState.SENT]
    bench.pass_time(minutes=30)
    for _ in range(MAX_ATTEMPTS):
        await bench.deliverer.deliver_all()
        bench.pass_time(minutes=5)
    assert (await rows_of(bench))[0].state is OutboxState.FAILED
    errors = [record.getMessage() for record in caplog.records if record.levelno == logging.ERROR]
    assert any(f"id={first}" in error for error in errors)
    assert "王秀英" not in caplog.text
    assert bench.all_unread() == []


async def test_a_notice_that_only_a_newer_program_can_read_is_left_to_it(bench: Bench) -> None:
    (row,) = await note(bench, HEAD)
    await change(bench, row, kind="OfATimeToCome")
    for _ in range(MAX_ATTEMPTS + 1):
        await bench.deliverer.deliver_all()
        bench.pass_time(minutes=3.2)
    await change(bench, row, kind=LateHouseholds.__name__)  # now a newer one comes to it
    await bench.deliverer.deliver_all()
    assert len(bench.person(HEAD).reads()) == 1


async def test_a_notice_that_cannot_be_rendered_holds_up_no_other(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, _ = await note(bench, INSTRUCTOR, HEAD)
    nobody = NobodyHome("T-A-01-001", 1, 3)
    await change(bench, first, kind=NobodyHome.__name__, payload=to_payload(nobody))

    def broken(_notice: NobodyHome) -> tuple[tuple[str, str], ...]:
        return (("no_such_label", "x"),)

    monkeypatch.setattr(NobodyHome, "actions", broken)
    await bench.deliverer.deliver_all()
    assert len(bench.person(HEAD).reads()) == 1
    assert [row.state for row in await rows_of(bench)] == [OutboxState.WAITING, OutboxState.SENT]


async def test_an_outage_of_a_day_loses_no_notice(bench: Bench) -> None:
    async def refuse(_message: Outgoing) -> Outcome:
        return Outcome.UNREACHABLE

    await note(bench, HEAD)
    cut_off = deliverer(bench, Line(refuse))
    for _ in range(24 * 12):
        await cut_off.deliver_all()
        bench.pass_time(seconds=LONGEST_RETRY.total_seconds())
    await bench.deliverer.deliver_all()
    assert len(bench.person(HEAD).reads()) == 1


async def test_a_notice_that_fails_for_good_is_reported(bench: Bench, caplog: pytest.LogCaptureFixture) -> None:
    async def lose(_message: Outgoing) -> Outcome:
        return Outcome.UNKNOWN

    (row,) = await note(bench, HEAD)
    line = Line(lose)
    for _ in range(MAX_ATTEMPTS + 2):
        await deliverer(bench, line).deliver_all()
        bench.pass_time(minutes=5)
    assert len(line.sent) == MAX_ATTEMPTS
    assert f"notice_failed id={row} kind=LateHouseholds outcome=unknown" in caplog.messages


async def test_a_red_alert_is_never_given_up_and_stands_there_half_a_minute_after_an_outage(bench: Bench) -> None:
    async def fail(_message: Outgoing) -> Outcome:
        return Outcome.UNKNOWN

    (row,) = await note(bench, HEAD)
    await change(bench, row, lane=int(Lane.RED), dedupe_key="bell:1:1:1")
    failing = deliverer(bench, Line(fail))
    for tries in range(1, 41):
        await failing.deliver_red()
        async with bench.database.transaction() as session:
            stuck = await stuck_notices(session, due_before=bench.clock(), limit=1)
        assert [one.id for one in stuck] == ([row] if tries >= MANY_TRIES else [])  # the operator is told of it
        bench.pass_time(seconds=30)
    await bench.deliverer.deliver_red()
    assert len(bench.person(HEAD).reads()) == 1


async def test_a_stop_in_the_middle_leaves_what_was_not_begun_as_it_was(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    hanging, never = asyncio.Event(), asyncio.Event()

    async def hang_at_the_second(message: Outgoing) -> Outcome:
        if message.chat_id == HEAD:
            hanging.set()
            await never.wait()
        return Outcome.DELIVERED

    monkeypatch.setattr("scheduler.deliver.IN_AIR", 1)
    for row in await note(bench, INSTRUCTOR, HEAD, OTHER_HEAD):
        await change(bench, row, lane=int(Lane.DIGEST))
    work = asyncio.create_task(deliverer(bench, Line(hang_at_the_second)).deliver_all())
    await hanging.wait()
    work.cancel()
    with pytest.raises(asyncio.CancelledError):
        await work
    rows = await rows_of(bench)
    assert [(row.state, row.attempts) for row in rows] == [
        (OutboxState.SENT, 1),
        (OutboxState.UNKNOWN, 1),  # it may have arrived, and a reminder is not sent twice
        (OutboxState.WAITING, 0),
    ]
    await bench.deliverer.deliver_all()  # started again at once, it does not wait for a lease
    assert len(bench.person(OTHER_HEAD).reads()) == 1


async def test_a_stop_that_cancels_twice_hands_back_all_the_same(bench: Bench) -> None:
    hanging, never = asyncio.Event(), asyncio.Event()

    async def hang(_message: Outgoing) -> Outcome:
        hanging.set()
        await never.wait()
        return Outcome.DELIVERED

    await note(bench, HEAD)
    work = asyncio.create_task(deliverer(bench, Line(hang)).deliver_all())
    await hanging.wait()
    work.cancel()
    asyncio.get_running_loop().call_soon(work.cancel)
    with pytest.raises(asyncio.CancelledError):
        await work
    (row,) = await rows_of(bench)
    assert (row.state, row.lease_until) == (OutboxState.WAITING, None)


async def test_a_batch_whose_lease_ended_elsewhere_overwrites_nothing(bench: Bench) -> None:
    async def dawdle(_message: Outgoing) -> Outcome:
        bench.pass_time(minutes=6)
        await bench.deliverer.deliver_all()
        return Outcome.REJECTED

    await note(bench, HEAD)
    await deliverer(bench, Line(dawdle)).deliver_all()
    (row,) = await rows_of(bench)
    assert (row.state, row.attempts) == (OutboxState.SENT, 2)
    assert len(bench.person(HEAD).reads()) == 1


async def test_one_that_hangs_keeps_no_other_from_being_settled(bench: Bench) -> None:
    hold = asyncio.Event()

    async def hang_at_the_head(message: Outgoing) -> Outcome:
        if message.chat_id == HEAD:
            await hold.wait()
        return Outcome.DELIVERED

    await note(bench, HEAD, INSTRUCTOR)
    work = asyncio.create_task(deliverer(bench, Line(hang_at_the_head)).deliver_all())
    async with asyncio.timeout(10):
        while (await rows_of(bench))[1].state is OutboxState.WAITING:
            pass
    assert (await rows_of(bench))[0].state is OutboxState.WAITING
    hold.set()
    assert await work == 2


async def test_what_comes_while_all_that_is_under_way_hangs_is_sent_all_the_same(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    hanging, hold, arrived = asyncio.Event(), asyncio.Event(), asyncio.Event()

    async def hang_at_the_head(message: Outgoing) -> Outcome:
        if message.chat_id == HEAD:
            hanging.set()
            await hold.wait()
        else:
            arrived.set()
        return Outcome.DELIVERED

    monkeypatch.setattr("scheduler.deliver.LOOK_AGAIN", 0.01)
    (first,) = await note(bench, HEAD)
    await change(bench, first, lane=int(Lane.RED))
    work = asyncio.create_task(deliverer(bench, Line(hang_at_the_head)).deliver_red())
    await hanging.wait()
    _, second = await note(bench, INSTRUCTOR)
    await change(bench, second, lane=int(Lane.RED))
    async with asyncio.timeout(10):
        await arrived.wait()
    hold.set()
    assert await work == 2


async def test_what_has_ended_makes_room_before_the_slowest_is_done(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    hold, last = asyncio.Event(), asyncio.Event()

    async def hang_at_the_head(message: Outgoing) -> Outcome:
        if message.chat_id == HEAD:
            await hold.wait()
        if message.chat_id == WORKER:
            last.set()
        return Outcome.DELIVERED

    monkeypatch.setattr("scheduler.deliver.IN_AIR", 2)
    await note(bench, HEAD, INSTRUCTOR, OTHER_HEAD, WORKER)
    work = asyncio.create_task(deliverer(bench, Line(hang_at_the_head)).deliver_all())
    async with asyncio.timeout(10):
        await last.wait()
    hold.set()
    assert await work == 4


async def test_a_red_alert_does_not_wait_behind_claimed_digests(bench: Bench) -> None:
    hanging, hold = asyncio.Event(), asyncio.Event()

    async def hold_digests(message: Outgoing) -> Outcome:
        if message.lane is Lane.DIGEST:
            hanging.set()
            await hold.wait()
        return Outcome.DELIVERED

    line = Line(hold_digests)
    both = deliverer(bench, line)
    (digest,) = await note(bench, HEAD)
    await change(bench, digest, lane=int(Lane.DIGEST))
    calm = asyncio.create_task(both.deliver_calm())
    await hanging.wait()
    _, alert = await note(bench, INSTRUCTOR)
    await change(bench, alert, lane=int(Lane.RED))
    assert await both.deliver_red() == 1
    assert line.sent == [HEAD, INSTRUCTOR]
    assert [row.state for row in await rows_of(bench)] == [OutboxState.WAITING, OutboxState.SENT]
    hold.set()
    assert await calm == 1


async def test_red_alerts_and_the_rest_have_a_tick_each_and_leave_no_lane_out(bench: Bench) -> None:
    async def nobody() -> None:
        """A watchdog that has nothing to watch."""

    scheduler = build_scheduler(bench.sweep, bench.deliverer, nobody, POLICY.zone)
    scheduler.start(paused=True)
    try:
        assert {job.id for job in scheduler.get_jobs()} >= {"Deliverer.deliver_red", "Deliverer.deliver_calm"}
    finally:
        scheduler.shutdown()
    people = (INSTRUCTOR, HEAD, OTHER_HEAD, WORKER)
    for row, lane in zip(await note(bench, *people), Lane, strict=True):
        await change(bench, row, lane=int(lane))
    assert (await bench.deliverer.deliver_red(), await bench.deliverer.deliver_calm()) == (1, 3)
    assert [len(bench.person(person).reads()) for person in people] == [1, 1, 1, 1]


async def test_at_a_stop_what_had_not_left_is_as_it_was_and_what_had_left_is_settled(bench: Bench) -> None:
    hold, under_way = asyncio.Event(), asyncio.Semaphore(0)

    async def only_to_the_head(message: Outgoing) -> Outcome:
        under_way.release()
        await hold.wait()
        return Outcome.DELIVERED if message.chat_id == HEAD else Outcome.UNREACHABLE

    digest, _ = await note(bench, INSTRUCTOR, HEAD)
    await change(bench, digest, lane=int(Lane.DIGEST))
    before = {row.id: row for row in await rows_of(bench)}
    stopped = deliverer(bench, Line(only_to_the_head))
    work = asyncio.create_task(stopped.deliver_all())
    for _ in (INSTRUCTOR, HEAD):
        await under_way.acquire()
    stopped.stop()
    late = await note(bench, WORKER)
    hold.set()
    assert await work == 2
    given_back, sent, unclaimed = await rows_of(bench)
    assert (sent.state, unclaimed.id, unclaimed.attempts) == (OutboxState.SENT, late[-1], 0)
    assert (given_back.state, given_back.attempts, given_back.lease_until) == (OutboxState.WAITING, 0, None)
    assert given_back.not_before == before[digest].not_before  # whoever goes on sends it at once
    assert await bench.deliverer.deliver_all() == 2
    assert [len(bench.person(person).reads()) for person in (INSTRUCTOR, WORKER)] == [1, 1]
