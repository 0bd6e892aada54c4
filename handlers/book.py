"""The conversations that one transaction touches: read once, changed in memory, written together.

Nothing here decides anything; it keeps rows and objects the same thing.
"""

import json
from collections.abc import Collection, Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import Delete, RowMapping, Table, Update, bindparam, delete, insert, select, tuple_, update
from sqlalchemy.ext.asyncio import AsyncSession

from domain.usecases.chat_messages import hush_ended, write_down
from handlers.engine import State
from models.conversation import Conversation

_TABLE: Table = Conversation.__table__  # type: ignore[attr-defined]
_UPDATE = (
    update(_TABLE)
    .where(_TABLE.c.id == bindparam("row_id"), _TABLE.c.rev == bindparam("rev_before"))
    .values({name: bindparam(name) for name in ("flow", "version", "step", "state", "rev", "active")})
    .values(updated_at=bindparam("updated_at"), expires_at=bindparam("expires_at"))
)
_LOAD = select(_TABLE).where(
    _TABLE.c.active, tuple_(_TABLE.c.chat_id, _TABLE.c.user_id).in_(bindparam("places", expanding=True))
)
_INSERT = insert(_TABLE)
_DELETE = delete(_TABLE).where(_TABLE.c.id == bindparam("row_id"), _TABLE.c.rev == bindparam("rev_before"))


def fresh_rev(now: datetime) -> int:
    """The first `rev` of a conversation. Milliseconds grow faster than anybody answers, so that no button of an
    earlier conversation ever fits a later one."""
    return int(now.timestamp() * 1000)


class ConversationMovedError(Exception):
    """Somebody else moved a conversation since it was read; the whole transaction must be tried again."""


@dataclass(frozen=True, slots=True)
class Talk:
    """One conversation as its row has it."""

    id: str
    chat_id: int
    user_id: int
    state: State
    active: bool
    started_at: datetime
    updated_at: datetime
    expires_at: datetime

    def row(self) -> dict[str, Any]:
        """The columns of the row."""
        return {
            "id": self.id,
            "chat_id": self.chat_id,
            "user_id": self.user_id,
            "flow": self.state.flow,
            "version": self.state.version,
            "step": self.state.step,
            "state": json.dumps(self.state.to_json(), ensure_ascii=False, separators=(",", ":")),
            "rev": self.state.rev,
            "active": self.active,
            "started_at": self.started_at,
            "updated_at": self.updated_at,
            "expires_at": self.expires_at,
        }


def _talk(row: RowMapping) -> Talk:
    stored = json.loads(row["state"])
    state = State(row["flow"], row["version"], row["step"], row["rev"], **stored)
    names = ("id", "chat_id", "user_id", "active", "started_at", "updated_at", "expires_at")
    return Talk(state=state, **{name: row[name] for name in names})


class ConversationBook:
    """The conversations of one transaction, and what was said in those that are `hushed`."""

    def __init__(self, hushed: Collection[str] = ()) -> None:
        """`hushed` names the conversations whose end takes out of the chat what was said in them."""
        self._stored: dict[str, Talk] = {}
        self._current: dict[str, Talk] = {}
        self._hushed = hushed
        self._heard: list[dict[str, Any]] = []
        self._over: set[tuple[int, str]] = set()
        self.steps: list[str] = []  # the conversations in which an answer was taken, one name for each

    async def load(self, session: AsyncSession, keys: Iterable[tuple[int, int]]) -> None:
        """Read the active conversations of these (chat, user) pairs."""
        wanted = list(keys)
        if not wanted:
            return
        rows = await session.execute(_LOAD, {"places": wanted})
        self._remember(_talk(row) for row in rows.mappings())

    async def drafts(self, session: AsyncSession, chat_id: int, user_id: int) -> list[Talk]:
        """The conversations that were kept for later, the latest first."""
        await self.flush(session)
        mine = (_TABLE.c.chat_id == chat_id) & (_TABLE.c.user_id == user_id)
        query = select(_TABLE).where(mine, ~_TABLE.c.active).order_by(_TABLE.c.updated_at.desc())
        found = [_talk(row) for row in (await session.execute(query)).mappings()]
        self._remember(found)
        return found

    def _remember(self, talks: Iterable[Talk]) -> None:
        for talk in talks:
            self._stored[talk.id] = talk
            self._current[talk.id] = talk

    def active(self, chat_id: int, user_id: int) -> Talk | None:
        """The conversation that is going on there."""
        return next(
            (t for t in self._current.values() if t.active and t.chat_id == chat_id and t.user_id == user_id), None
        )

    def put(self, talk: Talk) -> None:
        """Add a conversation, or set it to a new state."""
        self._current[talk.id] = talk
        place = (talk.chat_id, talk.state.flow)
        if talk.active:
            self._over.discard(place)
        elif talk.state.flow in self._hushed:
            self._over.add(place)

    def keep(self, talk: Talk) -> None:
        """Set it aside as a draft."""
        self.put(replace(talk, active=False, state=replace(talk.state, rev=talk.state.rev + 1)))

    def drop(self, talk: Talk) -> None:
        """End it."""
        self._current.pop(talk.id, None)
        if talk.active and talk.state.flow in self._hushed:
            self._over.add((talk.chat_id, talk.state.flow))

    def hear(self, chat_id: int, user_id: int, message_id: int, now: datetime) -> None:
        """Remember a message that somebody has sent, when a hushed conversation is going on there."""
        talk = self.active(chat_id, user_id)
        if talk is not None and talk.state.flow in self._hushed:
            flow = talk.state.flow
            row = {"chat_id": chat_id, "message_id": message_id, "sent_at": now, "flow": flow, "delete_at": None}
            self._heard.append(row)

    async def flush(self, session: AsyncSession) -> None:
        """Write what changed. Raises ConversationMovedError when a row is not as it was read."""
        await self._flush_talks(session)
        # After the conversation's row, which whoever writes down a card of it locks first: none slips through.
        await write_down(session, self._heard)
        await hush_ended(session, self._over)
        self._heard, self._over = [], set()

    async def _flush_talks(self, session: AsyncSession) -> None:
        gone = [
            {"row_id": key, "rev_before": talk.state.rev}
            for key, talk in self._stored.items()
            if key not in self._current
        ]
        new = [talk.row() for key, talk in self._current.items() if key not in self._stored]
        changed = [
            self._change(talk, self._stored[key])
            for key, talk in self._current.items()
            if key in self._stored and talk is not self._stored[key]
        ]
        # What becomes a draft goes first: only one conversation may be active in a place.
        changed.sort(key=lambda row: bool(row["active"]))
        await self._guarded(session, _DELETE, gone)
        await self._guarded(session, _UPDATE, changed)
        if new:
            await session.execute(_INSERT, new)
        self._stored = dict(self._current)

    @staticmethod
    def _change(talk: Talk, before: Talk) -> dict[str, Any]:
        row = talk.row()
        for name in ("id", "chat_id", "user_id", "started_at"):
            del row[name]
        return {**row, "row_id": talk.id, "rev_before": before.state.rev}

    @staticmethod
    async def _guarded(session: AsyncSession, statement: Delete | Update, rows: list[dict[str, Any]]) -> None:
        if not rows:
            return
        connection = await session.connection()
        together = connection.dialect.supports_sane_multi_rowcount
        for batch in [rows] if together else [[row] for row in rows]:
            done = await connection.execute(statement, batch if together else batch[0])
            if done.rowcount != len(batch):
                raise ConversationMovedError
