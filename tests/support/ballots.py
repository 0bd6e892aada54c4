"""Items of the council of 东关村 that are ready for the vote, and its people as actors, in the database alone."""

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from domain.access import Actor, actors_by_telegram_id
from domain.rules.policy import Policy
from models.agenda import AgendaItem, GuestKind, ItemGuest, ItemSource, ItemState, Urgency
from models.area import Area
from models.council import Council
from models.member import Appointment, Member, Role
from tests.support.councils import CHAIR, FIRST

ITEM_TITLE = "给三号楼门口装一盏路灯"


def salt(_size: int) -> str:
    """What hides the words of a ballot in its log; the same each time, so that two votes can be compared."""
    return "salt"


async def actor(session: AsyncSession, telegram_id: int, now: datetime, policy: Policy) -> Actor:
    """Somebody as she is today."""
    return (await actors_by_telegram_id(session, [telegram_id], policy.today(now)))[telegram_id]


async def member_id(session: AsyncSession, telegram_id: int) -> int:
    """Her number."""
    found = await session.execute(select(col(Member.id)).where(col(Member.telegram_id) == telegram_id))
    return int(found.scalar_one())


async def add_item(
    session: AsyncSession,
    council: Council,
    *,
    now: datetime,
    number: int = 1,
    urgency: Urgency = Urgency.SMALL,
    state: ItemState = ItemState.ACCEPTED,
    proposer: int = FIRST,
) -> AgendaItem:
    """An item on the agenda, proposed by one of the members."""
    item = AgendaItem(
        code=f"T-A-26-{number:03}",
        conversation_id=f"item-{number}",
        council_id=council.id,
        year=2026,
        number=number,
        title=ITEM_TITLE,
        body="晚上看不清路，老人容易摔倒",
        urgency=urgency,
        source=ItemSource.MEMBER,
        state=state,
        proposer_id=await member_id(session, proposer),
        proposed_at=now,
        changed_at=now,
    )
    session.add(item)
    await session.flush()
    return item


async def add_guests(session: AsyncSession, item: AgendaItem, telegram_ids: Iterable[int], now: datetime) -> list[int]:
    """People of X for one item, with the post they hold for it; their numbers."""
    council = await session.get_one(Council, item.council_id)
    village = await session.get_one(Area, council.area_id)
    chair = await member_id(session, CHAIR)
    numbers = []
    for telegram_id in telegram_ids:
        found = await session.execute(select(Member).where(col(Member.telegram_id) == telegram_id))
        member = found.scalar_one_or_none()
        if member is None:
            member = Member(telegram_id=telegram_id, name=f"受邀{telegram_id}", joined_at=now)
            session.add(member)
            await session.flush()
        session.add(Appointment(member_id=member.id, area_id=village.id, role=Role.COUNCIL_GUEST, starts_on=now.date()))
        session.add(
            ItemGuest(
                item_id=item.id,
                kind=GuestKind.RESIDENT,
                invited_by_id=chair,
                invited_at=now,
                code_hash=f"guest-{item.id}-{telegram_id}",
                member_id=member.id,
                joined_at=now,
            )
        )
        numbers.append(member.id)
    await session.flush()
    return numbers
