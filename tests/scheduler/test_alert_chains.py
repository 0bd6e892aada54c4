"""Alerts in time: nobody answers, nights, leave, blocks, month ends, standstills, two processes at once."""

import asyncio
import logging
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import delete, func, select, update
from sqlmodel import col

from domain.access import actors_by_telegram_id
from domain.refusals import RefusedError
from domain.usecases.alerts import close_alert, open_alert, recolour_alert
from domain.usecases.answering import answer_alert
from domain.usecases.due_alerts import Fault, audit_alerts, ring_due
from models.alert import Alert, AlertBell, AlertRung, AlertState, NextStep
from models.lead import Colour, EntryKind, Lead
from models.member import Appointment, Member, Role
from models.outbox import OutboxMessage
from models.session import Database
from tests.support.alerts import (
    bells,
    change_member,
    entries,
    goes_on_leave,
    id_of,
    later,
    leaves_post,
    skipped,
    takes_post,
    the_alert,
)
from tests.support.county import (
    ADMIN,
    COUNTY,
    HEAD,
    INSTRUCTOR,
    OTHER_HEAD,
    POLICY,
    RIGHTS,
    SATURDAY,
    TOWNSHIP,
)
from tests.support.hands import Bench
from tests.support.leads import a_lead

RED, ORANGE, YELLOW, BLUE = "domestic_violence", "elder_care", "marriage", "neighbours"
NIGHT = datetime(2026, 11, 21, 14, 0, tzinfo=UTC)  # ten in the evening


async def climbed(bench: Bench, steps: list[tuple[float, set[int]]]) -> None:
    """At each of the minutes after now, just these people are rung, and nobody in between."""
    began = bench.clock.now
    for minutes, people in steps:
        bench.clock.now = began + timedelta(minutes=minutes, seconds=-1)
        assert await later(bench) == {}, f"a second before minute {minutes}"
        heard = await later(bench, seconds=1)
        assert set(heard) == people, f"at minute {minutes}"
        assert all(len(texts) == 1 for texts in heard.values())


async def test_a_red_one_that_nobody_answers_climbs_to_the_county_and_goes_on_ringing(bench: Bench) -> None:
    await a_lead(bench, RED)
    assert set(await bells(bench)) == {HEAD, TOWNSHIP, RIGHTS}
    steps: list[tuple[float, set[int]]] = [
        (5, {INSTRUCTOR, HEAD}),
        (15, {TOWNSHIP}),
        (30, {COUNTY, RIGHTS}),
        (45, {COUNTY, RIGHTS}),
        (60, {COUNTY, RIGHTS}),
    ]
    await climbed(bench, steps)
    alerted = await entries(bench, EntryKind.ALERTED)
    assert [entry.detail["position"] for entry in alerted] == [0, 1, 2, 3, 3, 3]
    assert alerted[0].detail["roles"] == ["federation_officer", "head", "township_centre"]
    assert alerted[0].by_id is None
    assert await skipped(bench) == [(2, ["federation_officer"], "never_joined")]


async def test_an_orange_one_climbs_by_its_clock_and_the_night_holds_its_bells(bench: Bench) -> None:
    await a_lead(bench, ORANGE)
    assert set(await bells(bench)) == {HEAD}
    await climbed(bench, [(240, {TOWNSHIP}), (480, {COUNTY})])
    # Its turn comes again at nine in the evening: the bell is held until seven, and the clock counts from then.
    assert await later(bench, hours=4) == {}
    assert bench.policy.is_quiet(bench.clock())
    assert (await the_alert(bench)).next_step_at == datetime(2026, 11, 22, 3, 0, tzinfo=UTC)
    assert set(await later(bench, hours=10)) == {COUNTY}


async def test_a_yellow_one_climbs_day_by_day(bench: Bench) -> None:
    await a_lead(bench, YELLOW)
    assert set(await bells(bench)) == {INSTRUCTOR}
    day = 24 * 60
    await climbed(bench, [(day, {HEAD}), (2 * day, {TOWNSHIP}), (3 * day, {TOWNSHIP}), (4 * day, {TOWNSHIP})])


async def test_quiet_hours_never_hold_red(bench: Bench) -> None:
    bench.clock.now = NIGHT
    await a_lead(bench, RED)
    assert set(await bells(bench)) == {HEAD, TOWNSHIP, RIGHTS}
    await climbed(bench, [(5, {INSTRUCTOR, HEAD}), (15, {TOWNSHIP}), (30, {COUNTY, RIGHTS})])


async def test_quiet_hours_hold_orange_and_its_clock_counts_from_the_morning(bench: Bench) -> None:
    bench.clock.now = NIGHT
    await a_lead(bench, ORANGE)
    assert await bells(bench) == {}
    await climbed(bench, [(9 * 60, {HEAD}), (13 * 60, {TOWNSHIP})])


async def test_a_blue_one_rings_nobody_stands_in_the_morning_and_climbs_after_a_week(bench: Bench) -> None:
    await a_lead(bench, BLUE)
    assert await bells(bench) == {}
    bench.pass_time(days=1)
    await bench.tick()
    told = [said.text for said in bench.person(INSTRUCTOR).reads() if "等您看的线索" in said.text]
    assert len(told) == 1
    assert "有 1 条" in told[0]
    bench.all_unread()
    assert await later(bench, days=5) == {}
    assert set(await later(bench, days=1)) == {HEAD}


async def test_who_stands_in_for_an_empty_first_rung_of_a_quiet_chain_is_not_rung_either(bench: Bench) -> None:
    await leaves_post(bench, INSTRUCTOR)
    await a_lead(bench, BLUE)
    assert await bells(bench) == {}
    assert await skipped(bench) == [(0, ["instructor"], "never_joined")]
    alert = await the_alert(bench)
    async with bench.database.transaction() as session:
        rung = list((await session.execute(select(col(AlertBell.member_id)))).scalars())
    assert (alert.rung, rung) == (1, [await id_of(bench, HEAD)])


@pytest.mark.parametrize("gone", ["leave", "blocked", "frozen", "left"])
async def test_a_rung_that_cannot_answer_is_skipped_at_once_and_recorded(bench: Bench, gone: str) -> None:
    if gone == "leave":
        await goes_on_leave(bench, HEAD)
    elif gone == "blocked":
        await change_member(bench, HEAD, unreachable_since=SATURDAY)
    elif gone == "frozen":
        await change_member(bench, HEAD, frozen_at=SATURDAY)
    else:
        await leaves_post(bench, HEAD)
    await a_lead(bench, ORANGE)
    assert set(await bells(bench)) == {TOWNSHIP}
    reason = {"leave": "on_leave", "left": "never_joined"}.get(gone, gone)
    assert await skipped(bench) == [(0, ["head"], reason)]
    async with bench.database.transaction() as session:
        rung = (await session.execute(select(AlertRung).where(col(AlertRung.position) == 0))).scalar_one()
    assert rung.passed_over == ({} if gone == "left" else {str(await id_of(bench, HEAD)): reason})
    await climbed(bench, [(240, {COUNTY})])


async def test_somebody_back_from_leave_is_rung_when_her_turn_comes(bench: Bench) -> None:
    await goes_on_leave(bench, TOWNSHIP, days=0)
    await a_lead(bench, YELLOW)
    assert set(await bells(bench)) == {INSTRUCTOR}
    assert set(await later(bench, days=1)) == {HEAD}
    assert set(await later(bench, days=1)) == {TOWNSHIP}


async def test_a_recipient_who_blocks_the_bot_is_passed_at_the_next_tick(bench: Bench) -> None:
    bench.box.world.people[HEAD].blocked = True
    await a_lead(bench, ORANGE)
    assert await bells(bench) == {}
    assert set(await later(bench, seconds=5)) == {TOWNSHIP}
    assert await skipped(bench) == [(0, ["head"], "blocked")]
    assert await later(bench, seconds=5) == {}
    assert set(await later(bench, hours=4)) == {COUNTY}


async def test_one_of_three_who_blocked_the_bot_does_not_hurry_the_chain(bench: Bench) -> None:
    bench.box.world.people[HEAD].blocked = True
    await a_lead(bench, RED)
    assert set(await bells(bench)) == {TOWNSHIP, RIGHTS}
    assert await later(bench, seconds=5) == {}
    assert set(await later(bench, minutes=5)) == {INSTRUCTOR}


async def test_when_everybody_of_the_last_rung_blocks_the_bot_the_one_below_is_rung_once(bench: Bench) -> None:
    await a_lead(bench, ORANGE)
    assert set(await bells(bench)) == {HEAD}
    assert set(await later(bench, hours=4)) == {TOWNSHIP}
    bench.box.world.people[COUNTY].blocked = True
    assert await later(bench, hours=4) == {}
    assert set(await later(bench, seconds=5)) == {TOWNSHIP}
    assert await later(bench, seconds=5) == {}
    assert set(await later(bench, hours=3)) == set()


async def test_at_the_end_of_a_month_the_successor_is_rung(bench: Bench) -> None:
    last, first = POLICY.today(SATURDAY).replace(day=30), POLICY.today(SATURDAY).replace(month=12, day=1)
    await leaves_post(bench, HEAD, last)
    await takes_post(bench, OTHER_HEAD, Role.HEAD, "T-A", first)
    bench.clock.now = datetime(2026, 11, 30, 15, 57, tzinfo=UTC)  # three minutes to midnight
    await a_lead(bench, RED)
    assert set(await bells(bench)) == {HEAD, TOWNSHIP, RIGHTS}
    assert set(await later(bench, minutes=5)) == {INSTRUCTOR, OTHER_HEAD}
    head = bench.person(HEAD)
    assert await head.press_data(head.newest_with("签收").message_id, head.newest_with("签收").button("签收")) != []


async def test_a_machine_that_was_off_for_two_hours_rings_each_rung_once(bench: Bench) -> None:
    await a_lead(bench, RED)
    await bells(bench)
    heard = await later(bench, hours=2)
    assert {person: len(texts) for person, texts in heard.items()} == {
        INSTRUCTOR: 1,
        HEAD: 1,
        TOWNSHIP: 1,
        COUNTY: 1,
        RIGHTS: 1,
    }
    assert await later(bench, seconds=5) == {}
    assert await later(bench, minutes=14) == {}
    assert set(await later(bench, minutes=1)) == {COUNTY, RIGHTS}


async def test_a_machine_that_was_off_asks_whoever_has_it_once(bench: Bench) -> None:
    await a_lead(bench, RED)
    await bells(bench)
    await bench.person(HEAD).press("签收")
    await bells(bench)
    assert set(await later(bench, hours=2)) == {HEAD}
    assert await later(bench, minutes=9) == {}
    assert INSTRUCTOR in await later(bench, minutes=1)


async def test_a_tick_is_all_it_takes(bench: Bench) -> None:
    await a_lead(bench, RED)
    await bench.tick()
    bench.all_unread()
    bench.pass_time(minutes=5)
    await bench.tick()
    assert {person for person in (HEAD, INSTRUCTOR, TOWNSHIP) if bench.person(person).reads()} == {HEAD, INSTRUCTOR}


async def test_two_processes_sweeping_at_once_ring_once(bench: Bench) -> None:
    for _ in range(6):
        await a_lead(bench, RED)
    await bells(bench)
    bench.pass_time(minutes=5)
    elsewhere = Database(bench.database.url)

    async def sweeps(database: Database) -> int:
        moved = 0
        for _ in range(5):
            async with database.transaction() as session:
                moved += await ring_due(session, now=bench.clock(), policy=POLICY, limit=2)
        return moved

    moved = await asyncio.gather(sweeps(bench.database), sweeps(elsewhere))
    await elsewhere.close()
    assert sum(moved) == 6
    heard = await bells(bench)
    assert {person: len(texts) for person, texts in heard.items()} == {HEAD: 6, INSTRUCTOR: 6}


async def test_everybody_answers_at_once_from_two_processes_and_one_has_it(bench: Bench) -> None:
    await a_lead(bench, RED)
    await bells(bench)
    alert = await the_alert(bench)
    elsewhere = Database(bench.database.url)

    async def answers(database: Database, person: int) -> bool:
        async with database.transaction() as session:
            actor = (await actors_by_telegram_id(session, [person], POLICY.today(SATURDAY)))[person]
            answered = await answer_alert(
                session, actor=actor, alert_id=alert.id, working=False, now=bench.clock(), policy=POLICY
            )
            return answered.mine

    people = {HEAD: bench.database, TOWNSHIP: elsewhere, RIGHTS: bench.database}
    mine = await asyncio.gather(*(answers(database, person) for person, database in people.items()))
    await elsewhere.close()
    assert sorted(mine) == [False, False, True]
    holder = list(people)[mine.index(True)]
    assert (await the_alert(bench)).holder_id == await id_of(bench, holder)
    assert len(await entries(bench, EntryKind.ACKNOWLEDGED)) == 1
    assert set(await bells(bench)) == set(people) - {holder}


async def test_where_the_chain_is_empty_the_duty_holder_of_the_county_is_rung(bench: Bench) -> None:
    for person in (INSTRUCTOR, HEAD, TOWNSHIP):
        await change_member(bench, person, frozen_at=SATURDAY)
    await a_lead(bench, YELLOW)
    assert set(await bells(bench)) == {COUNTY}
    assert (await the_alert(bench)).rung == 3
    assert set(await later(bench, days=1)) == {COUNTY}


async def test_an_alert_that_reaches_nobody_is_told_to_the_administrators_and_tried_again(bench: Bench) -> None:
    for person in (INSTRUCTOR, HEAD, TOWNSHIP, COUNTY):
        await change_member(bench, person, unreachable_since=SATURDAY)
    lead = await a_lead(bench, YELLOW)
    heard = await bells(bench)
    assert set(heard) == {ADMIN}
    assert lead.code in heard[ADMIN][0]
    assert "通知不到任何人" in heard[ADMIN][0]
    assert await later(bench, hours=1) == {}
    await change_member(bench, HEAD, unreachable_since=None)
    assert set(await later(bench, hours=23)) == {HEAD}


async def holds(bench: Bench, person: int, item: str = RED) -> None:
    """A lead is reported and `person` acknowledges it; everything that is told of that is read."""
    await a_lead(bench, item)
    await bells(bench)
    await bench.person(person).press("签收")
    await bells(bench)


async def test_whoever_stays_silent_loses_it_and_the_rung_after_hers_is_rung(bench: Bench) -> None:
    await holds(bench, HEAD)
    assert await later(bench, minutes=29) == {}
    asked = await later(bench, minutes=1)
    assert set(asked) == {HEAD}
    assert "还在处理吗" in asked[HEAD][0]
    assert await later(bench, minutes=9) == {}
    heard = await later(bench, minutes=1)
    assert set(heard) == {HEAD, INSTRUCTOR, TOWNSHIP, RIGHTS}
    assert "已不在您手里" in heard[HEAD][0]
    alert = await the_alert(bench)
    assert (alert.state, alert.holder_id, alert.rung) == (AlertState.RINGING, None, 1)
    lapsed = await entries(bench, EntryKind.LAPSED)
    assert [entry.detail["reason"] for entry in lapsed] == ["no_answer"]
    assert set(await later(bench, minutes=10)) == {TOWNSHIP}
    assert set(await later(bench, minutes=15)) == {COUNTY, RIGHTS}


async def test_the_question_of_an_orange_one_waits_for_the_morning(bench: Bench) -> None:
    bench.clock.now = NIGHT - timedelta(hours=1, minutes=1)
    await holds(bench, HEAD, ORANGE)
    bench.clock.now = NIGHT + timedelta(days=1)
    assert await later(bench) == {}
    assert (await the_alert(bench)).next_step is NextStep.LAPSE
    assert set(await later(bench, hours=9)) == {HEAD}
    assert await later(bench, hours=3) == {}
    assert set(await later(bench, hours=1)) == {HEAD, TOWNSHIP}


@pytest.mark.parametrize("gone", ["leave", "blocked", "frozen", "left"])
async def test_a_holder_who_is_gone_loses_it_at_the_next_tick(bench: Bench, gone: str) -> None:
    await holds(bench, HEAD)
    bench.pass_time(minutes=1)
    if gone == "leave":
        await goes_on_leave(bench, HEAD)
    elif gone == "blocked":
        bench.box.act(HEAD, HEAD, "block")
        await bench.settle()
    elif gone == "frozen":
        await change_member(bench, HEAD, frozen_at=SATURDAY)
    else:
        await leaves_post(bench, HEAD)
    heard = await later(bench, seconds=5)
    assert {INSTRUCTOR, TOWNSHIP, RIGHTS} <= set(heard)
    assert (await the_alert(bench)).state is AlertState.RINGING
    reason = {"leave": "on_leave", "left": "left_post"}.get(gone, gone)
    assert [entry.detail["reason"] for entry in await entries(bench, EntryKind.LAPSED)] == [reason]
    assert await later(bench, seconds=5) == {}


async def test_who_takes_it_during_her_leave_keeps_it(bench: Bench) -> None:
    await a_lead(bench, RED)
    await bells(bench)
    bench.pass_time(minutes=1)
    await goes_on_leave(bench, HEAD)
    bench.pass_time(minutes=1)
    await bench.person(HEAD).press("我来处理")
    await bells(bench)
    assert await later(bench, seconds=5) == {}
    assert (await the_alert(bench)).state is AlertState.HELD


async def in_lead(bench: Bench, lead: Lead, *, colour: Colour | None = None, end: bool = False) -> None:
    """The lead gets another colour, or its alert is ended or opened again."""
    async with bench.database.transaction() as session:
        mine = await session.get_one(Lead, lead.id)
        if colour is not None:
            mine.colour = colour
            if colour is Colour.RED:
                mine.mediable = False
            await recolour_alert(session, mine, now=bench.clock(), policy=POLICY)
        elif end:
            await close_alert(session, mine, now=bench.clock())
        else:
            await open_alert(session, mine, now=bench.clock(), policy=POLICY)


async def test_a_raised_one_rings_the_new_chain_at_once_and_whoever_had_it_first(bench: Bench) -> None:
    lead = await a_lead(bench, YELLOW)
    await bells(bench)
    await bench.person(INSTRUCTOR).press("我来处理")
    await in_lead(bench, lead, colour=Colour.RED)
    heard = await bells(bench)
    assert set(heard) == {INSTRUCTOR, HEAD, TOWNSHIP, RIGHTS}
    assert all("红色" in texts[-1] for texts in heard.values())
    alert = await the_alert(bench)
    assert (alert.state, alert.colour) == (AlertState.RINGING, Colour.RED)
    await climbed(bench, [(5, {INSTRUCTOR, HEAD}), (15, {TOWNSHIP}), (30, {COUNTY, RIGHTS})])


async def test_a_lowered_one_stays_with_whoever_has_it(bench: Bench) -> None:
    lead = await a_lead(bench, ORANGE)
    await bells(bench)
    await bench.person(HEAD).press("签收")
    await in_lead(bench, lead, colour=Colour.YELLOW)
    assert set(await bells(bench)) <= {HEAD}
    alert = await the_alert(bench)
    assert (alert.state, alert.holder_id, alert.colour) == (AlertState.HELD, await id_of(bench, HEAD), Colour.YELLOW)
    assert await later(bench, days=2) == {}
    assert set(await later(bench, days=1)) == {HEAD}


async def test_a_closed_one_is_silent_and_opened_again_it_rings_its_handler_first(bench: Bench) -> None:
    lead = await a_lead(bench, ORANGE)
    await bells(bench)
    await later(bench, hours=4)
    await bench.person(TOWNSHIP).press("我来处理")
    await bells(bench)
    await in_lead(bench, lead, end=True)
    assert await later(bench, days=3) == {}
    await in_lead(bench, lead)
    assert set(await bells(bench)) == {TOWNSHIP}
    assert set(await later(bench, hours=4)) == {HEAD}


async def test_the_audit_proves_that_every_open_lead_has_a_live_next_step(
    bench: Bench, caplog: pytest.LogCaptureFixture
) -> None:
    whole, bare, late, pale = [await a_lead(bench, RED) for _ in range(4)]
    await a_lead(bench, BLUE)
    await bells(bench)
    async with bench.database.transaction() as session:
        assert await audit_alerts(session, now=bench.clock(), policy=POLICY) == []
        alerts = {alert.lead_id: alert.id for alert in (await session.execute(select(Alert))).scalars()}
        gone = alerts[bare.id]
        for table in (AlertBell, AlertRung):
            await session.execute(delete(table).where(col(table.alert_id) == gone))
        await session.execute(delete(Alert).where(col(Alert.id) == gone))
        overdue = bench.clock() - timedelta(hours=1)
        await session.execute(update(Alert).where(col(Alert.id) == alerts[late.id]).values(next_step_at=overdue))
        await session.execute(update(Alert).where(col(Alert.id) == alerts[pale.id]).values(colour=Colour.YELLOW))
    with caplog.at_level(logging.ERROR):
        async with bench.database.transaction() as session:
            repairs = await audit_alerts(session, now=bench.clock(), policy=POLICY)
    faults = {repair.lead_id: repair.fault for repair in repairs}
    assert faults == {bare.id: Fault.NO_ALERT, late.id: Fault.OVERDUE, pale.id: Fault.OTHER_COLOUR}
    assert sorted(caplog.messages) == sorted(
        f"alert_repaired lead_id={number} fault={fault.value}" for number, fault in faults.items()
    )
    assert whole.id not in faults
    assert await bells(bench)
    async with bench.database.transaction() as session:
        assert await audit_alerts(session, now=bench.clock(), policy=POLICY) == []
        open_ones = select(func.count()).select_from(Alert).where(col(Alert.state) != AlertState.CLOSED)
        assert (await session.execute(open_ones)).scalar_one() == 5


async def test_one_alert_that_fails_does_not_hold_up_the_others(bench: Bench, caplog: pytest.LogCaptureFixture) -> None:
    broken = await a_lead(bench, RED)
    await a_lead(bench, RED)
    await bells(bench)
    async with bench.database.transaction() as session:
        bad = select(col(Alert.id)).where(col(Alert.lead_id) == broken.id)
        posts = update(AlertRung).where(col(AlertRung.alert_id).in_(bad)).values(posts=[["nonsense", 1]])
        await session.execute(posts.execution_options(synchronize_session=False))
    with caplog.at_level(logging.ERROR):
        heard = await later(bench, minutes=5)
    assert {person: len(texts) for person, texts in heard.items()} == {HEAD: 1, INSTRUCTOR: 1}
    assert [message.split(" error=")[1] for message in caplog.messages] == ["ValueError"]


async def test_nobody_is_rung_for_what_is_answered_while_the_bell_waits(bench: Bench) -> None:
    bench.clock.now = NIGHT
    await a_lead(bench, ORANGE)
    head = bench.person(HEAD)
    hello = await head.say("/help")
    await head.press_data(hello.message_id, f"alert:ack:{(await the_alert(bench)).id}")
    assert await later(bench, hours=9) == {}
    async with bench.database.transaction() as session:
        states = (await session.execute(select(col(OutboxMessage.state)))).scalars().all()
    assert {state.value for state in states} == {"dropped"}


async def test_whoever_left_her_post_cannot_answer_from_another_process(bench: Bench) -> None:
    await a_lead(bench, RED)
    await bells(bench)
    alert = await the_alert(bench)
    async with bench.database.transaction() as session:
        await session.execute(delete(Appointment).where(col(Appointment.member_id).in_(_member(HEAD))))
        actor = (await actors_by_telegram_id(session, [HEAD], POLICY.today(SATURDAY)))[HEAD]
        with pytest.raises(RefusedError):
            await answer_alert(session, actor=actor, alert_id=alert.id, working=True, now=bench.clock(), policy=POLICY)


def _member(person: int) -> Any:
    return select(col(Member.id)).where(col(Member.telegram_id) == person)
