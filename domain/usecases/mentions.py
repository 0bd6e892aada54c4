"""Where words stand in the database: every text of every table is read, what is encrypted is decrypted (spec 8)."""

import json
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from sqlalchemy import JSON, Column, LargeBinary, Select, String, Table, func, select, tuple_, type_coerce, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import SQLModel
from sqlmodel.sql.sqltypes import AutoString

from models.columns import Encrypted
from models.keyring import CannotDecryptError, keyring

AT_ONCE = 500  # rows that are read in one transaction
IN_ITS_PLACE = "▇▇"
# Of the readable texts these are about people of the register; the others name areas, posts and members.
_READABLE = frozenset({"household.name", "household.address", "household.search_text", "resident.name"})
# Known words and numbers, which triggers keep as they are.
_FINAL = frozenset(
    {f"{table}.detail" for table in ("lead_entry", "dispute_entry", "item_entry", "project_entry", "ballot_entry")}
)
Key = tuple[Any, ...]


@dataclass(frozen=True, slots=True)
class Mention:
    """A row in which one of the words stands."""

    table: str
    key: Key
    columns: tuple[str, ...]
    changeable: bool  # in each of the columns another text may be put


@dataclass(frozen=True, slots=True)
class Page:
    """What one look at a table came to."""

    mentions: tuple[Mention, ...]
    last: Key | None  # to go on from; None: the table is at its end
    rows: int
    unreadable: int  # values that no key of ours opens


def forms_of(words: Collection[str]) -> tuple[str, ...]:
    """The words as they may be written: as they are, and as JSON writes them that keeps to ASCII."""
    plain = [word for word in words if word]
    return tuple(dict.fromkeys([*plain, *(json.dumps(word)[1:-1] for word in plain)]))


def searched_tables() -> list[Table]:
    """Every table that can hold a text."""
    return [table for table in SQLModel.metadata.sorted_tables if texts_of(table)]


@cache
def texts_of(table: Table) -> tuple[Column[Any], ...]:
    """Its columns that can hold what somebody wrote."""
    return tuple(column for column in table.columns if isinstance(column.type, Encrypted | JSON | String | AutoString))


async def count_rows(session: AsyncSession, table: Table) -> int:
    """How many rows there are to look at."""
    return int((await session.execute(select(func.count()).select_from(table))).scalar_one())


async def look(session: AsyncSession, table: Table, forms: Sequence[str], after: Key | None) -> Page:
    """The next rows of a table, in the order of their keys."""
    keys = list(table.primary_key)
    query = _raw(table).order_by(*keys).limit(AT_ONCE)
    if after is not None:
        query = query.where(tuple_(*keys) > after)
    rows = (await session.execute(query)).all()
    found, unreadable = [], 0
    for row in rows:
        texts, lost = _texts(table, row[len(keys) :])
        unreadable += lost
        hit = tuple(name for name, text in texts.items() if any(form in text for form in forms))
        if hit:
            found.append(Mention(table.name, tuple(row[: len(keys)]), hit, _changeable(table, hit)))
    last = tuple(rows[-1][: len(keys)]) if len(rows) == AT_ONCE else None
    return Page(tuple(found), last, len(rows), unreadable)


async def take_out(session: AsyncSession, mention: Mention, forms: Sequence[str]) -> int:
    """Put a sign in the place of the words, where they were seen and may be changed; in how many columns that was."""
    table = SQLModel.metadata.tables[mention.table]
    here = [column == value for column, value in zip(table.primary_key, mention.key, strict=True)]
    columns = [table.columns[name] for name in mention.columns if _may_change(table.columns[name])]
    if not columns:
        return 0
    row = (await session.execute(select(*columns).where(*here).with_for_update())).one_or_none()
    if row is None:
        return 0
    changed = {column.name: without(value, forms) for column, value in zip(columns, row, strict=True)}
    changed = {name: value for (name, value), old in zip(changed.items(), row, strict=True) if value != old}
    if changed:
        await session.execute(update(table).where(*here).values(changed))
    return len(changed)


def without(value: Any, forms: Sequence[str]) -> Any:
    """The same without the words, however deep they stand."""
    if isinstance(value, str):
        for form in sorted(forms, key=len, reverse=True):
            value = value.replace(form, IN_ITS_PLACE)
        return value
    if isinstance(value, list):
        return [without(one, forms) for one in value]
    if isinstance(value, dict):
        return {name: without(one, forms) for name, one in value.items()}
    return value


def _changeable(table: Table, names: Collection[str]) -> bool:
    return all(_may_change(table.columns[name]) for name in names)


def _may_change(column: Column[Any]) -> bool:
    name = f"{column.table.name}.{column.name}"
    if isinstance(column.type, Encrypted):
        return True
    if isinstance(column.type, JSON):
        return name not in _FINAL and column.table.name != "erasure"
    return name in _READABLE


def _raw(table: Table) -> Select[Any]:
    """Keys and texts; what is encrypted as ciphertext, so that one lost key does not end the search."""
    raw = [type_coerce(one, LargeBinary) if isinstance(one.type, Encrypted) else one for one in texts_of(table)]
    return select(*table.primary_key, *raw)


def _texts(table: Table, values: Sequence[Any]) -> tuple[dict[str, str], int]:
    texts, lost = {}, 0
    for column, value in zip(texts_of(table), values, strict=True):
        try:
            texts[column.name] = _text(column, value)
        except CannotDecryptError:
            lost += 1
    return texts, lost


def _text(column: Column[Any], value: Any) -> str:
    if value is None:
        return ""
    if isinstance(column.type, Encrypted):
        return keyring().decrypt(bytes(value), column.type.label)
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
