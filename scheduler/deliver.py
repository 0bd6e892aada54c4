"""Out of the outbox: claim a batch, look again whether it is still wanted, render, send, settle.

A claim is a lease. When a process dies between sending and settling nobody knows whether a message arrived
(docs/adr/0002): after its lease an alert or a notice is sent again, a digest is not. A database that goes away in
between is waited for: what was sent is sent once.
"""

import asyncio
import logging
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from functools import partial

from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from domain.channel import Button, Channel, Lane, Outcome, Outgoing
from domain.council_notices import VoteWanted
from domain.household_notices import MorningDigest
from domain.notices import Notice, concerns, from_payload
from domain.rules.policy import Policy
from domain.usecases.alert_notices import waits_for_an_answer
from domain.usecases.ballot_reminders import wanted_votes
from domain.usecases.reminders import digests_for
from messages.render import label, render
from models.looking import is_there
from models.member import Member, holders_of_posts
from models.outbox import ANY_DUE, DUE, OutboxMessage
from models.session import Database
from models.trouble import cannot_be_reached, when_it_is_back
from scheduler.settling import FAULTY, UNWANTED, Claimed, Content, End, Settler

_log = logging.getLogger(__name__)
LEASE = timedelta(minutes=5)
# Sends under way at once, and notices claimed at once: as many as Telegram's pace needs while it takes no longer than a
# third of a second to answer, and as many digests as a kill may leave in doubt.
IN_AIR = 16
# An alert in doubt is sent again. So that chats which are halted keep none from the others, many may wait at once.
RED_IN_AIR = 256
LOOK_AGAIN = 1.0  # seconds after which new notices are looked for while all that are under way are slow


class Deliverer:
    """Empties the outbox into a channel."""

    def __init__(
        self,
        database: Database,
        channel: Channel,
        *,
        clock: Callable[[], datetime],
        policy: Policy,
    ) -> None:
        self._database = database
        self._channel = channel
        self._clock = clock
        self._policy = policy
        self._stopping = False
        self._settler = Settler(database, clock=clock)

    def stop(self) -> None:
        """Claim nothing more. What has not left by now goes back as if it had never been claimed."""
        self._stopping = True
        self._settler.stop()

    async def deliver_red(self) -> int:
        """Send the red alerts that are due: a job of its own, so that none waits for a batch of digests to end."""
        return await self.deliver_all(last=Lane.RED)

    async def deliver_calm(self) -> int:
        """Send everything that is due and no red alert."""
        return await self.deliver_all(first=Lane.REPLY)

    async def deliver_all(self, first: Lane = Lane.RED, last: Lane = Lane.DIGEST) -> int:
        """Send everything that is due in the lanes from `first` to `last`; how many notices were dealt with.

        Whatever has ended makes room for what waits, so neither a slow answer nor a chat that Telegram has halted
        holds up the others.
        """
        most = RED_IN_AIR if last is Lane.RED else IN_AIR
        in_air: dict[asyncio.Task[End], Claimed] = {}
        total = 0
        try:
            while True:
                # Not for each single one: a claim costs more than a send.
                if len(in_air) <= most // 2 and not self._stopping:
                    claimed = await self._claim_beside(in_air, first, last, most - len(in_air))
                    in_air |= {asyncio.create_task(self._send(item)): item for item in claimed}
                    total += len(claimed)
                if not in_air:
                    return total
                await self._settle_ended(in_air)
        except BaseException:
            await self._break_off(in_air)
            raise

    async def _settle_ended(self, in_air: dict[asyncio.Task[End], Claimed]) -> None:
        """Wait until some of what is under way has ended, and write down how, however long the database is away."""
        done, _ = await asyncio.wait(in_air, timeout=LOOK_AGAIN, return_when=asyncio.FIRST_COMPLETED)
        ended = [(in_air[task], task.result()) for task in done]
        await when_it_is_back(partial(self._settler.settle, ended))
        for task in done:
            del in_air[task]

    async def _break_off(self, in_air: Mapping[asyncio.Task[End], Claimed]) -> None:
        """What was under way may have arrived, and its lane decides."""
        for task in in_air:
            task.cancel()
        # A stop cancels twice: the scheduler its jobs, then asyncio whatever is still at work.
        for last in (False, True):
            try:
                if in_air:
                    await asyncio.wait(in_air)
                ends = [(item, Outcome.UNKNOWN if task.cancelled() else task.result()) for task, item in in_air.items()]
                await self._settler.settle(ends)
                return
            except asyncio.CancelledError:
                if last:
                    raise

    async def _claim_beside(
        self, in_air: Mapping[asyncio.Task[End], Claimed], first: Lane, last: Lane, most: int
    ) -> list[Claimed]:
        """Claim more; when the database is away, what is under way is no part of the failure and goes on."""
        try:
            return await self._claim(first, last, most)
        except Exception as error:
            if not in_air or not cannot_be_reached(error):
                raise
            _log.warning("claim_failed in_air=%d error=%s", len(in_air), type(error).__name__)
            return []

    async def _claim(self, first: Lane, last: Lane, most: int) -> list[Claimed]:
        """Take up to `most` of what is due, the most urgent first."""
        await self._settler.catch_up()
        which = {"first": int(first), "last": int(last)}
        if not await is_there(self._database, ANY_DUE, now=self._clock(), **which):
            return []
        claimed: list[Claimed] = []
        try:
            async with self._database.transaction() as session:
                claimed = await self._claim_in(session, which, most)
        except Exception:
            self._settler.doubt(claimed)
            raise
        return claimed

    async def _claim_in(self, session: AsyncSession, which: Mapping[str, int], most: int) -> list[Claimed]:
        now = self._clock()
        query = (
            select(OutboxMessage, Member)
            .join(Member, col(Member.id) == col(OutboxMessage.member_id))
            .where(*DUE, col(OutboxMessage.id).not_in(self._settler.unsettled))
            .order_by(col(OutboxMessage.lane), col(OutboxMessage.not_before), col(OutboxMessage.id))
            .limit(most)
            .with_for_update(of=OutboxMessage, skip_locked=True)
        )
        found = await session.execute(query, {"now": now, **which})
        rows = [(row[0], row[1]) for row in found.all()]
        if not rows:
            return []
        await session.execute(
            update(OutboxMessage)
            .where(col(OutboxMessage.id).in_([message.id for message, _ in rows]))
            .values(lease_until=now + LEASE, attempts=col(OutboxMessage.attempts) + 1)
            .execution_options(synchronize_session=False)
        )
        notices = {message.id: _read(message) for message, _ in rows}
        members = {message.id: message.member_id for message, _ in rows}
        posted = await holders_of_posts(session, members.values(), self._policy.today(now))
        await self._count_digests(session, notices, members, now)
        await self._drop_votes(session, notices, members, now)
        return [
            _claimed(message, member, notices[message.id], now + LEASE, posted=member.id in posted)
            for message, member in rows
        ]

    async def _count_digests(
        self, session: AsyncSession, notices: dict[int, Content], members: Mapping[int, int], now: datetime
    ) -> None:
        """Count the digests among `notices` as of now; one for another day than today is not wanted any more."""
        today = self._policy.today(now)
        digests = {key: notice for key, notice in notices.items() if isinstance(notice, MorningDigest)}
        wanted = [members[key] for key, digest in digests.items() if digest.on == today]
        found = await digests_for(session, wanted, today) if wanted else {}
        for key, digest in digests.items():
            notices[key] = found.get(members[key], UNWANTED) if digest.on == today else UNWANTED

    async def _drop_votes(
        self, session: AsyncSession, notices: dict[int, Content], members: Mapping[int, int], now: datetime
    ) -> None:
        """Nobody is asked for a vote that she has cast, or in a ballot that is over."""
        asked = {key: (members[key], note.ballot_id) for key, note in notices.items() if isinstance(note, VoteWanted)}
        wanted = await wanted_votes(session, asked.values(), now=now, policy=self._policy) if asked else set()
        notices.update({key: UNWANTED for key, pair in asked.items() if pair not in wanted})

    async def _send(self, item: Claimed) -> End:
        if isinstance(item.notice, str):
            return item.notice
        try:
            message = _outgoing(item, item.notice)
        except Exception as error:
            _report("notice_not_rendered", item.id, item.kind, error)
            return FAULTY
        try:
            return (await self._channel.send(message)).outcome
        except Exception as error:
            # A channel does not raise; should one do it all the same, nobody knows how far the message came.
            _report("channel_raised", item.id, item.kind, error)
            return Outcome.UNKNOWN


def _read(message: OutboxMessage) -> Content:
    """The notice of a row. One that this version cannot read must not hold up the others."""
    try:
        return from_payload(message.kind, message.payload)
    except Exception as error:
        _report("notice_unreadable", message.id, message.kind, error)
        return FAULTY


def _report(event: str, number: int, kind: str, error: Exception) -> None:
    # Without the error's own words and its traceback: they could quote what the notice says.
    _log.error("%s id=%d kind=%s error=%s", event, number, kind, type(error).__name__)


def _claimed(message: OutboxMessage, member: Member, notice: Content, lease: datetime, *, posted: bool) -> Claimed:
    lane = Lane(message.lane)
    died_before = message.attempts > 0 and message.lease_until is not None
    if member.frozen_at is not None or not concerns(notice, posted=posted) or (died_before and lane is Lane.DIGEST):
        notice = UNWANTED
    return Claimed(
        message.id,
        message.kind,
        lane,
        message.created_at,
        message.attempts + 1,
        lease,
        member.id,
        member.telegram_id,
        member.locale,
        notice,
        waits_for_an_answer(message.dedupe_key),
    )


def _outgoing(item: Claimed, notice: Notice) -> Outgoing:
    buttons = tuple((Button(label(key, item.locale), data),) for key, data in notice.actions())
    return Outgoing(item.chat_id, render(notice, item.locale), buttons, lane=item.lane)
