"""A bot in a process of its own, and a made-up county for it."""

import asyncio
import os
import signal
import socket
import sys
import time
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import psutil

from domain.rules.policy import Policy
from domain.usecases.loading import CountyLoader
from models import keyring
from models.schema import migrate
from models.session import Database
from sandbox.county import AreaRow, HouseholdRow, ResidentRow, StaffRow

ROOT = Path(__file__).parent.parent
TOKEN = "7000000002:token-for-measurements-only"
KEY = keyring.new_key()
FIRST_PERSON = 50_001


def now() -> datetime:
    """The clock of the measurements."""
    return datetime.fromtimestamp(time.time(), UTC)  # noqa: TID251


def zone_at_noon(instant: datetime) -> str:
    """A time zone in which it is between twelve and one o'clock: no measurement falls into the quiet hours."""
    hours = 12 - instant.hour
    return f"Etc/GMT{-hours:+d}" if hours else "Etc/GMT"


def free_port() -> int:
    """One that nobody listens at."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return int(taken.getsockname()[1])


class Bot:
    """A running bot."""

    def __init__(self, process: asyncio.subprocess.Process, log: Path) -> None:
        self._process = process
        self.log = log
        self.info = psutil.Process(process.pid)

    def cpu_seconds(self) -> float:
        """The processor time it has used so far, its threads included."""
        times = self.info.cpu_times()
        return float(times.user + times.system)

    def said(self) -> str:
        """The end of its log."""
        return self.log.read_text()[-2000:]

    def memory_mb(self) -> float:
        """Its resident memory."""
        return float(self.info.memory_info().rss) / 2**20

    @property
    def alive(self) -> bool:
        """Whether it still runs."""
        return self._process.returncode is None

    async def ended(self) -> int:
        """Wait until it has ended by itself; its exit status, negative for a signal."""
        return await self._process.wait()

    async def kill(self) -> None:
        """End it as a power cut would."""
        if self.alive:
            self._process.kill()
        await self._process.wait()

    async def stop(self) -> None:
        """Ask it to end, and make it end if it does not."""
        if self.alive:
            self._process.send_signal(signal.SIGINT)
        try:
            async with asyncio.timeout(10):
                await self._process.wait()
        except TimeoutError:
            await self.kill()


async def spawn(command: Sequence[str | Path], log: Path, environment: Mapping[str, str] | None = None) -> Bot:
    """Start `command` in Python; what it says goes to the file `log`."""
    with log.open("ab") as out:
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            *map(str, command),
            cwd=log.parent,  # away from anybody's .env
            env={**os.environ, **(environment or {})},
            stdout=out,
            stderr=out,
        )
    return Bot(process, log)


@asynccontextmanager
async def running(
    command: Sequence[str | Path], log: Path, environment: Mapping[str, str] | None = None
) -> AsyncIterator[Bot]:
    """A bot that is stopped at the end."""
    bot = await spawn(command, log, environment)
    try:
        yield bot
    finally:
        await bot.stop()


def suozi(folder: Path, url: str, *, database_url: str = "") -> tuple[list[str | Path], dict[str, str]]:
    """The command and the settings of Suozi with its data in `folder`, against the sandbox at `url`."""
    settings = {
        "SUOZI_BOT_TOKEN": TOKEN,
        "SUOZI_BOT_API_URL": url,
        "SUOZI_DATA_DIR": str(folder),
        "SUOZI_DATABASE_URL": database_url,
        "SUOZI_SECRET_KEYS": KEY,
        "SUOZI_MESSAGES_PER_SECOND": "0",
        "SUOZI_TIMEZONE": zone_at_noon(now()),
    }
    return [ROOT / "bot.py", "run"], settings


async def found_county(
    folder: Path, *, people: int, now: datetime, due: bool = False, database_url: str = ""
) -> list[int]:
    """A county in a new SQLite file: one grid worker with eight households for each of `people`; their Telegram ids.

    With `due` every household is overdue, so that a digest is due as well. `database_url` is that of another, empty
    database.
    """
    keyring.install(keyring.Keyring([KEY]))
    database = Database(database_url or f"sqlite:///{folder / 'suozi.db'}")
    await migrate(database)
    ids = list(range(FIRST_PERSON, FIRST_PERSON + people))
    async with database.transaction() as session:
        loader = CountyLoader(session, now=now, policy=Policy(zone=ZoneInfo(zone_at_noon(now))))
        await loader.start()
        await loader.area(AreaRow("B", None, "county", "测试县"))
        await loader.area(AreaRow("B-1", "B", "community", "东关村"))
        for telegram_id in ids:
            grid = f"B-1-{telegram_id}"
            await loader.area(AreaRow(grid, "B-1", "grid", f"东关村第{telegram_id}网格", "rural"))
            await loader.member(StaffRow(telegram_id, "陈秀兰", "zh", (("grid_worker", grid),)))
            for number in range(1, 9):
                await loader.household(_home(grid, number, due=due))
        await loader.finish()
    await database.close()
    return ids


def _home(grid: str, number: int, *, due: bool) -> HouseholdRow:
    people = (
        ResidentRow("王秀英", "head", 1950, "f", "19000000001", None),
        ResidentRow("单强", "child", 1980, "m", None, None),
    )
    code = f"{grid}-{number:03d}"
    return HouseholdRow(code, grid, None, f"东关村{number}号", "key", "lives_alone", "", 9 if due else 0, people)
