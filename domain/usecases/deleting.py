"""Deleting what may be very much: a few rows at a time, between which others come to their turn."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import ColumnElement, delete, select, tuple_
from sqlalchemy.ext.asyncio import AsyncSession


async def delete_some(
    session: AsyncSession, key: Sequence[Any], conditions: Sequence[ColumnElement[bool]], limit: int
) -> int:
    """Delete at most `limit` of the rows to which all conditions apply; `key` names their key. How many went."""
    some = select(*key).where(*conditions).limit(limit)
    # The conditions stand here as well: a row that somebody has changed meanwhile is looked at once more.
    gone = delete(key[0].class_).where(tuple_(*key).in_(some), *conditions)
    done = await session.execute(gone.execution_options(synchronize_session=False))
    return int(done.rowcount)  # type: ignore[attr-defined]
