"""The ticks: never missed for being late, never doubled, and a silent poll does not go unnoticed."""

import asyncio
import logging

import pytest

from bot import Program
from handlers.way_in import LONGEST_SILENCE
from models.session import Database
from scheduler.jobs import build_scheduler
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


async def test_a_poll_that_says_nothing_for_minutes_is_reported(
    database: Database, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    program = Program(POLICY, database, token="1:x", api_url="http://127.0.0.1:1", rate=30)
    with caplog.at_level(logging.ERROR, "handlers"):
        await program.way_in.watch()
        assert caplog.messages == []
        later = asyncio.get_running_loop().time() + LONGEST_SILENCE + 1
        monkeypatch.setattr(program.poller, "_last_success", later - 2 * LONGEST_SILENCE - 2)
        await program.way_in.watch()
    assert [message.split("=")[0] for message in caplog.messages] == ["poll_silent seconds"]


async def test_the_program_writes_down_deletes_and_keeps_by_itself(database: Database) -> None:
    program = Program(POLICY, database, token="1:x", api_url="http://127.0.0.1:1", rate=30)
    names = {job.id for job in program.scheduler.get_jobs()}
    assert {"SentMessages.flush", "Vanisher.delete_due", "FileKeeper.keep_waiting"} <= names
