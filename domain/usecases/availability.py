"""Who can be rung for a lead just now, and why somebody else is passed over (spec 3)."""

from collections.abc import Collection, Sequence
from datetime import date
from enum import StrEnum

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from domain.access import ANSWERS_ALERTS
from domain.kept_away import goes_past
from models.lead import Lead
from models.member import Appointment, Member, in_force, on_leave


class PassedOver(StrEnum):
    """Why a rung, or somebody on it, is not rung; or why somebody who had an alert has it no more."""

    EMPTY = "empty"  # the tree of areas has no such level here
    NEVER_JOINED = "never_joined"  # nobody holds the post
    LEFT_POST = "left_post"
    FROZEN = "frozen"
    TIED = "tied"  # it goes past her
    ON_LEAVE = "on_leave"
    BLOCKED = "blocked"
    NO_ANSWER = "no_answer"  # to "still on it?"
    HANDED_BACK = "handed_back"


async def passed_over(
    session: AsyncSession, members: Collection[int], lead: Lead, above: Sequence[int], today: date
) -> dict[int, PassedOver | None]:
    """Why each of `members` cannot be rung for the lead today; None for whoever can.

    `above` are the lead's area and all areas above it.
    """
    covers = select(col(Appointment.id)).where(
        col(Appointment.member_id) == col(Member.id),
        col(Appointment.area_id).in_(above),
        col(Appointment.role).in_(ANSWERS_ALERTS),
        in_force(today),
    )
    query = select(
        col(Member.id),
        covers.exists(),
        col(Member.frozen_at).is_not(None),
        goes_past(col(Member.id), lead),
        on_leave(today),
        col(Member.unreachable_since).is_not(None),
    ).where(col(Member.id).in_(members))
    rows = (await session.execute(query)).all() if members else []
    return {row[0]: _reason(covering=row[1], frozen=row[2], tied=row[3], away=row[4], blocked=row[5]) for row in rows}


def _reason(*, covering: bool, frozen: bool, tied: bool, away: bool, blocked: bool) -> PassedOver | None:
    reasons = (
        (not covering, PassedOver.LEFT_POST),
        (frozen, PassedOver.FROZEN),
        (tied, PassedOver.TIED),
        (away, PassedOver.ON_LEAVE),
        (blocked, PassedOver.BLOCKED),
    )
    return next((reason for holds, reason in reasons if holds), None)
