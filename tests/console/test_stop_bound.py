"""A stop ends, whatever hangs: each stage has its share, the whole a bound, and what is still at work is named."""

import asyncio
import logging
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from bot import Program
from console.stopping import Shares, Stop, stage, tasks_at_work, until_one_ends
from models.session import Database
from tests.architecture.tree import ROOT
from tests.support.county import POLICY

# The real command line with a bot that hides every cancellation, which no program of ours does knowingly.
STUBBORN = """
import asyncio, sys
from functools import partial
import bot

async def stubborn(desk, args):
    print("begun", flush=True)
    while True:
        try:
            await asyncio.sleep(60)
        except asyncio.CancelledError:
            print("told", flush=True)

bot.run = stubborn
bot.Stop = partial(bot.Stop, float(sys.argv.pop()))
sys.exit(bot.main())
"""


def shares() -> Shares:
    """As little time for everybody as there is."""
    return Shares(asyncio.get_running_loop().time, 0.0)


async def endless() -> None:
    await asyncio.Event().wait()


async def swallows_one() -> None:
    try:
        await asyncio.Event().wait()
    except asyncio.CancelledError:
        await asyncio.Event().wait()


async def fails() -> None:
    await asyncio.sleep(0.01)
    raise LookupError("陈秀兰")


async def ends() -> None:
    await asyncio.sleep(0.01)


@pytest.mark.parametrize(("longest", "signals", "status"), [(1.0, 1, 70), (60.0, 2, 130)])
def test_a_program_that_does_not_end_is_ended_by_the_bound_or_by_the_second_signal(
    longest: float, signals: int, status: int, tmp_path: Path
) -> None:
    with subprocess.Popen(
        [sys.executable, "-c", STUBBORN, str(longest)],
        cwd=tmp_path,
        env={key: value for key, value in os.environ.items() if not key.startswith("SUOZI_")}
        | {"PYTHONPATH": str(ROOT)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as program:
        try:
            assert program.stdout is not None
            for said in ("begun\n", "told\n")[:signals]:
                assert program.stdout.readline() == said
                program.send_signal(signal.SIGINT)
            _, errors = program.communicate(timeout=30)
        finally:
            program.kill()
    assert program.returncode == status
    assert ("stop_too_long" in errors) == (signals == 1)
    assert ("stubborn" in errors) == (signals == 1)  # by its name, and where it stands


async def test_a_signal_cancels_the_second_ends_and_afterwards_they_are_whose_they_were() -> None:
    before, statuses = signal.getsignal(signal.SIGTERM), list[int]()
    stop = Stop(60.0, statuses.append)

    async def work() -> None:
        stop.listen(also_ignored=True)
        await endless()

    task = asyncio.create_task(work())
    await asyncio.sleep(0.01)
    try:
        signal.raise_signal(signal.SIGTERM)
        await asyncio.wait([task], timeout=10)
        assert task.cancelled()
        assert not statuses
        signal.raise_signal(signal.SIGINT)
        assert statuses == [128 + signal.SIGINT]
    finally:
        stop.call_off()
    assert signal.getsignal(signal.SIGTERM) is before


async def test_a_bound_that_was_called_off_ends_nobody_and_one_that_was_not_names_who_is_at_work(
    caplog: pytest.LogCaptureFixture,
) -> None:
    statuses = list[int]()
    called_off, stop = Stop(0.05, statuses.append), Stop(0.05, statuses.append)
    called_off.begin()
    called_off.call_off()
    stop.listen(also_ignored=False)
    stop.begin()
    task = asyncio.create_task(endless(), name="endless")
    await asyncio.sleep(0)
    time.sleep(0.5)  # noqa: ASYNC251 - it is the event loop that hangs
    stop.call_off()
    task.cancel()
    assert statuses == [70]
    assert "task='endless' at='test_stop_bound.py:" in caplog.text
    assert "thread='MainThread' at='test_stop_bound.py:" in caplog.text


async def test_a_loop_that_was_hidden_its_cancellation_gets_another(caplog: pytest.LogCaptureFixture) -> None:
    together = asyncio.create_task(until_one_ends(swallows_one(), endless(), shares=shares()))
    await asyncio.sleep(0.01)
    together.cancel()
    done, _ = await asyncio.wait([together], timeout=5)
    assert done
    assert together.cancelled()
    assert "cancelled_again task='swallows_one'" in caplog.text


async def test_one_loop_that_ends_ends_all_and_says_why() -> None:
    with pytest.raises(LookupError):
        await until_one_ends(fails(), endless(), shares=shares())
    with pytest.raises(RuntimeError, match=r"ended without a word: ends"):
        await until_one_ends(ends(), endless(), shares=shares())
    assert not [line for line in tasks_at_work(asyncio.get_running_loop()) if "endless" in line]


async def test_no_stage_keeps_the_next_one_from_its_turn(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.WARNING)
    at = asyncio.get_running_loop().time

    async def in_time() -> None:
        """Its own time-out is one, also when the program's task was cancelled (not so in Python 3.11.2)."""
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.01):
                await endless()

    async def stopping() -> None:
        try:
            await endless()
        finally:
            for work in (fails(), swallows_one(), in_time()):
                await stage(work, 0.1)

    began, task = at(), asyncio.create_task(stopping())
    await asyncio.sleep(0)
    task.cancel()
    await asyncio.wait([task], timeout=5)
    assert task.cancelled()
    assert at() - began < 3
    assert "stop_stage_failed name=fails" in caplog.text
    assert "stop_waits seconds=0.5 task='swallows_one'" in caplog.text
    assert "in_time" not in caplog.text


async def test_shares_are_what_is_left_and_never_nothing() -> None:
    now = [0.0]
    time_left = Shares(lambda: now[0], 20.0)
    assert (time_left.of(11.0), time_left.of(10.0, 15.0)) == (11.0, 5.0)
    now[0] = 19.9
    assert time_left.of(10.0) == 0.5


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
async def test_a_program_whose_replies_and_groups_hang_gives_back_what_it_holds(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    program, ended = Program(POLICY, database, token="1:x", api_url="http://127.0.0.1:1", rate=30), list[str]()
    program._shares = shares()

    async def flush() -> None:
        ended.append("flush")

    monkeypatch.setattr(program.poster, "stop", fails)
    monkeypatch.setattr(program.replies, "drain", lambda _seconds: swallows_one())
    monkeypatch.setattr(program._sent, "flush", flush)
    running = asyncio.create_task(program.run())
    await asyncio.sleep(0.1)
    running.cancel()
    await asyncio.wait([running], timeout=15)
    assert running.cancelled()
    assert ended == ["flush"]
    assert all(request._session is None for request in program.wire.requests)
    assert not program.ticking.scheduler.running
