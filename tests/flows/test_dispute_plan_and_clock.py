"""A mediation that is planned holds the clock until its day; no chain of plans holds it for ever."""

from datetime import timedelta
from uuid import uuid4

import pytest

from domain.refusals import Reason, RefusedError
from domain.usecases.attempts import AttemptFacts, record_attempt
from domain.usecases.dispute_accepting import accept_dispute
from domain.usecases.mediations import PlanFacts, cancel_mediation, plan_mediation
from models.dispute import DisputeKind, DisputeState, DisputeStep
from models.mediation import AttemptResult, MediationMethod
from tests.support.alerts import id_of
from tests.support.attempts import attempt
from tests.support.hands import Bench
from tests.support.ladder import (
    ELDER,
    GROUP_WORKER,
    OTHER_ELDER,
    a_dispute,
    actor_of,
    add_ladder,
    change,
    dispute_of,
    history,
)
from tests.support.matters import look_away
from tests.support.moving import later, mediated


async def plans(bench: Bench, number: int, days: int, *, guests: tuple[int, ...] = (), public: bool = False) -> int:
    """Whoever has the case plans a mediation in so many days, as far as the parties go."""
    actor, now = await actor_of(bench, GROUP_WORKER), bench.clock.now
    facts = PlanFacts(now + timedelta(days=days), actor.member_id, guests=guests, public=public, agreed=True)
    async with bench.database.transaction() as session:
        plan = await plan_mediation(
            session, actor=actor, dispute_id=number, facts=facts, conversation_id=str(uuid4()), now=now,
            policy=bench.policy,
        )  # fmt: skip
        return plan.id


async def cancels(bench: Bench, number: int, plan_id: int) -> None:
    """She calls it off again."""
    actor = await actor_of(bench, GROUP_WORKER)
    async with bench.database.transaction() as session:
        await cancel_mediation(
            session, actor=actor, dispute_id=number, mediation_id=plan_id, now=bench.clock.now, policy=bench.policy
        )


async def test_calling_a_plan_off_gives_back_the_clock_as_it_stood_before(bench: Bench) -> None:
    await add_ladder(bench)
    number = await mediated(bench)
    before = await dispute_of(bench, number)
    bench.pass_time(days=6)
    plan_id = await plans(bench, number, days=20)
    assert await later(bench, days=5) == {}  # the eleventh day: while it is planned nobody is reminded
    await cancels(bench, number, plan_id)
    after = await dispute_of(bench, number)
    today = bench.policy.today(bench.clock.now)
    assert after.happened_on == before.happened_on == today - timedelta(days=11)
    assert (after.next_step, after.next_on) == (DisputeStep.HEAD, today + timedelta(days=4))


async def test_an_attempt_in_the_meantime_is_not_lost_with_the_plan(bench: Bench) -> None:
    await add_ladder(bench)
    number = await mediated(bench)
    plan_id = await plans(bench, number, days=20)
    bench.pass_time(days=6)
    await attempt(bench, number, GROUP_WORKER, AttemptResult.PARTLY)
    held_on = bench.policy.today(bench.clock.now)
    bench.pass_time(days=2)
    await cancels(bench, number, plan_id)
    after = await dispute_of(bench, number)
    assert (after.happened_on, after.next_on) == (held_on, held_on + timedelta(days=10))


async def test_a_day_that_people_have_set_since_does_not_hang_on_the_plan(bench: Bench) -> None:
    await add_ladder(bench)
    number = await mediated(bench)
    plan_id = await plans(bench, number, days=20)
    bench.pass_time(days=1)
    actor, now = await actor_of(bench, GROUP_WORKER), bench.clock.now
    day = bench.policy.today(now) + timedelta(days=5)
    facts = AttemptFacts(
        AttemptResult.PARTLY, bench.policy.today(now), MediationMethod.APART, "退了一半", next_on=day
    )  # fmt: skip
    async with bench.database.transaction() as session:
        await record_attempt(
            session, actor=actor, dispute_id=number, conversation_id="r", now=now, policy=bench.policy, facts=facts
        )
    await cancels(bench, number, plan_id)
    after = await dispute_of(bench, number)
    assert (after.happened_on, after.next_on) == (day, day)


async def test_another_plan_stops_the_clock_no_longer_than_the_first_one_did(bench: Bench) -> None:
    await add_ladder(bench)
    number = await mediated(bench)
    first = bench.policy.today(bench.clock.now) + timedelta(days=10)
    await cancels(bench, number, await plans(bench, number, days=10))
    bench.pass_time(days=4)
    await cancels(bench, number, await plans(bench, number, days=25))
    plan_id = await plans(bench, number, days=20)
    planned = await dispute_of(bench, number)
    assert (planned.happened_on, planned.next_on) == (first, first + timedelta(days=14))
    await cancels(bench, number, plan_id)
    # Something has happened: the next plan counts as a first one again.
    await attempt(bench, number, GROUP_WORKER, AttemptResult.PARTLY)
    await plans(bench, number, days=25)
    planned = await dispute_of(bench, number)
    assert planned.happened_on == bench.policy.today(bench.clock.now) + timedelta(days=25)


@pytest.mark.parametrize("hour", [5, 20])  # before and after the steps of the day
@pytest.mark.parametrize("on_the_first_day", [0, 29])
async def test_no_chain_of_plans_holds_a_case_for_ever(bench: Bench, on_the_first_day: int, hour: int) -> None:
    await add_ladder(bench)
    number = await mediated(bench)
    bench.pass_time(hours=(hour - 9) % 24)
    accepted = bench.policy.today(bench.clock.now)
    plan_id = await plans(bench, number, days=30)
    bench.pass_time(days=on_the_first_day)
    while (await dispute_of(bench, number)).rung == "grid":
        assert bench.policy.today(bench.clock.now) <= accepted + timedelta(days=61)
        await cancels(bench, number, plan_id)
        await later(bench, minutes=1)
        if (await dispute_of(bench, number)).rung != "grid":
            break
        plan_id = await plans(bench, number, days=30)
        await later(bench, hours=24)
    dispute = await dispute_of(bench, number)
    assert (dispute.rung, dispute.state) == ("village_group", DisputeState.REGISTERED)
    assert bench.policy.today(bench.clock.now) >= accepted + timedelta(days=30)
    assert "mediation" not in await history(bench, number)
    await look_away(bench)


async def test_whoever_calls_off_a_late_plan_has_a_day_before_it_climbs(bench: Bench) -> None:
    await add_ladder(bench)
    number = await mediated(bench)
    bench.pass_time(days=5)
    plan_id = await plans(bench, number, days=29)
    await later(bench, days=28)
    await cancels(bench, number, plan_id)
    heard = await later(bench, minutes=1)
    assert heard == {}
    dispute = await dispute_of(bench, number)
    tomorrow = bench.policy.today(bench.clock.now) + timedelta(days=1)
    assert (dispute.next_step, dispute.next_on) == (DisputeStep.CLIMB, tomorrow)
    assert {ELDER, OTHER_ELDER} <= set(await later(bench, days=1))
    assert (await dispute_of(bench, number)).rung == "village_group"


async def test_a_counselling_whose_session_is_called_off_still_climbs_nowhere_by_the_clock(bench: Bench) -> None:
    await add_ladder(bench)
    number = await mediated(bench)
    await change(bench, number, kind=DisputeKind.COUNSELLING)
    bench.pass_time(days=5)
    plan_id = await plans(bench, number, days=29)
    bench.pass_time(days=28)
    await cancels(bench, number, plan_id)
    await look_away(bench)
    assert (await dispute_of(bench, number)).next_step is DisputeStep.HEAD
    await later(bench, days=60)
    assert (await dispute_of(bench, number)).rung == "grid"


@pytest.mark.parametrize("public", [True, False])
async def test_to_a_counselling_a_couple_comes_alone_whatever_was_pressed(bench: Bench, public: bool) -> None:
    await add_ladder(bench)
    number = await mediated(bench)
    await change(bench, number, kind=DisputeKind.COUNSELLING)
    guests = () if public else (await id_of(bench, ELDER),)
    with pytest.raises(RefusedError) as refused:
        await plans(bench, number, days=3, guests=guests, public=public)
    assert refused.value.reason is Reason.STEP_PASSED
    await plans(bench, number, days=3)
    await look_away(bench)


async def test_an_attempt_before_the_planned_day_leaves_the_clock_to_that_day(bench: Bench) -> None:
    await add_ladder(bench)
    number = await a_dispute(bench)
    actor, now, policy = await actor_of(bench, GROUP_WORKER), bench.clock.now, bench.policy
    today, planned_at = policy.today(now), now + timedelta(days=25)
    async with bench.database.transaction() as session:
        await accept_dispute(session, actor=actor, dispute_id=number, now=now, policy=policy)
        await plan_mediation(
            session, actor=actor, dispute_id=number, facts=PlanFacts(planned_at, actor.member_id), conversation_id="p",
            now=now, policy=policy,
        )  # fmt: skip
    planned = await dispute_of(bench, number)
    assert planned.next_on == today + timedelta(days=25)
    async with bench.database.transaction() as session:
        await record_attempt(
            session, actor=actor, dispute_id=number, conversation_id="r", now=now, policy=policy,
            facts=AttemptFacts(AttemptResult.PARTLY, today, MediationMethod.APART, "退了一半"),
        )  # fmt: skip
    after = await dispute_of(bench, number)
    assert (after.next_on, after.happened_on) == (planned.next_on, planned.happened_on)
    assert (after.next_step, after.next_step_at) == (DisputeStep.REMIND, planned.next_step_at)
