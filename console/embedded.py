"""The embedded database as a file: whether somebody has it open, and whether it is sound."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from console.errors import CommandError


def beside(file: Path) -> list[Path]:
    """The files that SQLite keeps beside `file` while it is open, or after a crash."""
    return [file.with_name(file.name + ending) for ending in ("-wal", "-shm", "-journal")]


def is_in_use(file: Path) -> bool:
    """Whether another process has the database open. One that is no database at all is in nobody's use."""
    if not file.exists():
        return False
    try:
        with closing(sqlite3.connect(file, timeout=0)) as connection:
            # Leaving the write-ahead log takes the whole file for a moment, which any other connection prevents.
            connection.execute("PRAGMA journal_mode=DELETE")
    except sqlite3.OperationalError as error:
        return "locked" in str(error)
    except sqlite3.DatabaseError:
        return False
    return False


@contextmanager
def read_only(file: Path) -> Iterator[sqlite3.Connection]:
    """A connection that changes nothing. Raises CommandError when `file` is no database."""
    try:
        with closing(sqlite3.connect(f"{file.resolve().as_uri()}?mode=ro", uri=True)) as connection:
            yield connection
    except sqlite3.Error as error:
        raise CommandError(f"{file} cannot be read as a database: {error}") from error


def remove(file: Path) -> bool:
    """Remove the database with all that lies beside it; whether it was there."""
    was_there = file.exists()
    for path in (*beside(file), file):
        path.unlink(missing_ok=True)
    return was_there
