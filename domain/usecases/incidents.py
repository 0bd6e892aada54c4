"""What the operator is alarmed of: kinds, readings, and the incidents that are open (issue 6, "Operate").

An incident that every replica can see is a row of `sweep_run`, so one of them tells it, once, also over a restart:
`rule` is its kind, `period` how bad it has been.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum

from sqlalchemy import delete, func, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from domain.usecases.outbox import insert_ignoring
from models.area import Area, AreaKind
from models.member import Appointment, Member, Role, in_force
from models.sweep_run import SweepRun

_RULE = "alarm."
MOST_TOLD = 10  # administrators; more would be a crowd
_DEPTH = {kind: depth for depth, kind in enumerate(AreaKind)}


class Alarm(StrEnum):
    """What can be wrong with the program."""

    OUTBOX_RED = "outbox_red"
    OUTBOX_REPLY = "outbox_reply"
    OUTBOX_NOTICE = "outbox_notice"
    OUTBOX_DIGEST = "outbox_digest"
    INBOX = "inbox"
    BELLS = "bells"  # alerts whose next step is due and is not done
    SET_ASIDE = "set_aside"
    HEADS = "heads"
    DRILL = "drill"
    # These are seen by one process alone, and perhaps while the database is away.
    DATABASE = "database"
    DATABASE_ERRORS = "database_errors"
    SCHEDULER = "scheduler"
    JOBS = "jobs"
    UPDATES = "updates"
    CLOCK = "clock"
    DISK = "disk"

    @property
    def is_local(self) -> bool:
        """Whether only the process that reads it knows of it."""
        return self in _LOCAL


_LOCAL = frozenset(
    {
        Alarm.DATABASE,
        Alarm.DATABASE_ERRORS,
        Alarm.SCHEDULER,
        Alarm.JOBS,
        Alarm.UPDATES,
        Alarm.CLOCK,
        Alarm.DISK,
    }
)


@dataclass(frozen=True, slots=True)
class Reading:
    """How something stands: level 0 is well, any other is an incident; a level that was not told yet is told.

    `values` are numbers and our own words, never anything of a person's.
    """

    alarm: Alarm
    level: int
    values: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Listener:
    """A chat that hears alarms, and its language."""

    chat_id: int
    locale: str


async def begin_incident(session: AsyncSession, reading: Reading, *, now: datetime) -> bool:
    """Write down that it is so bad; whether nobody had. Of several replicas one is answered yes."""
    row = {"rule": _RULE + reading.alarm, "period": str(reading.level), "swept_at": now}
    result = await session.execute(insert_ignoring(session, SweepRun).values(**row))
    return bool(result.rowcount == 1)  # type: ignore[attr-defined]


async def end_incident(session: AsyncSession, alarm: Alarm) -> datetime | None:
    """Strike it out; since when it was open, or None when it was not, or another replica did so first."""
    gone = delete(SweepRun).where(col(SweepRun.rule) == _RULE + alarm).returning(col(SweepRun.swept_at))
    return min((await session.execute(gone)).scalars(), default=None)


async def open_incidents(session: AsyncSession) -> Mapping[Alarm, frozenset[int]]:
    """The levels that were told of each open incident. One that only a newer version knows is passed over."""
    query = select(col(SweepRun.rule), col(SweepRun.period)).where(col(SweepRun.rule).startswith(_RULE))
    found: dict[Alarm, set[int]] = {}
    known = {_RULE + alarm: alarm for alarm in Alarm}
    for rule, period in (await session.execute(query)).all():
        if rule in known:
            found.setdefault(known[rule], set()).add(int(period))
    return {alarm: frozenset(levels) for alarm, levels in found.items()}


async def unreachable_heads(session: AsyncSession, day: date) -> int:
    """How many heads have blocked the bot or lost their chat: alerts would pass them by."""
    query = (
        select(func.count(func.distinct(col(Member.id))))
        .join(Appointment, col(Appointment.member_id) == col(Member.id))
        .where(
            col(Appointment.role) == Role.HEAD,
            in_force(day),
            col(Member.unreachable_since).is_not(None),
            col(Member.frozen_at).is_(None),
        )
    )
    return int((await session.execute(query)).scalar_one())


async def top_administrators(session: AsyncSession, day: date) -> Sequence[Listener]:
    """The administrators of the largest areas that have any: whoever runs the bot is one of them."""
    query = (
        select(col(Member.telegram_id), col(Member.locale), col(Area.kind))
        .join(Appointment, col(Appointment.member_id) == col(Member.id))
        .join(Area, col(Area.id) == col(Appointment.area_id))
        .where(
            col(Appointment.role) == Role.ADMINISTRATOR,
            in_force(day),
            col(Member.frozen_at).is_(None),
            col(Member.unreachable_since).is_(None),
        )
        .order_by(col(Member.id))
    )
    rows = (await session.execute(query)).all()
    top = min((_DEPTH[kind] for _, _, kind in rows), default=0)
    found = {chat_id: Listener(chat_id, locale) for chat_id, locale, kind in rows if _DEPTH[kind] == top}
    return list(found.values())[:MOST_TOLD]
