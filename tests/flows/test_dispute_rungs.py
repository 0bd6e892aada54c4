"""Which rung can take a case, and who hears that it has moved: also when people or the county's ladder have changed."""

from dataclasses import replace

import pytest
from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from domain.dispute_access import dispute_for
from domain.refusals import Reason, RefusedError
from domain.rules.ladder import Arrival, out_of_time
from domain.rules.policy import Policy
from domain.usecases.dispute_accepting import accept_dispute
from domain.usecases.dispute_changes import dispute_at_work, hold_dispute
from domain.usecases.dispute_lists import how_many
from domain.usecases.dispute_moving import arrive, climb_to, rung_people, standing_of
from domain.usecases.dispute_rungs import rungs_over
from models.area import Area, GridKind
from models.dispute import Dispute, DisputeEntry, DisputeEntryKind
from models.member import Appointment, Leave, Member
from tests.support.county import COUNTY, HEAD, INSTRUCTOR, TOWNSHIP, WORKER
from tests.support.hands import Bench
from tests.support.ladder import (
    ELDER,
    EXECUTIVE,
    GROUP_WORKER,
    OTHER_ELDER,
    a_dispute,
    actor_of,
    add_ladder,
    dispute_of,
    history,
)

LADDER_PEOPLE = (GROUP_WORKER, INSTRUCTOR, ELDER, OTHER_ELDER, EXECUTIVE, HEAD, TOWNSHIP, COUNTY)


def without(policy: Policy, *keys: str) -> Policy:
    """The county has removed these rungs from its ladder."""
    rungs = tuple(rung for rung in policy.ladder.rungs if rung.key not in keys)
    return replace(policy, ladder=replace(policy.ladder, rungs=rungs))


async def held(session: AsyncSession, number: int) -> Dispute:
    dispute = await hold_dispute(session, number)
    assert dispute is not None
    return dispute


async def climb(bench: Bench, number: int, policy: Policy | None = None) -> None:
    """The clock has run out for the case."""
    policy = policy or bench.policy
    async with bench.database.transaction() as session:
        dispute = await held(session, number)
        above = await rungs_over(session, dispute, today=policy.today(bench.clock.now), ladder=policy.ladder)
        move = out_of_time(standing_of(dispute), above.keys)
        await climb_to(
            session, dispute, move.standing, above, why=Arrival.OUT_OF_TIME, actor=None, now=bench.clock.now,
            policy=policy,
        )  # fmt: skip


async def over(bench: Bench, number: int, policy: Policy | None = None) -> list[str]:
    policy = policy or bench.policy
    async with bench.database.transaction() as session:
        dispute = await session.get_one(Dispute, number)
        return (await rungs_over(session, dispute, today=policy.today(bench.clock.now), ladder=policy.ladder)).keys


async def heard(bench: Bench, number: int) -> dict[int, str]:
    """What each person heard last about the case, after a tick that nobody was waiting for."""
    before = {who: len(bench.person(who).reads()) for who in LADDER_PEOPLE}
    await bench.tick()
    code = (await dispute_of(bench, number)).code
    said = {who: bench.person(who).reads()[before[who] :] for who in LADDER_PEOPLE}
    return {who: new[-1].text for who, new in said.items() if new and code in new[-1].text}


async def is_posted_to(bench: Bench, telegram_id: int, code: str) -> None:
    """She does the same work elsewhere from now on."""
    async with bench.database.transaction() as session:
        member = (await session.execute(select(Member).where(col(Member.telegram_id) == telegram_id))).scalar_one()
        area = (await session.execute(select(Area).where(col(Area.code) == code))).scalar_one()
        hers = col(Appointment.member_id) == member.id
        await session.execute(update(Appointment).where(hers).values(area_id=area.id))


async def on_leave(bench: Bench, *people: int) -> None:
    today = bench.policy.today(bench.clock.now)
    async with bench.database.transaction() as session:
        for member in (await session.execute(select(Member).where(col(Member.telegram_id).in_(people)))).scalars():
            session.add(Leave(member_id=member.id, starts_on=today, ends_on=today, noted_at=bench.clock.now))


async def test_all_five_rungs_can_take_it_and_an_empty_one_is_passed_over_with_its_reason(bench: Bench) -> None:
    await add_ladder(bench)
    number = await a_dispute(bench)
    assert await over(bench, number) == ["village_group", "community", "township", "county"]
    await on_leave(bench, ELDER, OTHER_ELDER)
    assert await over(bench, number) == ["community", "township", "county"]
    await climb(bench, number)
    query = select(DisputeEntry).where(col(DisputeEntry.kind) == DisputeEntryKind.SKIPPED)
    async with bench.database.transaction() as session:
        skipped = [entry.detail for entry in (await session.execute(query)).scalars()]
    assert skipped == [{"rung": "village_group", "reason": "on_leave"}]
    assert (await dispute_of(bench, number)).rung == "community"
    bench.all_unread()


async def test_an_exclusive_grid_has_no_village_group_and_that_rung_is_skipped(bench: Bench) -> None:
    await add_ladder(bench)
    async with bench.database.transaction() as session:
        factory = update(Area).where(col(Area.code) == "T-A-01")
        await session.execute(factory.values(grid_kind=GridKind.EXCLUSIVE))
    number = await a_dispute(bench, by=WORKER, household="T-A-01-001")
    assert (await dispute_of(bench, number)).rung == "grid"
    assert await over(bench, number) == ["community", "township", "county"]
    await climb(bench, number)
    assert await history(bench, number) == ["registered", "arrived", "arrived"]  # what does not exist was not skipped


async def test_the_last_rung_takes_it_though_nobody_is_there(bench: Bench) -> None:
    await add_ladder(bench)
    await on_leave(bench, ELDER, OTHER_ELDER, HEAD, EXECUTIVE, TOWNSHIP, COUNTY)
    number = await a_dispute(bench)
    assert await over(bench, number) == ["county"]


async def test_a_case_on_a_rung_that_the_county_has_removed_goes_to_the_next_one(bench: Bench) -> None:
    await add_ladder(bench)
    number = await a_dispute(bench, by=ELDER, household=None)
    assert (await dispute_of(bench, number)).rung == "village_group"
    ours = without(bench.policy, "village_group")
    async with bench.database.transaction() as session:
        dispute = await session.get_one(Dispute, number)
        assert await rung_people(session, dispute, now=bench.clock.now, policy=ours) is None
    assert await over(bench, number, ours) == ["community", "township", "county"]
    await climb(bench, number, ours)
    assert (await dispute_of(bench, number)).rung == "community"
    bench.all_unread()


async def test_where_the_last_rung_has_a_new_key_a_case_on_the_old_one_goes_to_it(bench: Bench) -> None:
    await add_ladder(bench)
    number = await a_dispute(bench, by=COUNTY, household=None)
    rungs = bench.policy.ladder.rungs
    renamed = (*rungs[:-1], replace(rungs[-1], key="county_hall"))
    ours = replace(bench.policy, ladder=replace(bench.policy.ladder, rungs=renamed))
    assert await over(bench, number, ours) == ["county_hall"]


async def test_a_reopened_case_is_told_as_one(bench: Bench) -> None:
    await add_ladder(bench)
    number = await a_dispute(bench)
    await climb(bench, number)
    await bench.tick()
    bench.all_unread()
    async with bench.database.transaction() as session:
        dispute = await held(session, number)
        people = await rung_people(session, dispute, now=bench.clock.now, policy=bench.policy)
        assert people is not None
        await arrive(
            session, dispute, standing_of(dispute), people, why=Arrival.REOPENED, actor=None, now=bench.clock.now,
            policy=bench.policy,
        )  # fmt: skip
    said = await heard(bench, number)
    assert set(said) == {GROUP_WORKER, ELDER, OTHER_ELDER}
    assert "重新打开" in said[GROUP_WORKER]


async def test_whoever_has_left_for_another_place_hears_no_more_of_the_cases_she_followed(bench: Bench) -> None:
    await add_ladder(bench)
    number = await a_dispute(bench, by=ELDER, household=None)
    await climb(bench, number)
    await bench.tick()
    bench.all_unread()
    await is_posted_to(bench, OTHER_ELDER, "T-B")
    await climb(bench, number)
    said = await heard(bench, number)
    assert set(said) == {ELDER, HEAD, EXECUTIVE, TOWNSHIP}


@pytest.mark.parametrize(
    ("who", "reason"),
    [(GROUP_WORKER, Reason.HAS_CLIMBED), (HEAD, Reason.NOT_YOURS), (EXECUTIVE, Reason.NOT_YOURS)],
)
async def test_it_has_climbed_for_those_who_had_it_and_for_nobody_else(bench: Bench, who: int, reason: Reason) -> None:
    await add_ladder(bench)
    number = await a_dispute(bench)
    await climb(bench, number)
    bench.all_unread()
    actor = await actor_of(bench, who)
    with pytest.raises(RefusedError) as refused:
        async with bench.database.transaction() as session:
            await dispute_at_work(session, actor, number, now=bench.clock.now, policy=bench.policy)
    assert refused.value.reason is reason


async def test_nobody_accepts_what_she_only_oversees(bench: Bench) -> None:
    await add_ladder(bench)
    number = await a_dispute(bench)
    head = await actor_of(bench, HEAD)
    with pytest.raises(RefusedError) as refused:
        async with bench.database.transaction() as session:
            await accept_dispute(session, actor=head, dispute_id=number, now=bench.clock.now, policy=bench.policy)
    assert refused.value.reason is Reason.NOT_YOURS


async def test_whoever_registered_it_and_works_elsewhere_now_neither_opens_nor_lists_it_nor_hears_of_it(
    bench: Bench,
) -> None:
    await add_ladder(bench)
    number = await a_dispute(bench, by=HEAD, household=None)
    await climb(bench, number)
    await bench.tick()
    bench.all_unread()
    before = await actor_of(bench, HEAD)
    async with bench.database.transaction() as session:
        assert await dispute_for(session, before, number, now=bench.clock.now, policy=bench.policy)
    await is_posted_to(bench, HEAD, "T-B")
    actor = await actor_of(bench, HEAD)
    today = bench.policy.today(bench.clock.now)
    async with bench.database.transaction() as session:
        assert not any((await how_many(session, actor=actor, today=today, ladder=bench.policy.ladder)).values())
        with pytest.raises(RefusedError):
            await dispute_for(session, actor, number, now=bench.clock.now, policy=bench.policy)
    await climb(bench, number)
    assert HEAD not in await heard(bench, number)
