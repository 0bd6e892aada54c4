"""Whoever is to lead a planned mediation and cannot any more: another of the rung leads it, or it is off."""

from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import timedelta
from uuid import uuid4

import pytest
from sqlalchemy import select
from sqlmodel import col

from domain.usecases.dispute_recusal import recuse
from domain.usecases.mediations import PlanFacts, plan_mediation
from models.mediation import Mediation, MediationStage
from models.member import Role
from tests.support.alerts import bells, change_member, goes_on_leave, id_of, is_kin, leaves_post
from tests.support.attempts import accept
from tests.support.county import INSTRUCTOR, WORKER
from tests.support.hands import Bench
from tests.support.ladder import ELDER, GROUP_WORKER, OTHER_ELDER, actor_of, add_ladder, dispute_of
from tests.support.matters import look_away
from tests.support.moving import later, mediated, passes_up


async def with_the_elders(bench: Bench, days: int = 3, *, away: bool = False) -> tuple[int, int]:
    """老周 has a case and has planned a mediation of it that 老吴 is to lead; the numbers of both."""
    await add_ladder(bench)
    number = await mediated(bench)
    await passes_up(bench, GROUP_WORKER, number)
    await accept(bench, number, ELDER)
    if away:
        await goes_on_leave(bench, OTHER_ELDER, days=9)
        bench.pass_time(minutes=5)
    return number, await plans(bench, number, ELDER, OTHER_ELDER, days)


async def plans(bench: Bench, number: int, by: int, led_by: int, days: int) -> int:
    """Somebody plans a mediation in so many days, which another leads; everybody has read of it."""
    actor, now = await actor_of(bench, by), bench.clock.now
    facts = PlanFacts(now + timedelta(days=days), await id_of(bench, led_by))
    async with bench.database.transaction() as session:
        plan = await plan_mediation(
            session, actor=actor, dispute_id=number, facts=facts, conversation_id=str(uuid4()), now=now,
            policy=bench.policy,
        )  # fmt: skip
        plan_id = plan.id
    await look_away(bench)
    return plan_id


async def plan_of(bench: Bench, plan_id: int) -> Mediation:
    """What is planned, as it is stored."""
    async with bench.database.transaction() as session:
        return (await session.execute(select(Mediation).where(col(Mediation.id) == plan_id))).scalar_one()


async def becomes_kin(bench: Bench, number: int) -> None:
    await is_kin(bench, OTHER_ELDER, (await dispute_of(bench, number)).household_id)


async def leaves(bench: Bench, _number: int) -> None:
    await leaves_post(bench, OTHER_ELDER)


async def is_frozen(bench: Bench, _number: int) -> None:
    await change_member(bench, OTHER_ELDER, frozen_at=bench.clock.now)


async def is_away_that_day(bench: Bench, _number: int) -> None:
    bench.pass_time(minutes=5)
    await goes_on_leave(bench, OTHER_ELDER, days=4)


@pytest.mark.parametrize("happens", [becomes_kin, leaves, is_frozen, is_away_that_day])
async def test_a_leader_who_cannot_come_is_another_though_the_case_was_not_hers(
    bench: Bench, happens: Callable[[Bench, int], Awaitable[None]]
) -> None:
    number, plan_id = await with_the_elders(bench)
    await happens(bench, number)
    heard = await later(bench, minutes=1)
    assert set(heard) == {ELDER}
    assert "的调解定在" in heard[ELDER][0]
    plan = await plan_of(bench, plan_id)
    assert (plan.leader_id, plan.stage) == (await id_of(bench, ELDER), MediationStage.PLANNED)
    assert await later(bench, minutes=1) == {}


async def test_a_leader_who_is_back_by_the_day_leads_it(bench: Bench) -> None:
    _, plan_id = await with_the_elders(bench, days=9)
    bench.pass_time(minutes=5)
    await goes_on_leave(bench, OTHER_ELDER, days=4)
    assert await later(bench, minutes=1) == {}
    assert (await plan_of(bench, plan_id)).leader_id == await id_of(bench, OTHER_ELDER)


async def test_a_leader_who_chose_a_day_of_her_leave_leads_it(bench: Bench) -> None:
    _, plan_id = await with_the_elders(bench, away=True)
    assert await later(bench, minutes=1) == {}
    assert (await plan_of(bench, plan_id)).leader_id == await id_of(bench, OTHER_ELDER)


async def test_where_nobody_else_may_lead_it_is_off_and_the_clock_does_not_wait_for_its_day(bench: Bench) -> None:
    ladder = bench.policy.ladder
    lowest, *others = ladder.rungs
    rungs = (replace(lowest, leads=frozenset({Role.INSTRUCTOR})), *others)
    bench.policy = replace(bench.policy, ladder=replace(ladder, rungs=rungs))
    await bench.restart()
    number = await mediated(bench, by=WORKER, household="T-A-01-001")
    today = bench.policy.today(bench.clock.now)
    plan_id = await plans(bench, number, WORKER, INSTRUCTOR, days=25)
    assert (await dispute_of(bench, number)).happened_on == today + timedelta(days=25)
    actor, instructor = await actor_of(bench, INSTRUCTOR), await id_of(bench, INSTRUCTOR)
    async with bench.database.transaction() as session:
        await recuse(
            session, actor=actor, dispute_id=number, member_id=instructor, reason=None, now=bench.clock.now,
            policy=bench.policy,
        )  # fmt: skip
    assert "取消了" in (await bells(bench))[WORKER][-1]
    dispute = await dispute_of(bench, number)
    assert (await plan_of(bench, plan_id)).stage is MediationStage.CANCELLED
    assert (dispute.owner_id, dispute.rung) == (await id_of(bench, WORKER), "grid")
    assert (dispute.happened_on, dispute.next_on) == (today, today + timedelta(days=10))
