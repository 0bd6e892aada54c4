"""Everything that a database holds, as somebody sees it who has the file, the server and the keys."""

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from sqlalchemy import Table, select, text
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import SQLModel

from models.keyring import Keyring
from models.session import Database

Rows = dict[str, list[str]]
# Messages go out side by side and arrive as they like, so the order of these rows differs from one run to the next.
BY_CHANCE = frozenset({"outbox", "chat_message"})


async def all_rows(database: Database) -> Rows:
    """Every row of every table, decrypted, in the order in which they lie there (unless that is left to chance)."""
    async with database.transaction() as session:
        found = {table.name: await _rows(session, database, table) for table in SQLModel.metadata.sorted_tables}
    return {name: sorted(rows) if name in BY_CHANCE else rows for name, rows in found.items()}


async def _rows(session: AsyncSession, database: Database, table: Table) -> list[str]:
    query = select(*table.columns).order_by(text("rowid" if database.is_sqlite else "ctid"))
    return [repr(tuple(row)) for row in (await session.execute(query)).all()]


async def transactions(database: Database) -> dict[str, list[int]]:
    """For each table of PostgreSQL the numbers of the transactions that wrote its rows, counted from the oldest of all:
    who has voted last could be read from them, were anything written beside a vote.
    """
    if database.is_sqlite:
        return {}
    found: dict[str, list[int]] = {}
    async with database.transaction() as session:
        for table in SQLModel.metadata.sorted_tables:
            if table.name in BY_CHANCE:
                continue
            query = text(f'SELECT xmin::text::bigint FROM "{table.name}" ORDER BY ctid')
            found[table.name] = [int(one) for one in (await session.execute(query)).scalars()]
    everything = sorted({number for numbers in found.values() for number in numbers})
    rank = {number: place for place, number in enumerate(everything)}
    return {name: [rank[number] for number in numbers] for name, numbers in found.items()}


@contextmanager
def what_is_sealed(patch: pytest.MonkeyPatch) -> Iterator[list[tuple[str, bytes]]]:
    """All that is encrypted meanwhile, in its order: the column, and the ciphertext."""
    sealed: list[tuple[str, bytes]] = []
    seal = Keyring.seal

    def noted(ring: Keyring, content: bytes, label: str) -> bytes:
        made = seal(ring, content, label)
        sealed.append((label, made))
        return made

    with patch.context() as within:
        within.setattr(Keyring, "seal", noted)
        yield sealed
