"""The disputes on somebody's lists: those of her rung by urgency, and apart from them what she follows, what she has
registered, and what is over (spec 4).
"""

from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Any

from sqlalchemy import ColumnElement, Select, Subquery, and_, case, func, literal, or_, select, union_all
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from domain.access import Actor, visible_areas
from domain.dispute_access import CLOSES_DISPUTES, MAY_BE_INVITED, REGISTERS_DISPUTES, heads_of, on_rungs_of
from domain.rules.ladder_file import MAY_MEDIATE, Ladder
from domain.usecases.dispute_search import not_past
from models.area import Area
from models.dispute import OPEN_STATES, Dispute, DisputeFollower, DisputeState
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
) -> tuple[list[ListedCase], int]:
    """One page of a list, the most urgent first, and how many there are on it."""
    best = _best(actor, today, ladder)
    ranks = [_ORDER.index(reason) for reason in _ON_LIST[which]]
    return await _page(session, best, best.c.rank.in_(ranks), offset, limit)


async def how_many(session: AsyncSession, *, actor: Actor, today: date, ladder: Ladder) -> dict[CaseList, int]:
    """How many disputes there are on each of her lists."""
    best = _best(actor, today, ladder)
    query = select(best.c.rank, func.count()).group_by(best.c.rank)
    found = {row[0]: row[1] for row in (await session.execute(query)).all()}
    return {which: sum(found.get(_ORDER.index(reason), 0) for reason in reasons) for which, reasons in _ON_LIST.items()}


async def cases_with_code(
    session: AsyncSession, *, actor: Actor, query: str, today: date, ladder: Ladder, offset: int = 0, limit: int = 8
) -> tuple[list[ListedCase], int]:
    """One page of all disputes that are hers in some way, or of a rung that she heads; `query` is a part of a code."""
    best = _best(actor, today, ladder)
    # autoescape: "%" and "_" are letters like others here.
    has_code = col(Dispute.code).contains(query.strip().upper(), autoescape=True)
    return await _page(session, best, has_code, offset, limit)


async def _page(
    session: AsyncSession, best: Subquery, condition: ColumnElement[bool], offset: int, limit: int
) -> tuple[list[ListedCase], int]:
    found = (
        select(Dispute, best.c.rank, col(Member.name))
        .join(best, best.c.dispute_id == col(Dispute.id))
        .outerjoin(Member, col(Member.id) == col(Dispute.owner_id))
        .where(condition)
    )
    total = (await session.execute(select(func.count()).select_from(found.subquery()))).scalar_one()
    page = found.order_by(best.c.rank, *by_urgency()).offset(offset).limit(limit)
    rows = (await session.execute(page)).all()
    return [ListedCase(row[0], _ORDER[row[1]], row[2] or "") for row in rows], total


def by_urgency() -> tuple[Any, ...]:
    """The order of disputes that are on a list for the same reason: colour, next date, the newest first."""
    colour = case({colour.value: place for place, colour in enumerate(_COLOURS)}, value=col(Dispute.colour))
    return colour, col(Dispute.next_on).is_(None), col(Dispute.next_on), col(Dispute.id).desc()


def _best(actor: Actor, today: date, ladder: Ladder) -> Subquery:
    """Every dispute of hers with the most urgent reason for it."""
    ranked = _ranked(actor, today, ladder)
    query = (
        select(ranked.c.dispute_id, func.min(ranked.c.rank).label("rank"))
        .join(Dispute, col(Dispute.id) == ranked.c.dispute_id)
        .where(not_past(actor.member_id))
        .group_by(ranked.c.dispute_id)
    )
    return query.subquery()


def _ranked(actor: Actor, today: date, ladder: Ladder) -> Subquery:
    """Every dispute of hers with every reason for it, as (dispute_id, rank)."""
    me, is_open = actor.member_id, col(Dispute.state).in_(OPEN_STATES)
    on_rung = on_rungs_of(actor, ladder)
    followed = and_(
        col(Dispute.id).in_(select(col(DisputeFollower.dispute_id)).where(col(DisputeFollower.member_id) == me)),
        visible_areas(actor, MAY_MEDIATE),
    )
    registered = and_(
        col(Dispute.registered_by_id) == me,
        col(Dispute.conflict).is_(False),
        visible_areas(actor, REGISTERS_DISPUTES),
    )
    second = and_(
        col(Dispute.state) == DisputeState.CLOSING,
        col(Dispute.closing_by_id) != me,
        visible_areas(actor, CLOSES_DISPUTES),
    )
    waits = col(Dispute.state) == DisputeState.REGISTERED
    hers = col(Dispute.owner_id) == me
    return union_all(
        _for(CaseStanding.OVERDUE, and_(on_rung, is_open, col(Dispute.next_on) < today)),
        _for(CaseStanding.ACCEPT, and_(on_rung, waits)),
        _for(CaseStanding.SECOND, second),
        _for(CaseStanding.TODAY, and_(on_rung, is_open, col(Dispute.next_on) == today)),
        _for(CaseStanding.INVITED, _invited(actor)),
        _for(CaseStanding.MINE, and_(on_rung, is_open, hers)),
        _for(CaseStanding.RUNG, and_(on_rung, is_open)),
        _for(CaseStanding.FOLLOWED, and_(followed, is_open)),
        _for(CaseStanding.REGISTERED, and_(registered, is_open)),
        _for(CaseStanding.HEADED, heads_of(actor, ladder)),
        _for(CaseStanding.OVER, and_(~is_open, or_(on_rung, followed, registered))),
    ).subquery()


def _for(standing: CaseStanding, condition: ColumnElement[bool]) -> Select[Any]:
    rank = literal(_ORDER.index(standing)).label("rank")
    found: Any = select(col(Dispute.id).label("dispute_id"), rank)
    hers: Select[Any] = found.join(Area, col(Area.id) == col(Dispute.area_id)).where(condition)
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
