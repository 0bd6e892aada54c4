"""Updates that Telegram brings: answered with 200 once they are written down, and not before."""

import asyncio
import contextlib
import io
import logging
import random
from collections.abc import AsyncIterator
from typing import Any

import aiohttp
import pytest
from sqlalchemy import func, select
from yarl import URL

from domain.channel import Lane, Outcome
from domain.usecases.figures import operating_figures
from handlers.front_door import front_door
from handlers.health import Health
from handlers.http_server import HttpServer, listening_socket
from handlers.metrics import FailureCounter, Metrics
from handlers.webhook import PATH, SECRET_HEADER, Intake, Webhook
from models.inbox import InboxUpdate
from models.session import Database
from tests.support.county import SATURDAY, WORKER
from tests.support.hands import TOKEN, Bench

SECRET = "a-secret_word-1"


class Store:
    """The inbox's store, with a switch: it can hold on, or fail."""

    def __init__(self, bench: Bench) -> None:
        self.bench = bench
        self.go = asyncio.Event()
        self.go.set()
        self.broken = 0
        self.commits: list[int] = []

    async def __call__(self, batch: list[dict[str, Any]]) -> None:
        await self.go.wait()
        if self.broken:
            self.broken -= 1
            raise ConnectionError("the database is away")
        await self.bench.inbox.store(batch)
        self.commits.append(len(batch))


class Door:
    """The program's HTTP face on a port of its own."""

    def __init__(self, bench: Bench, store: Store, metrics: Metrics, url: str) -> None:
        self.bench, self.store, self.metrics, self.url = bench, store, metrics, url

    async def post(self, body: Any, secret: str | None = SECRET) -> int:
        """The status that a posted update is answered with."""
        headers = {SECRET_HEADER: secret} if secret is not None else {}
        data = io.BytesIO(body) if isinstance(body, bytes) else None
        async with (
            aiohttp.ClientSession() as http,
            http.post(self.url + PATH, json=None if data is not None else body, data=data, headers=headers) as answer,
        ):
            return answer.status

    async def get(self, path: str) -> tuple[int, str]:
        """Status and text of a probe."""
        async with aiohttp.ClientSession() as http, http.get(self.url + path) as answer:
            return answer.status, await answer.text()


@pytest.fixture
async def door(bench: Bench) -> AsyncIterator[Door]:
    """It serves while the test runs."""
    store = Store(bench)

    async def figures() -> Any:
        if store.broken:
            raise ConnectionError
        async with bench.database.transaction() as session:
            return await operating_figures(session, now=bench.clock.now)

    async def why_not_ready() -> str:
        return "database" if store.broken else ""

    metrics = Metrics(figures)
    health = Health(metrics, why_not_ready)
    app = front_door(health, Webhook(store, SECRET, asyncio.get_running_loop().time))
    listener = listening_socket("127.0.0.1", 0)
    serving = asyncio.create_task(HttpServer(app).serve_until_cancelled(listener))
    yield Door(bench, store, metrics, f"http://127.0.0.1:{listener.getsockname()[1]}")
    serving.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await serving


def said(number: int, text: str = "/help") -> dict[str, Any]:
    """A raw update: the worker writes something."""
    person = {"id": WORKER, "is_bot": False, "first_name": "陈秀兰"}
    chat = {"id": WORKER, "type": "private"}
    message = {"message_id": number, "date": int(SATURDAY.timestamp()), "chat": chat, "from": person, "text": text}
    return {"update_id": number, "message": message}


async def waiting(database: Database) -> int:
    """How many updates are written down."""
    async with database.transaction() as session:
        return int((await session.execute(select(func.count()).select_from(InboxUpdate))).scalar_one())


async def test_telegram_brings_what_people_write_and_is_told_when_it_is_written_down(door: Door) -> None:
    bench = door.bench
    async with aiohttp.ClientSession() as http:
        hook = {"url": door.url + PATH, "secret_token": SECRET}
        async with http.post(f"{bench.box.url}/bot{TOKEN}/setWebhook", json=hook) as answer:
            assert answer.status == 200
    bench.box.act(WORKER, WORKER, "text", text="/help")
    while bench.box.world.updates.pending:
        await bench.box.world.updates.news()
    while await bench.inbox.round():
        pass
    await bench.program.replies.drain()
    assert "12338" in bench.person(WORKER).reads()[-1].text


async def test_nobody_without_the_secret_gets_anything_in(door: Door) -> None:
    assert [await door.post(said(1), secret) for secret in (None, "", "wrong", SECRET + "x", "秘")] == [403] * 5
    assert await waiting(door.bench.database) == 0


async def test_the_answer_waits_for_the_commit_and_many_updates_share_one(door: Door) -> None:
    door.store.go.clear()
    posts = [asyncio.create_task(door.post(said(number))) for number in range(1, 31)]
    done, _ = await asyncio.wait(posts, timeout=0.3)
    assert not done
    assert await waiting(door.bench.database) == 0
    door.store.go.set()
    assert await asyncio.gather(*posts) == [200] * 30
    assert await waiting(door.bench.database) == 30
    assert sum(door.store.commits) == 30
    assert len(door.store.commits) < 30


async def test_while_the_database_is_away_telegram_is_asked_to_come_again(door: Door) -> None:
    door.store.broken = 1
    assert (await door.get("/readyz")) == (503, "database\n")
    assert await door.post(said(1)) == 503
    assert await door.post(said(1)) == 200
    assert await door.post(said(1)) == 200  # brought twice
    assert await waiting(door.bench.database) == 1
    assert (await door.get("/readyz")) == (200, "ok\n")


async def test_an_update_waits_a_while_for_a_database_that_is_away(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("handlers.webhook.AGAIN", 0.0)
    store, seconds = Store(bench), iter(range(100))
    intake = Intake(store, lambda: float(next(seconds)), 10.0)
    store.broken = 3
    await intake.take(said(5))
    assert await waiting(bench.database) == 1
    store.broken = 30
    with pytest.raises(ConnectionError):
        await intake.take(said(6))
    assert store.broken > 10  # it is sent away when its time is over, and not before
    store.broken = 0
    await intake.take(said(6))
    assert await waiting(bench.database) == 2


async def test_a_database_that_says_nothing_keeps_nobody_without_an_answer(
    door: Door, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("handlers.webhook.LONGEST", 0.05)
    door.store.go.clear()
    assert await door.post(said(1)) == 503
    door.store.go.set()
    monkeypatch.undo()
    assert await door.post(said(1)) == 200
    assert await waiting(door.bench.database) == 1


async def test_what_is_no_update_is_done_with_and_not_brought_for_ever(door: Door) -> None:
    deep = b'{"a":' * 100_000
    for body in (b"", b"{", b"[]", b'{"update_id":"1"}', b'{"update_id":true}', deep, b"x" * (2 << 20)):
        assert await door.post(body) == 200
    assert await waiting(door.bench.database) == 0


class Ears(logging.Handler):
    """What is logged, and that something was."""

    def __init__(self) -> None:
        super().__init__(logging.INFO)
        self.levels: list[str] = []
        self.heard = asyncio.Event()

    def emit(self, record: logging.LogRecord) -> None:
        """Keep its level."""
        self.levels.append(record.levelname)
        self.heard.set()


async def test_whoever_goes_away_in_the_middle_of_an_update_leaves_no_error(
    door: Door, caplog: pytest.LogCaptureFixture
) -> None:
    """A proxy that gives up brings it again; a log line of an error would call the operator for nothing."""
    ears, address = Ears(), URL(door.url)
    _, writer = await asyncio.open_connection(address.host, address.port)
    head = f"POST {PATH} HTTP/1.1\r\nHost: x\r\n{SECRET_HEADER}: {SECRET}\r\nContent-Length: 100\r\n\r\n"
    writer.write(head.encode() + b'{"update_id": 1,')
    await writer.drain()
    logging.getLogger().addHandler(ears)
    with caplog.at_level(logging.INFO, logger="handlers.webhook"):
        writer.close()
        await ears.heard.wait()
    logging.getLogger().removeHandler(ears)
    assert ears.levels == ["INFO"]
    assert await door.post(said(1)) == 200
    assert await waiting(door.bench.database) == 1


async def test_the_probes_tell_figures_and_nobody(door: Door) -> None:
    assert await door.get("/healthz") == (200, "ok\n")
    assert await door.post(said(1)) == 200
    status, text = await door.get("/metrics")
    assert status == 200
    assert "suozi_inbox_waiting 1.0" in text
    assert 'suozi_alerts_open{colour="red"} 0.0' in text
    assert str(WORKER) not in text


async def test_what_the_program_does_is_counted_and_what_fails_is_counted_by_its_name(door: Door) -> None:
    door.metrics.handled(["message", "poll_of_tomorrow"], ["visit"])
    door.metrics.sent(Lane.RED, Outcome.BLOCKED)
    door.metrics.worked("Sweep.morning", 0.3, failed=True)
    counter = FailureCounter(door.metrics)
    for name, said in (
        ("handlers.inbox", "update_set_aside update_id=%s"),
        ("handlers.inbox", "王秀英"),
        ("other", "update_failed"),
    ):
        counter.handle(logging.LogRecord(name, logging.ERROR, "", 0, said, None, None))
    door.store.broken = 1  # the database is away: what the process knows itself is told all the same
    status, text = await door.get("/metrics")
    assert status == 200
    for line in (
        'suozi_updates_total{kind="message"} 1.0',
        'suozi_updates_total{kind="other"} 1.0',
        'suozi_flow_steps_total{flow="visit"} 1.0',
        'suozi_sends_total{lane="red",outcome="blocked"} 1.0',
        'suozi_job_seconds_count{job="Sweep.morning"} 1.0',
        'suozi_failures_total{work="Sweep.morning"} 1.0',
        'suozi_failures_total{work="update_set_aside"} 1.0',
        "suozi_database_up 0.0",
    ):
        assert line in text
    assert "王秀英" not in text
    assert "update_failed" not in text


async def test_an_update_under_way_is_finished_when_the_program_is_told_to_stop(bench: Bench) -> None:
    store = Store(bench)
    store.go.clear()

    async def never() -> str:
        return ""

    async def figures() -> Any:
        raise AssertionError

    webhook = Webhook(store, SECRET, asyncio.get_running_loop().time)
    listener = listening_socket("127.0.0.1", 0)
    app = front_door(Health(Metrics(figures), never), webhook)
    serving = asyncio.create_task(HttpServer(app).serve_until_cancelled(listener))
    door = Door(bench, store, Metrics(figures), f"http://127.0.0.1:{listener.getsockname()[1]}")
    posting = asyncio.create_task(door.post(said(random.Random(1).randrange(10**6))))
    await asyncio.wait([posting], timeout=0.3)
    serving.cancel()
    await asyncio.wait([serving], timeout=0.3)
    store.go.set()
    assert await posting == 200
    with contextlib.suppress(asyncio.CancelledError):
        await serving
    assert await waiting(bench.database) == 1
