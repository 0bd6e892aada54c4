"""Who can have a project of a council: one of N+X, or any worker of the place (执委领办, R D)."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date

from sqlalchemy import ColumnElement, and_, or_, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from domain.council_access import NOTICES_NEEDS, SITS_IN_COUNCIL, chairs_of, guests_of_item
from domain.refusals import Reason, RefusedError
from domain.rules.search_text import normalise_query, person_search_text
from domain.usecases.posts import heads_of
from models.agenda import AgendaItem
from models.area import Area, within
from models.council import Council
from models.member import Appointment, Member, Role, in_force

# In this order they are offered.
_FIRST = (Role.COUNCIL_CHAIR, Role.COUNCIL_MEMBER, Role.COUNCIL_GUEST)


@dataclass(frozen=True, slots=True)
class Candidate:
    """Somebody who can have a project, and by which of her posts."""

    member: Member
    role: Role


def owning_posts(area: Area) -> ColumnElement[bool]:
    """The condition for the posts that let somebody have a project of the council of `area` (of Appointment, Area)."""
    seat = and_(col(Area.id) == area.id, col(Appointment.role).in_({*SITS_IN_COUNCIL, Role.COUNCIL_GUEST}))
    return or_(seat, and_(within(area.path), col(Appointment.role).in_(NOTICES_NEEDS)))


async def may_own(session: AsyncSession, area: Area, member_id: int, today: date) -> bool:
    """Whether she may (still) have a project there: she holds such a post today, and her account is not frozen."""
    return bool(await able_owners(session, area, [member_id], today))


async def able_owners(session: AsyncSession, area: Area, members: Collection[int], today: date) -> set[int]:
    """Those of `members` who may have a project there today."""
    query = (
        select(col(Appointment.member_id))
        .join(Area, col(Area.id) == col(Appointment.area_id))
        .join(Member, col(Member.id) == col(Appointment.member_id))
        .where(
            col(Appointment.member_id).in_(members),
            col(Member.frozen_at).is_(None),
            in_force(today),
            owning_posts(area),
        )
    )
    return set((await session.execute(query)).scalars())


async def possible_owners(session: AsyncSession, council: Council, item_id: int, today: date) -> list[Candidate]:
    """N, then X of the item, then the workers of the area by name; nobody whose account is frozen or unreachable."""
    area = await session.get_one(Area, council.area_id)
    query = (
        select(Member, col(Appointment.role))
        .join(Appointment, col(Appointment.member_id) == col(Member.id))
        .join(Area, col(Area.id) == col(Appointment.area_id))
        .where(
            col(Member.frozen_at).is_(None),
            col(Member.unreachable_since).is_(None),
            in_force(today),
            owning_posts(area),
        )
        .order_by(col(Member.name), col(Member.id), col(Appointment.id))
    )
    invited = set(await guests_of_item(session, item_id))
    found = [
        Candidate(member, role)
        for member, role in (await session.execute(query)).all()
        if role is not Role.COUNCIL_GUEST or member.id in invited  # whoever is X of another item is nobody here
    ]
    found.sort(key=lambda one: _FIRST.index(one.role) if one.role in _FIRST else len(_FIRST))
    by_member: dict[int, Candidate] = {}
    for one in found:
        by_member.setdefault(one.member.id, one)
    return list(by_member.values())


async def check_owner(session: AsyncSession, item: AgendaItem, council: Council, owner_id: int, today: date) -> None:
    """Whether she can have the project. Raises RefusedError(CANNOT_OWN)."""
    if owner_id not in {one.member.id for one in await possible_owners(session, council, item.id, today)}:
        raise RefusedError(Reason.CANNOT_OWN)


def found_by_name(query: str, people: Collection[Candidate]) -> list[Candidate]:
    """Those whose name the query is found in: in characters, pinyin or initials."""
    wanted = normalise_query(query)
    return [one for one in people if wanted in person_search_text(one.member.name)]


async def chairs_or_heads(session: AsyncSession, council: Council, today: date) -> list[int]:
    """The council's chairs; where that post is empty, the heads of the place, so that somebody hears."""
    return await chairs_of(session, council, today) or await heads_of(session, council.area_id, today)
