"""What `doctor` asks of the mediation ladder: which rungs exist here, where nobody is, which cases it has lost."""

from datetime import date

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from console.checks import Finding, counted
from domain.rules.ladder_file import LadderRung
from domain.rules.policy import Policy
from models.area import Area
from models.dispute import OPEN_STATES, Dispute
from models.member import Appointment, Member, in_force, on_leave

_NAMED = 5


async def check_ladder(session: AsyncSession, today: date, policy: Policy, locale: str) -> list[Finding]:
    """Whether the ladder fits the county: a missing level is skipped, and so is a rung on which nobody is today."""
    rungs = policy.ladder.rungs
    kinds = set((await session.execute(select(col(Area.kind)).distinct())).scalars())
    here = [rung.name(locale) for rung in rungs if rung.at in kinds]
    empty = [
        f"{code} {rung.name(locale)}"
        for rung in rungs
        if rung.at in kinds
        for code in await _without_anybody(session, rung, today)
    ]
    lost = select(col(Dispute.code)).where(
        col(Dispute.state).in_(OPEN_STATES), col(Dispute.rung).not_in([rung.key for rung in rungs])
    )
    codes = list((await session.execute(lost.order_by(col(Dispute.code)))).scalars())
    return [
        Finding("ladder", bool(here), {"names": list(here)}),
        counted("ladder_empty", empty[:_NAMED], len(empty), grave=False),
        counted("ladder_lost", codes[:_NAMED], len(codes), grave=False),
    ]


async def _without_anybody(session: AsyncSession, rung: LadderRung, today: date) -> list[str]:
    """The codes of the areas of the rung's kind in which nobody who is there today holds one of its roles."""
    held = (
        select(col(Appointment.area_id))
        .join(Member, col(Member.id) == col(Appointment.member_id))
        .where(
            col(Appointment.role).in_(rung.roles),
            in_force(today),
            col(Member.frozen_at).is_(None),
            col(Member.unreachable_since).is_(None),
            ~on_leave(today),
        )
    )
    areas = select(col(Area.code)).where(col(Area.kind) == rung.at, col(Area.id).not_in(held))
    return list((await session.execute(areas.order_by(col(Area.code)))).scalars())
