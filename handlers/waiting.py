"""The updates of the inbox that are not done: taken in the order of arrival, each chat by one replica at a time."""

import json
import logging
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Integer,
    LargeBinary,
    Row,
    Select,
    String,
    Table,
    bindparam,
    func,
    select,
    type_coerce,
    update,
)
from sqlalchemy.ext.asyncio import AsyncSession

from models.inbox import InboxUpdate
from models.keyring import CannotDecryptError, keyring

_log = logging.getLogger(__name__)
_TABLE: Table = InboxUpdate.__table__  # type: ignore[attr-defined]
_PAYLOAD = "inbox.payload"
# As it is stored: a row that does not decrypt must not keep the others from being read.
_SEALED = type_coerce(_TABLE.c.payload, LargeBinary).label("sealed")
_COLUMNS = (_TABLE.c.seq, _TABLE.c.chat_id, _SEALED, _TABLE.c.attempts, _TABLE.c.received_at)
# Built once, since every round begins and ends with them.
_MOST = bindparam("most", type_=Integer)
_WAITING = select(*_COLUMNS).where(_TABLE.c.done_at.is_(None)).order_by(_TABLE.c.seq).limit(_MOST)
_WAITING_IN = _WAITING.where(_TABLE.c.chat_id.in_(bindparam("chats", expanding=True)))
_DONE = update(_TABLE).where(_TABLE.c.seq == bindparam("row_seq")).values(done_at=bindparam("done_at"), payload=None)


def _locking(apart: tuple[ColumnElement[bool], ...] = ()) -> Select[Any]:
    """The chats for which something waits, in the order of arrival; each is locked when nobody else has it.

    What PostgreSQL groups and cuts off is read whole before anything is locked. On the same trip it is told how long
    this transaction waits for a row, at most.
    """
    waits = select(_TABLE.c.chat_id).where(_TABLE.c.done_at.is_(None), *apart)
    first = waits.group_by(_TABLE.c.chat_id).order_by(func.min(_TABLE.c.seq)).limit(_MOST).subquery()
    patience = func.set_config("lock_timeout", bindparam("patience", type_=String), True)
    return select(first.c.chat_id, func.pg_try_advisory_xact_lock(first.c.chat_id), patience)


_LOCKING = _locking()


@dataclass(frozen=True, slots=True)
class Waiting:
    """An update of the inbox that is not done."""

    seq: int
    chat_id: int
    raw: dict[str, Any]
    attempts: int  # below zero: an operator has it handled once more
    received_at: datetime


class WaitingUpdates:
    """What waits in one database; what none of our keys opens is left lying."""

    def __init__(self, *, several_replicas: bool) -> None:
        """With several replicas a chat is whose lock it has, until her commit; the others take other chats."""
        self._several_replicas = several_replicas
        self._unreadable: set[int] = set()

    async def take(self, session: AsyncSession, most: int, *, leaving: Collection[int], patience: int) -> list[Waiting]:
        """Those that came first, but none of the chats that are to be left alone (`leaving`).

        For a row that somebody holds, this transaction waits `patience` milliseconds and no longer.
        """
        apart = self._apart(leaving)
        which: dict[str, Any] = {"most": most}
        waiting = _WAITING
        if self._several_replicas:
            which["chats"] = await self._lock_chats(session, apart, most, patience)
            if not which["chats"]:
                return []
            waiting = _WAITING_IN
        rows = (await session.execute(waiting.where(*apart), which)).all()
        read = (self._read(row) for row in rows)
        return [item for item in read if item is not None]

    async def hold(self, session: AsyncSession, seq: int) -> Waiting | None:
        """One of them as it is now, kept from everybody else; None when another replica has handled it meanwhile."""
        mine = (_TABLE.c.seq == seq) & _TABLE.c.done_at.is_(None)
        row = (await session.execute(select(*_COLUMNS).where(mine).with_for_update())).one_or_none()
        return self._read(row) if row is not None else None

    def _apart(self, leaving: Collection[int]) -> tuple[ColumnElement[bool], ...]:
        """What keeps an update that waits from being taken now; mostly nothing."""
        apart = []
        if self._unreadable:
            apart.append(_TABLE.c.seq.not_in(self._unreadable))
        if leaving:
            apart.append(_TABLE.c.chat_id.not_in(leaving))
        return tuple(apart)

    def _read(self, row: Row[Any]) -> Waiting | None:
        """The update in a row; None for one that no key opens. It waits: with the right keys it can be read again."""
        try:
            raw = json.loads(keyring().decrypt(bytes(row.sealed), _PAYLOAD))
            return Waiting(row.seq, row.chat_id, raw, row.attempts, row.received_at)
        except (CannotDecryptError, ValueError):
            self._unreadable.add(row.seq)
            _log.error(
                "update_unreadable seq=%d hint=%r", row.seq, "SUOZI_SECRET_KEYS lacks the key it was written with"
            )
            return None

    @staticmethod
    async def _lock_chats(
        session: AsyncSession, apart: tuple[ColumnElement[bool], ...], most: int, patience: int
    ) -> set[int]:
        which = {"most": most, "patience": str(patience)}
        chats = (await session.execute(_locking(apart) if apart else _LOCKING, which)).all()
        return {chat for chat, locked, _ in chats if locked}


async def mark_done(session: AsyncSession, seqs: Iterable[int], *, now: datetime) -> None:
    """These are done, and nobody needs to know any more what they said."""
    await session.execute(_DONE, [{"row_seq": seq, "done_at": now} for seq in seqs])
