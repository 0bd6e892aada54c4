"""Who acts, what her roles allow, and which of the register she may see (spec 8: role × area × record).

Leads, disputes and councils have rules of their own: `lead_access.py`, `dispute_access.py`, `council_access.py`.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from sqlalchemy import ColumnElement, Date, and_, bindparam, false, or_, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from domain.refusals import Reason, RefusedError
from domain.rules.chains import MAY_BE_RUNG
from models.area import Area, within
from models.confidential import Tie
from models.household import Household, HouseholdStatus
from models.member import Appointment, Member, Role, in_force

SEES_HOUSEHOLDS = frozenset({Role.GRID_WORKER, Role.INSTRUCTOR, Role.HEAD})
FILES_VISITS = frozenset({Role.GRID_WORKER, Role.INSTRUCTOR, Role.HEAD})
EDITS_REGISTER = frozenset({Role.GRID_WORKER, Role.INSTRUCTOR, Role.HEAD})
SIGNS_TIERS = frozenset({Role.INSTRUCTOR, Role.HEAD})
REPORTS_LEADS = frozenset(
    {
        *(Role.GRID_WORKER, Role.INSTRUCTOR, Role.EXECUTIVE, Role.MEDIATOR, Role.HEAD),
        *(Role.TOWNSHIP_CENTRE, Role.COUNTY_CENTRE, Role.FEDERATION_OFFICER),
    }
)
ANSWERS_ALERTS = MAY_BE_RUNG
CLOSES_LEADS = frozenset({Role.HEAD, Role.TOWNSHIP_CENTRE, Role.COUNTY_CENTRE, Role.FEDERATION_OFFICER})
ASKED_FOR_HELP = frozenset({Role.EXPERT, Role.PARTNER_UNIT})
WHISTLES = frozenset({Role.HEAD, Role.TOWNSHIP_CENTRE, Role.COUNTY_CENTRE})
# Whoever is one of X is here for one item, perhaps by a link that anybody could press: nobody's colleague.
WORKS_HERE = frozenset(Role) - {Role.COUNCIL_GUEST}


@dataclass(frozen=True, slots=True)
class Post:
    """An appointment in force: a role and the subtree it covers."""

    role: Role
    area_id: int
    area_path: str
    area_name: str


@dataclass(frozen=True, slots=True)
class Actor:
    """Somebody who acts, with what she is today."""

    member_id: int
    telegram_id: int
    name: str
    locale: str
    posts: tuple[Post, ...]
    frozen: bool = False
    unreachable: bool = False  # as far as one knows: she may have written since

    @property
    def is_member(self) -> bool:
        """Whether she has joined at all; a stranger has no member's number."""
        return self.member_id != 0

    def has_role(self, roles: Iterable[Role]) -> bool:
        """Whether she holds one of `roles` anywhere."""
        wanted = set(roles)
        return any(post.role in wanted for post in self.posts)

    def covers(self, path: str, roles: Iterable[Role]) -> bool:
        """Whether one of her posts in `roles` covers the area with this `path`."""
        wanted = set(roles)
        return any(post.role in wanted and path.startswith(post.area_path) for post in self.posts)


# Asked for every update, so it is built once. Columns: to make an object of each member costs more than to read her.
_ACTORS = (
    select(
        *(col(Member.id), col(Member.telegram_id), col(Member.name), col(Member.locale)),
        *(col(Member.frozen_at).is_not(None), col(Member.unreachable_since).is_not(None)),
        *(col(Appointment.role), col(Area.id), col(Area.path), col(Area.name)),
    )
    .outerjoin(
        Appointment, and_(col(Appointment.member_id) == col(Member.id), in_force(bindparam("today", type_=Date)))
    )
    .outerjoin(Area, col(Area.id) == col(Appointment.area_id))
    .where(col(Member.telegram_id).in_(bindparam("ids", expanding=True)))
    .order_by(col(Appointment.id))
)


async def actors_by_telegram_id(session: AsyncSession, ids: Iterable[int], today: date) -> dict[int, Actor]:
    """The members with these Telegram ids and what they are `today`; whoever never joined is left out."""
    found = (await session.execute(_ACTORS, {"ids": list(ids), "today": today})).all()
    posts: dict[int, list[Post]] = {}
    for _, telegram_id, *_, role, area_id, path, name in found:
        held = posts.setdefault(telegram_id, [])
        if area_id is not None:
            held.append(Post(role, area_id, path, name))
    return {
        telegram_id: Actor(member_id, telegram_id, name, locale, tuple(posts[telegram_id]), frozen, unreachable)
        for member_id, telegram_id, name, locale, frozen, unreachable, *_ in found
    }


async def is_frozen(session: AsyncSession, actor: Actor) -> bool:
    """Whether her account is frozen by now: somebody may have done it after it was looked up who she is."""
    query = select(col(Member.frozen_at)).where(col(Member.id) == actor.member_id)
    return actor.frozen or (await session.execute(query)).scalar_one_or_none() is not None


def visible_households(actor: Actor, roles: Iterable[Role] = SEES_HOUSEHOLDS) -> ColumnElement[bool]:
    """The condition for the households that `actor` may see in one of `roles`: those below her posts."""
    wanted = set(roles)
    if not any(post.role in wanted for post in actor.posts):
        return false()
    # One list and nothing besides: with another one next to it PostgreSQL reads the whole register.
    return col(Household.grid_id).in_(select(col(Area.id)).where(visible_areas(actor, wanted)))


def visible_areas(actor: Actor, roles: Iterable[Role]) -> ColumnElement[bool]:
    """The condition for the areas at or below the actor's posts in one of `roles`."""
    wanted = set(roles)
    return or_(false(), *(within(post.area_path) for post in actor.posts if post.role in wanted))


async def household_for(
    session: AsyncSession, actor: Actor, household_id: int, roles: Iterable[Role] = SEES_HOUSEHOLDS
) -> tuple[Household, Area]:
    """The household and its grid, when `actor` may see it in one of `roles`.

    Raises RefusedError(NOT_YOURS) alike for one that is elsewhere and one that does not exist: whoever asks
    learns nothing from the difference.
    """
    query = (
        select(Household, Area)
        .join(Area, col(Area.id) == col(Household.grid_id))
        .where(col(Household.id) == household_id)
    )
    row = (await session.execute(query)).one_or_none()
    if row is None or not actor.covers(row[1].path, roles):
        raise RefusedError(Reason.NOT_YOURS)
    return row[0], row[1]


# Asked at every step of a conversation, so it is built once.
_PATHS_OF = (
    select(col(Area.path))
    .join(Household, col(Household.grid_id) == col(Area.id))
    .where(col(Household.id).in_(bindparam("ids", expanding=True)))
)


async def still_covers(
    session: AsyncSession, actor: Actor, household_ids: Iterable[int], roles: Iterable[Role] = SEES_HOUSEHOLDS
) -> bool:
    """Whether `actor` may see each of these households in one of `roles`, as things stand now."""
    wanted = set(household_ids)
    paths = list((await session.execute(_PATHS_OF, {"ids": wanted})).scalars())
    return len(paths) == len(wanted) and all(actor.covers(path, roles) for path in paths)


async def hold_household(session: AsyncSession, household: Household) -> None:
    """Let others who change this household wait until the transaction ends, and read it as it is now.

    Raises RefusedError(HOUSEHOLD_GONE) when it was merged away meanwhile.
    """
    await session.flush()
    await session.refresh(household, with_for_update={"key_share": True})
    if household.status is HouseholdStatus.MERGED:
        raise RefusedError(Reason.HOUSEHOLD_GONE)


async def registered_household(
    session: AsyncSession, actor: Actor, household_id: int, roles: Iterable[Role] = SEES_HOUSEHOLDS
) -> tuple[Household, Area]:
    """Like `household_for`, for work on the household: one that was merged away is no longer worked on.

    Raises RefusedError: NOT_YOURS, HOUSEHOLD_GONE.
    """
    household, grid = await household_for(session, actor, household_id, roles)
    if household.status is HouseholdStatus.MERGED:
        raise RefusedError(Reason.HOUSEHOLD_GONE)
    return household, grid


async def is_tied(session: AsyncSession, member_id: int, household_id: int | None) -> bool:
    """Whether the member has declared a tie to the household: then what concerns it goes past her (spec 4).

    Of a lead, that is one reason among others: see `kept_away`.
    """
    if household_id is None:
        return False
    tie = await session.get(Tie, (member_id, household_id))
    return tie is not None and tie.ended_at is None
