"""The agenda of a council by how far things are; what somebody has proposed or is invited to (spec 5)."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from sqlalchemy import ColumnElement, func, or_, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from domain.access import Actor
from domain.council_access import CouncilSight, council_for, councils_of
from domain.usecases.item_changes import ITEM_IS_OVER, ON_AGENDA, UNDECIDED, WAITS
from models.agenda import AgendaItem, ItemGuest, ItemState


class ItemList(StrEnum):
    """The lists of a council's items."""

    WAITS = "waits"  # for the chair's word, or the proposer's
    AGENDA = "agenda"
    VOTING = "voting"
    PASSED = "passed"
    UNDECIDED = "undecided"
    OVER = "over"


STATES: Mapping[ItemList, frozenset[ItemState]] = {
    ItemList.WAITS: WAITS,
    ItemList.AGENDA: ON_AGENDA,
    ItemList.VOTING: frozenset({ItemState.VOTING}),
    ItemList.PASSED: frozenset({ItemState.PASSED}),
    ItemList.UNDECIDED: UNDECIDED,
    ItemList.OVER: ITEM_IS_OVER,
}


@dataclass(frozen=True, slots=True)
class ItemPage:
    """A page of one of a council's lists, and how many there are on each."""

    sight: CouncilSight
    items: list[AgendaItem]
    counts: Mapping[ItemList, int]


async def items_of_council(
    session: AsyncSession, *, actor: Actor, council_id: int, which: ItemList, offset: int, limit: int
) -> ItemPage:
    """One page of a council's agenda, what moved last first. Raises RefusedError(NOT_YOURS)."""
    sight = await council_for(session, actor, council_id)
    here = col(AgendaItem.council_id) == council_id
    query = select(AgendaItem).where(here, col(AgendaItem.state).in_(STATES[which]))
    query = query.order_by(col(AgendaItem.changed_at).desc(), col(AgendaItem.id).desc()).offset(offset).limit(limit)
    counted = await session.execute(
        select(col(AgendaItem.state), func.count()).where(here).group_by(col(AgendaItem.state))
    )
    by_state = dict(counted.tuples().all())
    counts = {name: sum(by_state.get(state, 0) for state in states) for name, states in STATES.items()}
    return ItemPage(sight, list((await session.execute(query)).scalars()), counts)


async def own_items(session: AsyncSession, *, actor: Actor, offset: int, limit: int) -> tuple[list[AgendaItem], int]:
    """What `actor` has proposed herself and is invited to as one of X, the newest first; and how many these are."""
    return await _page(session, _hers(actor), offset, limit)


async def items_with_code(
    session: AsyncSession, *, actor: Actor, query: str, offset: int, limit: int
) -> tuple[list[AgendaItem], int]:
    """The items with `query` in their code that `actor` may open; and how many these are."""
    councils = [sight.council.id for sight in await councils_of(session, actor)]
    opens = or_(_hers(actor), col(AgendaItem.council_id).in_(councils))
    return await _page(session, opens & col(AgendaItem.code).contains(query.upper(), autoescape=True), offset, limit)


async def items_of_merging(session: AsyncSession, item_id: int) -> list[AgendaItem]:
    """The items that were merged into this one; the caller has made sure that she may open it."""
    query = select(AgendaItem).where(col(AgendaItem.merged_into_id) == item_id).order_by(col(AgendaItem.id))
    return list((await session.execute(query)).scalars())


def _hers(actor: Actor) -> ColumnElement[bool]:
    invited = select(col(ItemGuest.item_id)).where(
        col(ItemGuest.member_id) == actor.member_id, col(ItemGuest.ended_at).is_(None)
    )
    return or_(col(AgendaItem.proposer_id) == actor.member_id, col(AgendaItem.id).in_(invited))


async def _page(
    session: AsyncSession, condition: ColumnElement[bool], offset: int, limit: int
) -> tuple[list[AgendaItem], int]:
    total = (await session.execute(select(func.count(col(AgendaItem.id))).where(condition))).scalar_one()
    query = select(AgendaItem).where(condition).order_by(col(AgendaItem.id).desc()).offset(offset).limit(limit)
    return list((await session.execute(query)).scalars()), total
