"""Posts as the operator sees them: who holds which, since when and until when; and renewing a term (spec 1)."""

from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import Select, select, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from domain.access import WORKS_HERE
from domain.refusals import Reason, RefusedError
from domain.rules.policy import Policy
from domain.rules.terms import may_be_renewed, next_end
from models.area import Area, within
from models.member import Appointment, Member, Role, in_force


@dataclass(frozen=True, slots=True)
class HeldPost:
    """A post that somebody holds. Its number is the appointment's."""

    number: int
    member_id: int
    name: str
    role: Role
    area_id: int
    area_code: str
    area_name: str
    starts_on: date
    ends_on: date | None


async def posts_held(
    session: AsyncSession, *, today: date, name: str = "", below: Area | None = None, ending_by: date | None = None
) -> list[HeldPost]:
    """The posts in force, by area and role: of those called something like `name`, at or below an area, and those
    whose term is over by a day. Seats of X are not among them: they end with their item.
    """
    query = _held(today).where(col(Member.name).icontains(name, autoescape=True))
    if below is not None:
        query = query.where(within(below.path))
    if ending_by is not None:
        query = query.where(col(Appointment.ends_on) <= ending_by)
    found = await session.execute(query.order_by(col(Area.code), col(Appointment.role), col(Appointment.id)))
    return [HeldPost(*row) for row in found.all()]


async def posts_of(session: AsyncSession, member_id: int, today: date) -> list[HeldPost]:
    """All posts that she holds."""
    found = await session.execute(_held(today).where(col(Member.id) == member_id).order_by(col(Appointment.id)))
    return [HeldPost(*row) for row in found.all()]


async def hold_post(session: AsyncSession, number: int, today: date) -> HeldPost:
    """The post with this number, which nobody else changes until the transaction ends.

    Raises RefusedError: NOT_FOUND (also for a seat of X), POST_OVER.
    """
    known = select(col(Appointment.id)).where(col(Appointment.id) == number, col(Appointment.role).in_(WORKS_HERE))
    if (await session.execute(known.with_for_update())).first() is None:
        raise RefusedError(Reason.NOT_FOUND)
    row = (await session.execute(_held(today).where(col(Appointment.id) == number))).one_or_none()
    if row is None:
        raise RefusedError(Reason.POST_OVER)
    return HeldPost(*row)


async def renew_post(session: AsyncSession, number: int, *, now: datetime, policy: Policy) -> tuple[HeldPost, date]:
    """Let her term go on for another one from its end; a post without an end gets its first term from today.

    Returns the post as it was, and its new last day. Raises RefusedError: NOT_FOUND, POST_OVER, TERM_RUNS (more than a
    year of it is left).
    """
    today = policy.today(now)
    post = await hold_post(session, number, today)
    if not may_be_renewed(post.ends_on, today):
        raise RefusedError(Reason.TERM_RUNS)
    until = next_end(post.ends_on, today, policy.term_years)
    change = update(Appointment).where(col(Appointment.id) == number).values(ends_on=until)
    await session.execute(change.execution_options(synchronize_session=False))
    return post, until


def _held(today: date) -> Select[int, int, str, Role, int, str, str, date, date | None]:
    return (
        select(
            col(Appointment.id),
            col(Member.id),
            col(Member.name),
            col(Appointment.role),
            col(Area.id),
            col(Area.code),
            col(Area.name),
            col(Appointment.starts_on),
            col(Appointment.ends_on),
        )
        .join(Member, col(Member.id) == col(Appointment.member_id))
        .join(Area, col(Area.id) == col(Appointment.area_id))
        .where(in_force(today), col(Appointment.role).in_(WORKS_HERE))
    )
