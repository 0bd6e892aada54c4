"""Whom the registering of a dispute has called, for its receipt."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from domain.access import Actor
from domain.rules.policy import Policy
from domain.usecases.chain_building import holders_of
from domain.usecases.dispute_moving import rung_below
from models.dispute import Dispute, DisputeEntry, DisputeEntryKind
from models.member import Role


@dataclass(frozen=True, slots=True)
class FirstRung:
    """The rung on which a case arrived first, by its key: as what those were called, and whether she is of them."""

    key: str
    called: tuple[Role, ...]
    mine: bool


async def first_rung(
    session: AsyncSession, dispute: Dispute, *, actor: Actor, now: datetime, policy: Policy
) -> FirstRung:
    """The rung that its registering has called. A receipt that is shown again says the same."""
    query = (
        select(col(DisputeEntry.detail))
        .where(col(DisputeEntry.dispute_id) == dispute.id, col(DisputeEntry.kind) == DisputeEntryKind.ARRIVED)
        .order_by(col(DisputeEntry.id))
        .limit(1)
    )
    key = str((await session.execute(query)).scalar_one()["rung"])
    if all(rung.key != key for rung in policy.ladder.rungs):
        return FirstRung(key, (), mine=False)
    people = await rung_below(session, dispute, key, now=now, policy=policy)
    if people is None:
        return FirstRung(key, (), mine=False)
    may = people.able or people.all_who_may
    holding = await holders_of(session, {(role, people.area_id) for role in people.rung.roles}, policy.today(now))
    called = [
        role
        for role in people.rung.roles
        if any(member in may and member != actor.member_id for member in holding[role, people.area_id])
    ]
    return FirstRung(key, tuple(called), mine=actor.member_id in may)
