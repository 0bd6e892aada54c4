"""Somebody who left long ago is known by a number alone, unless she has a part in something that is open or held."""

from datetime import date, datetime, timedelta

import pytest
from sqlalchemy import select, text, update
from sqlmodel import SQLModel, col

from domain.rules.retention import Entity
from domain.usecases.former_members import parts_of_work
from domain.usecases.holds import lift_hold, place_hold
from messages.pseudonym import former_name
from models.confidential import Tie
from models.erasing import Erasure
from models.lead import Lead
from models.member import Appointment, Member, Role
from models.session import Database
from tests.storage.conftest import MEDIATED, PLAIN, RED
from tests.storage.council_rows import found_council
from tests.storage.test_forgetting import LATER, close, forget, member, rows
from tests.support.county import HEAD, SATURDAY, WORKER

DAYS = 3650
LEFT_ON = SATURDAY.date()


async def leaves(database: Database, who: int, day: date = LEFT_ON) -> int:
    """All her posts end that day, and nothing froze her; her number."""
    number = await member(database, who)
    async with database.transaction() as session:
        hers = update(Appointment).where(col(Appointment.member_id) == number)
        await session.execute(hers.values(starts_on=day - timedelta(days=900), ends_on=day))
        await session.execute(update(Member).where(col(Member.id) == number).values(frozen_at=None))
    return number


async def finish(database: Database) -> None:
    """Everything in the county that could be open is over."""
    await close(database, PLAIN, MEDIATED, RED)
    async with database.transaction() as session:
        await session.execute(text("DELETE FROM tier_change WHERE state = 'pending'"))


def test_what_names_a_member_is_a_part_of_work_or_known_not_to_be() -> None:
    naming = {
        table.name
        for table in SQLModel.metadata.sorted_tables
        if any(key.column.table.name == "member" for key in table.foreign_keys)
    }
    # Her account and its posts, what goes by days of its own, and which group a council has.
    assert naming - {column.table.name for column, _ in parts_of_work()} == {
        *("account_freeze", "appointment", "council_group", "group_code", "invite", "leave", "outbox")
    }


async def test_her_name_her_account_and_her_kin_are_forgotten_and_what_she_did_stays(cases: Database) -> None:
    number = await leaves(cases, WORKER)
    async with cases.transaction() as session:
        before = await session.get_one(Member, number)
    assert await forget(cases, Entity.MEMBER) == 0  # she has a part in what is open
    await finish(cases)
    assert (await rows(cases, "tie"))["tie"]
    kept = await rows(cases)
    assert await forget(cases, Entity.MEMBER, now=SATURDAY + timedelta(days=DAYS - 1)) == 0
    assert await forget(cases, Entity.MEMBER, now=SATURDAY + timedelta(days=DAYS)) == 1
    assert await forget(cases, Entity.MEMBER) == 0
    async with cases.transaction() as session:
        after = await session.get_one(Member, number)
        ties = select(Tie).where(col(Tie.member_id) == number)
        assert not (await session.execute(ties)).scalars().all()
        (record,) = (await session.execute(select(Erasure))).scalars().all()
    assert (after.name, after.telegram_id) == (f"已离任人员{number}", -number)
    assert after.joined_at == before.joined_at
    assert (record.rule, record.counts["member.name"], record.door) == ("member", 1, None)
    changed = {name: count for name, count in (await rows(cases)).items() if count != kept[name]}
    assert set(changed) == {"tie", "erasure"}


async def test_she_keeps_her_name_while_a_post_a_frozen_account_or_a_hold_needs_it(cases: Database) -> None:
    number = await leaves(cases, WORKER)
    await finish(cases)

    async def stays(frozen_at: datetime | None = None) -> None:
        async with cases.transaction() as session:
            await session.execute(update(Member).where(col(Member.id) == number).values(frozen_at=frozen_at))
        assert await forget(cases, Entity.MEMBER) == 0

    await stays(SATURDAY)
    async with cases.transaction() as session:
        code = (await session.execute(select(col(Lead.code)).where(col(Lead.id) == PLAIN))).scalar_one()
        hold = await place_hold(session, lead=code, reason="法院来函", by="周静", now=SATURDAY)
    await stays()
    async with cases.transaction() as session:
        await lift_hold(session, hold.id, by="周静", now=LATER)
        area = (await session.execute(select(col(Appointment.area_id)).limit(1))).scalar_one()
        post = Appointment(member_id=number, area_id=area, role=Role.EXPERT, starts_on=LATER.date() - timedelta(days=9))
        session.add(post)
    await stays()  # she is somebody again
    async with cases.transaction() as session:
        await session.execute(update(Appointment).where(col(Appointment.id) == post.id).values(ends_on=LATER.date()))
    await stays()
    async with cases.transaction() as session:
        await session.execute(text(f"DELETE FROM appointment WHERE id = {post.id}"))
    assert await forget(cases, Entity.MEMBER) == 1


@pytest.mark.parametrize(
    "over",
    [
        "UPDATE agenda_item SET state = 'dropped', merged_into_id = NULL",
        "UPDATE council_project SET state = 'stopped', ended_on = '2026-11-21'",
        "UPDATE council_meeting SET state = 'held', ended_at = begun_at",
    ],
)
async def test_what_a_council_has_still_to_do_keeps_the_names_of_all_who_do_it(database: Database, over: str) -> None:
    first, second = await leaves(database, WORKER), await member(database, HEAD)
    async with database.transaction() as session:
        await found_council(session, first=first, second=second)
        await session.execute(text("DELETE FROM tier_change"))
        every = (
            "UPDATE agenda_item SET state = 'dropped', merged_into_id = NULL",
            "UPDATE council_project SET state = 'stopped', ended_on = '2026-11-21'",
            "UPDATE council_meeting SET state = 'held', ended_at = begun_at",
        )
        for statement in every:
            if statement != over:
                await session.execute(text(statement))
    assert await forget(database, Entity.MEMBER) == 0
    async with database.transaction() as session:
        await session.execute(text(over))
    assert await forget(database, Entity.MEMBER) == 1


async def test_whoever_was_only_a_council_s_guest_is_forgotten_earlier(database: Database) -> None:
    guest, worker = await leaves(database, HEAD), await leaves(database, WORKER)
    async with database.transaction() as session:
        await session.execute(text("DELETE FROM tier_change"))
        hers = update(Appointment).where(col(Appointment.member_id) == guest)
        await session.execute(hers.values(role=Role.COUNCIL_GUEST))
    assert await forget(database, Entity.GUEST, now=SATURDAY + timedelta(days=1824)) == 0
    assert await forget(database, Entity.GUEST, now=SATURDAY + timedelta(days=1825)) == 1
    assert await forget(database, Entity.MEMBER) == 1
    async with database.transaction() as session:
        names = [(await session.get_one(Member, number)).name for number in (guest, worker)]
    assert names == [f"已离任人员{guest}", f"已离任人员{worker}"]


def test_two_who_left_are_told_apart_in_either_language() -> None:
    assert [former_name(7, "zh"), former_name(8, "en")] == ["已离任人员7", "Former member 8"]
