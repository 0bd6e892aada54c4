"""The questions that `doctor` asks of the stored data; each answers with findings to be told."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import Select, func, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from domain.access import WORKS_HERE
from domain.rules.policy import Policy
from domain.usecases.reachability import all_gaps
from messages.render import label
from models.area import Area, AreaKind
from models.household import Household, HouseholdStatus
from models.inbox import InboxUpdate
from models.keyring import CannotDecryptError
from models.member import Appointment, Member, Role, in_force
from models.outbox import OutboxMessage, OutboxState

TERM_WARNING = timedelta(days=60)
LATE = timedelta(hours=1)
_NAMED = 5


@dataclass(frozen=True, slots=True)
class Finding:
    """What one check found: the check's name, whether all is well, and what its sentence needs.

    A finding that is not `grave` asks for somebody's eye, but nothing is broken.
    """

    check: str
    well: bool
    values: dict[str, object]
    grave: bool = True


def counted(check: str, found: Sequence[object], total: int, *, grave: bool = True) -> Finding:
    """A finding about things of which there should be none; the first few are named."""
    names = [str(one) for one in found]
    if total > len(found):
        names[-1:] = [f"{name}…" for name in names[-1:]]
    return Finding(check, total == 0, {"count": total, "names": names}, grave)


async def _listed(session: AsyncSession, check: str, column: Any, query: Select[Any], *, grave: bool = True) -> Finding:
    total = (await session.execute(select(func.count()).select_from(query.subquery()))).scalar_one()
    found = (await session.execute(query.with_only_columns(column).order_by(column).limit(_NAMED))).scalars().all()
    return counted(check, found, total, grave=grave)


async def check_keys(session: AsyncSession) -> Finding:
    """Whether the keys that are set open what is stored."""
    for column in (col(Household.contact), col(InboxUpdate.payload)):
        try:
            await session.execute(select(column).where(column.is_not(None)).limit(1))
        except CannotDecryptError:
            return Finding("keys_fit", False, {})
    return Finding("keys_fit", True, {})


async def check_clock(session: AsyncSession, now: datetime) -> Finding:
    """Whether the clock is not behind what was written last."""
    last = max(
        [
            instant
            for column in (InboxUpdate.received_at, Member.joined_at)
            if (instant := (await session.execute(select(func.max(col(column))))).scalar_one()) is not None
        ],
        default=now,
    )
    return Finding(
        "clock", last <= now + timedelta(minutes=5), {"now": f"{now:%Y-%m-%d %H:%M}", "last": f"{last:%Y-%m-%d %H:%M}"}
    )


async def check_people(session: AsyncSession, today: date) -> list[Finding]:
    """Whether every grid has its worker and its instructor, everybody can be reached, and no term ends soon."""
    grids = select(Area).where(col(Area.kind) == AreaKind.GRID)
    findings = []
    for check, role in (("no_worker", Role.GRID_WORKER), ("no_instructor", Role.INSTRUCTOR)):
        held = (
            select(col(Appointment.area_id))
            .join(Member, col(Member.id) == col(Appointment.member_id))
            .where(col(Appointment.role) == role, in_force(today), col(Member.frozen_at).is_(None))
        )
        without = grids.where(col(Area.id).not_in(held))
        findings.append(await _listed(session, check, col(Area.code), without))
    gone = select(Member).where(col(Member.unreachable_since).is_not(None), col(Member.frozen_at).is_(None))
    findings.append(await _listed(session, "unreachable", col(Member.name), gone))
    ending = (
        select(Member)
        .join(Appointment, col(Appointment.member_id) == col(Member.id))
        .where(
            in_force(today),
            col(Appointment.role).in_(WORKS_HERE),  # seats of X end with their item
            col(Appointment.ends_on) <= today + TERM_WARNING,
        )
    )
    findings.append(await _listed(session, "terms", col(Member.name), ending, grave=False))
    return findings


async def check_chains(session: AsyncSession, today: date, policy: Policy, locale: str) -> Finding:
    """Whether on every rung of an alert somebody would answer today."""
    gaps, total = await all_gaps(session, day=today, policy=policy, limit=_NAMED)
    named = [f"{gap.area_code} {label(gap.role, locale)}: {label(gap.reason, locale)}" for gap in gaps]
    return counted("unanswered", named, total, grave=False)


async def check_queues(session: AsyncSession, now: datetime) -> list[Finding]:
    """Whether what came in was dealt with, and what is to go out goes out."""
    aside = select(InboxUpdate).where(col(InboxUpdate.set_aside))
    late_in = select(InboxUpdate).where(col(InboxUpdate.done_at).is_(None), col(InboxUpdate.received_at) < now - LATE)
    state, due = col(OutboxMessage.state), col(OutboxMessage.not_before)
    late_out = select(OutboxMessage).where(state == OutboxState.WAITING, due < now - LATE)
    failed = select(OutboxMessage).where(
        state.in_([OutboxState.FAILED, OutboxState.UNKNOWN]), col(OutboxMessage.created_at) > now - timedelta(days=7)
    )
    findings = [
        await _listed(session, "set_aside", col(InboxUpdate.update_id), aside),
        await _listed(session, "inbox_waiting", col(InboxUpdate.update_id), late_in.where(~col(InboxUpdate.set_aside))),
        await _listed(session, "outbox_waiting", col(OutboxMessage.kind), late_out),
        await _listed(session, "outbox_failed", col(OutboxMessage.kind), failed, grave=False),
    ]
    waiting = select(func.count()).select_from(OutboxMessage).where(state == OutboxState.WAITING)
    return [*findings, Finding("outbox", True, {"count": (await session.execute(waiting)).scalar_one()})]


async def check_register(session: AsyncSession) -> Finding:
    """Whether there is anything to work with."""
    areas = (await session.execute(select(func.count(col(Area.id))))).scalar_one()
    members = (await session.execute(select(func.count(col(Member.id))))).scalar_one()
    active = select(func.count(col(Household.id))).where(col(Household.status) == HouseholdStatus.ACTIVE)
    households = (await session.execute(active)).scalar_one()
    return Finding("register", areas > 0, {"areas": areas, "members": members, "households": households})
