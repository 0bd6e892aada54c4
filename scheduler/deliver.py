"""Out of the outbox: claim a batch, look again whether it is still wanted, render, send, settle.

A claim is a lease. When a process dies between sending and settling nobody knows whether a message arrived
(docs/adr/0002): after its lease an alert or a notice is sent again, a digest is not.
"""

import asyncio
import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import or_, select, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from domain.channel import Button, Channel, Lane, Outcome, Outgoing
from domain.notices import MorningDigest, Notice, from_payload
from domain.rules.policy import Policy
from domain.usecases.reminders import digests_for
from messages.render import label, render
from models.member import Member, holds_a_post
from models.outbox import OutboxMessage, OutboxState
from models.session import Database

_log = logging.getLogger(__name__)
LEASE = timedelta(minutes=5)
RETRY = timedelta(seconds=30)
MAX_ATTEMPTS = 8


@dataclass(frozen=True, slots=True)
class Claimed:
    """A notice that is ours to send until its lease ends."""

    id: int
    lane: Lane
    attempts: int
    member_id: int
    chat_id: int
    locale: str
    notice: Notice | None  # None: not wanted any more


class Deliverer:
    """Empties the outbox into a channel."""

    def __init__(
        self, database: Database, channel: Channel, *, clock: Callable[[], datetime], policy: Policy, batch: int = 200
    ) -> None:
        self._database = database
        self._channel = channel
        self._clock = clock
        self._policy = policy
        self._batch = batch

    async def deliver_all(self) -> int:
        """Send everything that is due; how many notices were dealt with."""
        total = 0
        while count := await self.deliver_once():
            total += count
        return total

    async def deliver_once(self) -> int:
        """Claim one batch, send it and write down how each went."""
        async with self._database.transaction() as session:
            claimed = await self._claim(session)
        if not claimed:
            return 0
        outcomes = await asyncio.gather(*(self._send(item) for item in claimed))
        async with self._database.transaction() as session:
            for item, outcome in zip(claimed, outcomes, strict=True):
                await self._settle(session, item, outcome)
        return len(claimed)

    async def _claim(self, session: AsyncSession) -> list[Claimed]:
        now = self._clock()
        free = or_(col(OutboxMessage.lease_until).is_(None), col(OutboxMessage.lease_until) <= now)
        query = (
            select(OutboxMessage, Member, holds_a_post(self._policy.today(now)))
            .join(Member, col(Member.id) == col(OutboxMessage.member_id))
            .where(col(OutboxMessage.state) == OutboxState.WAITING, col(OutboxMessage.not_before) <= now, free)
            .order_by(col(OutboxMessage.lane), col(OutboxMessage.not_before), col(OutboxMessage.id))
            .limit(self._batch)
            .with_for_update(of=OutboxMessage, skip_locked=True)
        )
        rows = [(row[0], row[1], row[2]) for row in (await session.execute(query)).all()]
        if not rows:
            return []
        await session.execute(
            update(OutboxMessage)
            .where(col(OutboxMessage.id).in_([message.id for message, _, _ in rows]))
            .values(lease_until=now + LEASE, attempts=col(OutboxMessage.attempts) + 1)
            .execution_options(synchronize_session=False)
        )
        fresh = await self._fresh_digests(session, [message for message, _, _ in rows], now)
        return [self._claimed(message, member, fresh, posted=posted) for message, member, posted in rows]

    async def _fresh_digests(
        self, session: AsyncSession, messages: Sequence[OutboxMessage], now: datetime
    ) -> dict[int, Notice]:
        """The digests of this batch, counted now; one for another day than today is not wanted any more."""
        today = self._policy.today(now)
        wanted = {
            message.member_id: message.id
            for message in messages
            if message.kind == MorningDigest.__name__ and message.payload["on"] == today.isoformat()
        }
        found = await digests_for(session, list(wanted), today) if wanted else {}
        return {wanted[member_id]: digest for member_id, digest in found.items()}

    def _claimed(self, message: OutboxMessage, member: Member, fresh: dict[int, Notice], *, posted: bool) -> Claimed:
        notice: Notice | None
        if message.kind == MorningDigest.__name__:
            notice = fresh.get(message.id)
        else:
            notice = from_payload(message.kind, message.payload)
        lane = Lane(message.lane)
        died_before = message.attempts > 0 and message.lease_until is not None
        if member.frozen_at is not None or not posted or (died_before and lane is Lane.DIGEST):
            notice = None
        return Claimed(message.id, lane, message.attempts + 1, member.id, member.telegram_id, member.locale, notice)

    async def _send(self, item: Claimed) -> Outcome | None:
        if item.notice is None:
            return None
        buttons = tuple((Button(label(key, item.locale), data),) for key, data in item.notice.actions())
        message = Outgoing(item.chat_id, render(item.notice, item.locale), buttons, lane=item.lane)
        return (await self._channel.send(message)).outcome

    async def _settle(self, session: AsyncSession, item: Claimed, outcome: Outcome | None) -> None:
        now = self._clock()
        values: dict[str, Any] = {"lease_until": None}
        state = _state_after(item, outcome)
        if state is OutboxState.WAITING:
            values["not_before"] = now + RETRY * item.attempts
        else:
            values |= {"state": state, "settled_at": now}
        change = update(OutboxMessage).where(col(OutboxMessage.id) == item.id).values(**values)
        await session.execute(change.execution_options(synchronize_session=False))
        if outcome is Outcome.BLOCKED:
            _log.warning("member_unreachable member_id=%d", item.member_id)
            gone = update(Member).where(col(Member.id) == item.member_id, col(Member.unreachable_since).is_(None))
            await session.execute(gone.values(unreachable_since=now).execution_options(synchronize_session=False))


def _state_after(item: Claimed, outcome: Outcome | None) -> OutboxState:
    if outcome is None:
        return OutboxState.DROPPED
    if outcome is Outcome.DELIVERED:
        return OutboxState.SENT
    if outcome is Outcome.UNKNOWN and item.lane is Lane.DIGEST:
        return OutboxState.UNKNOWN
    if outcome in (Outcome.UNKNOWN, Outcome.UNREACHABLE) and item.attempts < MAX_ATTEMPTS:
        return OutboxState.WAITING
    return OutboxState.FAILED
