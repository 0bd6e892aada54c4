"""The leads on somebody's list: what rings for her, what she holds, what waits for her, what she reported (spec 3)."""

from datetime import date
from enum import StrEnum
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, case, func, literal, select, union_all
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from domain.access import ANSWERS_ALERTS, CLOSES_LEADS, Actor, visible_areas
from domain.kept_away import goes_past
from domain.rules.handling import REVISITED
from models.alert import Alert, AlertBell, AlertState
from models.area import Area
from models.lead import Colour, Lead, LeadStage


class LeadStanding(StrEnum):
    """Why a lead is on the list, the most urgent first."""

    RINGS = "rings"  # it rings for her and nobody has it
    SECOND = "second"  # it waits for her as the second person
    REVISIT = "revisit"  # she has it, and a revisit is due
    MINE = "mine"  # she has it
    OTHERS = "others"  # it rang for her too; somebody else has it
    REPORTED = "reported"  # she reported it
    CLOSED = "closed"  # it is closed; she had it, or reported it


_ORDER = list(LeadStanding)
_COLOURS = list(Colour)


async def leads_of(
    session: AsyncSession, *, actor: Actor, today: date, query: str = "", offset: int = 0, limit: int = 8
) -> tuple[list[tuple[Lead, LeadStanding]], int]:
    """One page of her list, the most urgent first, and how many there are. `query` is a part of a code."""
    ranked = _ranked(actor, today)
    found = (
        select(ranked.c.lead_id, func.min(ranked.c.rank).label("rank"))
        .join(Lead, col(Lead.id) == ranked.c.lead_id)
        .where(~goes_past(actor.member_id, Lead))
        .group_by(ranked.c.lead_id)
    )
    if query:
        found = found.where(_has_code(query))
    best = found.subquery()
    total = (await session.execute(select(func.count()).select_from(best))).scalar_one()
    colour = case({colour.value: place for place, colour in enumerate(_COLOURS)}, value=col(Lead.colour))
    page = (
        select(Lead, best.c.rank)
        .join(best, best.c.lead_id == col(Lead.id))
        .order_by(best.c.rank, colour, col(Lead.id).desc())
        .offset(offset)
        .limit(limit)
    )
    rows = (await session.execute(page)).all()
    return [(lead, _ORDER[rank]) for lead, rank in rows], total


async def closed_with_code(session: AsyncSession, *, actor: Actor, code: str) -> Lead | None:
    """The closed lead with this whole code that she may open again, though it is not on her list."""
    query = (
        select(Lead)
        .join(Area, col(Area.id) == col(Lead.area_id))
        .where(
            col(Lead.code) == code.strip().upper(),
            col(Lead.stage) == LeadStage.CLOSED,
            visible_areas(actor, CLOSES_LEADS),
            ~goes_past(actor.member_id, Lead),
        )
    )
    return (await session.execute(query)).scalar_one_or_none()


def _ranked(actor: Actor, today: date) -> Any:
    """Every lead of hers with every reason for it, as (lead_id, rank)."""
    me, is_open = actor.member_id, col(Lead.stage) != LeadStage.CLOSED
    answers = visible_areas(actor, ANSWERS_ALERTS)
    mine = and_(answers, col(Lead.handler_id) == me)
    reported = and_(col(Lead.reporter_id) == me, col(Lead.conflict).is_(False))
    waits = and_(
        visible_areas(actor, CLOSES_LEADS), col(Lead.stage) == LeadStage.CLOSING, col(Lead.closing_by_id) != me
    )
    revisit = and_(mine, col(Lead.revisit_on) <= today, col(Lead.stage).in_(REVISITED))
    closed_by_me = and_(answers, col(Lead.closed_by_id) == me)
    rung = and_(answers, is_open, col(AlertBell.member_id) == me)
    return union_all(
        _rung(LeadStanding.RINGS, and_(rung, col(Alert.state) == AlertState.RINGING)),
        _rung(LeadStanding.OTHERS, and_(rung, col(Alert.state) == AlertState.HELD, col(Alert.holder_id) != me)),
        _rung(LeadStanding.MINE, and_(rung, col(Alert.state) == AlertState.HELD, col(Alert.holder_id) == me)),
        _leads(LeadStanding.SECOND, waits),
        _leads(LeadStanding.REVISIT, revisit),
        _leads(LeadStanding.MINE, and_(mine, is_open)),
        _leads(LeadStanding.REPORTED, and_(reported, is_open)),
        _leads(LeadStanding.CLOSED, and_(~is_open, mine | reported | closed_by_me)),
    ).subquery()


def _leads(standing: LeadStanding, condition: ColumnElement[bool]) -> Select[Any]:
    rank = literal(_ORDER.index(standing)).label("rank")
    ranked: Any = select(col(Lead.id).label("lead_id"), rank)
    hers: Select[Any] = ranked.join(Area, col(Area.id) == col(Lead.area_id)).where(condition)
    return hers


def _rung(standing: LeadStanding, condition: ColumnElement[bool]) -> Select[Any]:
    alerts = _leads(standing, condition).join(Alert, col(Alert.lead_id) == col(Lead.id))
    return alerts.join(AlertBell, col(AlertBell.alert_id) == col(Alert.id))


def _has_code(query: str) -> ColumnElement[bool]:
    return col(Lead.code).contains(query.strip().upper(), autoescape=True)
