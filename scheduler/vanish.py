"""Out of the chats: messages whose time there is over are deleted, and tried again until Telegram allows it no more.

What is to go is rows, so a restart forgets none of it. A claim moves the row's time on: whoever dies with it, and
whatever Telegram refuses, is taken up again after a pause that grows.
"""

import asyncio
import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Delete, Table, bindparam, delete, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from domain.channel import Eraser, Erasure
from domain.usecases.chat_messages import DELETABLE
from models.chat_message import ChatMessage
from models.looking import any_row, is_there
from models.session import Database

_log = logging.getLogger(__name__)
BATCH = 100  # messages claimed at once; Telegram takes as many of one chat in one call
IN_AIR = 4  # calls under way at once: alerts and replies have the rest of the connections
FIRST_PAUSE = timedelta(seconds=10)
LONGEST_PAUSE = timedelta(minutes=30)
_TABLE: Table = ChatMessage.__table__  # type: ignore[attr-defined]
_THIS = (_TABLE.c.chat_id == bindparam("in_chat"), _TABLE.c.message_id == bindparam("its_number"))
_DUE = select(_TABLE.c.chat_id, _TABLE.c.message_id, _TABLE.c.sent_at, _TABLE.c.attempts).where(
    _TABLE.c.delete_at <= bindparam("now")
)
_ANY_DUE = any_row(_DUE)
_CLAIM = _DUE.order_by(_TABLE.c.delete_at).limit(BATCH).with_for_update(skip_locked=True)
_FORGET = delete(_TABLE).where(*_THIS)
_MOVE_ON = update(_TABLE).where(*_THIS).values(delete_at=bindparam("again"), attempts=_TABLE.c.attempts + 1)


@dataclass(frozen=True, slots=True)
class Due:
    """A message that is to go."""

    chat_id: int
    message_id: int
    sent_at: datetime
    attempts: int

    @property
    def key(self) -> dict[str, int]:
        """The row, for the statements below."""
        return {"in_chat": self.chat_id, "its_number": self.message_id}

    @property
    def pause(self) -> timedelta:
        """How long after this try the next one comes: the more there were the longer."""
        return min(FIRST_PAUSE * (1 << min(self.attempts, 10)), LONGEST_PAUSE)


class Vanisher:
    """Deletes what is due."""

    def __init__(self, database: Database, eraser: Eraser, *, clock: Callable[[], datetime]) -> None:
        self._database = database
        self._eraser = eraser
        self._clock = clock
        self._halted_until: datetime | None = None

    async def delete_due(self) -> None:
        """Delete every message whose time is over. While Telegram asks for a pause nothing is tried."""
        while not self._halted() and await is_there(self._database, _ANY_DUE, now=self._clock()):
            async with self._database.transaction() as session:
                due = await self._claim(session)
            if not due:
                return
            await self._work_off(due)

    async def _claim(self, session: AsyncSession) -> list[Due]:
        """The next messages to delete, ours until their pause is over. What is too old is given up here."""
        now = self._clock()
        due = [Due(*row) for row in (await session.execute(_CLAIM, {"now": now})).all()]
        given_up = [item for item in due if item.sent_at < now - DELETABLE]
        for item in given_up:
            _log.error("message_not_deleted chat=%d message=%d", item.chat_id, item.message_id)
        await _each(session, _FORGET, given_up)
        due = [item for item in due if item.sent_at >= now - DELETABLE]
        if due:
            rows = [{**item.key, "again": now + item.pause} for item in due]
            await (await session.connection()).execute(_MOVE_ON, rows)
        return due

    async def _work_off(self, due: Sequence[Due]) -> None:
        """Delete them, a chat at a time, and forget those that are gone."""
        room = asyncio.Semaphore(IN_AIR)
        chats = {item.chat_id for item in due}

        async def one(chat_id: int) -> list[Due]:
            async with room:
                return await self._erase([item for item in due if item.chat_id == chat_id])

        gone = [item for some in await asyncio.gather(*map(one, chats)) for item in some]
        async with self._database.transaction() as session:
            await _each(session, _FORGET, gone)

    async def _erase(self, items: list[Due]) -> list[Due]:
        """Those of one chat's `items` that are deleted."""
        answer = await self._call(items)
        if answer is Erasure.DONE:
            return items
        if answer is Erasure.LATER or len(items) == 1:
            return []
        # One that Telegram refuses must not keep the others in the chat.
        return [item for item in items if await self._call([item]) is Erasure.DONE]

    async def _call(self, items: Sequence[Due]) -> Erasure:
        if self._halted():
            return Erasure.LATER
        erased = await self._eraser.erase(items[0].chat_id, [item.message_id for item in items])
        if erased.pause > 0:
            self._halted_until = self._clock() + timedelta(seconds=erased.pause)
        return erased.outcome

    def _halted(self) -> bool:
        return self._halted_until is not None and self._clock() < self._halted_until


async def _each(session: AsyncSession, statement: Delete, items: Sequence[Due]) -> None:
    if items:
        await (await session.connection()).execute(statement, [item.key for item in items])
