"""The restore drill: it proves a copy by restoring it, and says so when that would not work."""

import argparse
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from console.backup import backup, embedded_file, put_back
from console.desk import Desk
from console.drill import drill
from console.errors import CommandError
from domain.usecases.restore_drills import last_drill
from models.inbox import InboxUpdate
from tests.support.county import SATURDAY


def left_in(folder: Path) -> list[Path]:
    """What drills have left behind."""
    return list(folder.glob(".drill-*"))


async def test_a_drill_compares_a_restored_copy_with_the_same_instant_and_leaves_nothing(
    sqlite_desk: Desk, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    left = tmp_path / ".drill-killed"
    left.mkdir()
    async with sqlite_desk.database.transaction() as session:
        session.add(InboxUpdate(update_id=1, chat_id=1, received_at=SATURDAY))
        await session.flush()
        drilled = drill(embedded_file(sqlite_desk.database))  # while the bot writes
    assert drilled.rows > 6
    assert await backup(sqlite_desk, argparse.Namespace(file=None, drill=True)) == 0
    assert f"{drilled.tables}张表、{drilled.rows + 1}行" in capsys.readouterr().out
    assert not left_in(tmp_path)
    async with sqlite_desk.database.transaction() as session:
        assert await last_drill(session) == SATURDAY


async def test_a_copy_that_would_not_do_is_found_out(
    sqlite_desk: Desk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = embedded_file(sqlite_desk.database)

    def one_row_is_lost(source: Path, target: Path, *, force: bool) -> Path | None:
        kept = put_back(source, target, force=force)
        with closing(sqlite3.connect(target)) as connection:
            connection.execute("DELETE FROM area WHERE id = (SELECT max(id) FROM area)")
            connection.commit()
        return kept

    with monkeypatch.context() as patched:
        patched.setattr("console.drill.put_back", one_row_is_lost)
        with pytest.raises(CommandError, match=r"differs from .* in: area"):
            drill(file)
    with monkeypatch.context() as patched:
        patched.setattr("console.drill._ROOM", 1e12)
        with pytest.raises(CommandError, match="MB free; a restore drill needs"):
            drill(file)
    with closing(sqlite3.connect(file)) as connection:
        page = connection.execute("SELECT rootpage FROM sqlite_master WHERE name = 'household'").fetchone()[0]
        size = connection.execute("PRAGMA page_size").fetchone()[0]
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    with file.open("r+b") as raw:
        raw.seek((page - 1) * size)
        raw.write(b"\xff" * 64)
    with pytest.raises(CommandError):
        drill(file)
    assert not left_in(tmp_path)


async def test_a_drill_with_the_wrong_keys_fails(sqlite_desk: Desk, other_keys: None) -> None:
    with pytest.raises(CommandError, match="secret keys do not open"):
        drill(embedded_file(sqlite_desk.database))
