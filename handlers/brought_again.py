"""What an operator has handled once more, perhaps days later: whether it still means what it meant when it came.

A press names the question that it answers. Words do not: they would answer whatever is asked now, and what was said of
one household would be written down of another.
"""

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import exists, select
from sqlmodel import col

from handlers.leaving import ask_open_question
from handlers.menu import menu_key
from handlers.turn import Turn
from handlers.waiting import Waiting
from models.inbox import InboxUpdate

# Within that nothing handled is forgotten; and whoever was asked something longer ago than that, is asked it no more.
KNOWN_FOR = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class SendAnew:
    """What she sent then was not used: she has gone on, and it may mean something else by now."""

    day: date
    clock: datetime


async def asked_anew(turn: Turn, again: Waiting) -> bool:
    """Whether her conversation changed after she sent it: then she is asked to send it anew, and it is not handled.

    What she is at now is asked below that once more, or she would take her words to be its answer.
    """
    message = again.raw.get("message")
    if not isinstance(message, dict) or turn.actor.frozen or not turn.actor.posts:
        return False
    if not await _has_gone_on(turn, again, str(message.get("text") or "")):
        return False
    local = again.received_at.astimezone(turn.scene.policy.zone)
    turn.say(SendAnew(local.date(), local))
    await ask_open_question(turn)
    return True


async def _has_gone_on(turn: Turn, again: Waiting, text: str) -> bool:
    talk = turn.book.active(turn.chat_id, turn.user_id)
    if talk is not None:
        return talk.updated_at > again.received_at
    if _is_a_command(text):
        return False
    return turn.scene.now - again.received_at > KNOWN_FOR or await _was_answered_since(turn, again)


def _is_a_command(text: str) -> bool:
    return text.startswith("/") or menu_key(text) is not None


async def _was_answered_since(turn: Turn, again: Waiting) -> bool:
    """Whether she was at a question then is known no more: whatever she has done since, may have ended it."""
    later = (col(InboxUpdate.chat_id) == turn.chat_id, col(InboxUpdate.seq) > again.seq)
    done = (col(InboxUpdate.done_at).is_not(None), col(InboxUpdate.set_aside).is_(False))
    return bool((await turn.scene.session.execute(select(exists().where(*later, *done)))).scalar_one())
