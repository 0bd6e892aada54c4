"""What comes of a mediation is recorded, and the case takes its course."""

import asyncio

import pytest
from sqlalchemy import select
from sqlmodel import col

from domain.refusals import Reason, RefusedError
from domain.rules.ladder import Course
from domain.usecases.attempt_occasion import Seen
from models.dispute import DisputeOutcome, DisputeState, DisputeStep
from models.mediation import Agreement, AttemptResult, Mediation
from tests.support.attempts import PROMISES, accept, attempt, failed_twice
from tests.support.county import COUNTY, HEAD, INSTRUCTOR, TOWNSHIP
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

RUNGS = ("grid", "village_group", "community", "township", "county")


async def climbed_by_failing(bench: Bench, rungs: int) -> int:
    """A case that has failed twice on so many rungs, from the lowest."""
    await add_ladder(bench)
    number = await a_dispute(bench)
    for who in (GROUP_WORKER, ELDER, HEAD, TOWNSHIP, COUNTY)[:rungs]:
        await failed_twice(bench, number, who)
    await bench.tick()
    bench.all_unread()
    return number


async def test_the_second_failure_on_each_of_five_rungs_brings_a_case_up_until_none_is_left(bench: Bench) -> None:
    await add_ladder(bench)
    number = await a_dispute(bench)
    for who, rung, above in zip((GROUP_WORKER, ELDER, HEAD, TOWNSHIP), RUNGS, RUNGS[1:], strict=False):
        assert (await dispute_of(bench, number)).rung == rung
        assert await failed_twice(bench, number, who) == above
        dispute = await dispute_of(bench, number)
        assert (dispute.state, dispute.next_step) == (DisputeState.REGISTERED, DisputeStep.ACCEPT)
    await failed_twice(bench, number, COUNTY)
    dispute = await dispute_of(bench, number)
    assert (dispute.state, dispute.outcome) == (DisputeState.ENDED, DisputeOutcome.EXHAUSTED)
    assert dispute.tried == dict.fromkeys(RUNGS, 2)
    assert (await history(bench, number))[-2:] == ["held", "ended"]
    await bench.tick()
    assert "已自动上报到您这一级" in "".join(said.text for said in bench.person(OTHER_ELDER).reads())
    assert "已上报到上一级" in "".join(said.text for said in bench.person(GROUP_WORKER).reads())
    assert "已终止" in "".join(said.text for said in bench.person(EXECUTIVE).reads())
    bench.all_unread()


@pytest.mark.parametrize("result", [AttemptResult.PARTLY, AttemptResult.ABSENT])
async def test_only_a_failure_uses_up_a_try(bench: Bench, result: AttemptResult) -> None:
    await add_ladder(bench)
    number = await a_dispute(bench)
    await accept(bench, number, GROUP_WORKER)
    for _ in range(3):
        assert (await attempt(bench, number, GROUP_WORKER, result)).course is Course.STAYS
    dispute = await dispute_of(bench, number)
    assert (dispute.rung, dispute.tried.get("grid", 0)) == ("grid", 0)
    assert dispute.state is DisputeState.MEDIATING
    bench.all_unread()


async def test_what_the_parties_promised_is_the_agreement_and_is_followed_up(bench: Bench) -> None:
    await add_ladder(bench)
    number = await a_dispute(bench)
    await accept(bench, number, GROUP_WORKER)
    await attempt(bench, number, GROUP_WORKER, AttemptResult.AGREED)
    dispute = await dispute_of(bench, number)
    assert (dispute.state, dispute.mediable, dispute.next_step) == (DisputeState.AGREED, False, DisputeStep.FOLLOW_UP)
    assert dispute.next_on is not None
    assert (dispute.next_on - bench.policy.today(bench.clock.now)).days == 7
    async with bench.database.transaction() as session:
        agreement = (await session.execute(select(Agreement))).scalar_one()
        assert agreement.text == PROMISES
    assert (await history(bench, number))[-2:] == ["held", "agreed"]
    bench.all_unread()


async def test_a_refusal_ends_the_mediation(bench: Bench) -> None:
    await add_ladder(bench)
    number = await a_dispute(bench)
    await accept(bench, number, GROUP_WORKER)
    await attempt(bench, number, GROUP_WORKER, AttemptResult.REFUSED)
    dispute = await dispute_of(bench, number)
    assert (dispute.state, dispute.outcome, dispute.owner_id) == (DisputeState.ENDED, DisputeOutcome.REFUSED, None)
    bench.all_unread()


async def test_what_comes_too_late_is_kept_and_counts_nothing(bench: Bench) -> None:
    number = await climbed_by_failing(bench, 1)
    late = await attempt(bench, number, GROUP_WORKER)
    assert late.late
    assert late.mediation is None
    dispute = await dispute_of(bench, number)
    assert (dispute.rung, dispute.tried["village_group"]) == ("village_group", 0)
    assert (await history(bench, number))[-1] == "late_record"
    async with bench.database.transaction() as session:
        query = select(Mediation).where(col(Mediation.dispute_id) == number)
        assert len((await session.execute(query)).scalars().all()) == 2
    await bench.tick()
    assert "有新的补充" in bench.person(ELDER).reads()[-1].text


@pytest.mark.parametrize(("days_ago", "reason"), [(-1, Reason.DAY_IN_FUTURE), (1, Reason.DAY_BEFORE_CASE)])
async def test_an_attempt_is_neither_of_tomorrow_nor_older_than_the_case(
    bench: Bench, days_ago: int, reason: Reason
) -> None:
    await add_ladder(bench)
    number = await a_dispute(bench)
    await accept(bench, number, GROUP_WORKER)
    with pytest.raises(RefusedError) as refused:
        await attempt(bench, number, GROUP_WORKER, days_ago=days_ago)
    assert refused.value.reason is reason
    bench.all_unread()


async def test_nobody_records_before_somebody_has_accepted_or_from_elsewhere(bench: Bench) -> None:
    await add_ladder(bench)
    number = await a_dispute(bench)
    for who, reason in ((GROUP_WORKER, Reason.NOT_ACCEPTED), (INSTRUCTOR, Reason.NOT_YOURS)):
        with pytest.raises(RefusedError) as refused:
            await attempt(bench, number, who)
        assert refused.value.reason is reason


async def test_two_last_failures_in_the_same_moment_climb_once(bench: Bench) -> None:
    await add_ladder(bench)
    number = await a_dispute(bench)
    await accept(bench, number, GROUP_WORKER)
    await attempt(bench, number, GROUP_WORKER)
    before = await dispute_of(bench, number)
    seen = Seen(before.rev, before.rung_since)
    done = await asyncio.gather(*(attempt(bench, number, GROUP_WORKER, seen=seen) for _ in range(2)))
    assert sorted(one.late for one in done) == [False, True]
    dispute = await dispute_of(bench, number)
    assert (dispute.rung, dispute.tried) == ("village_group", {"grid": 2, "village_group": 0})
    assert (await history(bench, number)).count("arrived") == 2
    assert (await history(bench, number))[-1] == "late_record"


async def test_two_first_failures_in_the_same_moment_count_once(bench: Bench) -> None:
    await add_ladder(bench)
    number = await a_dispute(bench)
    await accept(bench, number, GROUP_WORKER)
    before = await dispute_of(bench, number)
    seen = Seen(before.rev, before.rung_since)
    tries = (attempt(bench, number, GROUP_WORKER, seen=seen) for _ in range(2))
    done = await asyncio.gather(*tries, return_exceptions=True)
    refused = [one.reason for one in done if isinstance(one, RefusedError)]
    assert refused == [Reason.CHANGED_MEANWHILE]
    assert (await dispute_of(bench, number)).tried == {"grid": 1}
