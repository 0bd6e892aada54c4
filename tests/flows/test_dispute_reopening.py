"""Opening again what is over: by those who may close it there, and who see the case at all."""

import pytest

from models.dispute import DisputeState
from models.mediation import AttemptResult
from tests.support.attempts import accept, attempt
from tests.support.county import COUNTY, HEAD, INSTRUCTOR, TOWNSHIP, WORKER
from tests.support.dispute_cases import registered
from tests.support.dispute_life import declined, does
from tests.support.hands import Bench
from tests.support.ladder import a_dispute, add_ladder, dispute_of
from tests.support.matters import forges, look_away
from tests.support.moving import card, sees_nothing


async def ended(bench: Bench) -> int:
    """A case of a grid in which a party wants no mediation."""
    await add_ladder(bench)
    number = await a_dispute(bench, by=WORKER, household="T-A-01-001")
    await accept(bench, number, WORKER)
    await attempt(bench, number, WORKER, AttemptResult.REFUSED)
    await look_away(bench)
    return number


@pytest.mark.parametrize("who", [TOWNSHIP, COUNTY])
async def test_a_higher_post_alone_opens_nothing_again_and_learns_of_no_case(bench: Bench, who: int) -> None:
    number = await ended(bench)
    assert await sees_nothing(bench, who, number)
    person = bench.person(who)
    assert await forges(person, f"disp:reopen:{number}") == []
    assert "不在您的范围" in person.toast()
    assert (await dispute_of(bench, number)).state is DisputeState.ENDED


@pytest.mark.parametrize("who", [TOWNSHIP, COUNTY])
async def test_it_does_not_learn_either_that_a_case_is_open_or_frozen(bench: Bench, who: int) -> None:
    await add_ladder(bench)
    number = await a_dispute(bench, by=WORKER, household="T-A-01-001")
    await look_away(bench)
    assert "不在您的范围" in await declined(bench.person(who), "reopen", number)
    await forges(bench.person(WORKER), f"disp:violence:{number}")
    await bench.person(WORKER).press("保存")
    await look_away(bench)
    assert "不在您的范围" in await declined(bench.person(who), "reopen", number)
    assert "不在您的范围" in await declined(bench.person(who), "reopen", number + 1)


@pytest.mark.parametrize("who", [INSTRUCTOR, HEAD])
async def test_of_its_rung_and_its_head_whoever_may_close_opens_it_again_from_the_card(bench: Bench, who: int) -> None:
    number = await ended(bench)
    assert "重新打开" in str((await card(bench, who, number)).labels)
    await does(bench.person(who), "reopen", number, note="又愿意谈了")
    assert (await dispute_of(bench, number)).state is DisputeState.REGISTERED
    await look_away(bench)


async def test_the_township_opens_again_what_it_had_itself_registered(bench: Bench) -> None:
    await add_ladder(bench)
    number = await registered(bench, TOWNSHIP, [("老黄", None, True, None)], at="T-A-01")
    await accept(bench, number, WORKER)
    await attempt(bench, number, WORKER, AttemptResult.REFUSED)
    await look_away(bench)
    assert "重新打开" in str((await card(bench, TOWNSHIP, number)).labels)
    await does(bench.person(TOWNSHIP), "reopen", number, note="又来反映了")
    assert (await dispute_of(bench, number)).state is DisputeState.REGISTERED
    await look_away(bench)
