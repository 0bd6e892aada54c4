"""The board of a rung for its head: what waits, what is planned, what is overdue, what came of the rest (spec 4)."""

from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum

from sqlalchemy import ColumnElement, and_, case, func, literal, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from domain.access import Actor
from domain.dispute_access import heads_of
from domain.refusals import Reason, RefusedError
from domain.rules.ladder_file import Ladder
from domain.usecases.dispute_lists import CaseStanding, ListedCase, by_urgency
from domain.usecases.dispute_search import not_past
from models.area import Area
from models.dispute import OPEN_STATES, Dispute, DisputeOutcome, DisputeState
from models.mediation import Mediation, MediationStage
from models.member import Member


class BoardColumn(StrEnum):
    """Where a dispute stands on the board. What is overdue stands in its own column and in this one."""

    WAITING = "waiting"  # for somebody to accept it
    PLANNED = "planned"  # a mediation has its day
    UNDERWAY = "underway"  # accepted; nothing is planned
    OVERDUE = "overdue"  # its day has passed
    FOLLOWED = "followed"  # agreed on; followed up or about to be closed
    RESOLVED = "resolved"  # closed: settled, or a counselling's sessions are over
    ENDED = "ended"  # without an agreement
    FROZEN = "frozen"


# What is over is counted from the beginning of the year.
OVER = frozenset({BoardColumn.RESOLVED, BoardColumn.ENDED, BoardColumn.FROZEN})


@dataclass(frozen=True, slots=True)
class RungBoard:
    """How many disputes stand in each column of a rung."""

    rung: str
    counts: dict[BoardColumn, int] = field(default_factory=dict)


def heads_any(actor: Actor, ladder: Ladder) -> bool:
    """Whether she is the head of some rung."""
    return actor.has_role({rung.head.role for rung in ladder.rungs})


async def boards_of(
    session: AsyncSession, *, actor: Actor, since: datetime, today: date, ladder: Ladder
) -> list[RungBoard]:
    """The boards of the rungs whose head she is, in the ladder's order; what is over, since `since`.

    Raises RefusedError(NOT_YOURS) for whoever is the head of none.
    """
    keys = [rung.key for rung in ladder.rungs if actor.has_role({rung.head.role})]
    if not keys:
        raise RefusedError(Reason.NOT_YOURS)
    column = _column()
    overdue = func.sum(case((_overdue(today), 1), else_=0))
    query = (
        select(col(Dispute.rung), column, func.count(), overdue)
        .join(Area, col(Area.id) == col(Dispute.area_id))
        .where(heads_of(actor, ladder), not_past(actor.member_id), _recent(since))
        .group_by(col(Dispute.rung), column)
    )
    boards = {key: RungBoard(key) for key in keys}
    for rung, name, count, late in (await session.execute(query)).all():
        counts = boards[rung].counts
        counts[BoardColumn(name)] = count
        counts[BoardColumn.OVERDUE] = counts.get(BoardColumn.OVERDUE, 0) + (late or 0)
    return list(boards.values())


async def column_of_board(
    session: AsyncSession,
    *,
    actor: Actor,
    rung: str,
    column: BoardColumn,
    since: datetime,
    today: date,
    ladder: Ladder,
    offset: int = 0,
    limit: int = 8,
) -> tuple[list[ListedCase], int]:
    """One page of a column of a rung's board, the most urgent first, and how many there are in it."""
    stands = _overdue(today) if column is BoardColumn.OVERDUE else _column() == column.value
    found = (
        select(Dispute, col(Member.name))
        .join(Area, col(Area.id) == col(Dispute.area_id))
        .outerjoin(Member, col(Member.id) == col(Dispute.owner_id))
        .where(heads_of(actor, ladder, [rung]), not_past(actor.member_id), _recent(since), stands)
    )
    total = (await session.execute(select(func.count()).select_from(found.subquery()))).scalar_one()
    rows = (await session.execute(found.order_by(*by_urgency()).offset(offset).limit(limit))).all()
    return [ListedCase(row[0], _standing(row[0], today), row[1] or "") for row in rows], total


def _standing(dispute: Dispute, today: date) -> CaseStanding:
    if dispute.next_on is None:
        return CaseStanding.OVER
    return CaseStanding.OVERDUE if dispute.next_on < today else CaseStanding.HEADED


def _overdue(today: date) -> ColumnElement[bool]:
    return and_(col(Dispute.state).in_(OPEN_STATES), col(Dispute.next_on) < today)


def _recent(since: datetime) -> ColumnElement[bool]:
    return col(Dispute.state).in_(OPEN_STATES) | (col(Dispute.closed_at) >= since)


def _column() -> ColumnElement[str]:
    planned = (
        select(col(Mediation.id))
        .where(col(Mediation.dispute_id) == col(Dispute.id), col(Mediation.stage) == MediationStage.PLANNED)
        .correlate(Dispute)
        .exists()
    )
    state, settled = col(Dispute.state), (DisputeOutcome.SETTLED, DisputeOutcome.COUNSELLED)
    closed = state == DisputeState.CLOSED
    return case(
        (state == DisputeState.REGISTERED, literal(BoardColumn.WAITING.value)),
        (and_(state == DisputeState.MEDIATING, planned), literal(BoardColumn.PLANNED.value)),
        (state == DisputeState.MEDIATING, literal(BoardColumn.UNDERWAY.value)),
        (state.in_((DisputeState.AGREED, DisputeState.CLOSING)), literal(BoardColumn.FOLLOWED.value)),
        (and_(closed, col(Dispute.outcome).in_(settled)), literal(BoardColumn.RESOLVED.value)),
        (state == DisputeState.FROZEN, literal(BoardColumn.FROZEN.value)),
        else_=literal(BoardColumn.ENDED.value),
    )
