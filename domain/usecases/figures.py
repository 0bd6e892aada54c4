"""The figures an operator watches: what waits, how long, how much of it. They name nobody."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import case, func, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from domain.channel import Lane
from models.alert import Alert, AlertState
from models.inbox import InboxUpdate
from models.lead import Colour
from models.outbox import OutboxMessage, OutboxState


@dataclass(frozen=True, slots=True)
class Waiting:
    """How many wait, and for how many seconds the oldest has been due."""

    count: int = 0
    oldest: float = 0.0


@dataclass(frozen=True, slots=True)
class OperatingFigures:
    """What waits in one database."""

    inbox: Waiting
    set_aside: int  # updates that failed three times and wait for an operator
    outbox: Mapping[Lane, Waiting]
    alerts: Mapping[Colour, Waiting]  # open ones, acknowledged or not


async def operating_figures(session: AsyncSession, *, now: datetime) -> OperatingFigures:
    """The figures at `now`; each from an index of what waits, so they can be asked for every few seconds."""
    aside = select(func.count()).select_from(InboxUpdate).where(col(InboxUpdate.set_aside))
    return OperatingFigures(
        inbox=await inbox_waiting(session, now),
        set_aside=(await session.execute(aside)).scalar_one(),
        outbox=await outbox_waiting(session, now),
        alerts=await _alerts(session, now),
    )


async def inbox_waiting(session: AsyncSession, now: datetime) -> Waiting:
    """The updates that are not handled yet. One that an operator has handled again has waited for her, not for us."""
    arrived = case((col(InboxUpdate.attempts) >= 0, col(InboxUpdate.received_at)))
    query = select(func.count(), func.min(arrived)).where(col(InboxUpdate.done_at).is_(None))
    count, oldest = (await session.execute(query)).one()
    return Waiting(count, _seconds(oldest, now))


async def outbox_waiting(session: AsyncSession, now: datetime) -> dict[Lane, Waiting]:
    """The notices that are due, by lane."""
    due = (col(OutboxMessage.state) == OutboxState.WAITING, col(OutboxMessage.not_before) <= now)
    query = select(col(OutboxMessage.lane), func.count(), func.min(col(OutboxMessage.not_before))).where(*due)
    found = dict.fromkeys(Lane, Waiting())
    for lane, count, oldest in (await session.execute(query.group_by(col(OutboxMessage.lane)))).all():
        found[Lane(lane)] = Waiting(count, _seconds(oldest, now))
    return found


async def _alerts(session: AsyncSession, now: datetime) -> dict[Colour, Waiting]:
    query = select(col(Alert.colour), func.count(), func.min(col(Alert.opened_at)))
    query = query.where(col(Alert.state) != AlertState.CLOSED).group_by(col(Alert.colour))
    found = dict.fromkeys(Colour, Waiting())
    for colour, count, oldest in (await session.execute(query)).all():
        found[colour] = Waiting(count, _seconds(oldest, now))
    return found


def _seconds(since: datetime | None, now: datetime) -> float:
    return max(0.0, (now - since).total_seconds()) if since is not None else 0.0
