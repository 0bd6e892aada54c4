"""Moving an agenda item from one state to the next: one change at a time (spec 5)."""

from collections.abc import Collection
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from domain.access import Actor
from domain.council_access import ItemSight, hold_item, item_for, led_item
from domain.refusals import Reason, RefusedError
from domain.usecases.register_words import word_of_register
from models.agenda import AgendaItem, ItemState
from models.area import Area

WAITS = frozenset({ItemState.PROPOSED, ItemState.ASKED})  # for the chair's word, or the proposer's
ON_AGENDA = frozenset({ItemState.ACCEPTED, ItemState.DISCUSSING})
UNDECIDED = frozenset({ItemState.REJECTED, ItemState.NO_QUORUM})  # it may come back
MERGED_FROM = WAITS | ON_AGENDA
IN_WORK = WAITS | ON_AGENDA | UNDECIDED  # its words may be changed
TALKED_OF = ON_AGENDA | UNDECIDED | {ItemState.VOTING}  # opinions are given, X are invited
INVITED_TO = WAITS | TALKED_OF
ITEM_IS_OVER = frozenset({ItemState.DECLINED, ItemState.MERGED, ItemState.WITHDRAWN, ItemState.DROPPED})


async def item_to_change(
    session: AsyncSession, actor: Actor, item_id: int, states: Collection[ItemState], *, leads: bool = True
) -> ItemSight:
    """The item, held, when it stands in one of `states` and is hers to see; with `leads` as the council's chair.

    Raises RefusedError: NOT_YOURS, CHAIR_ONLY, ITEM_OVER, ITEM_VOTING, STEP_PASSED.
    """
    sight = await (led_item if leads else item_for)(session, actor, item_id)
    await hold_item(session, sight.item)
    must_stand_in(sight.item, states)
    return sight


def must_stand_in(item: AgendaItem, states: Collection[ItemState]) -> None:
    """Say why a step does not fit how far the item is. Raises RefusedError: ITEM_OVER, ITEM_VOTING, STEP_PASSED."""
    if item.state in states:
        return
    if item.state in ITEM_IS_OVER:
        raise RefusedError(Reason.ITEM_OVER)
    raise RefusedError(Reason.ITEM_VOTING if item.state is ItemState.VOTING else Reason.STEP_PASSED)


async def move_item(session: AsyncSession, item: AgendaItem, state: ItemState, *, now: datetime) -> None:
    """Bring a held item into `state`."""
    item.state, item.changed_at = state, now
    item.rev += 1
    await session.flush()


async def must_name_nobody(session: AsyncSession, area_id: int, *texts: str) -> None:
    """Words that may reach the group are looked through once more when they are saved: the register may have changed
    since. Raises RefusedError(PRIVATE_WORD).
    """
    area = await session.get_one(Area, area_id)
    for text in texts:
        if await word_of_register(session, area.path, text) is not None:
            raise RefusedError(Reason.PRIVATE_WORD)
