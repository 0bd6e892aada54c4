"""The program's way out on a clock that nobody waits for: the real outbox, sender, limiter and jobs, and the sandbox.

The sandbox is called without a network, so that its time can be skipped too (`bench/idle.py`): what it does to a
request (its faults, its answers) is what it does over HTTP.
"""

import asyncio
import json
import random
import shutil
import tempfile
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, TypeVar, cast

from telegram.error import NetworkError, TimedOut
from yarl import URL

from bench.idle import WatchedDatabase, Work, run_idle
from bench.processes import KEY, TOKEN
from bench.promise import Campaign
from domain.rules.policy import Policy
from handlers.api import BotApi
from handlers.limiter import Limiter
from handlers.request import AiohttpRequest
from handlers.sender import TelegramSender
from handlers.sent import NotedChannel, SentMessages
from models import keyring
from models.schema import migrate
from models.session import Database
from sandbox.server import Sandbox
from scheduler.deliver import Deliverer
from scheduler.sweep import Sweep

MORNING = datetime(2026, 11, 21, 0, 0, tzinfo=UTC)  # a Saturday, eight o'clock in Shanghai
SERVICE = 0.05  # seconds until Telegram answers
PATIENCE = 10.0  # seconds for which the program's HTTP client waits for an answer


async def every(seconds: int, job: Callable[[], Awaitable[object]]) -> None:
    """Run a job as APScheduler does with one instance: a tick that finds it at work is left out."""
    loop = asyncio.get_running_loop()
    began, ticks = loop.time(), 0
    while True:
        await job()
        ticks = max(ticks, int((loop.time() - began) / seconds)) + 1
        await asyncio.sleep(began + ticks * seconds - loop.time())


class Wire:
    """What the program's HTTP client is to it. A request that is not answered in time is given up, as there."""

    def __init__(self, box: Sandbox) -> None:
        self._box = box

    async def post_json(
        self, url: str | URL, parameters: Mapping[str, Any], *, read_timeout: float | None = None
    ) -> tuple[int, bytes]:
        """Post to the sandbox. Raises TimedOut and NetworkError."""
        body = [json.dumps(parameters).encode()]
        hung_up = asyncio.Event()
        answer: list[dict[str, Any]] = []

        async def receive() -> dict[str, Any]:
            if body:
                return {"type": "http.request", "body": body.pop()}
            await hung_up.wait()
            return {"type": "http.disconnect"}

        async def send(event: Any) -> None:
            answer.append(event)

        headers = [(b"content-type", b"application/json")]
        scope = {"type": "http", "method": "POST", "path": URL(url).path, "query_string": b"", "headers": headers}
        await asyncio.sleep(SERVICE)
        request = asyncio.create_task(self._box.bot_api(scope, receive, send))
        done, _ = await asyncio.wait((request,), timeout=read_timeout or PATIENCE)
        if not done:
            hung_up.set()
            await request
            raise TimedOut("no answer")
        if answer[-1].get("more_body"):
            raise NetworkError("cut")
        return int(answer[0]["status"]), b"".join(event.get("body", b"") for event in answer)


class Clockwork:
    """One process with its outbox and its alerts, from eight o'clock in the morning."""

    def __init__(self, database: WatchedDatabase, rng: random.Random) -> None:
        self._loop = asyncio.get_running_loop()
        self._began = self._loop.time()
        self.database = database
        self.policy = Policy()
        self.box = Sandbox(lambda: self.now().timestamp(), rng, TOKEN)
        self.copies: dict[int, list[tuple[float, str]]] = {}
        limiter = Limiter(30, clock=self._loop.time, call_later=self._loop.call_later)
        sender = TelegramSender(BotApi(cast(AiohttpRequest, Wire(self.box)), f"http://telegram/bot{TOKEN}"), limiter)
        self._sent = SentMessages(database, clock=self.now)
        channel = NotedChannel(sender, self._sent)
        self._deliverer = Deliverer(database, channel, clock=self.now, policy=self.policy)
        self._sweep = Sweep(database, clock=self.now, policy=self.policy)

    @property
    def seconds(self) -> float:
        """Since it began."""
        return self._loop.time() - self._began

    def now(self) -> datetime:
        """The clock."""
        return MORNING + timedelta(seconds=self.seconds)

    async def until(self, second: float) -> None:
        """Let the time pass."""
        await asyncio.sleep(max(0.0, second - self.seconds))

    async def unless(self, done: Callable[[], bool], second: float) -> None:
        """Let the time pass, unless it is done before."""
        while self.seconds < second and not done():  # noqa: ASYNC110 - what is waited for is another program's to say
            await asyncio.sleep(1)

    def told(self, chat: int, words: str) -> list[float]:
        """The seconds at which messages with these words came into a chat."""
        found = (message for message in self.box.messages(chat) if words in message["text"])
        return [message["date"] - MORNING.timestamp() for message in found]

    @asynccontextmanager
    async def at_work(self) -> Any:
        """The jobs of `scheduler/jobs.py` that send and ring."""
        table: Sequence[tuple[int, Callable[[], Awaitable[object]]]] = (
            (1, self._deliverer.deliver_red),
            (1, self._deliverer.deliver_calm),
            (5, self._sweep.alerts),
            (3, self._sent.flush),
        )
        jobs = [asyncio.create_task(every(seconds, job)) for seconds, job in table]
        try:
            yield
        finally:
            for job in jobs:
                job.cancel()
            ends = await asyncio.gather(*jobs, return_exceptions=True)
        for end in ends:
            if isinstance(end, Exception):
                raise end


Result = TypeVar("Result")


async def empty(file: Path, like: Path | None) -> None:
    """An empty database in `file`: migrated, or a copy of one `like` which that is already, written with our keys."""
    if like is not None:
        shutil.copy(like, file)
        return
    keyring.install(keyring.Keyring([KEY]))
    database = Database(f"sqlite:///{file}")
    await migrate(database)
    await database.close()


async def wind_up(
    campaign: Campaign, happens: Callable[[Clockwork], Awaitable[Result]], like: Path | None = None
) -> Result:
    """Let it happen in a new database, in a thread with a clock of its own."""
    with tempfile.TemporaryDirectory(prefix="suozi-clockwork-") as folder:
        file = Path(folder) / "suozi.db"
        await empty(file, like)
        work = Work(costs=False)

        async def run() -> Result:
            database = WatchedDatabase(f"sqlite:///{file}", work)
            try:
                return await happens(Clockwork(database, random.Random(campaign.seed)))
            finally:
                await database.close()

        return await asyncio.to_thread(run_idle, work, run())
