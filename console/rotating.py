"""`rotate-keys`: everything that is encrypted is written anew with the first key, while the bot goes on working."""

import argparse
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import (
    Column,
    LargeBinary,
    Row,
    Select,
    Table,
    and_,
    bindparam,
    func,
    literal_column,
    select,
    tuple_,
    type_coerce,
    update,
)
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import SQLModel
from tqdm import tqdm

from console.desk import Desk, prepare
from domain.usecases.kept_files import Shelf
from messages.console import phrase
from models.columns import Encrypted
from models.keyring import CannotDecryptError, Keyring, keyring
from models.session import Database

_KEY_ID = 4  # bytes in front of every ciphertext
BATCH = 200  # values in one transaction: nobody waits long for it
FILES = 4  # a file may have megabytes


@dataclass(frozen=True, slots=True)
class Sealed:
    """A column whose values are ciphertext, and the label they are bound to."""

    column: Column[Any]
    label: str
    batch: int

    @property
    def table(self) -> Table:
        """Its table."""
        return self.column.table

    @property
    def raw(self) -> Any:
        """The ciphertext itself."""
        return type_coerce(self.column, LargeBinary)

    @property
    def key_id(self) -> Any:
        """Which key wrote it."""
        return func.substr(self.raw, literal_column("1"), literal_column(str(_KEY_ID)), type_=LargeBinary)


def sealed_columns() -> Iterator[Sealed]:
    """Every column of the program that holds ciphertext."""
    for table in SQLModel.metadata.sorted_tables:
        for column in table.columns:
            if isinstance(column.type, Encrypted):
                yield Sealed(column, column.type.label, BATCH)
    for shelf in Shelf:
        files: Table = shelf.table.__table__  # type: ignore[union-attr]
        yield Sealed(files.c.content, shelf.content, FILES)


def declare_rotate(_parser: argparse.ArgumentParser) -> None:
    """`rotate-keys` has no options: the keys are those of SUOZI_SECRET_KEYS."""


async def rotate_keys(desk: Desk, _args: argparse.Namespace) -> int:
    """Write everything anew with the first key, and say which keys nothing needs any more.

    Safe to interrupt and to repeat. Status 1 when something is under a key that is not there.
    """
    locale, ring = desk.settings.locale, keyring()
    await prepare(desk.database)
    columns = list(sealed_columns())
    todo = sum([await _count(desk.database, sealed, ring) for sealed in columns])
    unreadable = 0
    with tqdm(total=todo, unit="", disable=None) as bar:
        for sealed in columns:
            unreadable += await _rotate(desk.database, sealed, ring, bar.update)
    print(phrase(locale, "rotate", "done", count=todo - unreadable))
    if unreadable:
        print(phrase(locale, "rotate", "unreadable", count=unreadable))
    await _tell_which_are_needed(desk, columns, ring)
    return 1 if unreadable else 0


async def _count(database: Database, sealed: Sealed, ring: Keyring) -> int:
    """How many values another key than the first has written."""
    async with database.transaction() as session:
        return (await session.execute(select(func.count()).where(_others(sealed, ring)))).scalar_one()


def _others(sealed: Sealed, ring: Keyring) -> Any:
    return and_(sealed.column.is_not(None), sealed.key_id != ring.first_id)


async def _rotate(database: Database, sealed: Sealed, ring: Keyring, progress: Callable[[int], object]) -> int:
    """Write a column anew, batch by batch; how many values no key of the ring opens."""
    unreadable, last = 0, None
    while True:
        async with database.transaction() as session:
            rows = (await session.execute(_next(sealed, ring, last))).all()
            unreadable += await _write(session, sealed, ring, rows)
        if not rows:
            return unreadable
        last = rows[-1][:-1]
        progress(len(rows))


def _next(sealed: Sealed, ring: Keyring, last: Sequence[Any] | None) -> Select[*tuple[Any, ...]]:
    """The next batch after the row `last`: its key, and the ciphertext."""
    keys = list(sealed.table.primary_key)
    query = select(*keys, sealed.raw.label("sealed")).where(_others(sealed, ring)).order_by(*keys).limit(sealed.batch)
    return query if last is None else query.where(tuple_(*keys) > tuple(last))


async def _write(session: AsyncSession, sealed: Sealed, ring: Keyring, rows: Sequence[Row[*tuple[Any, ...]]]) -> int:
    """Write one batch; a value that somebody has changed meanwhile is left alone, for it is new already."""
    changes, unreadable = [], 0
    for *key, old in rows:
        try:
            content = ring.open(bytes(old), sealed.label)
        except CannotDecryptError:
            unreadable += 1
            continue
        names = {f"key_{place}": part for place, part in enumerate(key)}
        changes.append({**names, "old": bytes(old), "new": ring.seal(content, sealed.label)})
    if changes:
        await (await session.connection()).execute(_change(sealed), changes)
    return unreadable


def _change(sealed: Sealed) -> Any:
    keys = [column == bindparam(f"key_{place}") for place, column in enumerate(sealed.table.primary_key)]
    old, new = (bindparam(name, type_=LargeBinary) for name in ("old", "new"))
    return update(sealed.table).where(*keys, sealed.raw == old).values({sealed.column: new})


async def _tell_which_are_needed(desk: Desk, columns: Sequence[Sealed], ring: Keyring) -> None:
    """Each key of the settings by its fingerprint, and whether anything still needs it."""
    found: dict[bytes, int] = {}
    for sealed in columns:
        async with desk.database.transaction() as session:
            query = select(sealed.key_id, func.count()).where(sealed.column.is_not(None)).group_by(sealed.key_id)
            for key_id, count in (await session.execute(query)).all():
                found[bytes(key_id)] = found.get(bytes(key_id), 0) + count
    for place, key_id in enumerate(ring.ids):
        needed = place == 0 or key_id in found
        words = "needed" if needed else "not_needed"
        print(
            phrase(desk.settings.locale, "rotate", words, number=place + 1, id=key_id.hex(), count=found.get(key_id, 0))
        )
