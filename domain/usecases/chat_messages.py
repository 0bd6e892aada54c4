"""What stands in private chats by its numbers, and what of it is to leave them (spec 8)."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Table, bindparam, exists, select, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from domain.usecases.outbox import insert_ignoring
from models.chat_message import ChatMessage
from models.conversation import Conversation
from models.member import Member

# So long Telegram lets a bot delete a message.
DELETABLE = timedelta(hours=48)
_TABLE: Table = ChatMessage.__table__  # type: ignore[attr-defined]
_FROZEN = select(col(Member.telegram_id), col(Member.frozen_at)).where(
    col(Member.telegram_id).in_(bindparam("chats", expanding=True)), col(Member.frozen_at).is_not(None)
)
_MARK = (
    update(_TABLE)
    .where(_TABLE.c.chat_id == bindparam("in_chat"), _TABLE.c.flow == bindparam("in_flow"))
    .where(_TABLE.c.delete_at.is_(None))
    .values(delete_at=_TABLE.c.sent_at)  # due since it was sent: it only waited for the end
)


_LOST = (
    _TABLE.c.flow.is_not(None)
    & _TABLE.c.delete_at.is_(None)
    & ~exists().where(
        col(Conversation.chat_id) == _TABLE.c.chat_id,
        col(Conversation.flow) == _TABLE.c.flow,
        col(Conversation.active),
    )
)
# What was said in a hushed conversation that is no more, and is not to go yet.
FORSAKEN = select(_TABLE.c.message_id).where(_LOST)
_HUSH = update(_TABLE).where(_LOST).values(delete_at=_TABLE.c.sent_at)


async def write_down(session: AsyncSession, rows: Sequence[Mapping[str, Any]]) -> None:
    """Remember messages by their numbers; one that is known stays as it is."""
    if rows:
        await session.execute(insert_ignoring(session, ChatMessage), [{"attempts": 0, **row} for row in rows])


async def write_down_sent(session: AsyncSession, rows: Sequence[Mapping[str, Any]]) -> None:
    """Like `write_down`, for messages of ours that have just gone out.

    What was sent before its reader's account was frozen is to go at once: the freeze could not know of it yet.
    """
    found = await session.execute(_FROZEN, {"chats": {row["chat_id"] for row in rows}})
    frozen = {chat_id: at for chat_id, at in found.all() if at is not None}
    await write_down(session, [_at_once(row) if _is_before(row, frozen) else row for row in rows])


async def write_down_unread(
    session: AsyncSession, chat_id: int, message_id: int, *, hushed: Iterable[str], now: datetime
) -> None:
    """Remember a message that a fault of ours kept from being taken for an answer.

    Sent in one of the `hushed` conversations, it leaves the chat with the rest of what was said there.
    """
    here = (col(Conversation.chat_id) == chat_id, col(Conversation.active), col(Conversation.flow).in_(list(hushed)))
    flow = (await session.execute(select(col(Conversation.flow)).where(*here).limit(1))).scalar()
    row = {"chat_id": chat_id, "message_id": message_id, "sent_at": now, "flow": flow, "delete_at": None}
    await write_down(session, [row])


def _is_before(row: Mapping[str, Any], frozen: Mapping[int, datetime]) -> bool:
    return row["chat_id"] in frozen and row["sent_at"] < frozen[row["chat_id"]]


def _at_once(row: Mapping[str, Any]) -> dict[str, Any]:
    return {**row, "delete_at": row["sent_at"]}


async def write_down_card(session: AsyncSession, row: Mapping[str, Any]) -> None:
    """Like `write_down_sent`, for what is to leave the chat: a card goes along with its conversation, if that is over.

    The conversation's row is held meanwhile: its end either sees this card, or is seen here.
    """
    if row["flow"] is None:
        await write_down_sent(session, [row])
        return
    here = (col(Conversation.chat_id) == row["chat_id"], col(Conversation.flow) == row["flow"])
    query = select(col(Conversation.id)).where(*here, col(Conversation.active)).with_for_update(read=True)
    goes_on = (await session.execute(query)).first() is not None
    await write_down(session, [row if goes_on else _at_once(row)])


async def hush_ended(session: AsyncSession, places: Iterable[tuple[int, str]]) -> None:
    """What was said in the conversations (chat, flow) of `places` is to leave the chat now."""
    rows = [{"in_chat": chat_id, "in_flow": flow} for chat_id, flow in places]
    if rows:
        connection = await session.connection()
        await connection.execute(_MARK, rows)


async def hush_forsaken(session: AsyncSession) -> None:
    """What was said in a hushed conversation that is no more is to go, however that one ended."""
    connection = await session.connection()
    await connection.execute(_HUSH)


async def clear_chat(session: AsyncSession, chat_id: int) -> None:
    """Everything of the chat that can be deleted is to go now."""
    connection = await session.connection()
    here = (_TABLE.c.chat_id == chat_id) & (_TABLE.c.delete_at.is_(None) | (_TABLE.c.delete_at > _TABLE.c.sent_at))
    await connection.execute(update(_TABLE).where(here).values(delete_at=_TABLE.c.sent_at))
