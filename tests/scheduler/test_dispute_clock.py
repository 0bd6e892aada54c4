"""What a case does by itself: the clock beside the count, arrivals that nobody accepts, and owners who are gone."""

import asyncio
import logging
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import select, update
from sqlmodel import col

from domain.usecases import dispute_steps
from domain.usecases.dispute_due import audit_disputes, move_disputes
from models.dispute import Dispute, DisputeEntryKind, DisputeKind, DisputeState, DisputeStep
from models.mediation import AttemptResult
from models.member import Leave, Member, Role
from models.session import Database
from tests.support.alerts import bells, change_member, goes_on_leave, id_of, is_kin, leaves_post, takes_post
from tests.support.attempts import accept, attempt
from tests.support.county import ADMIN, COUNTY, HEAD, INSTRUCTOR, POLICY, SATURDAY, TOWNSHIP, WORKER
from tests.support.dispute_life import agreed, does, followed_up_twice
from tests.support.hands import Bench
from tests.support.ladder import (
    ELDER,
    EXECUTIVE,
    GROUP_WORKER,
    OTHER_ELDER,
    a_dispute,
    add_ladder,
    dispute_of,
    history,
)
from tests.support.matters import look_away
from tests.support.moving import card, entries, later, mediated, passes_up, sees_nothing

MORNING = timedelta(hours=23)  # from nine o'clock to eight


async def owned_by(bench: Bench, number: int) -> int:
    """Whoever has the case."""
    owner = (await dispute_of(bench, number)).owner_id
    async with bench.database.transaction() as session:
        return (await session.execute(select(col(Member.telegram_id)).where(col(Member.id) == owner))).scalar_one()


async def test_after_ten_days_its_owner_after_fifteen_the_head_after_thirty_the_next_rung(bench: Bench) -> None:
    await add_ladder(bench)
    number = await mediated(bench)
    assert await later(bench, days=9) == {}
    heard = await later(bench, days=1)
    assert set(heard) == {GROUP_WORKER}
    assert "10 天没有进展" in heard[GROUP_WORKER][0]
    assert await later(bench, days=4) == {}
    heard = await later(bench, days=1)
    assert set(heard) == {HEAD}
    assert "15 天没有进展" in heard[HEAD][0]
    assert await later(bench, days=14) == {}
    heard = await later(bench, days=1)
    assert set(heard) == {ELDER, OTHER_ELDER, GROUP_WORKER}
    assert "超过期限没有进展" in heard[ELDER][0]
    dispute = await dispute_of(bench, number)
    assert (dispute.rung, dispute.state, dispute.came_from) == ("village_group", DisputeState.REGISTERED, None)
    assert await history(bench, number) == [
        *("registered", "arrived", "accepted", "reminded", "head_told", "arrived"),
    ]


async def test_what_happens_starts_the_clock_anew(bench: Bench) -> None:
    await add_ladder(bench)
    number = await mediated(bench)
    await later(bench, days=12)
    await attempt(bench, number, GROUP_WORKER)
    await look_away(bench)
    assert await later(bench, days=9) == {}
    assert set(await later(bench, days=1)) == {GROUP_WORKER}
    assert (await dispute_of(bench, number)).rung == "grid"


async def test_after_a_standstill_the_steps_follow_each_other_by_days(bench: Bench) -> None:
    await add_ladder(bench)
    number = await mediated(bench)
    assert set(await later(bench, days=40)) == {GROUP_WORKER}
    assert await later(bench, minutes=10) == {}
    assert set(await later(bench, days=1)) == {HEAD}
    assert (await dispute_of(bench, number)).rung == "grid"
    await later(bench, days=1)
    assert (await dispute_of(bench, number)).rung == "village_group"


async def test_a_colour_has_its_own_clock(bench: Bench) -> None:
    ladder = bench.policy.ladder
    clocks = {
        colour: replace(clock, remind_days=2, head_days=3, climb_days=4) for colour, clock in ladder.clocks.items()
    }
    bench.policy = replace(bench.policy, ladder=replace(ladder, clocks=clocks))
    await bench.restart()
    number = await mediated(bench, by=WORKER, household="T-A-01-001")
    assert set(await later(bench, days=2)) == {WORKER}
    assert set(await later(bench, days=1)) == {HEAD}
    assert HEAD in await later(bench, days=1)
    assert (await dispute_of(bench, number)).rung == "community"


async def test_on_the_last_rung_it_stays_and_is_heard_of(bench: Bench) -> None:
    number = await a_dispute(bench, by=COUNTY, household=None)
    await accept(bench, number, COUNTY)
    await look_away(bench)
    for days in (10, 5, 15):
        assert set(await later(bench, days=days)) == {COUNTY}
    dispute = await dispute_of(bench, number)
    assert (dispute.rung, dispute.state, dispute.next_step) == ("county", DisputeState.MEDIATING, DisputeStep.CLIMB)
    assert await later(bench, days=29) == {}
    assert set(await later(bench, days=1)) == {COUNTY}


async def test_what_nobody_accepts_calls_again_then_the_head_then_climbs(bench: Bench) -> None:
    await add_ladder(bench)
    number = await a_dispute(bench, by=HEAD)
    assert set(await bells(bench)) == {GROUP_WORKER}
    colour = (await dispute_of(bench, number)).colour
    hours = bench.policy.ladder.clocks[colour].accept_hours
    assert await later(bench, hours=hours - 1) == {}
    heard = await later(bench, hours=1)
    assert set(heard) == {GROUP_WORKER}
    assert "还没有人受理" in heard[GROUP_WORKER][0]
    heard = await later(bench, hours=hours)
    assert set(heard) == {GROUP_WORKER, HEAD}
    assert "一直没有人受理" in heard[HEAD][0]
    heard = await later(bench, hours=hours)
    assert "没有人能办" in heard[ELDER][0]
    assert (await dispute_of(bench, number)).rung == "village_group"
    # On the way up every rung is waited for alike; on the last one it goes on, once a day.
    for _ in range(9):
        await later(bench, hours=hours)
    assert (await dispute_of(bench, number)).rung == "county"
    for _ in range(3):
        assert set(await later(bench, hours=hours)) == {COUNTY}
    assert (await dispute_of(bench, number)).rung == "county"


async def test_nobody_is_called_at_night(bench: Bench) -> None:
    await add_ladder(bench)
    bench.pass_time(hours=14)  # eleven at night
    number = await a_dispute(bench, by=HEAD)
    hours = bench.policy.ladder.clocks[(await dispute_of(bench, number)).colour].accept_hours
    assert await later(bench, hours=7) == {}
    assert set(await later(bench, hours=1)) == {GROUP_WORKER}
    assert await later(bench, hours=hours - 1) == {}  # what came at night waits for its answer from the morning on
    assert set(await later(bench, hours=1)) == {GROUP_WORKER}


async def test_empty_rungs_are_passed_over(bench: Bench) -> None:
    await add_ladder(bench)
    number = await mediated(bench)
    await leaves_post(bench, ELDER)
    await goes_on_leave(bench, OTHER_ELDER, days=99)
    heard = await later(bench, days=10)
    heard = await later(bench, days=5)
    heard = await later(bench, days=15)
    assert set(heard) == {HEAD, EXECUTIVE, GROUP_WORKER}
    assert (await dispute_of(bench, number)).rung == "community"
    skipped = (await entries(bench, number, DisputeEntryKind.SKIPPED))[-1]
    assert skipped.detail == {"rung": "village_group", "reason": "on_leave"}


async def test_where_everybody_is_tied_it_goes_to_whoever_is_not(bench: Bench) -> None:
    await add_ladder(bench)
    number = await mediated(bench)
    home = (await dispute_of(bench, number)).household_id
    for person in (GROUP_WORKER, ELDER, OTHER_ELDER, EXECUTIVE, HEAD):
        await is_kin(bench, person, home)
    heard = await later(bench, minutes=1)
    assert set(heard) == {TOWNSHIP}
    dispute = await dispute_of(bench, number)
    assert (dispute.rung, dispute.owner_id) == ("township", await id_of(bench, TOWNSHIP))
    for person in (TOWNSHIP, COUNTY):
        await is_kin(bench, person, home)
    # Nobody at all is left: it keeps its owner on the last rung, and the administrators find somebody.
    heard = await later(bench, minutes=1)
    assert set(heard) == {ADMIN}
    assert "没有人能办" in heard[ADMIN][0]
    dispute = await dispute_of(bench, number)
    assert (dispute.rung, dispute.state) == ("county", DisputeState.REGISTERED)
    assert await sees_nothing(bench, COUNTY, number)
    assert await later(bench, days=6) == {}
    assert set(await later(bench, days=2)) == {ADMIN}


@pytest.mark.parametrize("how", ["left", "frozen", "leave", "tied", "blocked"])
async def test_when_its_owner_is_gone_a_colleague_has_it(bench: Bench, how: str) -> None:
    number = await mediated(bench, by=WORKER, household="T-A-01-001")
    bench.pass_time(days=1)
    match how:
        case "left":
            await leaves_post(bench, WORKER)
        case "frozen":
            await change_member(bench, WORKER, frozen_at=SATURDAY)
        case "leave":
            await goes_on_leave(bench, WORKER)
        case "tied":
            await is_kin(bench, WORKER, (await dispute_of(bench, number)).household_id)
        case _:
            await change_member(bench, WORKER, unreachable_since=SATURDAY)
    heard = await later(bench, minutes=1)
    assert "现在由您负责" in heard[INSTRUCTOR][0]
    assert (await owned_by(bench, number)) == INSTRUCTOR
    assert (await dispute_of(bench, number)).state is DisputeState.MEDIATING
    assert await later(bench, minutes=1) == {}


async def test_a_worker_alone_on_her_rung_who_left_leaves_it_to_the_next(bench: Bench) -> None:
    await add_ladder(bench)
    number = await mediated(bench)
    await leaves_post(bench, GROUP_WORKER)
    heard = await later(bench, minutes=1)
    assert set(heard) == {ELDER, OTHER_ELDER}
    arrived = (await entries(bench, number, DisputeEntryKind.ARRIVED))[-1]
    assert (arrived.detail["why"], arrived.by_id) == ("nobody_left", None)


async def test_a_short_leave_of_somebody_alone_takes_nothing_from_her(bench: Bench) -> None:
    await add_ladder(bench)
    number = await mediated(bench)
    bench.pass_time(minutes=5)
    await goes_on_leave(bench, GROUP_WORKER, days=3)
    assert await later(bench, minutes=1) == {}
    assert await owned_by(bench, number) == GROUP_WORKER
    # Its day comes while she is away: somebody else has it.
    await _cancel_leaves(bench)
    await goes_on_leave(bench, GROUP_WORKER, days=20)
    assert set(await later(bench, minutes=1)) == {ELDER, OTHER_ELDER, GROUP_WORKER}
    assert (await dispute_of(bench, number)).rung == "village_group"


async def test_whoever_accepts_during_her_leave_keeps_it(bench: Bench) -> None:
    number = await a_dispute(bench, by=WORKER, household="T-A-01-001")
    await goes_on_leave(bench, WORKER, days=30)
    bench.pass_time(minutes=1)
    await accept(bench, number, WORKER)
    await look_away(bench)
    assert await later(bench, minutes=1) == {}
    assert await owned_by(bench, number) == WORKER


async def test_what_was_agreed_on_is_followed_up_by_the_next_rung(bench: Bench) -> None:
    await add_ladder(bench)
    number = await mediated(bench)
    await attempt(bench, number, GROUP_WORKER, AttemptResult.AGREED)
    await look_away(bench)
    await leaves_post(bench, GROUP_WORKER)
    heard = await later(bench, minutes=1)
    assert set(heard) == {ELDER}
    dispute = await dispute_of(bench, number)
    assert (dispute.state, dispute.rung) == (DisputeState.AGREED, "village_group")
    assert dispute.owner_id == await id_of(bench, ELDER)


async def test_a_follow_up_is_asked_for_then_the_head_hears_then_every_week(bench: Bench) -> None:
    await add_ladder(bench)
    number = await mediated(bench)
    await attempt(bench, number, GROUP_WORKER, AttemptResult.AGREED)
    await look_away(bench)
    assert await later(bench, days=6) == {}
    heard = await later(bench, days=1)
    assert set(heard) == {GROUP_WORKER}
    assert "今天该回访" in heard[GROUP_WORKER][0]
    for week in (7, 14):
        heard = await later(bench, days=7)
        assert set(heard) == {GROUP_WORKER, HEAD}
        assert f"过期 {week} 天" in heard[HEAD][0]
    assert (await dispute_of(bench, number)).state is DisputeState.AGREED


async def test_on_a_day_when_nothing_is_due_nothing_happens(bench: Bench) -> None:
    await add_ladder(bench)
    number = await mediated(bench)
    before = await dispute_of(bench, number)
    for _ in range(3):
        assert await later(bench, days=1) == {}
    assert (await dispute_of(bench, number)).rev == before.rev
    async with bench.database.transaction() as session:
        assert await audit_disputes(session, now=bench.clock.now, policy=POLICY) == []


async def test_two_programs_at_once_climb_once(bench: Bench) -> None:
    await add_ladder(bench)
    numbers = [await mediated(bench) for _ in range(5)]
    for days in (10, 5):
        await later(bench, days=days)
    bench.pass_time(days=15)
    elsewhere = Database(bench.database.url)

    async def sweeps(database: Database) -> int:
        async with database.transaction() as session:
            return await move_disputes(session, now=bench.clock.now, policy=POLICY, limit=3)

    moved = await asyncio.gather(sweeps(bench.database), sweeps(elsewhere))
    await elsewhere.close()
    assert sum(moved) <= 5
    await bench.sweep.disputes()
    heard = await bells(bench)
    assert {person: len(texts) for person, texts in heard.items()} == dict.fromkeys(
        (ELDER, OTHER_ELDER, GROUP_WORKER), 5
    )
    for number in numbers:
        assert (await dispute_of(bench, number)).rung == "village_group"
        assert (await history(bench, number)).count("arrived") == 2


async def test_a_rung_that_the_county_has_removed_is_left(bench: Bench) -> None:
    await add_ladder(bench)
    number = await mediated(bench)
    await passes_up(bench, GROUP_WORKER, number)
    await accept(bench, number, ELDER)
    await look_away(bench)
    ladder = bench.policy.ladder
    rungs = tuple(rung for rung in ladder.rungs if rung.key != "village_group")
    bench.policy = replace(bench.policy, ladder=replace(ladder, rungs=rungs))
    await bench.restart()
    heard = await later(bench, minutes=1)
    assert {HEAD, EXECUTIVE} <= set(heard)
    assert (await dispute_of(bench, number)).rung == "community"


async def test_one_that_fails_does_not_hold_up_the_others(
    bench: Bench, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    await add_ladder(bench)
    first, second = await mediated(bench), await mediated(bench)
    whole = dispute_steps._remind

    async def fails_once(due: dispute_steps.Due) -> None:
        if due.dispute.id == first:
            raise RuntimeError("what is stored")
        await whole(due)

    monkeypatch.setattr(dispute_steps, "_remind", fails_once)
    with caplog.at_level(logging.ERROR):
        heard = await later(bench, days=10)
    assert caplog.messages == [f"dispute_step_failed dispute_id={first} error=RuntimeError"]
    assert len(heard[GROUP_WORKER]) == 1
    assert "reminded" in await history(bench, second)
    monkeypatch.undo()
    assert set(await later(bench, minutes=6)) == {GROUP_WORKER}


async def test_an_audit_puts_right_what_would_wait_in_vain(bench: Bench, caplog: pytest.LogCaptureFixture) -> None:
    await add_ladder(bench)
    overdue, stuck = await mediated(bench), await mediated(bench)
    async with bench.database.transaction() as session:
        long_past = bench.clock.now - timedelta(hours=1)
        which = update(Dispute).where(col(Dispute.id) == overdue)
        await session.execute(which.values(next_step_at=long_past))
        wrong = update(Dispute).where(col(Dispute.id) == stuck)
        await session.execute(wrong.values(next_step=DisputeStep.DECIDE))
    elsewhere = Database(bench.database.url)

    async def audits(database: Database) -> list[str]:
        async with database.transaction() as session:
            return [repair.fault.value for repair in await audit_disputes(session, now=bench.clock.now, policy=POLICY)]

    with caplog.at_level(logging.ERROR):
        found = await asyncio.gather(audits(bench.database), audits(elsewhere))
    await elsewhere.close()
    assert sorted([*found[0], *found[1]]) == ["overdue", "wrong_step"]
    assert {message.split()[0] for message in caplog.messages} == {"dispute_repaired"}
    assert (await dispute_of(bench, stuck)).next_step is DisputeStep.REMIND
    assert set(await bells(bench)) == {GROUP_WORKER}
    await bench.sweep.audit()
    assert await bells(bench) == {}


async def test_the_leader_of_a_planned_day_who_is_gone_is_another(bench: Bench) -> None:
    number = await mediated(bench, by=WORKER, household="T-A-01-001")
    worker = bench.person(WORKER)
    await card(bench, WORKER, number)
    await worker.press("安排调解")
    for answer in ("明天", "下午3点", "村委会"):
        asked = await worker.say(answer)
    while "请核对" not in asked.text:
        asked = await worker.press("没有" if "没有" in str(asked.labels) else "不公开")
    await worker.press("保存")
    await look_away(bench)
    await leaves_post(bench, WORKER)
    heard = await later(bench, minutes=1)
    assert sorted("调解定在" in text for text in heard[INSTRUCTOR]) == [False, True]
    assert "陈秀兰" not in (await card(bench, INSTRUCTOR, number)).text


async def _cancel_leaves(bench: Bench) -> None:
    async with bench.database.transaction() as session:
        for leave in (await session.execute(select(Leave))).scalars():
            leave.cancelled_at = bench.clock.now


async def test_whoever_is_to_decide_on_a_closing_is_reminded_and_later_the_head(bench: Bench) -> None:
    number = await agreed(bench)
    await followed_up_twice(bench, number)
    await does(bench.person(GROUP_WORKER), "closing", number, note="两家和好如初")
    heard = await bells(bench)
    assert set(heard) == {HEAD}
    due = (await dispute_of(bench, number)).next_on
    assert due is not None
    heard = await later(bench, days=(due - bench.policy.today(bench.clock.now)).days)
    assert set(heard) == {GROUP_WORKER, HEAD}
    assert "还在等另一位同事" in heard[HEAD][0]
    await goes_on_leave(bench, HEAD, days=30)  # then somebody above her decides
    heard = await later(bench, days=7)
    assert set(heard) == {GROUP_WORKER, TOWNSHIP, HEAD}
    assert await later(bench, days=6) == {}


async def test_a_counselling_climbs_nowhere_by_itself(bench: Bench) -> None:
    number = await a_dispute(bench, by=WORKER, household="T-A-01-001")
    await accept(bench, number, WORKER)
    await look_away(bench)
    async with bench.database.transaction() as session:
        await session.execute(update(Dispute).where(col(Dispute.id) == number).values(kind=DisputeKind.COUNSELLING))
    assert set(await later(bench, days=10)) == {WORKER}
    for days in (5, 15, 15, 15):
        assert set(await later(bench, days=days)) == {HEAD}
    dispute = await dispute_of(bench, number)
    assert (dispute.rung, dispute.state) == ("grid", DisputeState.MEDIATING)


async def test_what_waits_on_a_rung_that_empties_goes_on_at_once(bench: Bench) -> None:
    await add_ladder(bench)
    number = await mediated(bench)
    await passes_up(bench, GROUP_WORKER, number)
    await goes_on_leave(bench, ELDER)
    heard = await later(bench, minutes=1)
    assert set(heard) == {OTHER_ELDER}  # nobody has accepted it: the one who is there is called again
    await goes_on_leave(bench, OTHER_ELDER)
    heard = await later(bench, minutes=1)
    assert {HEAD, EXECUTIVE} <= set(heard)
    assert (await dispute_of(bench, number)).rung == "community"


async def test_whoever_is_away_gets_it_where_nobody_else_is_on_the_last_rung(bench: Bench) -> None:
    await add_ladder(bench)
    number = await a_dispute(bench, by=COUNTY, household=None)
    await accept(bench, number, COUNTY)
    await look_away(bench)
    await takes_post(bench, TOWNSHIP, Role.COUNTY_CENTRE, "T", bench.policy.today(SATURDAY))
    await goes_on_leave(bench, TOWNSHIP, days=5)
    bench.pass_time(days=1)
    await leaves_post(bench, COUNTY)
    await later(bench, minutes=1)
    assert await owned_by(bench, number) == TOWNSHIP
    assert await later(bench, minutes=1) == {}
