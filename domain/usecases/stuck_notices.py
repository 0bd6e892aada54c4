"""Notices that did not go out, for the operator: to look at, to try once more, to drop with a reason."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import and_, func, or_, select, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from domain.channel import Lane
from models.outbox import OutboxMessage, OutboxState

MANY_TRIES = 8


@dataclass(frozen=True, slots=True)
class StuckNotice:
    """A notice that failed, is long due, or was tried in vain again and again.

    What it says is not shown: its kind is enough to decide.
    """

    id: int
    kind: str
    lane: Lane
    member_id: int
    state: OutboxState
    attempts: int
    due_at: datetime


async def outbox_counts(session: AsyncSession) -> list[tuple[Lane, OutboxState, int]]:
    """How many notices there are by lane and state."""
    columns = (col(OutboxMessage.lane), col(OutboxMessage.state))
    query = select(*columns, func.count()).group_by(*columns).order_by(*columns)
    return [(Lane(lane), state, count) for lane, state, count in (await session.execute(query)).all()]


async def stuck_notices(session: AsyncSession, *, due_before: datetime, limit: int) -> Sequence[StuckNotice]:
    """Failed ones, those that have been due since before `due_before`, and red alerts that go on after many tries; the
    most urgent lane first.
    """
    late = or_(col(OutboxMessage.not_before) < due_before, col(OutboxMessage.attempts) >= MANY_TRIES)
    waits = and_(col(OutboxMessage.state) == OutboxState.WAITING, late)
    query = (
        select(OutboxMessage)
        .where(or_(col(OutboxMessage.state) == OutboxState.FAILED, waits))
        .order_by(col(OutboxMessage.lane), col(OutboxMessage.not_before), col(OutboxMessage.id))
        .limit(limit)
    )
    return [
        StuckNotice(row.id, row.kind, Lane(row.lane), row.member_id, row.state, row.attempts, row.not_before)
        for row in (await session.execute(query)).scalars()
    ]


async def retry_notices(session: AsyncSession, ids: Collection[int], *, now: datetime) -> int:
    """Let these failed notices go once more, with all their tries; how many there were."""
    return await _change(
        session,
        ids,
        (OutboxState.FAILED,),
        state=OutboxState.WAITING,
        not_before=now,
        attempts=0,
        lease_until=None,
        settled_at=None,
    )


async def drop_notices(session: AsyncSession, ids: Collection[int], *, now: datetime) -> int:
    """Send these waiting or failed notices to nobody; how many there were."""
    return await _change(
        session,
        ids,
        (OutboxState.FAILED, OutboxState.WAITING),
        state=OutboxState.DROPPED,
        settled_at=now,
        lease_until=None,
    )


async def _change(
    session: AsyncSession, ids: Collection[int], states: Collection[OutboxState], **values: object
) -> int:
    change = update(OutboxMessage).where(col(OutboxMessage.id).in_(ids), col(OutboxMessage.state).in_(states))
    done = await session.execute(change.values(**values).execution_options(synchronize_session=False))
    return int(done.rowcount)  # type: ignore[attr-defined]
