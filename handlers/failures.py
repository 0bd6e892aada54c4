"""An update that fails for reasons of its own: counted, set aside after the third time, and its sender is told."""

import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import update
from sqlmodel import col

from domain.access import Actor, actors_by_telegram_id
from domain.channel import Outgoing, PressAnswer
from domain.rules.policy import Policy
from domain.usecases.chat_messages import write_down_unread
from handlers.conversations import hushed_flows
from handlers.gateway import Reply
from handlers.origin import message_number, origin
from handlers.waiting import Waiting, WaitingUpdates
from messages.render import render
from models.inbox import TRIES, InboxUpdate
from models.session import Database

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class OurFault:
    """An update could not be handled for a reason that is ours."""


class Failures:
    """Counts the failures of single updates, in their rows: a restart forgets none."""

    def __init__(
        self,
        database: Database,
        waiting: WaitingUpdates,
        *,
        clock: Callable[[], datetime],
        policy: Policy,
        send: Callable[[Sequence[Reply]], None],
    ) -> None:
        self._database = database
        self._waiting = waiting
        self._clock = clock
        self._policy = policy
        self._send = send

    async def count(self, failed: Waiting, error: Exception) -> bool:
        """Count a failure of one update; whether it is set aside now, with an alarm, so that its chat goes on."""
        async with self._database.transaction() as session:
            item = await self._waiting.hold(session, failed.seq)
            if item is None:
                return False
            attempts = item.attempts + 1
            aside = attempts in (0, TRIES)
            change = update(InboxUpdate).where(col(InboxUpdate.seq) == item.seq)
            change = change.values(attempts=TRIES if aside else attempts, set_aside=aside)
            if aside:
                # The payload stays for whoever looks into it; the chat goes on. Not that of a vote or a
                # mark: it says who wanted to vote what, and what is secret must not stay anywhere (docs/adr/0010).
                change = change.values(done_at=self._clock())
                change = change.values(payload=None) if _is_a_vote(item.raw) else change
            await session.execute(change)
        word = "update_set_aside" if aside else "update_failed"
        level = logging.ERROR if aside else logging.WARNING
        known = (word, item.seq, item.raw.get("update_id"), attempts)
        _log.log(level, "%s number=%d update_id=%s attempts=%d", *known, exc_info=error)
        return aside

    async def apologise(self, item: Waiting) -> None:
        """Tell whoever sent it that it was not done."""
        source = origin(item.raw)
        async with self._database.transaction() as session:
            people = await actors_by_telegram_id(session, [source.user_id], self._policy.today(self._clock()))
            number = message_number(item.raw)
            if source.private and people and number is not None:
                await write_down_unread(session, source.chat_id, number, hushed=hushed_flows(), now=self._clock())
        self._send(_apology(item, people))


def _is_a_vote(raw: Mapping[str, Any]) -> bool:
    query = raw.get("callback_query")
    return isinstance(query, dict) and str(query.get("data", "")).startswith(("vote:", "proj:rate:"))


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
