"""What a test of alerts sees and does: whom the bells reach, and what becomes of the people on a chain."""

from datetime import date, timedelta
from typing import Any

from sqlalchemy import select, update
from sqlmodel import col

from models.alert import Alert
from models.area import Area
from models.confidential import Tie, TieKind
from models.lead import EntryKind, LeadEntry
from models.member import Appointment, Leave, Member, Role
from tests.support.hands import Bench


async def bells(bench: Bench) -> dict[int, list[str]]:
    """What the outbox brings to whom just now; everything of it is read."""
    await bench.deliverer.deliver_all()
    heard: dict[int, list[str]] = {}
    for chat_id in list(bench.box.world.chats):
        for said in bench.unread(chat_id):
            heard.setdefault(chat_id, []).append(said.text)
    return heard


async def later(bench: Bench, **units: float) -> dict[int, list[str]]:
    """Let time go by, tick once, and read what comes of alerts."""
    bench.pass_time(**units)
    await bench.sweep.alerts()
    return await bells(bench)


async def the_alert(bench: Bench) -> Alert:
    """The newest alert."""
    async with bench.database.transaction() as session:
        return (await session.execute(select(Alert).order_by(col(Alert.id).desc()).limit(1))).scalar_one()


async def entries(bench: Bench, *kinds: EntryKind) -> list[LeadEntry]:
    """The entries of these kinds, in their order."""
    async with bench.database.transaction() as session:
        query = select(LeadEntry).where(col(LeadEntry.kind).in_(kinds)).order_by(col(LeadEntry.id))
        return list((await session.execute(query)).scalars())


async def skipped(bench: Bench) -> list[tuple[int, list[str], str]]:
    """Which posts were passed over, on which rung, and why."""
    found = await entries(bench, EntryKind.SKIPPED)
    return [(entry.detail["position"], entry.detail["roles"], entry.detail["reason"]) for entry in found]


async def id_of(bench: Bench, person: int) -> int:
    """The member's number of a person."""
    async with bench.database.transaction() as session:
        query = select(col(Member.id)).where(col(Member.telegram_id) == person)
        return (await session.execute(query)).scalar_one()


async def change_member(bench: Bench, person: int, **values: Any) -> None:
    """Set something of a member, e.g. frozen_at."""
    async with bench.database.transaction() as session:
        await session.execute(update(Member).where(col(Member.telegram_id) == person).values(**values))


async def leaves_post(bench: Bench, person: int, last_day: date | None = None) -> None:
    """All posts of a person end, yesterday or on `last_day`."""
    day = last_day or bench.policy.today(bench.clock()) - timedelta(days=1)
    member = await id_of(bench, person)
    async with bench.database.transaction() as session:
        ends = update(Appointment).where(col(Appointment.member_id) == member)
        begun = date(2020, 1, 1)
        await session.execute(ends.values(starts_on=begun, ends_on=day))


async def takes_post(bench: Bench, person: int, role: Role, code: str, first_day: date) -> None:
    """A person is appointed."""
    member = await id_of(bench, person)
    async with bench.database.transaction() as session:
        area = (await session.execute(select(col(Area.id)).where(col(Area.code) == code))).scalar_one()
        session.add(Appointment(member_id=member, area_id=area, role=role, starts_on=first_day))


async def goes_on_leave(bench: Bench, person: int, days: int = 3) -> None:
    """A person is away from today."""
    today = bench.policy.today(bench.clock())
    member = await id_of(bench, person)
    async with bench.database.transaction() as session:
        end = today + timedelta(days=days)
        session.add(Leave(member_id=member, starts_on=today, ends_on=end, noted_at=bench.clock()))


async def is_kin(bench: Bench, person: int, household_id: int | None) -> None:
    """A person has declared a tie to a household."""
    assert household_id is not None
    member = await id_of(bench, person)
    async with bench.database.transaction() as session:
        session.add(Tie(member_id=member, household_id=household_id, kind=TieKind.KIN, declared_at=bench.clock()))
