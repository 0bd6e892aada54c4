"""Copies of the embedded database: whole, checked, and never put over something newer by accident."""

import argparse
import os
import sqlite3
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import func, select
from sqlmodel import col

from console.backup import backup, restore
from console.desk import Desk
from console.errors import CommandError
from console.sandbox import own_sandbox
from models.household import Household
from models.inbox import InboxUpdate
from models.session import Database
from tests.console.conftest import desk_at
from tests.support.county import SATURDAY


async def copy(desk: Desk, file: Path) -> int:
    return await backup(desk, argparse.Namespace(file=file, drill=False))


async def put_back(desk: Desk, file: Path, *, force: bool = False) -> int:
    return await restore(desk, argparse.Namespace(file=file, force=force))


def names_in(folder: Path, beginning: str) -> list[str]:
    return [path.name for path in folder.glob(f"{beginning}*")]


async def write_something(desk: Desk, number: int) -> None:
    async with desk.database.transaction() as session:
        at = SATURDAY + timedelta(minutes=number)
        session.add(InboxUpdate(update_id=number, chat_id=1, received_at=at, done_at=at))


async def updates(database: Database) -> int:
    async with database.transaction() as session:
        return (await session.execute(select(func.count()).select_from(InboxUpdate))).scalar_one()


async def test_a_copy_is_made_while_a_transaction_is_open(
    sqlite_desk: Desk, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "copy.db"
    async with sqlite_desk.database.transaction() as session:
        session.add(InboxUpdate(update_id=1, chat_id=1, received_at=SATURDAY))
        await session.flush()
        assert await copy(sqlite_desk, file) == 0
    said = capsys.readouterr().out
    assert "NOT in this file" in said
    assert file.stat().st_mode & 0o777 == 0o600
    assert names_in(tmp_path, "copy") == ["copy.db"]
    with closing(sqlite3.connect(file)) as copied:
        assert copied.execute("SELECT count(*) FROM household").fetchone() == (6,)
        assert copied.execute("SELECT count(*) FROM inbox").fetchone() == (0,)
    with pytest.raises(CommandError, match="exists already"):
        await copy(sqlite_desk, file)


async def test_a_copy_is_put_back_whole_and_the_old_one_is_kept(sqlite_desk: Desk, tmp_path: Path) -> None:
    await write_something(sqlite_desk, 1)
    await copy(sqlite_desk, tmp_path / "copy.db")
    async with sqlite_desk.database.transaction() as session:
        for home in (await session.execute(select(Household))).scalars():
            home.name = "写坏了"
    assert await put_back(sqlite_desk, tmp_path / "copy.db") == 0
    async with sqlite_desk.database.transaction() as session:
        names = set((await session.execute(select(col(Household.name)))).scalars())
    assert "王秀英" in names
    with closing(sqlite3.connect(tmp_path / "suozi.db.before-restore")) as old:
        assert old.execute("SELECT DISTINCT name FROM household").fetchall() == [("写坏了",)]


@pytest.mark.parametrize("there", ["suozi.db", "."])
async def test_what_is_put_back_is_its_account_s(there: str, sqlite_desk: Desk, tmp_path: Path) -> None:
    await copy(sqlite_desk, tmp_path / "copy.db")
    await sqlite_desk.database.close()
    account = (12345, 54321) if os.geteuid() == 0 else (os.geteuid(), os.getegid())  # only root can give files away
    os.chown(tmp_path / there, *account)
    assert await put_back(sqlite_desk, tmp_path / "copy.db") == 0
    restored = (tmp_path / "suozi.db").stat()
    assert (restored.st_uid, restored.st_gid, restored.st_mode & 0o777) == (*account, 0o600)


async def test_newer_data_is_replaced_by_force_alone(sqlite_desk: Desk, tmp_path: Path) -> None:
    await copy(sqlite_desk, tmp_path / "copy.db")
    await write_something(sqlite_desk, 1)
    with pytest.raises(CommandError, match="holds newer data"):
        await put_back(sqlite_desk, tmp_path / "copy.db")
    assert await updates(sqlite_desk.database) == 1
    assert await put_back(sqlite_desk, tmp_path / "copy.db", force=True) == 0
    assert await updates(sqlite_desk.database) == 0


async def test_a_database_in_use_is_not_replaced_even_by_force(sqlite_desk: Desk, tmp_path: Path) -> None:
    await copy(sqlite_desk, tmp_path / "copy.db")
    running = Database(f"sqlite:///{tmp_path / 'suozi.db'}")
    await updates(running)
    with pytest.raises(CommandError, match="in use"):
        await put_back(sqlite_desk, tmp_path / "copy.db", force=True)
    await running.close()
    assert await put_back(sqlite_desk, tmp_path / "copy.db") == 0


async def test_what_lies_beside_a_broken_database_is_not_read_into_the_new_one(
    sqlite_desk: Desk, tmp_path: Path
) -> None:
    await copy(sqlite_desk, tmp_path / "copy.db")
    await sqlite_desk.database.close()
    (tmp_path / "suozi.db").write_bytes(b"broken" * 1000)
    (tmp_path / "suozi.db-wal").write_bytes(b"stale" * 1000)
    assert await put_back(sqlite_desk, tmp_path / "copy.db") == 0
    assert await updates(sqlite_desk.database) == 0


async def test_a_file_that_is_no_sound_copy_is_refused(sqlite_desk: Desk, tmp_path: Path) -> None:
    await copy(sqlite_desk, tmp_path / "copy.db")
    other = tmp_path / "other.db"
    with closing(sqlite3.connect(other)) as made:
        made.execute("CREATE TABLE something (x)")
    (tmp_path / "text.db").write_text("not a database at all " * 100)
    damaged = bytearray((tmp_path / "copy.db").read_bytes())
    damaged[4096 * 5 : 4096 * 12] = bytes(4096 * 7)
    (tmp_path / "damaged.db").write_bytes(damaged)
    newer = tmp_path / "newer.db"
    newer.write_bytes((tmp_path / "copy.db").read_bytes())
    with closing(sqlite3.connect(newer)) as made, made:
        made.execute("UPDATE alembic_version SET version_num = '9999'")
    for file, words in {
        "none.db": "there is no such file",
        "other.db": "is not a database of this program",
        "text.db": "cannot be read as a database",
        "damaged.db": "is damaged|cannot be read",
        "newer.db": "another version of this program",
    }.items():
        with pytest.raises(CommandError, match=words):
            await put_back(sqlite_desk, tmp_path / file, force=True)
    assert await updates(sqlite_desk.database) == 0


async def test_a_copy_that_the_present_keys_do_not_open_needs_force(
    sqlite_desk: Desk, tmp_path: Path, other_keys: None
) -> None:
    await copy(sqlite_desk, tmp_path / "copy.db")
    with pytest.raises(CommandError, match="secret keys do not open"):
        await put_back(sqlite_desk, tmp_path / "copy.db")
    assert await put_back(sqlite_desk, tmp_path / "copy.db", force=True) == 0


async def test_postgresql_has_its_own_tools(empty_postgres: Database, tmp_path: Path) -> None:
    desk = desk_at(empty_postgres, tmp_path)
    with pytest.raises(CommandError, match="pg_dump"):
        await copy(desk, tmp_path / "copy.db")
    with pytest.raises(CommandError, match="pg_dump"):
        await put_back(desk, tmp_path / "copy.db")


def test_a_clean_start_forgets_the_sandbox_and_nothing_else(tmp_path: Path) -> None:
    desk = desk_at(Database("sqlite://"), tmp_path)
    folder = desk.settings.data_dir
    folder.mkdir()
    for name in ("suozi.db", "suozi.db-wal", "secret.key"):
        (folder / name).write_bytes(b"")
    with pytest.raises(CommandError, match="never used by a sandbox"):
        own_sandbox(desk.settings, port=0, clean=True)
    (folder / "sandbox.db").write_bytes(b"")
    assert own_sandbox(desk.settings, port=0, clean=True) == folder / "sandbox.db"
    assert [path.name for path in folder.iterdir()] == ["secret.key"]


def test_a_sandbox_never_takes_the_place_of_telegram(tmp_path: Path) -> None:
    desk = desk_at(Database("sqlite://"), tmp_path, bot_token="1:a")
    with pytest.raises(CommandError, match="SUOZI_BOT_TOKEN"):
        own_sandbox(desk.settings, port=0, clean=False)
    elsewhere = desk_at(Database("sqlite://"), tmp_path, database_url="postgresql://localhost/x")
    with pytest.raises(CommandError, match="SUOZI_DATABASE_URL"):
        own_sandbox(elsewhere.settings, port=0, clean=True)
