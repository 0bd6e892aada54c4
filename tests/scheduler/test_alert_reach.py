"""Whom an alert reaches when the tree, the people or the telephones leave it little choice."""

import asyncio
import logging
from datetime import timedelta

import pytest
from sqlalchemy import func, select, update
from sqlmodel import col

from domain.usecases.due_alerts import audit_alerts, ring_due
from domain.usecases.leads import LeadFacts, report_lead
from models.alert import Alert, AlertRung
from models.area import Area, AreaKind
from models.lead import EntryKind, Lead, LeadSource, Where
from models.member import Appointment, Role
from models.session import Database
from tests.support.alerts import (
    bells,
    change_member,
    entries,
    goes_on_leave,
    id_of,
    later,
    skipped,
    takes_post,
    the_alert,
)
from tests.support.county import ADMIN, COUNTY, HEAD, INSTRUCTOR, POLICY, RIGHTS, SATURDAY, TOWNSHIP
from tests.support.hands import Bench
from tests.support.leads import NARRATIVE, a_lead, actor_of
from tests.support.matters import does, takes

RED = "domestic_violence"
FIRST_DAY = SATURDAY.date().replace(day=1)


async def city(bench: Bench) -> int:
    """A city above the county."""
    async with bench.database.transaction() as session:
        over = Area(code="C", name="测试市", kind=AreaKind.CITY, path="")
        session.add(over)
        await session.flush()
        over.path = f"/{over.id}/"
        await session.execute(update(Area).where(col(Area.code) == "T").values(parent_id=over.id))
        return over.id


async def reported(bench: Bench, by: int, where: Where) -> Lead:
    """A red lead of nobody's household."""
    actor = await actor_of(bench, by)
    facts = LeadFacts(RED, (), where, None, LeadSource.SEEN, NARRATIVE)
    async with bench.database.transaction() as session:
        return await report_lead(
            session, actor=actor, facts=facts, conversation_id=f"reach-{by}", now=bench.clock(), policy=bench.policy
        )


async def moves_to(bench: Bench, person: int, area: int) -> None:
    """Her only post is in another area from now on."""
    member = await id_of(bench, person)
    async with bench.database.transaction() as session:
        await session.execute(update(Appointment).where(col(Appointment.member_id) == member).values(area_id=area))


async def rungs(bench: Bench) -> int:
    """How many rungs there are of all alerts."""
    async with bench.database.transaction() as session:
        return (await session.execute(select(func.count()).select_from(AlertRung))).scalar_one()


async def test_what_the_county_reports_of_somebody_elsewhere_stays_with_the_county(bench: Bench) -> None:
    above = await city(bench)
    lead = await reported(bench, RIGHTS, Where.OUTSIDE)
    assert lead.area_id != above
    assert set(await bells(bench)) == {RIGHTS}
    assert set(await later(bench, minutes=15)) == {COUNTY, RIGHTS}


async def test_above_all_counties_nobody_is_found_and_the_timeline_does_not_fill_up(
    bench: Bench, caplog: pytest.LogCaptureFixture
) -> None:
    await moves_to(bench, RIGHTS, await city(bench))
    with caplog.at_level(logging.ERROR):
        lead = await reported(bench, RIGHTS, Where.NO_HOUSEHOLD)
    assert caplog.messages == [f"alert_reaches_nobody alert_id={(await the_alert(bench)).id} lead_id={lead.id}"]
    assert await bells(bench) == {}
    there, noted = await rungs(bench), len(await skipped(bench))
    for _ in range(3):
        assert await later(bench, minutes=15) == {}
    assert (await rungs(bench), len(await skipped(bench))) == (there, noted)


async def test_the_administrators_above_the_reporter_hear_of_what_reaches_nobody(bench: Bench) -> None:
    await moves_to(bench, RIGHTS, await city(bench))
    await takes_post(bench, RIGHTS, Role.AUDITOR, "T-X", FIRST_DAY)
    lead = await reported(bench, RIGHTS, Where.NO_HOUSEHOLD)
    heard = await bells(bench)
    assert set(heard) == {ADMIN}
    assert lead.code in heard[ADMIN][0]


async def test_after_a_lapse_the_county_still_has_the_list_of_telephones(bench: Bench) -> None:
    await a_lead(bench, RED)
    await bells(bench)
    for minutes in (5, 10, 15):
        await later(bench, minutes=minutes)
    await bench.person(HEAD).press("签收")
    await bells(bench)
    assert set(await later(bench, minutes=30)) == {HEAD}
    heard = await later(bench, minutes=10)
    assert set(heard) == {HEAD, INSTRUCTOR, TOWNSHIP, COUNTY, RIGHTS}
    assert {person: len(texts) for person, texts in heard.items()} == dict.fromkeys(heard, 1)
    for person in (COUNTY, RIGHTS):
        newest = bench.person(person).newest_with("签收")
        assert any("电话" in label for label in newest.labels), newest.labels
    assert len(await entries(bench, EntryKind.LAPSED)) == 1


async def test_about_a_red_one_the_clock_asks_until_help_was_given_and_then_every_morning(bench: Bench) -> None:
    lead = await a_lead(bench, RED)
    await bells(bench)
    head = bench.person(HEAD)
    await takes(bench, head, lead)
    await does(head, lead, "核实", "情况属实", note="见到伤痕")
    asked = await later(bench, minutes=30)
    assert set(asked) == {HEAD}
    assert "还在处理吗" in asked[HEAD][0]
    await does(head, lead, "支持", "庇护", "完成")
    assert await later(bench, hours=22) == {}
    asked = await later(bench, minutes=31)
    assert set(asked) == {HEAD}
    assert "还在处理吗" in asked[HEAD][0]
    assert await later(bench, hours=23) == {}
    assert (await the_alert(bench)).holder_id == await id_of(bench, HEAD)


async def test_those_with_nothing_to_do_do_not_keep_the_others_from_their_turn(bench: Bench) -> None:
    for _ in range(3):  # of these somebody is out of reach, and others can answer
        await a_lead(bench, RED)
    alone = await a_lead(bench, "elder_care")
    await bells(bench)
    await change_member(bench, HEAD, unreachable_since=SATURDAY)
    async with bench.database.transaction() as session:
        assert await ring_due(session, now=bench.clock(), policy=POLICY, limit=2) == 1
        assert await ring_due(session, now=bench.clock(), policy=POLICY, limit=2) == 0
    assert set(await bells(bench)) == {TOWNSHIP}
    assert [entry.lead_id for entry in await entries(bench, EntryKind.SKIPPED)] == [alone.id]


async def test_who_took_many_during_her_leave_does_not_hide_who_is_gone(bench: Bench) -> None:
    await goes_on_leave(bench, TOWNSHIP)
    bench.pass_time(minutes=1)
    for person in (TOWNSHIP, TOWNSHIP, TOWNSHIP, HEAD):
        await a_lead(bench, RED)
        await bells(bench)
        hello = await bench.person(person).say("/help")
        await bench.person(person).press_data(hello.message_id, f"alert:take:{(await the_alert(bench)).id}")
        await bells(bench)
    await change_member(bench, HEAD, frozen_at=SATURDAY)
    async with bench.database.transaction() as session:
        assert await ring_due(session, now=bench.clock(), policy=POLICY, limit=1) == 1
        assert await ring_due(session, now=bench.clock(), policy=POLICY, limit=1) == 0
    lapsed = await entries(bench, EntryKind.LAPSED)
    assert [entry.detail["reason"] for entry in lapsed] == ["frozen"]
    await bells(bench)


async def test_two_audits_at_once_put_it_right_once(bench: Bench) -> None:
    lead = await a_lead(bench, RED)
    await bells(bench)
    async with bench.database.transaction() as session:
        await session.execute(update(Alert).values(next_step_at=bench.clock() - timedelta(hours=1)))
    elsewhere = Database(bench.database.url)

    async def audits(database: Database) -> int:
        async with database.transaction() as session:
            return len(await audit_alerts(session, now=bench.clock(), policy=POLICY))

    found = await asyncio.gather(audits(bench.database), audits(elsewhere))
    await elsewhere.close()
    assert sorted(found) == [0, 1]
    heard = await bells(bench)
    assert {len(texts) for texts in heard.values()} == {1}
    alerted = await entries(bench, EntryKind.ALERTED)
    assert len([entry for entry in alerted if entry.lead_id == lead.id and entry.detail["position"] == 1]) == 1
