"""The state file: what changed is written within about a second, so a killed process loses next to nothing."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Iterator
from pathlib import Path

from sandbox.records import Json

BLOCK = 10_000  # numbers reserved at a time


class Counter:
    """Numbers that never repeat, also after a kill: blocks of them are reserved in the state file beforehand."""

    def __init__(self, name: str, first: int, journal: Journal | None) -> None:
        self._name = name
        self._journal = journal
        self.last = max(first - 1, journal.reserved(name) if journal else 0)
        self._reserved = self.last

    def next(self) -> int:
        """One more."""
        self.last += 1
        if self.last > self._reserved:
            self._reserved = self.last + BLOCK
            if self._journal:
                self._journal.reserve(self._name, self._reserved)
        return self.last

    def jump(self, number: int) -> None:
        """Goes on after `number`, wherever that is."""
        self.last = self._reserved = number

    def close(self) -> None:
        """Gives the unused rest of the block back: after an orderly end the numbers go on without a gap."""
        if self._journal:
            self._journal.reserve(self._name, self.last)


class Journal:
    """Rows by kind and key in one SQLite file."""

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self._base = sqlite3.connect(path, isolation_level=None)
        self._base.execute("PRAGMA journal_mode = WAL")
        self._base.execute("PRAGMA synchronous = NORMAL")
        self._base.execute(
            "CREATE TABLE IF NOT EXISTS record (kind TEXT, key TEXT, value TEXT, PRIMARY KEY (kind, key)) WITHOUT ROWID"
        )
        self._base.execute("CREATE TABLE IF NOT EXISTS blob (key TEXT PRIMARY KEY, bytes BLOB)")
        self._base.execute("CREATE TABLE IF NOT EXISTS counter (name TEXT PRIMARY KEY, reserved INTEGER)")

    def rows(self, kind: str) -> Iterator[tuple[str, Json]]:
        """Every stored row of a kind."""
        for key, value in self._base.execute("SELECT key, value FROM record WHERE kind = ?", (kind,)):
            yield key, json.loads(value)

    def blobs(self) -> dict[str, bytes]:
        """The bytes of all uploaded files."""
        return dict(self._base.execute("SELECT key, bytes FROM blob"))

    def write(self, rows: Iterable[tuple[str, str, Json | None]], blobs: dict[str, bytes]) -> None:
        """Stores rows (None deletes one) and files in one transaction."""
        self._base.execute("BEGIN IMMEDIATE")
        for kind, key, value in rows:
            if value is None:
                self._base.execute("DELETE FROM record WHERE kind = ? AND key = ?", (kind, key))
            else:
                self._base.execute("REPLACE INTO record VALUES (?, ?, ?)", (kind, key, json.dumps(value)))
        for key, content in blobs.items():
            self._base.execute("REPLACE INTO blob VALUES (?, ?)", (key, content))
        self._base.execute("COMMIT")

    def reserved(self, name: str) -> int:
        """Up to where numbers were handed out at most; 0 for a new file."""
        found = self._base.execute("SELECT reserved FROM counter WHERE name = ?", (name,)).fetchone()
        return int(found[0]) if found else 0

    def reserve(self, name: str, upto: int) -> None:
        """Remembers at once that numbers up to `upto` may be in use."""
        self._base.execute("REPLACE INTO counter VALUES (?, ?)", (name, upto))

    def close(self) -> None:
        """Closes the file."""
        self._base.close()
