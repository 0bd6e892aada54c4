"""A mediation that is planned holds the clock, also when another one is recorded before its day."""

from datetime import timedelta

from domain.usecases.attempts import AttemptFacts, record_attempt
from domain.usecases.dispute_accepting import accept_dispute
from domain.usecases.mediations import PlanFacts, plan_mediation
from models.dispute import DisputeStep
from models.mediation import AttemptResult, MediationMethod
from tests.support.hands import Bench
from tests.support.ladder import GROUP_WORKER, a_dispute, actor_of, add_ladder, dispute_of


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
