"""Who belongs to a women's council, and who may see and do what there (spec 5 and 8)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from sqlalchemy import or_, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from domain.access import Actor, is_frozen, visible_areas
from domain.refusals import Reason, RefusedError
from models.agenda import AgendaItem, ItemGuest
from models.area import Area
from models.council import Council
from models.member import Appointment, Role, in_force

SITS_IN_COUNCIL = frozenset({Role.COUNCIL_CHAIR, Role.COUNCIL_MEMBER})
# Whoever notices on her way what a neighbourhood needs may propose it to the council of the place.
NOTICES_NEEDS = frozenset({Role.GRID_WORKER, Role.INSTRUCTOR, Role.EXECUTIVE, Role.MEDIATOR, Role.HEAD})
PROPOSES = SITS_IN_COUNCIL | NOTICES_NEEDS
OVERSEES_COUNCILS = frozenset({Role.HEAD, Role.FEDERATION_OFFICER})
SEES_COUNCILS = PROPOSES | OVERSEES_COUNCILS | {Role.COUNCIL_GUEST}


class Standing(StrEnum):
    """What somebody is to a council or to one of its items."""

    CHAIR = "chair"
    MEMBER = "member"
    GUEST = "guest"  # one of X of this item
    PROPOSER = "proposer"  # of this item, without a seat
    OVERSEER = "overseer"  # the community's head, the federation's officers above: reads, decides nothing


@dataclass(frozen=True, slots=True)
class CouncilSight:
    """A council that somebody may open, and what she is there."""

    council: Council
    area: Area
    standing: Standing

    @property
    def leads(self) -> bool:
        """Whether she is its chair."""
        return self.standing is Standing.CHAIR

    @property
    def sits(self) -> bool:
        """Whether she is one of N."""
        return self.standing in (Standing.CHAIR, Standing.MEMBER)


@dataclass(frozen=True, slots=True)
class ItemSight:
    """An item that somebody may open, and what she is to it.

    `proposed` holds besides her standing: she proposed it, or one that was merged into it.
    """

    item: AgendaItem
    council: Council
    standing: Standing
    proposed: bool

    @property
    def leads(self) -> bool:
        """Whether she is the council's chair."""
        return self.standing is Standing.CHAIR

    @property
    def takes_part(self) -> bool:
        """Whether she discusses it and sees what is said of it: one of N+X."""
        return self.standing in (Standing.CHAIR, Standing.MEMBER, Standing.GUEST)


async def council_for(session: AsyncSession, actor: Actor, council_id: int) -> CouncilSight:
    """The council, when `actor` sits in it or oversees it.

    Raises RefusedError(NOT_YOURS) alike for one that is none of hers and one that does not exist.
    """
    query = select(Council, Area).join(Area, col(Area.id) == col(Council.area_id)).where(col(Council.id) == council_id)
    row = (await session.execute(query)).one_or_none()
    if row is None or not actor.is_member or await is_frozen(session, actor):
        raise RefusedError(Reason.NOT_YOURS)
    standing = _standing(actor, row[1])
    if standing is None:
        raise RefusedError(Reason.NOT_YOURS)
    return CouncilSight(row[0], row[1], standing)


async def led_council(session: AsyncSession, actor: Actor, council_id: int) -> CouncilSight:
    """Like `council_for`, for what the chair alone does. Raises RefusedError: NOT_YOURS, CHAIR_ONLY."""
    sight = await council_for(session, actor, council_id)
    if not sight.leads:
        raise RefusedError(Reason.CHAIR_ONLY)
    return sight


async def item_for(session: AsyncSession, actor: Actor, item_id: int) -> ItemSight:
    """The item, when `actor` sits in its council, oversees it, is one of X for it, or proposed it.

    Raises RefusedError(NOT_YOURS) alike for one that is none of hers and one that does not exist.
    """
    query = (
        select(AgendaItem, Council, Area)
        .join(Council, col(Council.id) == col(AgendaItem.council_id))
        .join(Area, col(Area.id) == col(Council.area_id))
        .where(col(AgendaItem.id) == item_id)
    )
    row = (await session.execute(query)).one_or_none()
    if row is None or not actor.posts or await is_frozen(session, actor):
        raise RefusedError(Reason.NOT_YOURS)
    item, council, area = row
    proposed = item.proposer_id == actor.member_id or await _proposed_of_it(session, actor, item)
    standing = _standing(actor, area)
    if standing in (None, Standing.OVERSEER) and await is_guest(session, actor.member_id, item.id):
        standing = Standing.GUEST
    if standing is None and proposed:
        standing = Standing.PROPOSER
    if standing is None:
        raise RefusedError(Reason.NOT_YOURS)
    return ItemSight(item, council, standing, proposed)


async def _proposed_of_it(session: AsyncSession, actor: Actor, item: AgendaItem) -> bool:
    """Whether she proposed one that was merged into it: what becomes of her wish is told there."""
    query = select(col(AgendaItem.id)).where(
        col(AgendaItem.merged_into_id) == item.id, col(AgendaItem.proposer_id) == actor.member_id
    )
    return (await session.execute(query.limit(1))).first() is not None


async def led_item(session: AsyncSession, actor: Actor, item_id: int) -> ItemSight:
    """Like `item_for`, for what the chair alone does. Raises RefusedError: NOT_YOURS, CHAIR_ONLY."""
    sight = await item_for(session, actor, item_id)
    if not sight.leads:
        raise RefusedError(Reason.CHAIR_ONLY)
    return sight


async def hold_item(session: AsyncSession, item: AgendaItem) -> None:
    """Let others who change this item wait until the transaction ends, and read it as it is now.

    The order of locks is: item, meeting, ballot, its box; project.
    """
    await session.flush()
    await session.refresh(item, with_for_update={"key_share": True})


async def is_guest(session: AsyncSession, member_id: int, item_id: int) -> bool:
    """Whether she is one of X for the item now."""
    query = select(col(ItemGuest.id)).where(
        col(ItemGuest.item_id) == item_id, col(ItemGuest.member_id) == member_id, col(ItemGuest.ended_at).is_(None)
    )
    return (await session.execute(query.limit(1))).first() is not None


async def standing_members(session: AsyncSession, council: Council, today: date) -> list[int]:
    """N: whoever holds a council's post in its area today, in the order of appointment. A frozen account counts too:
    her vote can be handed in on paper.
    """
    query = (
        select(col(Appointment.member_id))
        .where(col(Appointment.area_id) == council.area_id, col(Appointment.role).in_(SITS_IN_COUNCIL), in_force(today))
        .order_by(col(Appointment.id))
    )
    return list(dict.fromkeys((await session.execute(query)).scalars()))


async def chairs_of(session: AsyncSession, council: Council, today: date) -> list[int]:
    """The council's chair (or chairs) today."""
    query = (
        select(col(Appointment.member_id))
        .where(
            col(Appointment.area_id) == council.area_id,
            col(Appointment.role) == Role.COUNCIL_CHAIR,
            in_force(today),
        )
        .order_by(col(Appointment.id))
    )
    return list(dict.fromkeys((await session.execute(query)).scalars()))


async def guests_of_item(session: AsyncSession, item_id: int) -> list[int]:
    """X: whoever has accepted an invitation to the item and was not uninvited."""
    query = (
        select(col(ItemGuest.member_id))
        .where(
            col(ItemGuest.item_id) == item_id,
            col(ItemGuest.member_id).is_not(None),
            col(ItemGuest.ended_at).is_(None),
        )
        .order_by(col(ItemGuest.id))
    )
    return [member for member in (await session.execute(query)).scalars() if member is not None]


async def councils_of(session: AsyncSession, actor: Actor) -> Sequence[CouncilSight]:
    """The councils in which `actor` sits or which she oversees, those where she sits first."""
    if not actor.has_role(SITS_IN_COUNCIL | OVERSEES_COUNCILS):
        return []
    seats = [post.area_id for post in actor.posts if post.role in SITS_IN_COUNCIL]
    query = (
        select(Council, Area)
        .join(Area, col(Area.id) == col(Council.area_id))
        .where(or_(col(Area.id).in_(seats), visible_areas(actor, OVERSEES_COUNCILS)))
        .order_by(col(Area.code))
    )
    rows = (await session.execute(query)).all()
    seen = [(council, area, _standing(actor, area)) for council, area in rows]
    sights = [CouncilSight(council, area, standing) for council, area, standing in seen if standing is not None]
    return sorted(sights, key=lambda sight: not sight.sits)


def _standing(actor: Actor, area: Area) -> Standing | None:
    roles = {post.role for post in actor.posts if post.area_id == area.id}
    if Role.COUNCIL_CHAIR in roles:
        return Standing.CHAIR
    if Role.COUNCIL_MEMBER in roles:
        return Standing.MEMBER
    return Standing.OVERSEER if actor.covers(area.path, OVERSEES_COUNCILS) else None
