"""The history of an agenda item: entries are only ever added, and the proposers hear of each (spec 5)."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, or_, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from domain.council_notices import ItemNews
from domain.rules.policy import Policy
from domain.usecases.outbox import tell_each
from models.agenda import AgendaItem, ItemEntry, ItemEvent


async def note_item(
    session: AsyncSession,
    item: AgendaItem,
    kind: ItemEvent,
    *,
    at: datetime,
    by_id: int | None = None,
    detail: dict[str, Any] | None = None,
    body: str | None = None,
) -> ItemEntry:
    """Add an entry. `body` is what somebody wrote, `detail` known words and numbers; no `by_id`: the program did it."""
    entry = ItemEntry(item_id=item.id, kind=kind, at=at, by_id=by_id, detail=detail or {}, body=body)
    session.add(entry)
    await session.flush()
    return entry


async def tell_of_item(
    session: AsyncSession,
    item: AgendaItem,
    entry: ItemEntry,
    *,
    now: datetime,
    policy: Policy,
    also: Iterable[int] = (),
    lost: Iterable[int] = (),
) -> None:
    """Tell the item's proposers, and the members `also`, of what `entry` says; never the one who did it herself.
    `lost` are those of X whose invitation ends with it.

    Who proposed an item that was merged into this one hears of it under her own item's code: that is the one she
    knows, and its card leads on.
    """
    news = {member: ItemNews(item.code, item.id, entry.kind, lost=True) for member in lost}
    news |= {member: ItemNews(item.code, item.id, entry.kind) for member in also}
    proposed = select(AgendaItem).where(_one_with(item.id)).order_by(col(AgendaItem.id))
    for own in (await session.execute(proposed)).scalars().all():
        if own.proposer_id not in news or news[own.proposer_id].lost or own.id == item.id:
            news[own.proposer_id] = ItemNews(own.code, own.id, entry.kind)
    if entry.by_id is not None:
        news.pop(entry.by_id, None)
    await tell_each(session, news, f"item:{entry.id}", now=now, policy=policy)


async def history_of_item(session: AsyncSession, item_id: int) -> list[ItemEntry]:
    """All entries of one item, in the order in which they were made."""
    query = select(ItemEntry).where(col(ItemEntry.item_id) == item_id).order_by(col(ItemEntry.id))
    return list((await session.execute(query)).scalars())


async def proposers_of(session: AsyncSession, item_id: int) -> set[int]:
    """Who proposed the item, or one that was merged into it."""
    return set((await session.execute(select(col(AgendaItem.proposer_id)).where(_one_with(item_id)))).scalars())


def _one_with(item_id: int) -> ColumnElement[bool]:
    """The condition for the item and what was merged into it: it is never merged into one that is merged itself."""
    return or_(col(AgendaItem.id) == item_id, col(AgendaItem.merged_into_id) == item_id)
