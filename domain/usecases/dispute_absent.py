"""Cases whose owner has left, is away, frozen, out of reach, or stands back: found, then proven when held (spec 4).

The search is one query over the open cases; the proof knows everything.
"""

from collections.abc import Collection, Mapping
from datetime import date, datetime, time
from functools import cache
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Select,
    SQLColumnExpression,
    and_,
    bindparam,
    exists,
    false,
    func,
    or_,
    select,
    union,
)
from sqlmodel import col

from domain.rules.policy import Policy
from domain.usecases.availability import PassedOver
from domain.usecases.dispute_moving import rung_people
from domain.usecases.dispute_owning import heirs, replace_owner
from domain.usecases.dispute_rungs import RungPeople
from domain.usecases.dispute_steps import Due
from models.confidential import Recusal, Tie
from models.dispute import OPEN_STATES, Dispute, DisputeParty, DisputeState
from models.household import Resident
from models.looking import Reader
from models.member import Appointment, Leave, Member, Role, in_force

_TODAY: Any = bindparam("today")  # a day that a statement is given as it is executed
_ONLY_AWAY = (PassedOver.ON_LEAVE, PassedOver.BLOCKED)


async def owned_by_somebody_gone(reader: Reader, *, now: datetime, policy: Policy) -> list[int]:
    """The open cases whose owner perhaps cannot have them any more, the most urgent first."""
    query = _owned_by_somebody_gone(tuple((rung.key, rung.roles) for rung in policy.ladder.rungs))
    return list((await reader.execute(query, {"today": policy.today(now)})).scalars())


@cache
def _owned_by_somebody_gone(roles: tuple[tuple[str, tuple[Role, ...]], ...]) -> Select[int]:
    """The query of a ladder, built once: it is asked every minute."""
    out = select(col(Member.id)).where(
        or_(col(Member.frozen_at).is_not(None), col(Member.unreachable_since).is_not(None))
    )
    reasons = (
        col(Dispute.owner_id).in_(out),
        _away(_TODAY),
        *keeps_back(col(Dispute.owner_id)),
        ~holds_its_rung(col(Dispute.owner_id), dict(roles), _TODAY),
    )
    # One reason at a time: joined with "or", PostgreSQL tries them all for each case by itself.
    found = union(*(select(col(Dispute.id)).where(col(Dispute.state).in_(OPEN_STATES), why) for why in reasons))
    return (
        select(col(Dispute.id))
        .where(col(Dispute.id).in_(select(found.subquery().c.id)))
        .order_by(col(Dispute.next_step_at), col(Dispute.id))
    )


async def replace_if_gone(due: Due) -> bool:
    """Give the case to somebody else when its owner really cannot have it; whether anything was changed."""
    dispute = due.dispute
    people = await rung_people(due.session, dispute, now=due.now, policy=due.policy)
    why = _why_gone(dispute, people)
    if why is None or await _waits_for_her(due, people, why):
        return False
    return await replace_owner(due.session, dispute, why, actor=None, now=due.now, policy=due.policy)


def _why_gone(dispute: Dispute, people: RungPeople | None) -> PassedOver | None:
    owner = dispute.owner_id or 0
    if people is None:
        return PassedOver.EMPTY  # the county has removed the rung
    return None if owner in people.able else people.passed_over.get(owner, PassedOver.LEFT_POST)


async def _waits_for_her(due: Due, people: RungPeople | None, why: PassedOver) -> bool:
    """Whether the case stays with an owner who is only away.

    She accepted it during her leave, and knows. Or she is alone on her rung: then what she has accepted waits for her,
    unless its day comes before she is back. (Out of reach has no day: the clock beside the count runs on.)
    """
    dispute = due.dispute
    if why not in _ONLY_AWAY:
        return False
    back_on = await _away_until(due, since=dispute.accepted_at) if why is PassedOver.ON_LEAVE else None
    if why is PassedOver.ON_LEAVE and back_on is None:
        return True
    if dispute.state is DisputeState.REGISTERED or await heirs(due.session, dispute, people):
        return False
    return back_on is None or dispute.next_on is None or dispute.next_on > back_on


async def _away_until(due: Due, since: datetime | None) -> date | None:
    """The last day of the leave that began, or was noted, after `since`; None when she took the case during it."""
    query = select(Leave).where(
        col(Leave.member_id) == due.dispute.owner_id,
        col(Leave.cancelled_at).is_(None),
        col(Leave.starts_on) <= due.policy.today(due.now),
        col(Leave.ends_on) >= due.policy.today(due.now),
    )
    leaves = [
        leave.ends_on
        for leave in (await due.session.execute(query)).scalars()
        if since is None or max(leave.noted_at, due.policy.at(leave.starts_on, time.min)) > since
    ]
    return max(leaves, default=None)


def _away(today: date) -> ColumnElement[bool]:
    """That its owner is on leave, and did not accept it during that leave (or on its first day)."""
    return exists().where(
        col(Leave.member_id) == col(Dispute.owner_id),
        col(Leave.cancelled_at).is_(None),
        col(Leave.starts_on) <= today,
        col(Leave.ends_on) >= today,
        or_(
            col(Dispute.accepted_at).is_(None),
            col(Leave.noted_at) > col(Dispute.accepted_at),
            col(Leave.starts_on) >= func.date(col(Dispute.accepted_at)),
        ),
    )


def keeps_back(member: SQLColumnExpression[Any]) -> tuple[ColumnElement[bool], ...]:
    """The conditions that the dispute goes past `member`: she stands back, or is tied to its or a party's household."""
    recused = exists().where(col(Recusal.dispute_id) == col(Dispute.id), col(Recusal.member_id) == member)
    tied = exists().where(
        col(Tie.member_id) == member,
        col(Tie.ended_at).is_(None),
        col(Tie.household_id) == col(Dispute.household_id),
    )
    tied_to_a_party = exists().where(
        col(DisputeParty.dispute_id) == col(Dispute.id),
        col(Tie.household_id) == col(DisputeParty.household_id),
        col(Tie.member_id) == member,
        col(Tie.ended_at).is_(None),
    )
    # Where a party lives now, too: she may have moved since it was registered.
    tied_where_she_lives = exists().where(
        col(DisputeParty.dispute_id) == col(Dispute.id),
        col(Resident.id) == col(DisputeParty.resident_id),
        col(Tie.household_id) == col(Resident.household_id),
        col(Tie.member_id) == member,
        col(Tie.ended_at).is_(None),
    )
    return recused, tied, tied_to_a_party, tied_where_she_lives


def holds_its_rung(
    member: SQLColumnExpression[Any], roles: Mapping[str, Collection[Role]], today: Any
) -> ColumnElement[bool]:
    """That `member` holds a post of the rung where the dispute stands; on one that was removed nobody does.

    `roles` are those of each rung.
    """
    posts = [and_(col(Dispute.rung) == key, col(Appointment.role).in_(held)) for key, held in roles.items()]
    return exists().where(
        col(Appointment.member_id) == member,
        col(Appointment.area_id) == col(Dispute.rung_area_id),
        in_force(today),
        or_(false(), *posts),
    )
