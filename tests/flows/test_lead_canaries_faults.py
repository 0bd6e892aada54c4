"""When something fails in the middle of work on a lead: the log says what kind of fault it was, and no word of hers."""

import asyncio
import base64
import gc
from collections.abc import Iterator
from typing import Any

import pytest
from apscheduler.events import EVENT_JOB_ERROR
from apscheduler.schedulers.asyncio import AsyncIOScheduler
from sqlalchemy import text

from handlers import gateway
from handlers.flows import handle
from scheduler import kept_files
from tests.support.canaries import Logs, Watch, a_voice, dumped, mark, marks_in, marks_in_bytes, whole_log
from tests.support.county import HEAD
from tests.support.hands import Bench
from tests.support.lead_reports import reports
from tests.support.leads import a_lead
from tests.support.matters import does, look_away, opens, takes


@pytest.fixture
def logs() -> Iterator[Logs]:
    """Everything that is logged."""
    with whole_log() as both:
        yield both


async def fails_with_the_words(*_: Any, body: str, **__: Any) -> None:
    """A fault of ours that quotes what was written, and its cause does too."""
    try:
        raise KeyError(body)
    except KeyError as error:
        raise RuntimeError(f"cannot write {body}") from error


async def refused_by_the_database(session: Any, *, body: str, **_: Any) -> None:
    """A row that the database refuses: what it says quotes the row."""
    await session.execute(text("INSERT INTO area (code, kind, name) VALUES (:it, :it, NULL)"), {"it": body})


async def unencodable(session: Any, *, body: str, **_: Any) -> None:
    """A value that no driver can send."""
    await session.execute(text("SELECT :it"), {"it": {body: object()}})


@pytest.mark.parametrize("fault", [fails_with_the_words, refused_by_the_database, unencodable])
async def test_a_fault_in_the_middle_logs_its_kind_and_not_the_words(
    bench: Bench, logs: Logs, monkeypatch: pytest.MonkeyPatch, fault: Any
) -> None:
    lead = await a_lead(bench, "domestic_violence")
    await look_away(bench)
    head = bench.person(HEAD)
    await takes(bench, head, lead)
    monkeypatch.setattr(handle, "follow", fault)
    said = await does(head, lead, "跟踪记录", note=mark("followed"))
    assert not marks_in(said.text)
    written = logs.ours.getvalue()
    assert "update_set_aside" in written
    assert "Error" in written
    assert marks_in(written) == set()
    if fault is fails_with_the_words:
        assert "followed" in marks_in(logs.plain.getvalue())  # it was there to be told
    assert marks_in_bytes(await dumped(bench.database)) == set()
    bench.all_unread()


async def fails_at_once(*_: Any) -> None:
    """A fault of ours before anything is taken."""
    raise RuntimeError


@pytest.mark.parametrize("given", ["words", "voice", "command"])
async def test_what_could_not_be_taken_leaves_the_chat_with_its_conversation(
    bench: Bench, monkeypatch: pytest.MonkeyPatch, given: str
) -> None:
    lead = await a_lead(bench, "domestic_violence")
    await look_away(bench)
    head, watch = bench.person(HEAD), Watch(bench)
    await takes(bench, head, lead)
    await opens(head, lead)
    await head.press("跟踪记录")
    with monkeypatch.context() as broken:
        broken.setattr(gateway, "_said", fails_at_once)
        if given == "voice":
            await head.does("voice", ("a.ogg", "audio/ogg", a_voice()), caption=mark("caption"))
        else:
            await head.say(("/xyz " if given == "command" else "") + mark("followed"))
    assert watch.left() != {}
    await head.press("取消")
    bench.pass_time(minutes=10)
    await bench.vanisher.delete_due()
    assert watch.left() == {}


async def test_so_does_what_is_told_after_a_stroke(bench: Bench) -> None:
    lead = await a_lead(bench, "domestic_violence")
    await look_away(bench)
    head, watch = bench.person(HEAD), Watch(bench)
    await takes(bench, head, lead)
    await opens(head, lead)
    await head.press("跟踪记录")
    for command in ("/上报", "/help", "/glass"):
        await head.say_all(f"{command} {mark('followed')}")
    assert watch.left() != {}
    await head.press("取消")
    bench.pass_time(minutes=10)
    await bench.vanisher.delete_due()
    assert watch.left() == {}


async def test_a_chore_that_fails_logs_its_kind_and_not_what_it_worked_on(
    bench: Bench, logs: Logs, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(content: bytes) -> bytes:
        raise ValueError(content.decode("latin-1"))

    await reports(bench, "刘洋")
    await look_away(bench)
    monkeypatch.setattr(kept_files, "clean_picture", fails)
    scheduler, failed = AsyncIOScheduler(), asyncio.Event()
    scheduler.add_listener(lambda _event: failed.set(), EVENT_JOB_ERROR)
    scheduler.add_job(bench.program.keeper.keep_waiting)
    scheduler.start()
    async with asyncio.timeout(20):
        await failed.wait()
    scheduler.shutdown(wait=False)
    assert "ValueError" in logs.ours.getvalue()
    assert "device" in marks_in(logs.plain.getvalue())
    assert marks_in(logs.ours.getvalue()) == set()


async def test_a_task_that_nobody_waits_for_ends_without_its_words_in_the_log(logs: Logs) -> None:
    async def ends_badly() -> None:
        raise RuntimeError(mark("narrative"))

    going = asyncio.create_task(ends_badly())
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    del going
    gc.collect()
    assert "never retrieved" in logs.ours.getvalue()
    assert "RuntimeError" in logs.ours.getvalue()
    assert marks_in(logs.plain.getvalue()) == {"narrative"}
    assert marks_in(logs.ours.getvalue()) == set()


async def test_a_callback_that_fails_is_named_without_what_it_was_called_with(logs: Logs) -> None:
    nothing: dict[str, str] = {}
    asyncio.get_running_loop().call_soon(nothing.__getitem__, mark("narrative"))
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    assert "Exception in callback" in logs.ours.getvalue()
    assert "KeyError" in logs.ours.getvalue()
    assert marks_in(logs.plain.getvalue()) == {"narrative"}
    assert marks_in(logs.ours.getvalue()) == set()


def test_the_search_finds_a_mark_however_it_is_written() -> None:
    for content in (
        mark("narrative").encode(),
        mark("narrative").encode("unicode_escape"),
        mark("narrative").encode("utf-16-le"),
        mark("narrative").encode().hex().encode(),
        *(base64.b64encode(b"x" * shift + mark("narrative").encode()) for shift in range(3)),
    ):
        assert marks_in_bytes(content) == {"narrative"}
