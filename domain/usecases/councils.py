"""A women's council as a whole: it begins when its chair first opens it, and votes by the rules she sets (spec 5)."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from domain.access import Actor, is_frozen
from domain.council_access import SITS_IN_COUNCIL, CouncilSight, led_council
from domain.refusals import Reason, RefusedError
from domain.usecases.outbox import insert_ignoring
from models.council import Council, Majority
from models.member import Role


@dataclass(frozen=True, slots=True)
class CouncilSettings:
    """How a council votes from its next ballot on, the language of its group, and its alliance (联盟, R)."""

    quorum_num: int
    quorum_den: int
    majority: Majority
    abstain_counts: bool
    secret: bool
    locale: str
    alliance: str | None


async def council_of_area(session: AsyncSession, *, actor: Actor, area_id: int, name: str, now: datetime) -> Council:
    """The council of an area in which `actor` is the chair; it is founded under `name` when it is not there yet (R).

    Raises RefusedError(CHAIR_ONLY) for anybody else. Two who open it at once get the same one.
    """
    leads = any(post.role is Role.COUNCIL_CHAIR and post.area_id == area_id for post in actor.posts)
    if not leads or await is_frozen(session, actor):
        raise RefusedError(Reason.CHAIR_ONLY)
    there = select(Council).where(col(Council.area_id) == area_id)
    council = (await session.execute(there)).scalar_one_or_none()
    if council is not None:
        return council
    founded = {
        "area_id": area_id,
        "name": name[:80],
        "locale": actor.locale,
        "quorum_num": 2,
        "quorum_den": 3,
        "majority": Majority.MORE_THAN_HALF,
        "abstain_counts": True,
        "secret": False,
        "founded_at": now,
        "rev": 0,
    }
    await session.execute(insert_ignoring(session, Council).values(**founded))
    return (await session.execute(there)).scalar_one()


async def areas_to_begin(session: AsyncSession, actor: Actor) -> list[tuple[int, str, bool]]:
    """The areas (number, name, whether she is the chair) in whose council she sits and which has not begun yet."""
    seats: dict[int, tuple[str, bool]] = {}
    for post in actor.posts:
        if post.role in SITS_IN_COUNCIL:
            chairs = seats.get(post.area_id, ("", False))[1] or post.role is Role.COUNCIL_CHAIR
            seats[post.area_id] = (post.area_name, chairs)
    if not seats:
        return []
    begun = set((await session.execute(select(col(Council.area_id)).where(col(Council.area_id).in_(seats)))).scalars())
    return [(area, name, chairs) for area, (name, chairs) in seats.items() if area not in begun]


async def change_settings(
    session: AsyncSession, *, actor: Actor, council_id: int, seen: int, settings: CouncilSettings
) -> CouncilSight:
    """Set a council's rules. A ballot that is open keeps those it was opened with (R, W: quorum 2/3 of N+X).

    Raises RefusedError: NOT_YOURS, CHAIR_ONLY, CHANGED_MEANWHILE (another chair was quicker).
    """
    sight = await led_council(session, actor, council_id)
    taken = await session.execute(
        update(Council)
        .where(col(Council.id) == council_id, col(Council.rev) == seen)
        .values(
            rev=seen + 1,
            quorum_num=settings.quorum_num,
            quorum_den=settings.quorum_den,
            majority=settings.majority,
            abstain_counts=settings.abstain_counts,
            secret=settings.secret,
            locale=settings.locale,
            alliance=settings.alliance,
        )
        .execution_options(synchronize_session=False)
    )
    if taken.rowcount != 1:  # type: ignore[attr-defined]
        raise RefusedError(Reason.CHANGED_MEANWHILE)
    await session.refresh(sight.council)
    return sight
