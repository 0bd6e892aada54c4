"""One of the replicas that `bench/pacing.py` measures: what it sends, when, and how it shares the limit.

python bench/pacing_replica.py URL row|sender|apart NUMBER [--bulk]
"""

import argparse
import asyncio
import contextlib
import random
import sys
import time
from datetime import timedelta
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent))

from sqlalchemy import text

from bench.processes import now
from domain.channel import Lane
from domain.usecases.leases import take_lease
from handlers.limiter import Limiter
from handlers.shared_pace import SharedPace
from models.session import Database

LIMIT = 30
REPLICAS = 3
IN_AIR = 16  # as in scheduler/deliver.py
SERVICE = 0.05  # seconds until Telegram has answered
REPLY_EVERY, RED_EVERY = 0.4, 1.0
LEASE = timedelta(seconds=5)
LOOK = 0.02  # seconds after which the sender looks for what others have handed over, if nobody wakes it
HANDED = """
CREATE TABLE handed (id bigserial PRIMARY KEY, lane int NOT NULL, chat bigint NOT NULL, asked float8 NOT NULL,
  taken boolean NOT NULL DEFAULT false)
"""
_HAND_OVER = text(
    "WITH row AS (INSERT INTO handed (lane, chat, asked) VALUES (:lane, :chat, :asked)) SELECT pg_notify('handed', '')"
)
_CLAIM = text(
    "UPDATE handed SET taken = true WHERE id IN (SELECT id FROM handed WHERE NOT taken ORDER BY lane, id LIMIT 16"
    " FOR UPDATE SKIP LOCKED) RETURNING lane, chat, asked"
)


class Replica:
    """One process: what it wants to send, and what it says of what it sent, a line each on standard output."""

    def __init__(self, url: str, way: str, number: int, *, bulk: bool) -> None:
        self._database = Database(url)
        self._way = way
        self._number = number
        self._bulk = bulk
        loop = asyncio.get_running_loop()
        self._gate = SharedPace(self._database.beside(), LIMIT, clock=loop.time) if way == "row" else None
        rate = LIMIT // REPLICAS if way == "apart" else LIMIT
        self._limiter = Limiter(rate, clock=loop.time, call_later=loop.call_later, gate=self._gate)
        self._rng = random.Random(number)
        self._trips = 0
        self._tasks: set[asyncio.Task[None]] = set()
        self._woken = asyncio.Event()
        self._is_sender = False

    async def run(self) -> None:
        """Until killed."""
        works = [self._every(REPLY_EVERY, Lane.REPLY), self._every(RED_EVERY, Lane.RED), self._count()]
        if self._way == "sender":
            works += [self._hold(), self._send_handed()]
        if self._bulk or self._way == "sender":
            works += [self._digests() for _ in range(IN_AIR)]
        await asyncio.gather(*works)

    async def _count(self) -> None:
        """Statements for the pace alone: claiming and settling notices costs the same either way."""
        while True:
            await asyncio.sleep(0.5)
            print("trips", self._gate.row.asked if self._gate else self._trips, int(self._is_sender), flush=True)

    async def _every(self, seconds: float, lane: Lane) -> None:
        await asyncio.sleep(seconds * self._rng.random())
        while True:
            chat, asked = self._rng.randrange(1, 10**9), time.monotonic()
            at_once = self._way != "sender" or self._is_sender
            self._start((self._send if at_once else self._hand_over)(chat, lane, asked))
            await asyncio.sleep(seconds)

    def _start(self, work) -> None:  # type: ignore[no-untyped-def]
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _digests(self) -> None:
        while True:
            if self._way == "sender" and not self._is_sender:
                await asyncio.sleep(0.05)
                continue
            await self._send(self._rng.randrange(1, 10**9), Lane.DIGEST, time.monotonic())

    async def _send(self, chat: int, lane: Lane, asked: float) -> None:
        async with self._limiter.turn(chat, lane):
            print("sent", lane.name, asked, time.monotonic(), flush=True)
            await asyncio.sleep(SERVICE)

    async def _hand_over(self, chat: int, lane: Lane, asked: float) -> None:
        self._trips += 1
        async with self._database.transaction() as session:
            await session.execute(_HAND_OVER, {"lane": int(lane), "chat": chat, "asked": asked})

    async def _hold(self) -> None:
        while True:
            self._trips += 1
            async with self._database.transaction() as session:
                held = await take_lease(session, "sender", str(self._number), now=now(), length=LEASE)
            self._is_sender = held is not None
            await asyncio.sleep(LEASE.total_seconds() / 5)

    async def _send_handed(self) -> None:
        async with self._database.engine.connect() as connection:
            raw = await connection.get_raw_connection()
            await raw.driver_connection.add_listener("handed", lambda *_: self._woken.set())  # type: ignore[union-attr]
            while True:
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(1.0):
                        await self._woken.wait()
                self._woken.clear()
                if not self._is_sender:
                    continue
                self._trips += 1
                async with self._database.transaction() as session:
                    rows = (await session.execute(_CLAIM)).all()
                for row in rows:
                    self._start(self._send(row.chat, Lane(row.lane), row.asked))
                await asyncio.sleep(LOOK if rows else 0)


def main() -> None:
    """Send until killed."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("url", help="of the database")
    parser.add_argument("way", choices=["row", "sender", "apart"])
    parser.add_argument("number", type=int)
    parser.add_argument("--bulk", action="store_true", help="with digests without end")
    asked = parser.parse_args()

    async def be() -> None:
        await Replica(asked.url, asked.way, asked.number, bulk=asked.bulk).run()

    with contextlib.suppress(KeyboardInterrupt):
        asyncio.run(be())


if __name__ == "__main__":
    main()
