"""One process at a time: who holds a lease may do the work, until it ends (design 2, docs/adr/0011).

A lease that ended while its holder was paused may be somebody else's by now. So every transaction of the work begins
with `keep_lease`, which holds the row until the commit and lets nobody write whose fence is not the present one.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Update, select, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from domain.usecases.outbox import insert_ignoring
from models.lease import Lease


class LeaseLostError(Exception):
    """It has ended, and whoever held it may write nothing more in its name."""


@dataclass(frozen=True, slots=True)
class Held:
    """A lease as its holder has it."""

    name: str
    holder: str
    fence: int
    length: timedelta


async def take_lease(session: AsyncSession, name: str, holder: str, *, now: datetime, length: timedelta) -> Held | None:
    """Take it for `length` when it is free, or has ended; None while somebody else holds it.

    Whoever holds it goes on holding it, and it is made longer once half of it is over: asking costs the others, and
    mostly the holder as well, no more than reading one row.
    """
    row = (await session.execute(select(Lease).where(col(Lease.name) == name))).scalar_one_or_none()
    if row is None:
        first = {"name": name, "holder": holder, "fence": 1, "until": now + length}
        made = await session.execute(insert_ignoring(session, Lease).values(**first))
        return Held(name, holder, 1, length) if made.rowcount == 1 else None  # type: ignore[attr-defined]
    # An end further away than a lease can be is that of a clock which was ahead. Its fence keeps its holder out.
    stands = now < row.until <= now + 2 * length
    hers = row.holder == holder and stands
    held = Held(name, holder, row.fence if hers else row.fence + 1, length)
    if stands and not hers:
        return None
    if hers and row.until - now > length / 2:
        return held
    change = update(Lease).where(col(Lease.name) == name, col(Lease.fence) == row.fence, col(Lease.until) == row.until)
    change = change.values(holder=holder, fence=held.fence, until=now + length)
    taken = await session.execute(change.execution_options(synchronize_session=False))
    return held if taken.rowcount == 1 else None  # type: ignore[attr-defined]


async def keep_lease(session: AsyncSession, held: Held, *, now: datetime) -> None:
    """Make it longer, and hold its row until the caller's commit. Raises LeaseLostError when it is ours no more."""
    change = _ours(held).where(col(Lease.until) > now).values(until=now + held.length)
    kept = await session.execute(change.execution_options(synchronize_session=False))
    if kept.rowcount != 1:  # type: ignore[attr-defined]
        raise LeaseLostError(held.name)


async def end_lease(session: AsyncSession, held: Held, *, now: datetime) -> None:
    """Give it back before its time."""
    change = _ours(held).where(col(Lease.until) > now).values(until=now)
    await session.execute(change.execution_options(synchronize_session=False))


def _ours(held: Held) -> Update:
    return update(Lease).where(
        col(Lease.name) == held.name, col(Lease.holder) == held.holder, col(Lease.fence) == held.fence
    )
