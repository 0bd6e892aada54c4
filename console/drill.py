"""The restore drill: a copy that nobody has ever restored is a hope. It is made, put back elsewhere, and compared."""

import logging
import shutil
import sqlite3
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from console.backup import copy_from, put_back
from console.embedded import read_only
from console.errors import CommandError

_log = logging.getLogger(__name__)
_FOLDER = ".drill-"  # beside the database: where its own room is, and under its own rights
_ROOM = 2.2  # times the database: the copy, and what it is restored to


@dataclass(frozen=True, slots=True)
class Drilled:
    """What a drill that succeeded has compared."""

    tables: int
    rows: int
    megabytes: float


def drill(file: Path) -> Drilled:
    """Copy the embedded database at one instant, restore the copy into a temporary file, and compare every table's
    rows with the database's at that same instant. Raises CommandError when anything is not as it was.
    """
    if not file.exists():
        raise CommandError(f"{file} does not exist; there is nothing to drill with")
    _clear_away(file.parent)
    try:
        _need_room(file)
        with tempfile.TemporaryDirectory(prefix=_FOLDER, dir=file.parent) as folder:
            return _drill_in(Path(folder), file)
    except OSError as error:
        raise CommandError(f"{file.parent}: the drill cannot write there: {error.strerror}") from error


def _drill_in(folder: Path, file: Path) -> Drilled:
    copy, restored = folder / "copy.db", folder / "restored.db"
    with read_only(file) as connection:
        connection.execute("BEGIN")  # what is counted and what is copied is one instant, whatever the bot writes
        live = _rows(connection)
        copy_from(connection, copy)
    # As an operator would: the copy is checked, and the present keys must open it.
    put_back(copy, restored, force=False)
    with read_only(restored) as connection:
        found = _rows(connection)
        torn = connection.execute("PRAGMA foreign_key_check").fetchone()
    wrong = sorted(table for table in live.keys() | found.keys() if live.get(table) != found.get(table))
    if wrong:
        raise CommandError(f"the restored copy differs from {file} in: {', '.join(wrong)}")
    if torn is not None:
        raise CommandError(f"rows of {torn[0]} in {file} lead nowhere (foreign_key_check)")
    return Drilled(len(live), sum(live.values()), round(restored.stat().st_size / 1_000_000, 1))


def _rows(connection: sqlite3.Connection) -> Mapping[str, int]:
    tables = connection.execute("SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'")
    names = [name for (name,) in tables.fetchall()]
    return {name: connection.execute(f'SELECT count(*) FROM "{name}"').fetchone()[0] for name in names}  # noqa: S608


def _need_room(file: Path) -> None:
    needed, free = file.stat().st_size * _ROOM, shutil.disk_usage(file.parent).free
    if free < needed:
        raise CommandError(
            f"{file.parent} has {free // 1_000_000} MB free; a restore drill needs {needed / 1_000_000:.0f} MB"
        )


def _clear_away(folder: Path) -> None:
    """A drill that was killed leaves a copy of everything behind."""
    for left in folder.glob(_FOLDER + "*"):
        _log.warning("drill_left_behind folder=%s", left.name)
        shutil.rmtree(left, ignore_errors=True)
