"""Forgetting what has served its purpose: updates that were handled, notices that were settled."""

from datetime import datetime, timedelta

from sqlalchemy import delete
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from models.inbox import InboxUpdate
from models.outbox import OutboxMessage, OutboxState

# Telegram keeps unconfirmed updates for a day: after that none of them can come again.
UPDATE_DAYS = 3
NOTICE_DAYS = 120


async def forget_old_updates(session: AsyncSession, *, now: datetime) -> None:
    """Delete handled updates (not those set aside) and settled notices that are old enough."""
    await session.execute(
        delete(InboxUpdate).where(
            col(InboxUpdate.done_at) < now - timedelta(days=UPDATE_DAYS), col(InboxUpdate.set_aside).is_(False)
        )
    )
    await session.execute(
        delete(OutboxMessage).where(
            col(OutboxMessage.state) != OutboxState.WAITING,
            col(OutboxMessage.settled_at) < now - timedelta(days=NOTICE_DAYS),
        )
    )
