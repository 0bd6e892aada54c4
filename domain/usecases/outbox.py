"""Putting a notice into the outbox, in the transaction that causes it."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from functools import cache

from sqlalchemy import Insert, Table
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncSession

from domain.channel import Lane
from domain.council_notices import VoteWanted
from domain.notices import Notice, to_payload
from domain.rules.policy import Policy
from models.outbox import OutboxMessage, OutboxState


def insert_ignoring(session: AsyncSession, table: type) -> postgresql.Insert | sqlite.Insert:
    """An INSERT into `table` that leaves rows alone which are there already (by any unique key)."""
    return _insert_ignoring(table, session.get_bind().dialect.name)


@cache
def _insert_ignoring(table: type, dialect: str) -> postgresql.Insert | sqlite.Insert:
    """Built once for each: nearly every update writes something so. Nobody asks for the number of a new row."""
    target: Table = table.__table__  # type: ignore[attr-defined]
    if dialect == "postgresql":
        return postgresql.insert(target).on_conflict_do_nothing().inline()
    return sqlite.insert(target).on_conflict_do_nothing().inline()


async def tell(
    session: AsyncSession, members: Iterable[int], notice: Notice, key: str, *, now: datetime, policy: Policy
) -> None:
    """Tell `notice` to each of `members`, once under `key`. The quiet hours are disturbed by red lanes alone, and by
    what would come too late in the morning: a vote that is over by then.
    """
    await tell_each(session, dict.fromkeys(members, notice), key, now=now, policy=policy)


async def tell_each(
    session: AsyncSession, notices: Mapping[int, Notice], key: str, *, now: datetime, policy: Policy
) -> None:
    """Like `tell`, with a notice of her own for each member."""
    awake = policy.after_quiet(now)
    rows = [
        {
            "dedupe_key": f"{key}:{member_id}",
            "member_id": member_id,
            "lane": int(notice.lane),
            "kind": type(notice).__name__,
            "payload": to_payload(notice),
            "created_at": now,
            "not_before": now if notice.lane is Lane.RED or _too_late(notice, awake) else awake,
            "attempts": 0,
            "state": OutboxState.WAITING,
        }
        for member_id, notice in notices.items()
    ]
    if rows:
        statement: Insert = insert_ignoring(session, OutboxMessage)
        await session.execute(statement, rows)


def _too_late(notice: Notice, morning: datetime) -> bool:
    """Whether somebody is asked for her vote in a ballot that is over before the quiet hours are (spec 5)."""
    return isinstance(notice, VoteWanted) and notice.closes_at <= morning
