"""Forgetting what has served its purpose: handled updates, settled notices, old notes of what was told."""

from datetime import datetime, timedelta

from sqlalchemy import delete, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from domain.usecases.chat_messages import DELETABLE
from domain.usecases.deleting import delete_some
from domain.usecases.flow_receipts import forget_receipts
from models.chat_message import ChatMessage
from models.inbox import InboxUpdate
from models.lease import Pace
from models.outbox import OutboxMessage, OutboxState
from models.sweep_run import LateMark, SweepRun

# Telegram keeps unconfirmed updates for a day: after that none of them can come again.
UPDATE_DAYS = 3
NOTICE_DAYS = 120
# Longer than any rule waits: whoever is late for as long as this may well be told once more.
MARK_DAYS = 400
PACE_REST = timedelta(hours=1)  # a chat that has not been written to for so long is as free as a new one


async def forget_old_updates(session: AsyncSession, *, now: datetime, limit: int) -> bool:
    """Delete what is old enough: handled updates (not those set aside), settled notices, messages that
    can no longer be deleted, answers that nobody misses, marks of planned work.

    Of those that may be many at most `limit` of each; whether more may be left.
    """
    last = now - timedelta(days=MARK_DAYS)
    await session.execute(delete(LateMark).where(col(LateMark.told_on) < last.date()))
    await session.execute(delete(SweepRun).where(col(SweepRun.swept_at) < last))
    old = col(InboxUpdate.done_at) < now - timedelta(days=UPDATE_DAYS)
    # Telegram's numbers start anew at random after a week of silence: another update may come under this one's.
    free = update(InboxUpdate).where(old, col(InboxUpdate.set_aside), col(InboxUpdate.update_id) >= 0)
    await session.execute(free.values(update_id=-InboxUpdate.seq).execution_options(synchronize_session=False))
    settled = col(OutboxMessage.settled_at) < now - timedelta(days=NOTICE_DAYS)
    sent = col(ChatMessage.sent_at) < now - DELETABLE
    numbers = (col(ChatMessage.chat_id), col(ChatMessage.message_id))
    gone = [
        await forget_receipts(session, now=now, limit=limit),
        await delete_some(session, [col(InboxUpdate.seq)], [old, col(InboxUpdate.set_aside).is_(False)], limit),
        await delete_some(
            session, [col(OutboxMessage.id)], [col(OutboxMessage.state) != OutboxState.WAITING, settled], limit
        ),
        # Those that are to go and did not are given up, with a word, by whoever deletes them.
        await delete_some(session, numbers, [sent, col(ChatMessage.delete_at).is_(None)], limit),
        await delete_some(
            session, [col(Pace.chat_id)], [col(Pace.until) < now - PACE_REST, col(Pace.chat_id) != 0], limit
        ),
    ]
    return max(gone) >= limit
