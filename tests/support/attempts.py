"""Attempts straight through the use-case, for tests of what follows them."""

from datetime import timedelta
from uuid import uuid4

from domain.rules.ladder import Course
from domain.usecases.attempt_occasion import Seen
from domain.usecases.attempts import Attempted, AttemptFacts, record_attempt
from domain.usecases.dispute_accepting import accept_dispute
from models.mediation import AttemptResult, MediationMethod
from tests.support.hands import Bench
from tests.support.ladder import actor_of, dispute_of

PROMISES = "东家把墙退回五十公分，西家出工钱"


async def accept(bench: Bench, dispute_id: int, by: int) -> None:
    """Somebody accepts the case for her rung."""
    actor = await actor_of(bench, by)
    async with bench.database.transaction() as session:
        await accept_dispute(session, actor=actor, dispute_id=dispute_id, now=bench.clock.now, policy=bench.policy)


async def attempt(
    bench: Bench,
    dispute_id: int,
    by: int,
    result: AttemptResult = AttemptResult.FAILED,
    days_ago: int = 0,
    *,
    seen: Seen | None = None,
) -> Attempted:
    """Somebody records an attempt of so many days ago; `seen` is what she saw when she began."""
    actor = await actor_of(bench, by)
    held_on = bench.policy.today(bench.clock.now) - timedelta(days=days_ago)
    facts = AttemptFacts(
        result=result,
        held_on=held_on,
        method=MediationMethod.TOGETHER,
        matter="院墙占了通道",
        feelings="积怨多年，先让双方把话说完",
        promises=PROMISES if result is AttemptResult.AGREED else None,
        absent=(2,) if result is AttemptResult.ABSENT else (),
    )
    async with bench.database.transaction() as session:
        return await record_attempt(
            session,
            actor=actor,
            dispute_id=dispute_id,
            facts=facts,
            conversation_id=str(uuid4()),
            now=bench.clock.now,
            policy=bench.policy,
            seen=seen,
        )


async def failed_twice(bench: Bench, dispute_id: int, by: int) -> str:
    """Somebody accepts the case and fails twice; the rung on which it stands then."""
    await accept(bench, dispute_id, by)
    assert (await attempt(bench, dispute_id, by)).course is Course.STAYS
    await attempt(bench, dispute_id, by)
    return (await dispute_of(bench, dispute_id)).rung
