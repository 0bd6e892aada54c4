"""What plans do to the clock beside the count, and what calling them off does (spec 4).

Until something happens again, all plans together stop the clock no longer than the first of them did; and whoever
calls one off gives the clock back as it stood before. So no chain of plans holds a case for ever.
"""

from datetime import date, datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from domain.access import Actor
from domain.rules.policy import Policy
from domain.usecases.dispute_changes import change_dispute
from domain.usecases.dispute_clock import clock_values, resumed_values
from domain.usecases.dispute_plans import cancel_plans
from models.dispute import Dispute, DisputeEntry, DisputeEntryKind
from models.mediation import Mediation

# What starts the clock anew.
_HAPPENED = (
    DisputeEntryKind.ARRIVED,
    DisputeEntryKind.ACCEPTED,
    DisputeEntryKind.HELD,
    DisputeEntryKind.BROKEN,
    DisputeEntryKind.NOT_CLOSED,
    DisputeEntryKind.REOPENED,
)


async def planned_values(
    session: AsyncSession, dispute: Dispute, day: date, *, now: datetime, policy: Policy
) -> tuple[dict[str, Any], dict[str, Any]]:
    """The columns of a clock that a plan stops until its day, and what its PLANNED entry keeps of them.

    `before` is from when the clock ran, `until` how long the plan stops it.
    """
    before = dispute.happened_on
    query = select(col(DisputeEntry.kind), col(DisputeEntry.detail)).where(
        col(DisputeEntry.dispute_id) == dispute.id,
        col(DisputeEntry.kind).in_((DisputeEntryKind.PLANNED, *_HAPPENED)),
    )
    last = (await session.execute(query.order_by(col(DisputeEntry.id).desc()).limit(1))).one_or_none()
    if last is not None and last[0] is DisputeEntryKind.PLANNED and "until" in last[1]:
        first_until = date.fromisoformat(last[1]["until"])
        values = resumed_values(dispute, max(before, min(day, first_until)), now=now, policy=policy, next_on=day)
    else:
        values = clock_values(dispute, now=now, policy=policy, next_on=day)
    return values, {"before": before.isoformat(), "until": values["happened_on"].isoformat()}


async def call_off(
    session: AsyncSession, dispute: Dispute, *, actor: Actor | None, now: datetime, policy: Policy
) -> None:
    """Call off what is planned, while the case stays where it is: those concerned are told, the clock is given back."""
    mediation = await cancel_plans(session, dispute, actor=actor, now=now, policy=policy)
    if mediation is not None:
        values = await _given_back(session, dispute, mediation, now=now, policy=policy)
        await change_dispute(session, dispute, dispute.rev, **values)


async def _given_back(
    session: AsyncSession, dispute: Dispute, mediation: Mediation, *, now: datetime, policy: Policy
) -> dict[str, Any]:
    query = select(col(DisputeEntry.id), col(DisputeEntry.detail)).where(
        col(DisputeEntry.dispute_id) == dispute.id,
        col(DisputeEntry.kind) == DisputeEntryKind.PLANNED,
        col(DisputeEntry.detail)["mediation"].as_integer() == mediation.id,
    )
    planned = (await session.execute(query)).one_or_none()
    if planned is None or "before" not in planned[1]:
        return clock_values(dispute, now=now, policy=policy)
    if dispute.happened_on != date.fromisoformat(planned[1]["until"]):
        return {}  # people have set another day since: it does not hang on the plan
    since = date.fromisoformat(planned[1]["before"])
    happened = select(col(DisputeEntry.at)).where(
        col(DisputeEntry.dispute_id) == dispute.id,
        col(DisputeEntry.kind).in_(_HAPPENED),
        col(DisputeEntry.id) > planned[0],
    )
    meanwhile = (await session.execute(happened.order_by(col(DisputeEntry.id).desc()).limit(1))).scalar_one_or_none()
    if meanwhile is not None:
        since = max(since, policy.today(meanwhile))
    return resumed_values(dispute, since, now=now, policy=policy)
