"""Nothing is lost, nothing happens twice: updates are written down, then handled in rounds.

A round is one transaction. It takes the waiting updates of many chats in the order of arrival, handles them and
commits them together; replies go out after that. When one of them fails, all of it is undone and they are handled
one by one; the one that fails three times is set aside with an alarm, and its chat goes on. What fails because the
database is away, full, busy or restarted is nobody's fault: it waits, however long that takes. What fails so again and
again while others are handled waits in its own chat (`handlers/held_up.py`), and is its own fault at last; but for a
row that somebody holds, which is nobody's either.
"""

import asyncio
import contextlib
import json
import logging
import secrets
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
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
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from domain.access import Actor, actors_by_telegram_id
from domain.channel import Outgoing, PressAnswer
from domain.rules.policy import Policy
from domain.usecases.chat_messages import write_down_unread
from domain.usecases.outbox import insert_ignoring
from handlers.book import ConversationBook
from handlers.brought_again import BroughtAgain, send_anew
from handlers.conversations import hushed_flows
from handlers.finishing import finished
from handlers.gateway import Reply, handle, stranger
from handlers.group_gate import let_in
from handlers.group_presses import GroupPresses
from handlers.held_up import MOST_HELD, HeldUp
from handlers.origin import origin
from handlers.vote_crowd import cast_votes, first_votes
from messages.render import render
from models.inbox import TRIES, InboxUpdate
from models.keyring import CannotDecryptError, keyring
from models.member import Member
from models.session import Database
from models.trouble import concerns_all, is_a_lock, is_the_databases

_log = logging.getLogger(__name__)
_TABLE: Table = InboxUpdate.__table__  # type: ignore[attr-defined]
_DONE = update(_TABLE).where(_TABLE.c.seq == bindparam("row_seq")).values(done_at=bindparam("done_at"), payload=None)
_PAYLOAD = "inbox.payload"
# As it is stored: a row that does not decrypt must not keep the others from being read.
_SEALED = type_coerce(_TABLE.c.payload, LargeBinary).label("sealed")
_COLUMNS = (_TABLE.c.seq, _TABLE.c.chat_id, _SEALED, _TABLE.c.attempts, _TABLE.c.received_at)
# Built once, since every round begins with them.
_MOST = bindparam("most", type_=Integer)
_WAITING = select(*_COLUMNS).where(_TABLE.c.done_at.is_(None)).order_by(_TABLE.c.seq).limit(_MOST)
_WAITING_IN = _WAITING.where(_TABLE.c.chat_id.in_(bindparam("chats", expanding=True)))
_INT64 = range(-(2**63), 2**63)
MAX_ATTEMPTS = TRIES
BATCH = 96
LAST_ROUND = 10.0  # seconds that a round has left when the program stops
LONGEST_STORE = 8.0  # seconds after which a batch that is not written down is not waited for
PATIENCE = 2000  # milliseconds for which a round waits for a row that somebody holds: everybody waits with it
LEFT = 250  # and those that are left once a chat waits for one
MOST_APART = 8  # chats that are put aside one after the other within one round
LONGEST_ROUND = 0.25  # seconds after which a round is committed: the first replies of many need not wait for the last


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
class OurFault:
    """An update could not be handled for a reason that is ours."""


@dataclass(frozen=True, slots=True)
class Waiting:
    """An update of the inbox that is not done."""

    seq: int
    chat_id: int
    raw: dict[str, Any]
    attempts: int  # below zero: an operator has it handled once more
    received_at: datetime


@dataclass(slots=True)
class Round:
    """What one round has come to so far."""

    session: AsyncSession
    now: datetime
    book: ConversationBook = field(default_factory=lambda: ConversationBook(hushed_flows()))
    actors: dict[int, Actor] = field(default_factory=dict)
    replies: list[Reply] = field(default_factory=list)
    heard: list[tuple[int, int]] = field(default_factory=list)  # chat and number of what members have sent
    done: list[dict[str, Any]] = field(default_factory=list)
    kinds: list[str] = field(default_factory=list)  # of the updates that are done
    pressed: GroupPresses = field(default_factory=GroupPresses)
    settled: Mapping[int, PressAnswer] = field(default_factory=dict)  # what has been dealt with ahead, by its number


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
        self._note = note
        self.bot_name = ""  # the bot's username, as soon as somebody knows it
        self._token = token
        self._database = database
        self._clock = clock
        self._policy = policy
        self._send = send
        self._hear = hear
        self._unreadable: set[int] = set()
        self.held = HeldUp()
        self._at_work: Waiting | None = None  # the update that is being handled
        self._in_doubt: list[Round] = []  # the database went away while they were being committed
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
            if raw is not None and raw["update_id"] in _INT64
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
            try:
                handled = await self._transaction(limit)
            except Exception as error:
                _log.warning("round_undone", exc_info=True)
                if self._at_work is None or not is_the_databases(error):
                    break  # it is not known whose fault it is, or it is to be counted
                if away is not None and concerns_all(error):
                    raise
                away = error if concerns_all(error) else away
                await self._hold_up(self._at_work, error)
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
        taken: list[Waiting] = []
        try:
            return await self._transaction(1, taken)
        except Exception as error:
            if not taken:
                raise  # the database is away: no update is to blame
            if not is_the_databases(error):
                await self._failed(taken[0], error)
                return 1
            await self._hold_up(taken[0], error)
            if concerns_all(error):
                raise  # nor when it goes away in the middle
            return 1

    async def _hold_up(self, item: Waiting, error: Exception) -> None:
        """Leave the chat of an update that met trouble of the database's alone for a while, and go on with others."""
        times = self.held.hold(item.chat_id, asyncio.get_running_loop().time())
        if times > MOST_HELD and not is_a_lock(error):
            await self._failed(item, error)

    async def _transaction(self, limit: int, taken: list[Waiting] | None = None) -> int:
        """Handle up to `limit` updates in one transaction; `taken` is told which, also when it fails."""
        self._at_work = None
        await self._resolve()
        async with self._database.transaction() as session:
            waiting = await self._take(session, limit)
            if not waiting:
                return 0
            if taken is not None:
                taken.extend(waiting)
            this = Round(session, self._clock())
            await self._prepare(this, waiting)
            votes = first_votes([(item.seq, item.raw) for item in waiting], this.actors)
            this.settled = await cast_votes(session, votes, now=this.now, policy=self._policy)
            ends = asyncio.get_running_loop().time() + LONGEST_ROUND
            for item in waiting:
                # Those for whom there was no time are still waiting, in their order.
                if not this.done or item.seq in this.settled or asyncio.get_running_loop().time() < ends:
                    self._at_work = item
                    await self._one(this, item)
            self._at_work = None
            await this.book.flush(session)
            await session.execute(_DONE, this.done)
            this.replies = await _without_secrets_for_frozen(session, this.replies)
            self._in_doubt.append(this)  # until the commit is answered
        self._in_doubt.remove(this)
        done = {row["row_seq"] for row in this.done}
        self.held.handled(item.chat_id for item in waiting if item.seq in done)
        self._tell(this)
        return len(this.done)

    def _tell(self, this: Round) -> None:
        """What is to be said of a round that is committed."""
        self._send(this.replies)
        if self._hear is not None:
            self._hear(this.heard)
        if self._note is not None:
            self._note(this.kinds, this.book.steps)

    async def _resolve(self) -> None:
        """Look what has become of commits whose answer was lost: when it was one, people wait for their replies."""
        for doubt in list(self._in_doubt):
            committed = await self._was_committed(doubt)
            if committed is not None:
                self._in_doubt.remove(doubt)
            if committed:
                self._tell(doubt)

    async def _was_committed(self, doubt: Round) -> bool | None:
        """None while the server may still be about it: it holds the rows until it has decided, and nobody waits."""
        when = select(_TABLE.c.done_at).where(_TABLE.c.seq == doubt.done[0]["row_seq"])
        try:
            async with self._database.transaction() as session:
                done_at = (await session.execute(when.with_for_update(nowait=True))).scalar_one_or_none()
                doubt.replies = await _without_secrets_for_frozen(session, doubt.replies)
        except DBAPIError as error:
            if is_a_lock(error):
                return None
            raise
        return bool(done_at == doubt.now)

    async def _take(self, session: AsyncSession, limit: int) -> list[Waiting]:
        apart = self._apart()
        which: dict[str, Any] = {"most": limit}
        if self._database.is_sqlite:
            waiting = _WAITING
        else:
            # Several replicas: a chat belongs to whoever locked it first, until her commit; others take other chats.
            which["chats"] = await self._lock_chats(session, apart, limit)
            if not which["chats"]:
                return []
            waiting = _WAITING_IN
        rows = (await session.execute(waiting.where(*apart), which)).all()
        read = (self._read(row) for row in rows)
        return [item for item in read if item is not None]

    def _apart(self) -> tuple[ColumnElement[bool], ...]:
        """What keeps an update that waits from being taken now; mostly nothing."""
        apart = []
        if self._unreadable:
            apart.append(_TABLE.c.seq.not_in(self._unreadable))
        if alone := self.held.chats(asyncio.get_running_loop().time()):
            apart.append(_TABLE.c.chat_id.not_in(alone))
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

    async def _lock_chats(self, session: AsyncSession, apart: tuple[ColumnElement[bool], ...], most: int) -> set[int]:
        which = {"most": most, "patience": str(LEFT if self.held else PATIENCE)}
        chats = (await session.execute(_locking(apart) if apart else _LOCKING, which)).all()
        return {chat for chat, locked, _ in chats if locked}

    async def _prepare(self, this: Round, waiting: Sequence[Waiting]) -> None:
        sources = [origin(item.raw) for item in waiting]
        today = self._policy.today(this.now)
        this.actors = await actors_by_telegram_id(this.session, {s.user_id for s in sources}, today)
        await this.book.load(this.session, {s.talk for s in sources if s.talk})

    async def _one(self, this: Round, item: Waiting) -> None:
        source = origin(item.raw)
        this.kinds.append(next((kind for kind in item.raw if kind != "update_id"), ""))
        answer = this.settled.get(item.seq) or (this.pressed.again(item.raw, source.user_id) if source.group else None)
        if answer is not None:
            this.pressed.note(item.raw, source.user_id, [answer])
            this.replies.append(answer)
            this.done.append({"row_seq": item.seq, "done_at": this.now})
            return
        actor = this.actors.get(source.user_id) or stranger(source)
        replies, actor = await self._answered(this, item, actor)
        if actor.is_member:
            this.actors[source.user_id] = actor
            number = _number_of(item.raw)
            if source.private and number is not None:
                this.heard.append((source.chat_id, number))
        this.pressed.forget(source.user_id)
        if source.group:
            this.pressed.note(item.raw, source.user_id, replies)
        this.replies.extend(replies)
        this.done.append({"row_seq": item.seq, "done_at": this.now})

    async def _answered(self, this: Round, item: Waiting, actor: Actor) -> tuple[list[Reply], Actor]:
        source = origin(item.raw)
        if item.attempts < 0 and source.private:
            again = BroughtAgain(item.raw, item.seq, item.chat_id, item.received_at)
            talk = this.book.active(source.chat_id, source.user_id)
            anew = await send_anew(this.session, again, actor=actor, talk=talk, now=this.now, policy=self._policy)
            if anew is not None:
                return [Outgoing(item.chat_id, render(anew, actor.locale))], actor
        return await handle(
            item.raw,
            session=this.session,
            book=this.book,
            actor=actor,
            now=this.now,
            policy=self._policy,
            bot_name=self.bot_name,
            token=self._token,
        )

    async def _failed(self, failed: Waiting, error: Exception) -> None:
        """Count a failure of one update; after three, set it aside and say so."""
        seq = failed.seq
        async with self._database.transaction() as session:
            mine = (_TABLE.c.seq == seq) & _TABLE.c.done_at.is_(None)
            row = (await session.execute(select(*_COLUMNS).where(mine).with_for_update())).one_or_none()
            item = self._read(row) if row is not None else None
            if item is None:
                return  # another replica has handled it meanwhile
            attempts = item.attempts + 1
            aside = attempts in (0, MAX_ATTEMPTS)
            now = self._clock()
            change = update(_TABLE).where(mine).values(attempts=MAX_ATTEMPTS if aside else attempts, set_aside=aside)
            if aside:
                # The payload stays for whoever looks into it; the chat goes on. Not that of a vote or a
                # mark: it says who wanted to vote what, and what is secret must not stay anywhere (docs/adr/0010).
                change = change.values(done_at=now)
                change = change.values(payload=None) if _is_a_vote(item.raw) else change
            await session.execute(change)
        word = "update_set_aside" if aside else "update_failed"
        level = logging.ERROR if aside else logging.WARNING
        known = (word, seq, item.raw.get("update_id"), attempts)
        _log.log(level, "%s number=%d update_id=%s attempts=%d", *known, exc_info=error)
        if aside:
            self.held.free(item.chat_id)
            await self._apologise(item)

    async def _apologise(self, item: Waiting) -> None:
        source = origin(item.raw)
        async with self._database.transaction() as session:
            people = await actors_by_telegram_id(session, [source.user_id], self._policy.today(self._clock()))
            number = _number_of(item.raw)
            if source.private and people and number is not None:
                await write_down_unread(session, source.chat_id, number, hushed=hushed_flows(), now=self._clock())
        self._send(_apology(item, people))


def _number_of(raw: Mapping[str, Any]) -> int | None:
    """The number of the message that somebody has sent, if it is one that a database can hold."""
    message = raw.get("message")
    number = message.get("message_id") if isinstance(message, dict) else None
    return number if isinstance(number, int) and number in _INT64 else None


def _is_a_vote(raw: Mapping[str, Any]) -> bool:
    query = raw.get("callback_query")
    return isinstance(query, dict) and str(query.get("data", "")).startswith(("vote:", "proj:rate:"))


async def _without_secrets_for_frozen(session: AsyncSession, replies: list[Reply]) -> list[Reply]:
    """The replies without what is confidential for accounts that were frozen in this round, after they had asked."""
    asking = {reply.chat_id for reply in replies if isinstance(reply, Outgoing) and reply.vanish is not None}
    if not asking:
        return replies
    query = select(col(Member.telegram_id)).where(
        col(Member.telegram_id).in_(asking), col(Member.frozen_at).is_not(None)
    )
    frozen = set((await session.execute(query)).scalars())
    return [
        reply
        for reply in replies
        if not isinstance(reply, Outgoing) or reply.vanish is None or reply.chat_id not in frozen
    ]


def _apology(item: Waiting, people: Mapping[int, Actor]) -> list[Reply]:
    source = origin(item.raw)
    actor = people.get(source.user_id)
    if actor is None or not source.private:
        return []
    replies: list[Reply] = [Outgoing(item.chat_id, render(OurFault(), actor.locale))]
    query = item.raw.get("callback_query")
    if isinstance(query, dict) and isinstance(query.get("id"), str):
        replies.append(PressAnswer(query["id"]))
    return replies
