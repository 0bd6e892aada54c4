"""The machine's clock is wrong for a while: what was due is done once, and what was put off by it is called back."""

import asyncio
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any, cast
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import select
from sqlmodel import col

from domain.channel import Channel
from models.chat_message import ChatMessage
from models.council import CouncilGroup
from models.session import Database
from scheduler.deliver import Deliverer
from scheduler.jobs import build_scheduler, wake
from scheduler.signs import SteadyClock
from scheduler.sweep import Sweep
from tests.support.alerts import later
from tests.support.councils import add_council_rows
from tests.support.county import HEAD, INSTRUCTOR, POLICY, RIGHTS, SATURDAY, TOWNSHIP, WORKER
from tests.support.hands import Bench, Clock
from tests.support.leads import a_lead

HOUR, DAY, DECADES = timedelta(hours=1), timedelta(days=1), timedelta(days=56 * 365)


@pytest.fixture
def its_clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    """The clock that APScheduler looks at."""
    clock = Clock(SATURDAY)

    class Wrong(datetime):
        """A datetime whose now is the test's."""

        @classmethod
        def now(cls, tz: Any = None) -> Any:
            return clock.now.astimezone(tz)

    monkeypatch.setattr("apscheduler.schedulers.base.datetime", Wrong)
    return clock


@pytest.mark.parametrize("ahead", [DAY, DECADES])
async def test_the_jobs_go_on_when_the_clock_was_ahead_and_is_put_right(its_clock: Clock, ahead: timedelta) -> None:
    ran = asyncio.Event()

    async def job() -> None:
        ran.set()

    nothing = Database("sqlite:///nowhere")
    sweep = Sweep(nothing, clock=its_clock, policy=POLICY)
    deliverer = Deliverer(nothing, cast(Channel, None), clock=its_clock, policy=POLICY)
    scheduler = build_scheduler(sweep, deliverer, job, POLICY.zone)
    for other in scheduler.get_jobs():
        if other.id != job.__qualname__:
            other.pause()
    steady = SteadyClock(lambda: wake(scheduler, its_clock()))
    steady.read(its_clock(), 0)
    scheduler.start()
    try:
        for number, jump in enumerate((ahead, -ahead), 1):
            its_clock.now += jump
            steady.read(its_clock(), 15 * number)
            async with asyncio.timeout(5):
                await ran.wait()
            ran.clear()
    finally:
        scheduler.shutdown()


async def test_what_a_clock_that_was_a_day_ahead_has_put_off_is_called_back(bench: Bench) -> None:
    """A red lead is reported while it is wrong; nobody answers; then the clock is put right."""
    async with bench.database.transaction() as session:
        council = await add_council_rows(session, now=SATURDAY, policy=POLICY)
        session.add(
            CouncilGroup(council_id=council.id, chat_id=-1, bound_by_id=1, bound_at=SATURDAY, free_at=SATURDAY + DAY)
        )
    bench.pass_time(days=1)
    await a_lead(bench, "domestic_violence")
    bench.box.fault("server_error", method="sendMessage", chat_id=TOWNSHIP)
    assert set(await later(bench)) == {HEAD, RIGHTS}
    bench.pass_time(days=-1, minutes=1)
    assert await later(bench) == {}
    await bench.sweep.call_back()
    assert set(await later(bench)) == {TOWNSHIP}  # her copy was to be tried again in half a minute
    assert await later(bench, minutes=4) == {}
    assert {HEAD, INSTRUCTOR} == set(await later(bench, minutes=1))  # the second rung; nobody is rung for the first
    await bench.sweep.call_back()
    assert await later(bench) == {}
    async with bench.database.transaction() as session:
        assert (await session.execute(select(col(CouncilGroup.free_at)))).scalar_one() <= bench.clock()
        late = select(col(ChatMessage.message_id)).where(col(ChatMessage.delete_at) > bench.clock() + HOUR)
        assert (await session.execute(late)).all() == []


def test_hours_after_the_night_are_hours_also_when_the_clocks_change_meanwhile() -> None:
    berlin = replace(POLICY, zone=ZoneInfo("Europe/Berlin"))
    evening = datetime(2027, 3, 26, 22, 0, tzinfo=berlin.zone)  # the night after next is an hour shorter
    morning = berlin.after_quiet(evening.astimezone(UTC))
    assert morning == datetime(2027, 3, 27, 6, 0, tzinfo=UTC)
    assert (morning + DAY).astimezone(UTC) == datetime(2027, 3, 28, 6, 0, tzinfo=UTC)


async def test_a_clock_that_was_a_day_ahead_for_a_while_brings_each_morning_once(bench: Bench) -> None:
    days = []
    for jump in (0, 1, -1, 1, 0):  # today, a day ahead, right again, and the next morning with an echo
        bench.pass_time(days=jump, minutes=1)
        await bench.tick()
        days += [said.text.split()[1] for said in bench.person(WORKER).reads() if said.text.startswith("早上好")]
    assert days == ["11月21日（周六）", "11月22日（周日）"]
    bench.all_unread()
