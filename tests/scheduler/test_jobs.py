"""The ticks: never missed for being late, never doubled, and and none is cut off without need."""

import asyncio
from datetime import timedelta

import pytest
from sqlalchemy import func, select

from bot import Program
from domain.usecases.housekeeping import forget_old_updates
from models.inbox import InboxUpdate
from models.session import Database
from scheduler.jobs import build_scheduler, catch_up
from scheduler.running import RunningJobs
from tests.support.county import POLICY
from tests.support.hands import Bench


async def no_dog() -> None:
    """A watchdog that has nothing to watch."""


async def test_a_late_tick_is_still_done_and_several_late_ones_are_one(bench: Bench) -> None:
    scheduler = build_scheduler(bench.sweep, bench.deliverer, no_dog, POLICY.zone)
    scheduler.start(paused=True)
    try:
        rules = {(job.misfire_grace_time, job.coalesce, job.max_instances) for job in scheduler.get_jobs()}
        assert rules == {(None, True, 1)}
        assert {str(job.trigger.timezone) for job in scheduler.get_jobs()} == {"Asia/Shanghai"}
    finally:
        scheduler.shutdown()


async def test_what_a_machine_that_is_off_at_night_has_to_forget_waits_for_the_first_replies(bench: Bench) -> None:
    scheduler, now = build_scheduler(bench.sweep, bench.deliverer, no_dog, POLICY.zone), bench.clock()
    planned = {job.id for job in scheduler.get_jobs()}
    catch_up(scheduler, bench.sweep, now)
    late = {job.name: job.trigger.run_date - now for job in scheduler.get_jobs() if job.id not in planned}
    soon, later = timedelta(0), timedelta(minutes=1)
    assert {name: wait for name, wait in late.items() if wait >= later} == {
        "Sweep.forget": later,
        "Sweep.purge": later * 2,
    }
    assert {name for name, wait in late.items() if wait == soon} == {"Sweep.morning", "Sweep.call_back", "Sweep.audit"}


async def test_the_old_updates_of_weeks_go_in_batches(bench: Bench) -> None:
    now = bench.clock()
    async with bench.database.transaction() as session:
        session.add_all(InboxUpdate(update_id=n, chat_id=n, received_at=now, done_at=now) for n in range(5))
    later, left = now + timedelta(days=4), []
    for _ in range(3):
        async with bench.database.transaction() as session:
            more = await forget_old_updates(session, now=later, limit=2)
            left.append(((await session.execute(select(func.count()).select_from(InboxUpdate))).scalar_one(), more))
    assert left == [(3, True), (1, True), (0, False)]


async def test_the_program_writes_down_deletes_and_keeps_by_itself(database: Database) -> None:
    program = Program(POLICY, database, token="1:x", api_url="http://127.0.0.1:1", rate=30)
    names = {job.id for job in program.ticking.scheduler.get_jobs()}
    assert {"SentMessages.flush", "Vanisher.delete_due", "FileKeeper.keep_waiting"} <= names


async def test_jobs_are_timed_and_at_a_stop_those_at_work_may_end() -> None:
    told: list[tuple[str, bool]] = []
    running = RunningJobs(asyncio.get_running_loop().time, lambda job, _seconds, failed: told.append((job, failed)))
    begun, ended = asyncio.Event(), list[str]()

    async def fails() -> None:
        raise LookupError

    async def short() -> None:
        begun.set()
        await asyncio.sleep(0.05)
        ended.append("short")

    async def endless() -> None:
        await asyncio.Event().wait()

    with pytest.raises(LookupError):
        await running.watched(fails)()
    at_work = [asyncio.ensure_future(running.watched(job)()) for job in (short, endless)]
    await begun.wait()
    await running.end(0.5)
    assert ended == ["short"]
    assert [task.cancelled() for task in at_work] == [False, True]
    assert [(name.rsplit(".", 1)[-1], failed) for name, failed in told] == [
        ("fails", True),
        ("short", False),
        ("endless", False),
    ]
