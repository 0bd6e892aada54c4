"""Updates a second and processor time per update: Suozi beside python-telegram-bot and aiogram.

The same check-in of sixteen updates is held by many people at once, against the same local server:

    suozi    bot.py itself on SQLite: every update written down before it is confirmed, every step committed
    ptb      bench/rivals/ptb_bot.py, a ConversationHandler with the library's defaults, one insert at the end
    aiogram  bench/rivals/aiogram_bot.py, a state machine in memory, one insert at the end

The server and the people live in this process, the bot in its own. The three take turns; each figure is the median
of its rounds. A ratio above 1 means that Suozi handles more updates a second than the rival; `cpu_per_ptb` is the
processor time Suozi needs per update, as a part of what the rival needs. After each round as many visits must be in
the database as people were told "saved".

    updates suozi_per_ptb=… suozi_per_aiogram=… cpu_per_ptb=…
"""

import argparse
import asyncio
import random
import shutil
import sqlite3
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from statistics import median

sys.path.insert(0, str(Path(__file__).parent.parent))

from bench.crowd import CHECK_IN, Crowd
from bench.processes import TOKEN, found_county, now, running, suozi
from sandbox.server import Sandbox

RIVALS = Path(__file__).parent / "rivals"
KINDS = ("suozi", "ptb", "aiogram")
PATIENCE = 60.0


@dataclass(frozen=True, slots=True)
class Sample:
    """One round of one bot."""

    per_second: float
    cpu_ms: float
    api_calls: float


async def sample(kind: str, founded: Path, ids: list[int], *, seconds: float) -> Sample:
    """Run one bot on a copy of the folder `founded` for so many seconds after its first replies."""
    people = len(ids)
    with tempfile.TemporaryDirectory(prefix="suozi-bench-") as name:
        folder = Path(shutil.copytree(founded, f"{name}/data"))
        box = Sandbox(lambda: now().timestamp(), random.Random(1), TOKEN)
        for number in ids:
            box.add_person(number, "陈秀兰", started=True)
        crowd = Crowd(box, ids, CHECK_IN)
        url = await box.start()
        file = folder / ("suozi.db" if kind == "suozi" else "rival.db")
        command, settings = suozi(folder, url)
        if kind != "suozi":
            command, settings = [RIVALS / f"{kind}_bot.py", TOKEN, url, file], {}
        try:
            async with running(command, folder / "log.txt", settings) as bot:
                crowd.begin()
                await crowd.until(lambda: crowd.replies >= 5 * people or not bot.alive, PATIENCE)
                if not bot.alive:
                    raise RuntimeError(f"{kind} ended by itself:\n{bot.log.read_text()[-2000:]}")
                before = (crowd.replies, crowd.api_calls, bot.cpu_seconds(), time.perf_counter())
                await crowd.until(lambda: time.perf_counter() - before[3] >= seconds, PATIENCE)
                after = (crowd.replies, crowd.api_calls, bot.cpu_seconds(), time.perf_counter())
                crowd.stop()
                await crowd.until(lambda: not crowd.busy, PATIENCE)
        finally:
            await box.stop()
        _check(file, crowd.finished)
    done, calls, cpu, wall = (late - early for late, early in zip(after, before, strict=True))
    return Sample(done / wall, 1000 * cpu / done, calls / done)


def _check(file: Path, finished: int) -> None:
    with sqlite3.connect(file) as connection:
        rows = connection.execute("SELECT count(*) FROM visit").fetchone()[0]
    if rows != finished:
        raise RuntimeError(f"{finished} people were told that their visit is saved, but {rows} rows are there")


async def all_samples(founded: Path, ids: list[int], *, seconds: float, rounds: int) -> dict[str, list[Sample]]:
    """Every bot's rounds; the three take turns."""
    samples: dict[str, list[Sample]] = {kind: [] for kind in KINDS}
    for number in range(rounds):
        for kind in KINDS:
            one = await sample(kind, founded, ids, seconds=seconds)
            samples[kind].append(one)
            print(
                f"round {number + 1} {kind:8} {one.per_second:7.0f} updates/s  {one.cpu_ms:6.2f} ms CPU/update"
                f"  {one.api_calls:.2f} calls/update",
                flush=True,
            )
    return samples


async def main(args: argparse.Namespace) -> None:
    """All rounds, then the ratios."""
    people, seconds, rounds = (24, 2.0, 2) if args.quick else (200, 10.0, 5)
    with tempfile.TemporaryDirectory(prefix="suozi-bench-") as name:
        ids = await found_county(Path(name), people=people, now=now())
        samples = await all_samples(Path(name), ids, seconds=seconds, rounds=rounds)
    rate = {kind: median(one.per_second for one in samples[kind]) for kind in KINDS}
    cpu = {kind: median(one.cpu_ms for one in samples[kind]) for kind in KINDS}
    print(
        f"updates suozi_per_ptb={rate['suozi'] / rate['ptb']:.2f}"
        f" suozi_per_aiogram={rate['suozi'] / rate['aiogram']:.2f} cpu_per_ptb={cpu['suozi'] / cpu['ptb']:.2f}"
        f" cpu_per_aiogram={cpu['suozi'] / cpu['aiogram']:.2f}"
    )


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="fewer people and rounds, under 45 seconds")
    asyncio.run(main(parser.parse_args()))
