"""Updates that failed three times, for the operator: to look at, to bring again once the fault is mended, to drop."""

import json
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import LargeBinary, func, select, type_coerce, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from models.inbox import TRIES, InboxUpdate
from models.keyring import CannotDecryptError, keyring

_SEALED = type_coerce(col(InboxUpdate.payload), LargeBinary)


@dataclass(frozen=True, slots=True)
class SetAside:
    """An update that was set aside. What it says is not shown: who looks after the program needs not know it.

    `kind` is Telegram's word for what it is; empty when its payload is gone (a vote's) or no key opens it.
    """

    number: int
    update_id: int
    kind: str
    since: datetime
    kept: bool  # its payload is there: it can be brought again


async def updates_set_aside(session: AsyncSession, *, limit: int) -> tuple[int, Sequence[SetAside]]:
    """How many there are, and the oldest of them."""
    aside = col(InboxUpdate.set_aside)
    count = (await session.execute(select(func.count()).select_from(InboxUpdate).where(aside))).scalar_one()
    since = func.coalesce(col(InboxUpdate.done_at), col(InboxUpdate.received_at))
    query = (
        select(col(InboxUpdate.seq), col(InboxUpdate.update_id), since, _SEALED)
        .where(aside)
        .order_by(col(InboxUpdate.seq))
        .limit(limit)
    )
    rows = (await session.execute(query)).all()
    return count, [
        SetAside(number, update_id, _kind(sealed), since, sealed is not None)
        for number, update_id, since, sealed in rows
    ]


async def bring_again(session: AsyncSession, numbers: Collection[int]) -> int:
    """Have these handled once more, with three tries, before whatever waits; how many there were.

    One without a payload cannot be brought again. When it came stays known: words that would answer another question
    by now are not used, and their sender is asked to send them anew.
    """
    kept = col(InboxUpdate.payload).is_not(None)
    return await _change(session, numbers, kept, set_aside=False, done_at=None, attempts=-TRIES)


async def let_go(session: AsyncSession, numbers: Collection[int]) -> int:
    """Have these handled by nobody, and forget what they say; how many there were."""
    return await _change(session, numbers, set_aside=False, payload=None)


async def _change(session: AsyncSession, numbers: Collection[int], *which: object, **values: object) -> int:
    change = update(InboxUpdate).where(col(InboxUpdate.seq).in_(numbers), col(InboxUpdate.set_aside), *which)  # type: ignore[arg-type]
    done = await session.execute(change.values(**values).execution_options(synchronize_session=False))
    return int(done.rowcount)  # type: ignore[attr-defined]


def _kind(sealed: bytes | None) -> str:
    """What an update is, without what it says."""
    try:
        raw = json.loads(keyring().decrypt(bytes(sealed), "inbox.payload")) if sealed is not None else {}
    except (CannotDecryptError, ValueError):
        return ""
    return next((kind for kind in raw if kind != "update_id"), "") if isinstance(raw, dict) else ""
