"""What the end of a conversation said, kept for a while for whom the answer never reached (spec 1)."""

from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from domain.usecases.deleting import delete_some
from domain.usecases.outbox import insert_ignoring
from models.flow_receipt import FlowReceipt

# Whoever has not missed an answer for a week asks for the record itself.
RECEIPT_DAYS = 7


async def keep_receipt(session: AsyncSession, *, ending: str, user_id: int, reply: str, now: datetime) -> None:
    """Keep `reply` (JSON), with which the conversation named `ending` answered, in the transaction that saved it."""
    row = {"id": ending, "user_id": user_id, "at": now, "reply": reply}
    await session.execute(insert_ignoring(session, FlowReceipt), [row])


async def kept_receipt(session: AsyncSession, *, ending: str, user_id: int) -> str | None:
    """The reply that the conversation named `ending` gave to this very user; None when it is none, or too long ago."""
    query = select(col(FlowReceipt.reply)).where(col(FlowReceipt.id) == ending, col(FlowReceipt.user_id) == user_id)
    return (await session.execute(query)).scalar_one_or_none()


async def forget_receipts(session: AsyncSession, *, now: datetime, limit: int) -> int:
    """Forget at most `limit` of the replies that nobody will miss any more; how many went."""
    old = col(FlowReceipt.at) < now - timedelta(days=RECEIPT_DAYS)
    return await delete_some(session, [col(FlowReceipt.id)], [old], limit)
