"""An item as its card shows it, and what was said of it (spec 5)."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from domain.access import Actor
from domain.council_access import ItemSight, Standing, guests_of_item, item_for
from domain.refusals import RefusedError
from domain.usecases.ballot_opening import may_be_opened
from domain.usecases.item_lists import items_of_merging
from models.agenda import AgendaItem, CouncilFile, ItemEntry, ItemEvent, ItemGuest
from models.ballot import Ballot
from models.member import Member
from models.project import CouncilProject

# What was said with the step that brought it where it is: a question, or a reason.
_SAID_WITH = (
    *(ItemEvent.ASKED, ItemEvent.ANSWERED, ItemEvent.DECLINED),
    *(ItemEvent.CANCELLED, ItemEvent.AGAIN, ItemEvent.DROPPED),
)


@dataclass(frozen=True, slots=True)
class ItemCase:
    """An item with everything its card may need. `proposer` is empty for whoever is not to know her name."""

    sight: ItemSight
    proposer: str
    said: ItemEntry | None
    opinions: int
    files: int
    guests: int
    invited_as: ItemGuest | None
    merged: Sequence[AgendaItem]
    into: AgendaItem | None
    ballots: Sequence[Ballot]
    project: CouncilProject | None
    opens: bool  # its chair can put it to the vote now
    own: bool  # she proposed this very item

    @property
    def knows_names(self) -> bool:
        """Whether she knows who proposed it and who said what: those who sit in the council or oversee it."""
        return knows_names(self.sight)


def knows_names(sight: ItemSight) -> bool:
    """Whether somebody with this standing knows who proposed an item and who said what of it."""
    return sight.standing in (Standing.CHAIR, Standing.MEMBER, Standing.OVERSEER)


async def read_item(session: AsyncSession, *, actor: Actor, item_id: int) -> ItemCase:
    """The item with all that its card shows. Raises RefusedError(NOT_YOURS)."""
    sight = await item_for(session, actor, item_id)
    item = sight.item
    proposer = await session.get_one(Member, item.proposer_id)
    ballots = select(Ballot).where(col(Ballot.item_id) == item.id).order_by(col(Ballot.id).desc())
    project = select(CouncilProject).where(col(CouncilProject.item_id) == item.id)
    return ItemCase(
        sight=sight,
        proposer=proposer.name if knows_names(sight) or sight.proposed else "",
        said=await _said(session, item),
        opinions=await _count(session, item, ItemEvent.OPINION),
        files=await _files(session, item),
        guests=len(await guests_of_item(session, item.id)),
        invited_as=await _seat(session, actor, item),
        merged=await items_of_merging(session, item.id),
        into=await session.get(AgendaItem, item.merged_into_id) if item.merged_into_id is not None else None,
        ballots=list((await session.execute(ballots)).scalars()),
        project=(await session.execute(project)).scalar_one_or_none(),
        opens=await _opens(session, actor, item),
        own=item.proposer_id == actor.member_id,
    )


async def read_opinions(
    session: AsyncSession, *, actor: Actor, item_id: int, offset: int, limit: int
) -> tuple[ItemSight, list[tuple[ItemEntry, str]], int]:
    """A page of what was said of an item, the newest first, each with whose it is; and how many there are.

    X and the proposer read what was said and not by whom. Raises RefusedError(NOT_YOURS).
    """
    sight = await item_for(session, actor, item_id)
    entries = select(ItemEntry, col(Member.name)).outerjoin(Member, col(Member.id) == col(ItemEntry.by_id))
    query = entries.where(col(ItemEntry.item_id) == item_id, col(ItemEntry.kind) == ItemEvent.OPINION)
    rows = (await session.execute(query.order_by(col(ItemEntry.id).desc()).offset(offset).limit(limit))).all()
    named = [(entry, _name(sight, actor, entry, name)) for entry, name in rows]
    return sight, named, await _count(session, sight.item, ItemEvent.OPINION)


async def read_item_line(
    session: AsyncSession, *, actor: Actor, item_id: int, offset: int, limit: int
) -> tuple[ItemSight, list[tuple[ItemEntry, str]], int]:
    """A page of an item's history, the newest first, each entry with whose it is; and how many there are.

    Raises RefusedError(NOT_YOURS).
    """
    sight = await item_for(session, actor, item_id)
    entries = select(ItemEntry, col(Member.name)).outerjoin(Member, col(Member.id) == col(ItemEntry.by_id))
    query = entries.where(col(ItemEntry.item_id) == item_id)
    rows = (await session.execute(query.order_by(col(ItemEntry.id).desc()).offset(offset).limit(limit))).all()
    total = select(func.count(col(ItemEntry.id))).where(col(ItemEntry.item_id) == item_id)
    named = [(entry, _name(sight, actor, entry, name)) for entry, name in rows]
    return sight, named, (await session.execute(total)).scalar_one()


async def asked_of(session: AsyncSession, item: AgendaItem) -> str:
    """The chair's last question; the caller has made sure that she may read it."""
    query = select(ItemEntry).where(col(ItemEntry.item_id) == item.id, col(ItemEntry.kind) == ItemEvent.ASKED)
    entry = (await session.execute(query.order_by(col(ItemEntry.id).desc()).limit(1))).scalar_one_or_none()
    return (entry.body or "") if entry else ""


def _name(sight: ItemSight, actor: Actor, entry: ItemEntry, name: str | None) -> str:
    return name or "" if knows_names(sight) or entry.by_id == actor.member_id else ""


async def _said(session: AsyncSession, item: AgendaItem) -> ItemEntry | None:
    """The newest question or reason, while nothing that matters has come after it."""
    query = select(ItemEntry).where(col(ItemEntry.item_id) == item.id, col(ItemEntry.kind).in_(_SAID_WITH))
    return (await session.execute(query.order_by(col(ItemEntry.id).desc()).limit(1))).scalar_one_or_none()


async def _count(session: AsyncSession, item: AgendaItem, kind: ItemEvent) -> int:
    query = select(func.count(col(ItemEntry.id))).where(col(ItemEntry.item_id) == item.id, col(ItemEntry.kind) == kind)
    return (await session.execute(query)).scalar_one()


async def _files(session: AsyncSession, item: AgendaItem) -> int:
    query = select(func.count(col(CouncilFile.id))).where(col(CouncilFile.item_id) == item.id)
    return (await session.execute(query)).scalar_one()


async def _seat(session: AsyncSession, actor: Actor, item: AgendaItem) -> ItemGuest | None:
    query = select(ItemGuest).where(
        col(ItemGuest.item_id) == item.id,
        col(ItemGuest.member_id) == actor.member_id,
        col(ItemGuest.ended_at).is_(None),
    )
    return (await session.execute(query)).scalar_one_or_none()


async def _opens(session: AsyncSession, actor: Actor, item: AgendaItem) -> bool:
    try:
        await may_be_opened(session, actor=actor, item_id=item.id)
    except RefusedError:
        return False
    return True
