"""Drafts that nobody touches end after a while, with a notice to whoever began them (design 3)."""

import json
from datetime import datetime

from sqlalchemy import bindparam, delete, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from domain.member_notices import DraftExpired
from domain.rules.policy import Policy
from domain.usecases.chat_messages import FORSAKEN, hush_ended
from domain.usecases.outbox import tell
from models.conversation import Conversation
from models.looking import Reader, any_row
from models.member import Member

_WAITING = any_row(select(col(Conversation.id)).where(col(Conversation.expires_at) <= bindparam("now")), FORSAKEN)


async def drafts_wait(reader: Reader, *, now: datetime) -> bool:
    """Whether there is a conversation to end, or one that has ended and left its words in the chat."""
    return (await reader.execute(_WAITING, {"now": now})).scalar_one()


async def expire_drafts(session: AsyncSession, *, now: datetime, policy: Policy, limit: int = 500) -> int:
    """End up to `limit` conversations whose time is over; how many it were.

    One in which nothing was answered yet (a search, say) ends without a word: nothing is lost with it.
    """
    query = (
        select(
            col(Conversation.id),
            col(Conversation.chat_id),
            col(Conversation.flow),
            col(Conversation.rev),
            col(Conversation.state),
            col(Member.id),
        )
        .outerjoin(Member, col(Member.telegram_id) == col(Conversation.user_id))
        .where(col(Conversation.expires_at) <= now)
        .limit(limit)
    )
    rows = (await session.execute(query)).all()
    for conversation_id, chat_id, flow, rev, state, member_id in rows:
        # Half an answer meanwhile leaves the rev and moves the expiry.
        still = (col(Conversation.rev) == rev, col(Conversation.expires_at) <= now)
        ended = await session.execute(delete(Conversation).where(col(Conversation.id) == conversation_id, *still))
        if ended.rowcount != 1:  # type: ignore[attr-defined]
            continue
        await hush_ended(session, [(chat_id, flow)])
        if member_id is not None and json.loads(state)["answers"]:
            key = f"draft-expired:{conversation_id}:{rev}"
            await tell(session, [member_id], DraftExpired(flow), key, now=now, policy=policy)
    return len(rows)
