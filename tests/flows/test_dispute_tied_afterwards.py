"""Whoever is tied to a household, or stands back, since a dispute began hears no more of it, whatever her part was."""

import pytest

from models.confidential import Recusal
from models.dispute import Dispute
from tests.support.alerts import id_of, is_kin
from tests.support.county import COUNTY, EXPERT, HEAD, INSTRUCTOR, RIGHTS, TOWNSHIP, UNIT, WORKER
from tests.support.dispute_stages import BEGINNINGS, button_of, mediating, passed_up
from tests.support.filling_in import fills_in
from tests.support.hands import Bench
from tests.support.ladder import dispute_of
from tests.support.matters import forges, look_away

# What is told to nobody: it stands in the history.
QUIET = {"followup", "court", "correct", "party"}
PEOPLE = (WORKER, INSTRUCTOR, HEAD, TOWNSHIP, COUNTY, RIGHTS, EXPERT, UNIT)


async def goes_past(bench: Bench, who: int, dispute: Dispute, how: str) -> None:
    """She declares a tie, or it is written down that she stands back."""
    if how == "tied":
        await is_kin(bench, who, dispute.household_id)
        return
    member = await id_of(bench, who)
    async with bench.database.transaction() as session:
        session.add(Recusal(member_id=member, dispute_id=dispute.id, at=bench.clock(), recorded_by_id=member))


async def hearing(bench: Bench, besides: int, *codes: str) -> set[int]:
    """Who finds a notice of one of these cases, besides somebody."""
    await bench.deliverer.deliver_all()
    heard = {one for one in PEOPLE if any(code in said.text for said in bench.person(one).reads() for code in codes)}
    bench.all_unread()
    return heard - {besides}


@pytest.mark.parametrize("how", ["free", "tied", "standing back"])
@pytest.mark.parametrize("what", [one for one in BEGINNINGS if one not in QUIET])
async def test_nothing_that_is_done_is_told_to_whom_the_case_goes_past(bench: Bench, what: str, how: str) -> None:
    beginning = BEGINNINGS[what]
    number = await beginning.stage(bench)
    dispute, person = await dispute_of(bench, number), bench.person(beginning.who)
    (question,) = await forges(person, await button_of(bench, what, number))
    summary = await fills_in(person, question, "他说夜里又吵到两点")
    bench.all_unread()
    if how != "free":
        for who in PEOPLE:
            if who != beginning.who:
                await goes_past(bench, who, dispute, how)
    await person.press_data(summary.message_id, summary.button("保存"))
    heard = await hearing(bench, beginning.who, dispute.code)
    assert bool(heard) is (how == "free"), heard


@pytest.mark.parametrize("how", ["tied", "standing back"])
async def test_what_she_has_of_it_passes_to_a_colleague_within_the_minute(bench: Bench, how: str) -> None:
    number = await mediating(bench)
    dispute = await dispute_of(bench, number)
    await goes_past(bench, INSTRUCTOR, dispute, how)
    await bench.sweep.disputes()
    assert (await dispute_of(bench, number)).owner_id == await id_of(bench, WORKER)
    assert await hearing(bench, 0, dispute.code) == {WORKER}
    assert await forges(bench.person(INSTRUCTOR), f"disp:show:{number}") == []
    assert "不在您的范围" in bench.person(INSTRUCTOR).toast()


async def test_whoever_follows_it_and_is_tied_since_opens_it_no_more(bench: Bench) -> None:
    number = await passed_up(bench)
    dispute = await dispute_of(bench, number)
    assert dispute.code in (await forges(bench.person(INSTRUCTOR), f"disp:show:{number}"))[0].text
    await goes_past(bench, INSTRUCTOR, dispute, "tied")
    for what in ("show", "line", "parties", "note"):
        assert await forges(bench.person(INSTRUCTOR), f"disp:{what}:{number}") == []
    await look_away(bench)


async def test_a_clock_that_runs_tells_nobody_whom_it_goes_past(bench: Bench) -> None:
    """Ten, fifteen and thirty days in which nothing happens; everybody below the county is tied."""
    number = await mediating(bench)
    dispute = await dispute_of(bench, number)
    tied = [one for one in PEOPLE if one != COUNTY]
    for who in tied:
        await goes_past(bench, who, dispute, "tied")
    for days in (0, 10, 5, 16):
        bench.pass_time(days=days)
        await bench.tick()
        await bench.sweep.disputes()
        assert await hearing(bench, COUNTY, dispute.code) == set()
    assert (await dispute_of(bench, number)).owner_id == await id_of(bench, COUNTY)
