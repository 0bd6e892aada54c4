"""The disputes on somebody's lists: those of her rung by urgency, and apart from them what she follows, what she has
registered, and what is over (spec 4).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Any

from sqlalchemy import ColumnElement, Select, Subquery, and_, case, func, literal, select, union_all
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from domain.access import Actor, visible_areas
from domain.dispute_access import CLOSES_DISPUTES, MAY_BE_INVITED, REGISTERS_DISPUTES, heads_of, on_rungs_of
from domain.rules.ladder_file import MAY_MEDIATE, Ladder
from domain.usecases.dispute_search import not_past
from models.area import Area
from models.confidential import DisputeFollower
from models.dispute import OPEN_STATES, Dispute, DisputeState
from models.lead import Colour
from models.mediation import Mediation, MediationGuest, MediationStage
from models.member import Member


class CaseList(StrEnum):
    """The lists of disputes."""

    MINE = "mine"  # those on her rung, and what waits for her
    FOLLOWED = "followed"  # they have left her rung
    REGISTERED = "registered"  # she registered them, and they stand on another rung
    OVER = "over"  # closed, ended or frozen


class CaseStanding(StrEnum):
    """Why a dispute is on a list, the most urgent first."""

    OVERDUE = "overdue"  # its day has passed
    ACCEPT = "accept"  # it waits to be accepted
    SECOND = "second"  # it waits for her as the second person
    TODAY = "today"  # its day is today
    INVITED = "invited"  # to a mediation
    MINE = "mine"  # she has it
    RUNG = "rung"  # a colleague of her rung has it
    FOLLOWED = "followed"
    REGISTERED = "registered"
    OVER = "over"
    HEADED = "headed"  # of a rung whose head she is: on its board, and found by its code


_ORDER = list(CaseStanding)
_COLOURS = list(Colour)
_ON_LIST: dict[CaseList, tuple[CaseStanding, ...]] = {
    CaseList.MINE: tuple(_ORDER[: _ORDER.index(CaseStanding.FOLLOWED)]),
    CaseList.FOLLOWED: (CaseStanding.FOLLOWED,),
    CaseList.REGISTERED: (CaseStanding.REGISTERED,),
    CaseList.OVER: (CaseStanding.OVER,),
}


@dataclass(frozen=True, slots=True)
class ListedCase:
    """A dispute on a list: why it is there, and who has it."""

    dispute: Dispute
    standing: CaseStanding
    owner: str


async def cases_of(
    session: AsyncSession,
    *,
    actor: Actor,
    which: CaseList,
    today: date,
    ladder: Ladder,
    offset: int = 0,
    limit: int = 8,
) -> list[ListedCase]:
    """One page of a list, the most urgent first; `how_many` says how many there are on it."""
    reasons = _over(actor, ladder) if which is CaseList.OVER else _open(actor, today, ladder)
    best = _best(actor, reasons)
    ranks = [_ORDER.index(reason) for reason in _ON_LIST[which]]
    return await _page(session, best, best.c.rank.in_(ranks), offset, limit)


async def how_many(session: AsyncSession, *, actor: Actor, today: date, ladder: Ladder) -> dict[CaseList, int]:
    """How many disputes there are on each of her lists."""
    best = _best(actor, [*_open(actor, today, ladder), *_over(actor, ladder)])
    query = select(best.c.rank, func.count()).group_by(best.c.rank)
    found = {row[0]: row[1] for row in (await session.execute(query)).all()}
    return {which: sum(found.get(_ORDER.index(reason), 0) for reason in reasons) for which, reasons in _ON_LIST.items()}


async def cases_with_code(
    session: AsyncSession, *, actor: Actor, query: str, today: date, ladder: Ladder, offset: int = 0, limit: int = 8
) -> tuple[list[ListedCase], int]:
    """One page of all disputes that are hers in some way, or of a rung that she heads, and how many there are; `query`
    is a part of a code.
    """
    headed = _for(CaseStanding.HEADED, heads_of(actor, ladder), of_area=True)
    best = _best(actor, [*_open(actor, today, ladder), *_over(actor, ladder), headed])
    # autoescape: "%" and "_" are letters like others here.
    coded = select(col(Dispute.id)).where(col(Dispute.code).contains(query.strip().upper(), autoescape=True))
    has_code = best.c.dispute_id.in_(coded)
    total = (await session.execute(select(func.count()).select_from(best).where(has_code))).scalar_one()
    return await _page(session, best, has_code, offset, limit), total


async def _page(
    session: AsyncSession, best: Subquery, condition: ColumnElement[bool], offset: int, limit: int
) -> list[ListedCase]:
    # What is sorted is only the numbers: a dispute's row is long, and few of the list are shown.
    shown = (
        select(best.c.dispute_id, best.c.rank)
        .join(Dispute, col(Dispute.id) == best.c.dispute_id)
        .where(condition)
        .order_by(best.c.rank, *by_urgency())
        .offset(offset)
        .limit(limit)
        .subquery()
    )
    page = (
        select(Dispute, shown.c.rank, col(Member.name))
        .join(shown, shown.c.dispute_id == col(Dispute.id))
        .outerjoin(Member, col(Member.id) == col(Dispute.owner_id))
        .order_by(shown.c.rank, *by_urgency())
    )
    return [ListedCase(row[0], _ORDER[row[1]], row[2] or "") for row in (await session.execute(page)).all()]


def by_urgency() -> tuple[Any, ...]:
    """The order of disputes that are on a list for the same reason: colour, next date, the newest first."""
    colour = case({colour.value: place for place, colour in enumerate(_COLOURS)}, value=col(Dispute.colour))
    return colour, col(Dispute.next_on).is_(None), col(Dispute.next_on), col(Dispute.id).desc()


def _best(actor: Actor, reasons: Sequence[Select[Any]]) -> Subquery:
    """Every dispute of hers with the most urgent of these reasons for it."""
    ranked = union_all(*reasons).subquery()
    query = (
        select(ranked.c.dispute_id, func.min(ranked.c.rank).label("rank"))
        .join(Dispute, col(Dispute.id) == ranked.c.dispute_id)
        .where(not_past(actor.member_id))
        .group_by(ranked.c.dispute_id)
    )
    return query.subquery()


# Each reason is a query of its own, and each has an index to begin with; an OR of them would read all disputes.


def _open(actor: Actor, today: date, ladder: Ladder) -> list[Select[Any]]:
    """Every open dispute of hers with every reason for it, as (dispute_id, rank)."""
    is_open = col(Dispute.state).in_(OPEN_STATES)
    second = and_(
        col(Dispute.state) == DisputeState.CLOSING,
        col(Dispute.closing_by_id) != actor.member_id,
        col(Dispute.area_id).in_(select(col(Area.id)).where(visible_areas(actor, CLOSES_DISPUTES))),
    )
    return [
        _for(_on_her_rung(actor, today), and_(on_rungs_of(actor, ladder), is_open)),
        _for(CaseStanding.SECOND, second),
        _for(CaseStanding.INVITED, _invited(actor)),
        _for(CaseStanding.FOLLOWED, and_(_followed(actor), is_open), of_area=True),
        _for(CaseStanding.REGISTERED, and_(_registered(actor), is_open), of_area=True),
    ]


def _over(actor: Actor, ladder: Ladder) -> list[Select[Any]]:
    """Every dispute of hers that is over, as (dispute_id, rank), once for each way in which it is hers."""
    is_over = col(Dispute.state).in_([state for state in DisputeState if state not in OPEN_STATES])
    return [
        _for(CaseStanding.OVER, and_(on_rungs_of(actor, ladder), is_over)),
        _for(CaseStanding.OVER, and_(_followed(actor), is_over), of_area=True),
        _for(CaseStanding.OVER, and_(_registered(actor), is_over), of_area=True),
    ]


def _on_her_rung(actor: Actor, today: date) -> ColumnElement[int]:
    """The rank of an open dispute that stands on her rung."""
    reasons = (
        (CaseStanding.OVERDUE, col(Dispute.next_on) < today),
        (CaseStanding.ACCEPT, col(Dispute.state) == DisputeState.REGISTERED),
        (CaseStanding.TODAY, col(Dispute.next_on) == today),
        (CaseStanding.MINE, col(Dispute.owner_id) == actor.member_id),
    )
    ranks = [(condition, literal(_ORDER.index(standing))) for standing, condition in reasons]
    return case(*ranks, else_=literal(_ORDER.index(CaseStanding.RUNG)))


def _followed(actor: Actor) -> ColumnElement[bool]:
    hers = select(col(DisputeFollower.dispute_id)).where(col(DisputeFollower.member_id) == actor.member_id)
    return and_(col(Dispute.id).in_(hers), visible_areas(actor, MAY_MEDIATE))


def _registered(actor: Actor) -> ColumnElement[bool]:
    return and_(
        col(Dispute.registered_by_id) == actor.member_id,
        col(Dispute.conflict).is_(False),
        visible_areas(actor, REGISTERS_DISPUTES),
    )


def _for(
    standing: CaseStanding | ColumnElement[int], condition: ColumnElement[bool], *, of_area: bool = False
) -> Select[Any]:
    """The disputes of a condition, with the rank of `standing`; `of_area`: the condition speaks of the `Area` too."""
    rank = literal(_ORDER.index(standing)) if isinstance(standing, CaseStanding) else standing
    found: Any = select(col(Dispute.id).label("dispute_id"), rank.label("rank"))
    if of_area:
        found = found.join(Area, col(Area.id) == col(Dispute.area_id))
    hers: Select[Any] = found.where(condition)
    return hers


def _invited(actor: Actor) -> ColumnElement[bool]:
    planned = (
        select(col(Mediation.dispute_id))
        .join(MediationGuest, col(MediationGuest.mediation_id) == col(Mediation.id))
        .where(
            col(Mediation.stage) == MediationStage.PLANNED,
            col(MediationGuest.member_id) == actor.member_id,
        )
    )
    return and_(col(Dispute.id).in_(planned), literal(actor.has_role(MAY_BE_INVITED)))
