"""The tests' county as a stage for a promise: the whole program in this process, its clock and its Telegram made up."""

import tempfile
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from datetime import datetime
from pathlib import Path

from bench.processes import KEY
from models import keyring
from models.schema import migrate
from models.session import Database
from tests.support.county import NAMES, POLICY, SATURDAY, found_county
from tests.support.hands import Bench, open_bench

MEMORY = Path("/dev/shm")


@contextmanager
def in_memory() -> Iterator[Path]:
    """A folder for databases, in memory where there is room: this is no test of the disk."""
    keyring.install(keyring.Keyring([KEY]))
    with tempfile.TemporaryDirectory(prefix="suozi-stage-", dir=MEMORY if MEMORY.is_dir() else None) as folder:
        yield Path(folder)


async def found(file: Path, at: datetime = SATURDAY) -> Path:
    """Write the tests' county into a new SQLite file."""
    keyring.install(keyring.Keyring([KEY]))
    database = Database(f"sqlite:///{file}")
    await migrate(database)
    async with database.transaction() as session:
        await found_county(session, at)
    await database.close()
    return file


@asynccontextmanager
async def stage(file: Path) -> AsyncIterator[Bench]:
    """The program on that database, against the sandbox."""
    database = Database(f"sqlite:///{file}")
    bench = await open_bench(database, SATURDAY, POLICY, NAMES)
    try:
        yield bench
    finally:
        await bench.close()
        await database.close()
