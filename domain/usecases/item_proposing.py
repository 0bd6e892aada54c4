"""Proposing something to a women's council (议题): by its members, and by workers who notice a need (spec 5, R W)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from domain.access import Actor, is_frozen
from domain.council_access import NOTICES_NEEDS, SITS_IN_COUNCIL, chairs_of
from domain.refusals import Reason, RefusedError
from domain.rules.policy import Policy
from domain.usecases.council_files import Sent, add_item_files
from domain.usecases.item_changes import must_name_nobody
from domain.usecases.item_history import note_item, tell_of_item
from models.agenda import AgendaItem, ItemEvent, ItemSource, Urgency
from models.area import Area
from models.council import Council

TITLE_LIMIT = 60
BODY_LIMIT = 800


@dataclass(frozen=True, slots=True)
class ItemWords:
    """What an item says."""

    title: str
    body: str
    urgency: Urgency


async def councils_to_propose_to(session: AsyncSession, actor: Actor) -> list[tuple[Council, Area, ItemSource]]:
    """The councils that `actor` may propose something to: where she sits, then those of the places of her work."""
    query = select(Council, Area).join(Area, col(Area.id) == col(Council.area_id)).order_by(col(Area.code))
    above = {post.area_id for post in actor.posts if post.role in SITS_IN_COUNCIL}
    above |= {
        int(part)
        for post in actor.posts
        if post.role in NOTICES_NEEDS
        for part in post.area_path.strip("/").split("/")
        if part
    }
    if not above:
        return []
    rows = (await session.execute(query.where(col(Area.id).in_(above)))).all()
    found = [(council, area, _source(actor, area)) for council, area in rows]
    open_to = [(council, area, source) for council, area, source in found if source is not None]
    return sorted(open_to, key=lambda row: row[2] is not ItemSource.MEMBER)


async def council_to_propose_to(
    session: AsyncSession, actor: Actor, council_id: int
) -> tuple[Council, Area, ItemSource]:
    """The council, when `actor` may propose something to it. Raises RefusedError(NOT_YOURS)."""
    found = {
        council.id: (council, area, source) for council, area, source in await councils_to_propose_to(session, actor)
    }
    if council_id not in found or await is_frozen(session, actor):
        raise RefusedError(Reason.NOT_YOURS)
    return found[council_id]


async def propose_item(
    session: AsyncSession,
    *,
    actor: Actor,
    council_id: int,
    words: ItemWords,
    files: Sequence[Sent] = (),
    conversation_id: str,
    now: datetime,
    policy: Policy,
) -> AgendaItem:
    """Put an item before the council's chair, who hears of it. Its code is the area's, the year and a number.

    Raises RefusedError: NOT_YOURS, PRIVATE_WORD.
    """
    council, area, source = await council_to_propose_to(session, actor, council_id)
    await must_name_nobody(session, area.id, words.title, words.body)
    year = policy.today(now).year
    number = await _next_number(session, council, year)
    item = AgendaItem(
        code=f"{area.code}-{year % 100:02d}-{number:03d}", conversation_id=conversation_id, council_id=council.id,
        year=year, number=number, title=words.title, body=words.body, urgency=words.urgency, source=source,
        proposer_id=actor.member_id, proposed_at=now, changed_at=now,
    )  # fmt: skip
    session.add(item)
    await session.flush()
    await add_item_files(session, item, files, sent_by_id=actor.member_id, now=now)
    detail = {"files": len(files)} if files else None
    entry = await note_item(session, item, ItemEvent.PROPOSED, at=now, by_id=actor.member_id, detail=detail)
    chairs = await chairs_of(session, council, policy.today(now))
    await tell_of_item(session, item, entry, now=now, policy=policy, also=chairs)
    return item


def _source(actor: Actor, area: Area) -> ItemSource | None:
    if any(post.role in SITS_IN_COUNCIL and post.area_id == area.id for post in actor.posts):
        return ItemSource.MEMBER
    works = any(post.role in NOTICES_NEEDS and post.area_path.startswith(area.path) for post in actor.posts)
    return ItemSource.VISIT if works else None


async def _next_number(session: AsyncSession, council: Council, year: int) -> int:
    """The council's count of this year. Two who propose at once wait for each other, so that no number is lost."""
    await session.refresh(council, with_for_update={"key_share": True})
    query = select(func.max(col(AgendaItem.number))).where(
        col(AgendaItem.council_id) == council.id, col(AgendaItem.year) == year
    )
    return ((await session.execute(query)).scalar_one_or_none() or 0) + 1
