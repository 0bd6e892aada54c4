"""Changing an item's words before it is voted on, and merging one into another: nothing that was written is lost."""

from datetime import datetime

from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from domain.access import Actor
from domain.council_access import ItemSight, chairs_of, hold_item, led_item
from domain.refusals import Reason, RefusedError
from domain.rules.policy import Policy
from domain.usecases.item_changes import (
    IN_WORK,
    MERGED_FROM,
    item_to_change,
    move_item,
    must_name_nobody,
    must_stand_in,
)
from domain.usecases.item_guest_seats import end_guests, hand_over_guests
from domain.usecases.item_history import note_item, tell_of_item
from domain.usecases.item_proposing import ItemWords
from models.agenda import AgendaItem, ItemEvent, ItemState


async def item_to_reword(session: AsyncSession, actor: Actor, item_id: int) -> ItemSight:
    """An item whose words `actor` may change: its chair or its proposer, while it is not being voted on.

    Raises RefusedError: NOT_YOURS, CHAIR_ONLY, ITEM_OVER, ITEM_VOTING, STEP_PASSED.
    """
    sight = await item_to_change(session, actor, item_id, IN_WORK, leads=False)
    if not sight.leads and sight.item.proposer_id != actor.member_id:
        raise RefusedError(Reason.CHAIR_ONLY)
    return sight


async def reword_item(
    session: AsyncSession,
    *,
    actor: Actor,
    item_id: int,
    seen: int,
    words: ItemWords,
    now: datetime,
    policy: Policy,
) -> AgendaItem:
    """Say it in other words; the history keeps those before. Proposer and chair hear of it.

    Raises RefusedError: NOT_YOURS, CHAIR_ONLY, ITEM_OVER, ITEM_VOTING, STEP_PASSED, PRIVATE_WORD, SAME_WORDS,
    CHANGED_MEANWHILE (after revision `seen`).
    """
    sight = await item_to_reword(session, actor, item_id)
    item = sight.item
    if item.rev != seen:
        raise RefusedError(Reason.CHANGED_MEANWHILE)
    before = ItemWords(item.title, item.body, item.urgency)
    if words == before:
        raise RefusedError(Reason.SAME_WORDS)
    await must_name_nobody(session, sight.council.area_id, words.title, words.body)
    item.title, item.body, item.urgency = words.title, words.body, words.urgency
    item.rev += 1
    entry = await note_item(
        session, item, ItemEvent.REVISED, at=now, by_id=actor.member_id,
        detail={"urgency": before.urgency.value}, body=f"{before.title}\n{before.body}",
    )  # fmt: skip
    chairs = await chairs_of(session, sight.council, policy.today(now))
    await tell_of_item(session, item, entry, now=now, policy=policy, also=chairs)
    return item


async def mergeable_into(session: AsyncSession, *, actor: Actor, item_id: int) -> list[AgendaItem]:
    """The other items of the council that an item may be merged into, the newest first.

    Raises RefusedError: NOT_YOURS, CHAIR_ONLY.
    """
    sight = await led_item(session, actor, item_id)
    query = (
        select(AgendaItem)
        .where(col(AgendaItem.council_id) == sight.council.id, col(AgendaItem.id) != item_id)
        .where(col(AgendaItem.state).in_(MERGED_FROM))
        .order_by(col(AgendaItem.id).desc())
    )
    return list((await session.execute(query)).scalars())


async def merge_item(
    session: AsyncSession, *, actor: Actor, item_id: int, into_id: int, now: datetime, policy: Policy
) -> AgendaItem:
    """The chair merges an item into another one like it, which it gives back. Words, opinions and history of the first
    one stay, and are opened from the other; its proposer hears of what becomes of it, its X are X of the other.

    Raises RefusedError: NOT_YOURS, CHAIR_ONLY, ITEM_OVER, ITEM_VOTING, STEP_PASSED.
    """
    item = (await led_item(session, actor, item_id)).item
    into = (await led_item(session, actor, into_id)).item
    if item.id == into.id or item.council_id != into.council_id:
        raise RefusedError(Reason.STEP_PASSED)
    for one in sorted((item, into), key=lambda one: one.id):  # always in this order, so that no two wait for each other
        await hold_item(session, one)
        must_stand_in(one, MERGED_FROM)
    by = actor.member_id
    took = await note_item(session, into, ItemEvent.TOOK_IN, at=now, by_id=by, detail={"code": item.code})
    await tell_of_item(session, into, took, now=now, policy=policy)
    entry = await note_item(session, item, ItemEvent.MERGED, at=now, by_id=by, detail={"code": into.code})
    await tell_of_item(session, item, entry, now=now, policy=policy)
    # What had been merged into the first one belongs to the other now: one step is enough from any of them.
    await session.execute(
        update(AgendaItem)
        .where(col(AgendaItem.merged_into_id) == item.id)
        .values(merged_into_id=into.id)
        .execution_options(synchronize_session=False)
    )
    await hand_over_guests(session, item, into, now=now, policy=policy)
    item.merged_into_id = into.id
    await move_item(session, item, ItemState.MERGED, now=now)
    await end_guests(session, item, now=now, policy=policy)
    return into
