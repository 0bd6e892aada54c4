"""Posts as a test of the operator's command knows them."""

from sqlalchemy import select, update
from sqlmodel import col

from models.member import Appointment
from tests.support.alerts import id_of
from tests.support.county import days_from_saturday
from tests.support.hands import Bench

WHY = ("--by", "吴平", "--reason", "调到外地")


async def number_of(bench: Bench, person: int) -> str:
    """The number of the newest post of a person."""
    query = select(col(Appointment.id)).where(col(Appointment.member_id) == await id_of(bench, person))
    async with bench.database.transaction() as session:
        return str((await session.execute(query.order_by(col(Appointment.id).desc()))).scalars().first())


async def days_of(bench: Bench, number: str) -> tuple[int, int | None]:
    """From when to when a post is, in days from the tests' Saturday."""
    async with bench.database.transaction() as session:
        post = await session.get_one(Appointment, int(number))
    start = days_from_saturday(0)
    return (post.starts_on - start).days, None if post.ends_on is None else (post.ends_on - start).days


async def set_days(bench: Bench, number: str, **days: int) -> None:
    """Let a post begin (`starts_on`) or end (`ends_on`) so many days after the tests' Saturday."""
    values = {name: days_from_saturday(day) for name, day in days.items()}
    async with bench.database.transaction() as session:
        await session.execute(update(Appointment).where(col(Appointment.id) == int(number)).values(**values))
