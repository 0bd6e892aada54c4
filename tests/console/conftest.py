"""The desk that every command works at, on both databases."""

import os
import random
import shutil
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager
from pathlib import Path

import asyncpg
import pytest

from console.command_line import build_parser
from console.desk import Desk
from console.errors import CommandError
from console.posts import posts
from console.sandbox import SANDBOX_TOKEN
from console.settings import Settings
from models import keyring
from models.session import Database
from sandbox.server import Sandbox
from tests.support.county import SATURDAY
from tests.support.hands import Bench

Operator = Callable[..., Awaitable[str]]


async def nobody_answers() -> str:
    """What a desk without Telegram says."""
    raise CommandError("SUOZI_BOT_API_URL: https://api.telegram.org gives no answer (NotSent)")


def desk_at(database: Database, folder: Path, **settings: object) -> Desk:
    """A desk on a Saturday morning; nothing of the machine's own settings reaches it."""
    made = Settings(_env_file=None, data_dir=folder / "data", **settings)  # type: ignore[arg-type]
    return Desk(made, database, SATURDAY, nobody_answers)


@pytest.fixture(autouse=True)
def _no_settings_of_the_machine(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in [name for name in os.environ if name.startswith("SUOZI_")]:
        monkeypatch.delenv(name)
    monkeypatch.chdir(tmp_path)


@pytest.fixture
def desk(database: Database, tmp_path: Path) -> Desk:
    """A desk with the tiny county."""
    return desk_at(database, tmp_path)


@pytest.fixture
async def sqlite_desk(sqlite_template: Path, tmp_path: Path) -> AsyncIterator[Desk]:
    """A desk with the tiny county on the embedded database alone, for what the database has no part in."""
    made = desk_at(Database(f"sqlite:///{tmp_path / 'suozi.db'}"), tmp_path)
    shutil.copy(sqlite_template, tmp_path / "suozi.db")
    yield made
    await made.database.close()


@pytest.fixture
async def empty_postgres(postgres_uri: str) -> AsyncIterator[Database]:
    """A PostgreSQL database without any table."""
    async with _empty_postgres(postgres_uri) as made:
        yield made


@pytest.fixture(params=["sqlite", "postgresql"])
async def empty_database(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Database]:
    """A database without any table, once on each of the two."""
    if request.param == "postgresql":
        async with _empty_postgres(request.getfixturevalue("postgres_uri")) as made:
            yield made
        return
    made = Database(f"sqlite:///{tmp_path / 'suozi.db'}")
    yield made
    await made.close()


@asynccontextmanager
async def _empty_postgres(postgres_uri: str) -> AsyncIterator[Database]:
    connection = await asyncpg.connect(postgres_uri)
    await connection.execute("CREATE DATABASE console_empty")
    made = Database(postgres_uri.replace("/postgres?", "/console_empty?"))
    yield made
    await made.close()
    await connection.execute("DROP DATABASE console_empty WITH (FORCE)")
    await connection.close()


@pytest.fixture
def other_keys() -> Iterator[None]:
    """For the length of a test the keys are others than those that the county was written with."""
    kept = keyring.keyring()
    keyring.install(keyring.Keyring([keyring.new_key()]))
    yield
    keyring.install(kept)


@pytest.fixture
async def sandbox_url() -> AsyncIterator[str]:
    """A stand-in for Telegram that knows the sandbox's token."""
    box = Sandbox(SATURDAY.timestamp, random.Random(1), SANDBOX_TOKEN)
    yield await box.start()
    await box.stop()


@pytest.fixture
def operator(bench: Bench, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Operator:
    """What `posts` prints, given its words, at the hour of the bench."""

    async def types(*words: str, locale: str = "zh") -> str:
        made = desk_at(bench.database, tmp_path, locale=locale)
        desk = Desk(made.settings, bench.database, bench.clock.now, made.bot_name)
        capsys.readouterr()
        assert await posts(desk, build_parser("posts").parse_args(["posts", *words])) == 0
        return capsys.readouterr().out

    return types
