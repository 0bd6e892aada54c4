"""How sends out of the outbox ended, written down as soon as it is known.

No row that somebody else holds is waited for (a console left open in the middle of a change): it is written when it is
free, and until then nothing of what is due stands still.
"""

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final, Literal

from sqlalchemy import and_, select, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from domain.channel import Lane, Outcome
from domain.notices import Notice
from models.member import Member
from models.outbox import OutboxMessage, OutboxState
from models.session import Database
from models.trouble import cannot_be_reached

_log = logging.getLogger(__name__)
RETRY = timedelta(seconds=30)
LONGEST_RETRY = timedelta(minutes=5)
MAX_ATTEMPTS = 8
# So long a notice that we cannot read is left to replicas of a newer version, as their forms are.
SIDE_BY_SIDE = timedelta(minutes=30)
# Besides what a channel says: nobody wants it any more; we cannot read or render it ourselves.
UNWANTED: Final = "unwanted"
FAULTY: Final = "faulty"
NotSent = Literal["unwanted", "faulty"]
Content = Notice | NotSent
End = Outcome | NotSent


@dataclass(frozen=True, slots=True)
class Claimed:
    """A notice that is ours to send until its lease ends. `awaited`: an answer to it takes every copy back."""

    id: int
    kind: str
    lane: Lane
    created_at: datetime
    attempts: int
    lease_until: datetime
    member_id: int
    chat_id: int
    locale: str
    notice: Content
    awaited: bool


class Settler:
    """Ends the claims of one Deliverer."""

    def __init__(self, database: Database, *, clock: Callable[[], datetime]) -> None:
        self._database = database
        self._clock = clock
        self._stopping = False
        # What a stop leaves of these three is not lost: the lease ends and the lane decides, and her next notice finds
        # out anew that she has blocked the bot.
        self._held: dict[tuple[int, int], tuple[Claimed, End]] = {}  # ended, and somebody else holds the row
        self._gone: dict[int, datetime] = {}  # members who have blocked the bot, and are not marked yet
        self._in_doubt: list[Claimed] = []  # nobody knows whether their claim was committed; nothing of it was sent

    def stop(self) -> None:
        """From now on whoever goes on may send at once what has not left."""
        self._stopping = True

    @property
    def unsettled(self) -> list[int]:
        """The numbers of rows whose end is known and could not be written yet: even a lease that ends frees none."""
        return [number for number, _ in self._held]

    def doubt(self, claimed: Sequence[Claimed]) -> None:
        """The commit of this claim was not answered."""
        self._in_doubt += claimed

    async def catch_up(self) -> None:
        """Whatever could not be written before."""
        await self._give_back()
        await self.settle()

    async def settle(self, ended: Sequence[tuple[Claimed, End]] = ()) -> None:
        """Write down how these went, and what was left over; what somebody else holds is left for the next time."""
        ends = self._held | {(item.id, item.attempts): (item, end) for item, end in ended}
        if ends:
            async with self._database.transaction() as session:
                held = {key: one for key, one in ends.items() if await self._settle(session, *one)}
            for key in ends.keys() - held.keys():
                self._held.pop(key, None)
            for number, attempts in held.keys() - self._held.keys():
                _log.warning("notice_held_by_another id=%d attempts=%d", number, attempts)
            self._held |= held
        for item, end in ended:
            if end is Outcome.BLOCKED:
                self._gone.setdefault(item.member_id, self._clock())
        await self._mark_gone()

    async def _settle(self, session: AsyncSession, item: Claimed, outcome: End) -> bool:
        """Write one; whether somebody else holds its row."""
        now = self._clock()
        values: dict[str, Any] = {}
        if outcome == FAULTY and now - item.created_at < SIDE_BY_SIDE:
            outcome = Outcome.UNREACHABLE  # out of our reach: none of the tries of those who can read it is used up
        state = _state_after(item, outcome)
        if state is OutboxState.WAITING:
            if not self._stopping:  # whoever goes on may send it at once
                values["not_before"] = now + _pause(item, outcome, now)
            # Telegram's outage is not the notice's fault: it does not use up the tries.
            values["attempts"] = item.attempts - (outcome is Outcome.UNREACHABLE)
        else:
            values |= {"state": state, "settled_at": now}
        held = await _write(session, item, **values)
        if state is OutboxState.FAILED and not held:
            _log.error("notice_failed id=%d kind=%s outcome=%s", item.id, item.kind, outcome)
        return held

    async def _mark_gone(self) -> None:
        """Mark those who have blocked the bot, in a transaction of its own: what was sent does not depend on it."""
        if not self._gone:
            return
        gone = dict(self._gone)
        try:
            async with self._database.transaction() as session:
                marked = [member for member, since in gone.items() if await _mark(session, member, since)]
        except Exception as error:
            if not cannot_be_reached(error):
                raise
            _log.warning("not_marked_yet members=%d error=%s", len(gone), type(error).__name__)
            return
        for member in marked:
            if self._gone.pop(member, None):
                _log.warning("member_unreachable member_id=%d", member)

    async def _give_back(self) -> None:
        """A claim whose commit was not answered may stand all the same: nobody should have to wait for its end.

        That commit may be under way on the server still, and until it is done one sees the row as it was before. So
        only a row that we hold ourselves tells the truth.
        """
        now = self._clock()
        doubtful = [item for item in self._in_doubt if item.lease_until > now]
        free: set[int] = set()
        if doubtful:
            rows = select(col(OutboxMessage.id)).where(col(OutboxMessage.id).in_([item.id for item in doubtful]))
            async with self._database.transaction() as session:
                free |= set((await session.execute(rows.with_for_update(skip_locked=True, key_share=True))).scalars())
                for item in doubtful:
                    if item.id in free:
                        await _write(session, item, attempts=item.attempts - 1)
        self._in_doubt = [item for item in self._in_doubt if item.lease_until > now and item.id not in free]


async def _write(session: AsyncSession, item: Claimed, **values: Any) -> bool:
    """End our claim with `values`; whether that is still to be done, because somebody else holds the row.

    When its lease ended and somebody else has claimed it, the row is no longer ours, and nothing is to be done.
    """
    ours = and_(
        col(OutboxMessage.id) == item.id,
        col(OutboxMessage.attempts) == item.attempts,
        col(OutboxMessage.lease_until) == item.lease_until,
    )
    found = select(col(OutboxMessage.id)).where(ours)
    free = found.with_for_update(skip_locked=True, key_share=True).correlate(None).scalar_subquery()
    change = update(OutboxMessage).where(col(OutboxMessage.id) == free).values(lease_until=None, **values)
    written = await session.execute(change.execution_options(synchronize_session=False))
    if written.rowcount:  # type: ignore[attr-defined]
        return False
    return (await session.execute(found)).first() is not None


async def _mark(session: AsyncSession, member_id: int, since: datetime) -> bool:
    """Note that she has blocked the bot; whether it is noted, by us or before."""
    found = select(col(Member.id)).where(col(Member.id) == member_id, col(Member.unreachable_since).is_(None))
    free = found.with_for_update(skip_locked=True, key_share=True).correlate(None).scalar_subquery()
    change = update(Member).where(col(Member.id) == free).values(unreachable_since=since)
    written = await session.execute(change.execution_options(synchronize_session=False))
    return bool(written.rowcount) or (await session.execute(found)).first() is None  # type: ignore[attr-defined]


def _pause(item: Claimed, outcome: End, now: datetime) -> timedelta:
    """How long to wait before the next try: the longer an outage lasts the longer, except for a red alert.

    Where only the answers are lost each try is a copy that arrives: of what no answer takes back they come ever more
    rarely.
    """
    if item.lane is Lane.RED and outcome != FAULTY:
        unstopped = outcome is Outcome.UNKNOWN and not item.awaited
        return min(RETRY * item.attempts, LONGEST_RETRY) if unstopped else RETRY
    if outcome is not Outcome.UNREACHABLE:
        return RETRY * item.attempts
    return min(max(RETRY, (now - item.created_at) / 4), LONGEST_RETRY)


def _state_after(item: Claimed, outcome: End) -> OutboxState:
    if outcome == UNWANTED:
        return OutboxState.DROPPED
    if outcome is Outcome.DELIVERED:
        return OutboxState.SENT
    if outcome is Outcome.UNKNOWN and item.lane is Lane.DIGEST:
        return OutboxState.UNKNOWN
    if outcome is Outcome.UNREACHABLE or (outcome is Outcome.UNKNOWN and item.lane is Lane.RED):
        return OutboxState.WAITING  # a red alert is never given up; an answer takes back what asks for one
    if (outcome is Outcome.UNKNOWN or outcome == FAULTY) and item.attempts < MAX_ATTEMPTS:
        return OutboxState.WAITING
    return OutboxState.FAILED
