"""X of an item as they sit in it: coming, being handed over with a merged item, and the end of it (spec 5, R)."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, and_, bindparam, or_, select, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from domain.council_access import guests_of_item, standing_members
from domain.rules.policy import Policy
from domain.usecases.one_by_one import one_by_one
from models.agenda import AgendaItem, GuestKind, ItemGuest, ItemState
from models.council import Council
from models.member import Appointment, Role, in_force
from models.project import CouncilProject, ProjectState

# What she is asked of a project (how satisfied she is) comes within these days of its end.
DAYS_AFTER_PROJECT = 15
WEEKS_WITHOUT_PROJECT = 4  # what was passed and is taken on by nobody needs no guests for ever (ours)
_DONE = and_(col(CouncilProject.state) != ProjectState.ONGOING, col(CouncilProject.ended_on) <= bindparam("ended_by"))
_NEVER_BEGUN = and_(col(CouncilProject.id).is_(None), col(AgendaItem.changed_at) <= bindparam("passed_by"))
_SEATS = select(col(ItemGuest.id)).where(
    col(ItemGuest.item_id) == col(AgendaItem.id), col(ItemGuest.ended_at).is_(None)
)
# The items whose seats of X are to end.
TO_END = (
    select(col(AgendaItem.id))
    .outerjoin(CouncilProject, col(CouncilProject.item_id) == col(AgendaItem.id))
    .where(col(AgendaItem.state) == ItemState.PASSED, or_(_DONE, _NEVER_BEGUN), _SEATS.exists())
)


async def takes_part_already(
    session: AsyncSession, council: Council, item_id: int, member_id: int, today: date
) -> bool:
    """Whether she is one of N+X of the item by now."""
    here = {*await standing_members(session, council, today), *await guests_of_item(session, item_id)}
    return member_id in here


async def seat_guest(
    session: AsyncSession, item_id: int, member_id: int, kind: GuestKind, *, invited_by: int, now: datetime
) -> ItemGuest:
    """Her row; one who was uninvited and comes again has it already."""
    query = select(ItemGuest).where(col(ItemGuest.item_id) == item_id, col(ItemGuest.member_id) == member_id)
    guest = (await session.execute(query)).scalar_one_or_none()
    if guest is None:
        guest = ItemGuest(item_id=item_id, kind=kind, invited_by_id=invited_by, invited_at=now, member_id=member_id)
    guest.joined_at, guest.ended_at, guest.kind = now, None, kind
    session.add(guest)
    await session.flush()
    return guest


async def appoint_guest(
    session: AsyncSession, council: Council, member_id: int, *, now: datetime, policy: Policy
) -> None:
    """The post with which she may be here at all; she has it once, for all of her items."""
    today = policy.today(now)
    query = select(Appointment).where(
        col(Appointment.member_id) == member_id,
        col(Appointment.area_id) == council.area_id,
        col(Appointment.role) == Role.COUNCIL_GUEST,
        or_(in_force(today), col(Appointment.starts_on) == today),
    )
    held = (await session.execute(query.order_by(col(Appointment.id)))).scalars().first()
    if held is None:
        held = Appointment(member_id=member_id, area_id=council.area_id, role=Role.COUNCIL_GUEST, starts_on=today)
    if held.ends_on is not None and held.ends_on <= today:  # an end that lies ahead was set by somebody, and stays
        held.ends_on = None
    session.add(held)
    await session.flush()


async def hand_over_guests(
    session: AsyncSession, item: AgendaItem, into: AgendaItem, *, now: datetime, policy: Policy
) -> None:
    """Whoever was invited to an item that is merged is one of X of the other one."""
    there = {*await guests_of_item(session, into.id)}
    council = await session.get_one(Council, into.council_id)
    there |= {*await standing_members(session, council, policy.today(now))}
    guests = await _open_guests(session, col(ItemGuest.item_id) == item.id)
    for guest in guests:
        if guest.member_id is not None and guest.member_id not in there:
            await seat_guest(session, into.id, guest.member_id, guest.kind, invited_by=guest.invited_by_id, now=now)
    # Whoever sits in the council by now has no other item: her post as one of X ends.
    await end_seats(session, guests, council, now=now, policy=policy)


async def end_guests(session: AsyncSession, item: AgendaItem, *, now: datetime, policy: Policy) -> None:
    """The item is over: nobody is one of X for it any more."""
    council = await session.get_one(Council, item.council_id)
    guests = await _open_guests(session, col(ItemGuest.item_id) == item.id)
    await end_seats(session, guests, council, now=now, policy=policy)


def seats_over(now: datetime, policy: Policy) -> dict[str, Any]:
    """What `TO_END` needs."""
    return {
        "ended_by": policy.today(now) - timedelta(days=DAYS_AFTER_PROJECT),
        "passed_by": now - timedelta(weeks=WEEKS_WITHOUT_PROJECT),
    }


async def end_guests_due(session: AsyncSession, *, now: datetime, policy: Policy, limit: int = 200) -> int:
    """End the invitations to what was decided and done some time ago, or decided and never begun; how many items.

    What goes wrong with one of them keeps none of the others waiting.
    """
    query = TO_END.order_by(col(AgendaItem.id)).limit(limit)

    async def end(item_id: int) -> bool:
        await end_guests(session, await session.get_one(AgendaItem, item_id), now=now, policy=policy)
        return True

    items = list((await session.execute(query, seats_over(now, policy))).scalars())
    return await one_by_one(session, items, end, what="guests_not_ended", failed=set())


async def end_seats(
    session: AsyncSession, guests: Sequence[ItemGuest], council: Council, *, now: datetime, policy: Policy
) -> None:
    """End these seats, and the posts of those who have no other item of the council."""
    for guest in guests:
        guest.ended_at = now
    await session.flush()
    for member_id in {guest.member_id for guest in guests if guest.member_id is not None}:
        more = (
            select(col(ItemGuest.id))
            .join(AgendaItem, col(AgendaItem.id) == col(ItemGuest.item_id))
            .join(Council, col(Council.id) == col(AgendaItem.council_id))
            .where(col(Council.area_id) == council.area_id, col(ItemGuest.member_id) == member_id)
            .where(col(ItemGuest.ended_at).is_(None))
        )
        if (await session.execute(more.limit(1))).first() is None:
            await _dismiss(session, council, member_id, now=now, policy=policy)


async def _open_guests(session: AsyncSession, *conditions: ColumnElement[bool]) -> list[ItemGuest]:
    query = select(ItemGuest).where(*conditions, col(ItemGuest.ended_at).is_(None)).order_by(col(ItemGuest.id))
    return list((await session.execute(query)).scalars())


async def _dismiss(session: AsyncSession, council: Council, member_id: int, *, now: datetime, policy: Policy) -> None:
    today = policy.today(now)
    await session.execute(
        update(Appointment)
        .where(
            col(Appointment.member_id) == member_id,
            col(Appointment.area_id) == council.area_id,
            col(Appointment.role) == Role.COUNCIL_GUEST,
            in_force(today),
        )
        .values(ends_on=today)
        .execution_options(synchronize_session=False)
    )
