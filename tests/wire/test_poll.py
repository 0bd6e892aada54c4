"""What the poll loop promises: nothing lost, nothing confirmed before it is stored, and no silence unnoticed."""

import asyncio
import logging
from typing import Any

import pytest
from telegram.error import TimedOut

from handlers.api import BotApi
from handlers.poll import Poller, PollFailed, TokenRefused
from tests.wire.stub import TOKEN, Stub, cut, never, ok, refused
from tests.wire.timeline import Timeline


class Inbox:
    """Where the batches go; `full` makes storing fail."""

    def __init__(self) -> None:
        self.batches: list[list[dict[str, Any]]] = []
        self.full = False

    async def store(self, batch: list[dict[str, Any]]) -> None:
        if self.full:
            raise RuntimeError("张三的电话")
        self.batches.append(batch)


@pytest.fixture
def inbox() -> Inbox:
    return Inbox()


@pytest.fixture
def poller(api: BotApi, inbox: Inbox, timeline: Timeline) -> Poller:
    return Poller(
        api,
        inbox.store,
        allowed_updates=["message", "callback_query"],
        clock=timeline.clock,
        wait=timeline.wait,
        rng=lambda: 0.5,
        grace=0.05,
    )


def updates(*ids: int) -> list[dict[str, Any]]:
    return [{"update_id": number, "message": {"text": str(number)}} for number in ids]


async def run_through(poller: Poller, stub: Stub) -> None:
    """Run the loop until the script is used up and a poll hangs, then cancel it."""
    hanging = asyncio.Event()

    async def hang(call: object) -> Any:
        hanging.set()
        return await never(call)  # type: ignore[arg-type]

    stub.script.append(hang)
    loop = asyncio.create_task(poller.run())
    await asyncio.wait([loop, asyncio.create_task(hanging.wait())], return_when=asyncio.FIRST_COMPLETED)
    loop.cancel()
    await loop


async def test_it_names_the_updates_it_wants_and_how_long_it_waits(stub: Stub, poller: Poller) -> None:
    stub.script = [ok([])]
    assert await poller.poll_once(0) == 0
    assert stub.calls[0].sent == {"timeout": 0, "allowed_updates": ["message", "callback_query"]}


async def test_a_batch_is_confirmed_by_the_poll_after_it_was_stored(stub: Stub, poller: Poller, inbox: Inbox) -> None:
    stub.script = [ok(updates(7, 8, 9)), ok([])]
    assert await poller.poll_once(0) == 3
    assert inbox.batches == [updates(7, 8, 9)]
    await poller.poll_once(0)
    assert stub.calls[1].sent["offset"] == 10


async def test_a_batch_that_could_not_be_stored_is_not_confirmed(stub: Stub, poller: Poller, inbox: Inbox) -> None:
    stub.script = [ok(updates(7)), ok(updates(7)), ok([])]
    inbox.full = True
    with pytest.raises(RuntimeError):
        await poller.poll_once(0)
    inbox.full = False
    await poller.poll_once(0)
    assert "offset" not in stub.calls[1].sent
    assert inbox.batches == [updates(7)]


async def test_a_poll_cancelled_while_storing_confirms_nothing(stub: Stub, api: BotApi, timeline: Timeline) -> None:
    started = asyncio.Event()

    async def slow(batch: object) -> None:
        started.set()
        await asyncio.Event().wait()

    poller = Poller(api, slow, allowed_updates=[], clock=timeline.clock, wait=timeline.wait, rng=lambda: 0.5)
    stub.script = [ok(updates(7)), ok([])]
    polling = asyncio.create_task(poller.poll_once(0))
    await started.wait()
    polling.cancel()
    with pytest.raises(asyncio.CancelledError):
        await polling
    await poller.poll_once(0)
    assert "offset" not in stub.calls[1].sent


async def test_ids_that_restart_lower_are_confirmed_too(stub: Stub, poller: Poller) -> None:
    stub.script = [ok(updates(900_000)), ok(updates(17)), ok([])]
    for _ in range(3):
        await poller.poll_once(0)
    assert [call.sent.get("offset") for call in stub.calls] == [None, 900_001, 18]


async def test_an_offset_that_telegram_has_heard_is_not_kept_for_a_week(stub: Stub, poller: Poller) -> None:
    stub.script = [ok(updates(900_000)), ok([]), ok(updates(17))]
    for _ in range(3):
        await poller.poll_once(0)
    assert [call.sent.get("offset") for call in stub.calls] == [None, 900_001, None]


async def test_one_malformed_update_does_not_hurt_the_others(
    stub: Stub, poller: Poller, inbox: Inbox, caplog: pytest.LogCaptureFixture
) -> None:
    odd = {"update_id": 8, "message": {"chat": "not a chat", "date": None}}
    stub.script = [ok([*updates(7), "junk", odd, {"message": {}}, {"update_id": True}]), ok([])]
    assert await poller.poll_once(0) == 2
    assert inbox.batches == [[*updates(7), odd]]
    assert "updates_without_id dropped=3 kept=2" in caplog.text
    await poller.poll_once(0)
    assert stub.calls[1].sent["offset"] == 9


async def test_a_batch_that_cannot_be_confirmed_at_all_is_a_failure(stub: Stub, poller: Poller) -> None:
    stub.script = [ok([{"message": {}}])]
    with pytest.raises(PollFailed):
        await poller.poll_once(0)


async def test_failures_are_waited_out_longer_and_longer_and_then_forgotten(
    stub: Stub, poller: Poller, timeline: Timeline, inbox: Inbox
) -> None:
    stub.script = [*[refused(502, "Bad Gateway")] * 8, ok(updates(7)), cut]
    await run_through_cancelled(poller, stub)
    assert timeline.waits == [0.75, 1.5, 3.0, 6.0, 12.0, 22.5, 22.5, 22.5, 0.75]
    assert inbox.batches == [updates(7)]


async def run_through_cancelled(poller: Poller, stub: Stub) -> None:
    with pytest.raises(asyncio.CancelledError):
        await run_through(poller, stub)


async def test_telegrams_wish_to_wait_is_granted(stub: Stub, poller: Poller, timeline: Timeline) -> None:
    stub.script = [refused(429, "Too Many Requests", retry_after=35)]
    await run_through_cancelled(poller, stub)
    assert timeline.waits == [35.0]


async def test_a_second_poller_is_reported_once_until_it_is_gone(
    stub: Stub, poller: Poller, caplog: pytest.LogCaptureFixture
) -> None:
    conflict = refused(409, "Conflict: terminated by other getUpdates request")
    stub.script = [conflict, conflict, conflict, ok([]), conflict]
    await run_through_cancelled(poller, stub)
    assert [r.levelno for r in caplog.records if "poll_conflict" in r.message] == [logging.ERROR] * 2


@pytest.mark.parametrize("code", [401, 404])
async def test_a_token_telegram_does_not_know_ends_the_loop(code: int, stub: Stub, poller: Poller) -> None:
    stub.script = [refused(code, "Unauthorized")]
    with pytest.raises(TokenRefused):
        await poller.run()


async def test_a_full_inbox_does_not_end_the_loop_nor_reach_the_log(
    stub: Stub, poller: Poller, inbox: Inbox, caplog: pytest.LogCaptureFixture
) -> None:
    inbox.full = True
    stub.script = [ok(updates(7))]
    await run_through_cancelled(poller, stub)
    assert "poll_failed error=RuntimeError" in caplog.text
    assert "张三" not in caplog.text


async def test_a_poll_that_hangs_is_cut(stub: Stub, poller: Poller) -> None:
    stub.script = [never]
    with pytest.raises((TimeoutError, TimedOut)):
        await poller.poll_once(0)


async def test_silence_counts_from_the_last_poll_that_worked(
    stub: Stub, poller: Poller, timeline: Timeline, inbox: Inbox
) -> None:
    timeline.now += 50
    assert poller.silent_for(timeline.now) == 50
    stub.script = [ok([]), refused(502, "Bad Gateway"), ok(updates(1))]
    await poller.poll_once(0)
    timeline.now += 30
    with pytest.raises(PollFailed):
        await poller.poll_once(0)
    inbox.full = True
    with pytest.raises(RuntimeError):
        await poller.poll_once(0)
    assert poller.silent_for(timeline.now) == 30


async def test_the_log_never_names_the_token(stub: Stub, poller: Poller, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    stub.script = [cut, refused(409, "Conflict"), refused(500, "Internal Server Error")]
    await run_through_cancelled(poller, stub)
    assert "poll_failed" in caplog.text
    assert TOKEN not in caplog.text + repr(poller)
