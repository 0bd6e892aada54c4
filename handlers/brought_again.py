"""What an operator has handled once more, perhaps days later: whether it still means what it meant when it came.

A press names the question that it answers. Words do not: they would answer whatever is asked now, and what was said of
one household would be written down of another.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import exists, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from domain.access import Actor
from domain.rules.policy import Policy
from handlers.book import Talk
from handlers.menu import menu_key
from models.inbox import InboxUpdate

# Within that nothing handled is forgotten; and whoever was asked something longer ago than that, is asked it no more.
KNOWN_FOR = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class SendAnew:
    """What she sent then was not used: she has gone on, and it may mean something else by now."""

    day: date
    clock: datetime


@dataclass(frozen=True, slots=True)
class BroughtAgain:
    """A raw update that is handled once more: its number, its chat, and when it came."""

    raw: Mapping[str, Any]
    seq: int
    chat_id: int
    received_at: datetime


async def send_anew(
    session: AsyncSession, again: BroughtAgain, *, actor: Actor, talk: Talk | None, now: datetime, policy: Policy
) -> SendAnew | None:
    """What to tell her instead of handling it, when her conversation changed after she sent it; else nothing."""
    message = again.raw.get("message")
    if not isinstance(message, dict) or actor.frozen or not actor.posts:
        return None
    if talk is not None:
        gone_on = talk.updated_at > again.received_at
    elif _is_a_command(str(message.get("text") or "")):
        gone_on = False
    else:
        gone_on = now - again.received_at > KNOWN_FOR or await _was_answered_since(session, again)
    if not gone_on:
        return None
    local = again.received_at.astimezone(policy.zone)
    return SendAnew(local.date(), local)


def _is_a_command(text: str) -> bool:
    return text.startswith("/") or menu_key(text) is not None


async def _was_answered_since(session: AsyncSession, again: BroughtAgain) -> bool:
    """Whether she was at a question then is known no more: whatever she has done since, may have ended it."""
    later = (col(InboxUpdate.chat_id) == again.chat_id, col(InboxUpdate.seq) > again.seq)
    done = (col(InboxUpdate.done_at).is_not(None), col(InboxUpdate.set_aside).is_(False))
    return bool((await session.execute(select(exists().where(*later, *done)))).scalar_one())
