"""Whether two databases hold the same, whatever numbers their rows have.

Each row becomes its content: a key of its own is left out, a key of another row is that row's content, and of what is
made of numbers or by chance (codes, receipts, names of conversations) only the shape remains.
"""

import hashlib
import re
from collections import Counter
from typing import Any

from sqlalchemy import Column, RowMapping, Table, select
from sqlmodel import SQLModel

from models.session import Database

Row = RowMapping
# Numbered or drawn by chance, or naming rows by their numbers in words.
MADE_OF_NUMBERS = {"update_id", "conversation_id", "code", "receipt", "dedupe_key", "payload", "detail", "data"}
_NUMBER = re.compile(r"\d+")


class Contents:
    """All rows of a database by their tables."""

    def __init__(self, rows: dict[str, dict[Any, Row]]) -> None:
        self._rows = rows
        self._known: dict[tuple[str, Any], str] = {}

    @classmethod
    async def of(cls, database: Database) -> "Contents":
        """Read them, decrypted."""
        rows: dict[str, dict[Any, Row]] = {}
        async with database.transaction() as session:
            for table in SQLModel.metadata.sorted_tables:
                found = (await session.execute(select(table))).mappings().all()
                rows[table.name] = {_key(table, row): row for row in found}
        return cls(rows)

    def counted(self) -> Counter[tuple[str, str]]:
        """How often each content is there, by its table."""
        tables = SQLModel.metadata.tables
        return Counter((name, self._content(tables[name], key)) for name, rows in self._rows.items() for key in rows)

    def _content(self, table: Table, key: Any) -> str:
        known = self._known.get((table.name, key))
        if known is None:
            self._known[table.name, key] = "(itself)"  # rows may name each other
            row = self._rows[table.name][key]
            parts = [f"{column.name}={self._value(column, row[column.name])}" for column in table.columns]
            known = self._known[table.name, key] = "; ".join(sorted(parts))
        return known

    def _value(self, column: Column[Any], value: Any) -> str:
        if value is None:
            return "nothing"
        other = next(iter(column.foreign_keys), None)
        if other is not None:
            there = other.column.table
            content = self._content(there, value) if value in self._rows[there.name] else "(gone)"
            return hashlib.sha256(content.encode()).hexdigest()[:12]
        if column.primary_key and len(column.table.primary_key) == 1:
            return "its own"
        return _shape(value) if column.name in MADE_OF_NUMBERS or column.name.endswith("_id") else str(value)


def _shape(value: Any) -> str:
    return _NUMBER.sub("#", str(value))


def _key(table: Table, row: Row) -> Any:
    keys = tuple(row[column.name] for column in table.primary_key)
    return keys[0] if len(keys) == 1 else keys


def differences(one: Contents, other: Contents) -> list[str]:
    """What one has and the other has not, by table and content."""
    first, second = one.counted(), other.counted()
    return [
        f"only {whose}: {table}: {content} ({count})"
        for whose, left in (("first", first - second), ("second", second - first))
        for (table, content), count in left.items()
    ]
