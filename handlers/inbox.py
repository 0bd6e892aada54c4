"""Nothing is lost, nothing happens twice: updates are written down, then handled in rounds.

A round is one transaction. It takes the waiting updates of many chats in the order of arrival, handles them and
commits them together; replies go out after that. When one of them fails, all of it is undone and they are handled
one by one; the one that fails three times is set aside with an alarm, and its chat goes on (`handlers/failures.py`).
What fails because the database is away, full, busy or restarted is nobody's fault: it waits, however long that takes.
What fails so again and again while others are handled waits in its own chat (`handlers/held_up.py`), and is its own
fault at last; but for a row that somebody holds, which is nobody's either.
"""

import asyncio
import contextlib
import json
import logging
import secrets
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from domain.rules.policy import Policy
from domain.usecases.outbox import insert_ignoring
from handlers.failures import Failures
from handlers.finishing import finished
from handlers.gateway import Reply
from handlers.group_gate import let_in
from handlers.held_up import MOST_HELD, HeldUp
from handlers.in_doubt import RoundsInDoubt
from handlers.origin import is_storable, origin
from handlers.rounds import Round
from handlers.waiting import Waiting, WaitingUpdates
from models.inbox import InboxUpdate
from models.session import Database
from models.trouble import concerns_all, is_a_lock, is_the_databases

_log = logging.getLogger(__name__)
BATCH = 96
LAST_ROUND = 10.0  # seconds that a round has left when the program stops
LONGEST_STORE = 8.0  # seconds after which a batch that is not written down is not waited for
PATIENCE = 2000  # milliseconds for which a round waits for a row that somebody holds: everybody waits with it
LEFT = 250  # and those that are left once a chat waits for one
MOST_APART = 8  # chats that are put aside one after the other within one round


class Inbox:
    """The updates of one bot, from their arrival to their replies."""

    def __init__(
        self,
        database: Database,
        *,
        clock: Callable[[], datetime],
        policy: Policy,
        send: Callable[[Sequence[Reply]], None],
        hear: Callable[[Sequence[tuple[int, int]]], None] | None = None,
        token: Callable[[int], str] = secrets.token_urlsafe,
        note: Callable[[Sequence[str], Sequence[str]], None] | None = None,
    ) -> None:
        """`clock` gives aware UTC instants; `send` takes the replies of a committed round, `hear` the messages
        (chat, number) that it answered, and `note` the kinds of its updates and the conversations whose steps they
        were. `token(n)` gives n random bytes as URL-safe text.
        """
        self.bot_name = ""  # the bot's username, as soon as somebody knows it
        self.held = HeldUp()
        self._database = database
        self._clock = clock
        self._policy = policy
        self._send = send
        self._hear = hear
        self._note = note
        self._token = token
        self._waiting = WaitingUpdates(several_replicas=not database.is_sqlite)
        self._failures = Failures(database, self._waiting, clock=clock, policy=policy, send=send)
        self._in_doubt = RoundsInDoubt(database)
        self._arrived = asyncio.Event()
        self._arrived.set()

    async def store(self, batch: Sequence[dict[str, Any]]) -> None:
        """Write a batch of raw updates down, in one commit. One that is known by its id is passed over.

        Whatever the batch holds can be written: one odd update must not make Telegram send it for ever. What people
        say to each other in a group is not written down at all. Raises what the database raises, and TimeoutError when
        it neither does it nor refuses.
        """
        now = self._clock()
        meant_for_us = (let_in(raw, self.bot_name) for raw in batch)
        rows = [
            {
                "update_id": raw["update_id"],
                "chat_id": origin(raw).lane,
                "payload": json.dumps(raw, separators=(",", ":")),
                "received_at": now,
                "attempts": 0,
                "set_aside": False,
            }
            for raw in meant_for_us
            if raw is not None and is_storable(raw["update_id"])
        ]
        if not rows:
            return
        async with asyncio.timeout(LONGEST_STORE), self._database.transaction() as session:
            await session.execute(insert_ignoring(session, InboxUpdate), rows)
        self._arrived.set()

    async def run(self) -> None:
        """Handle updates as they come, until cancelled; the round that is under way then is finished first."""
        while True:
            # Looking anew every second finds what another replica left behind.
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(1):
                    await self._arrived.wait()
            self._arrived.clear()
            try:
                while await finished(self.round(), LAST_ROUND):
                    pass
            except Exception:
                # The database is away or busy: nothing is lost, the rows wait.
                _log.exception("round_failed")
                await asyncio.sleep(1)

    async def round(self, limit: int = BATCH) -> int:
        """Handle what is waiting, at most `limit` updates; how many were taken up.

        Raises what the database raises when it does nothing for others either.
        """
        away: Exception | None = None
        for _ in range(MOST_APART):
            begun: list[Round] = []
            try:
                handled = await self._transaction(limit, begun)
            except Exception as error:
                _log.warning("round_undone", exc_info=True)
                at_work = begun[0].at_work if begun else None
                if at_work is None or not is_the_databases(error):
                    break  # it is not known whose fault it is, or it is to be counted
                if away is not None and concerns_all(error):
                    raise
                away = error if concerns_all(error) else away
                await self._hold_up(at_work, error)
            else:
                if away is not None and not handled:
                    raise away
                return handled
        return await self._one_by_one(limit)

    async def _one_by_one(self, limit: int) -> int:
        handled = 0
        while handled < limit and await self._alone():
            handled += 1
        return handled

    async def _alone(self) -> int:
        """Handle the first waiting update in a transaction of its own."""
        begun: list[Round] = []
        try:
            return await self._transaction(1, begun)
        except Exception as error:
            if not begun:
                raise  # the database is away: no update is to blame
            (item,) = begun[0].waiting
            if not is_the_databases(error):
                await self._failed(item, error)
                return 1
            await self._hold_up(item, error)
            if concerns_all(error):
                raise  # nor when it goes away in the middle
            return 1

    async def _hold_up(self, item: Waiting, error: Exception) -> None:
        """Leave the chat of an update that met trouble of the database's alone for a while, and go on with others."""
        times = self.held.hold(item.chat_id, asyncio.get_running_loop().time())
        if times > MOST_HELD and not is_a_lock(error):
            await self._failed(item, error)

    async def _failed(self, item: Waiting, error: Exception) -> None:
        if await self._failures.count(item, error):
            self.held.free(item.chat_id)
            await self._failures.apologise(item)

    async def _transaction(self, limit: int, begun: list[Round]) -> int:
        """Handle up to `limit` updates in one transaction, and let their replies go; `begun` is given the round, for
        whoever must know what became of it when it fails.
        """
        # Commits whose answer was lost come first: those people wait for their replies already.
        async for doubt in self._in_doubt.committed():
            self._tell(doubt)
        async with self._database.transaction() as session:
            waiting = await self._take(session, limit)
            if not waiting:
                return 0
            this = Round(session, self._clock(), self._policy, self.bot_name, self._token, waiting)
            begun.append(this)
            await this.handle()
            self._in_doubt.begun(this)
        self._in_doubt.answered(this)
        done = set(this.done)
        self.held.handled(item.chat_id for item in waiting if item.seq in done)
        self._tell(this)
        return len(done)

    async def _take(self, session: AsyncSession, limit: int) -> list[Waiting]:
        leaving = self.held.chats(asyncio.get_running_loop().time())
        patience = LEFT if self.held else PATIENCE
        return await self._waiting.take(session, limit, leaving=leaving, patience=patience)

    def _tell(self, this: Round) -> None:
        """What is to be said of a round that is committed."""
        self._send(this.replies)
        if self._hear is not None:
            self._hear(this.heard)
        if self._note is not None:
            self._note(this.kinds, this.book.steps)
