"""A case arrives on a rung, and somebody accepts it."""

from models.dispute import DisputeState
from tests.support.county import INSTRUCTOR, WORKER
from tests.support.hands import Bench
from tests.support.ladder import (
    ELDER,
    GROUP_WORKER,
    OTHER_ELDER,
    a_dispute,
    add_ladder,
    dispute_of,
    history,
    past_the_morning,
)


async def test_a_registered_case_is_accepted_on_the_lowest_rung(bench: Bench) -> None:
    await add_ladder(bench)
    number = await a_dispute(bench, by=ELDER, household=None)
    await bench.tick()
    assert "等您受理" in bench.person(OTHER_ELDER).reads()[-1].text
    assert (await dispute_of(bench, number)).rung == "village_group"


async def test_worker_and_instructor_are_called_together_and_one_of_them_accepts(bench: Bench) -> None:
    await past_the_morning(bench)
    number = await a_dispute(bench, by=WORKER, household="T-A-01-001")
    await bench.tick()
    call = bench.person(INSTRUCTOR).reads()[-1]
    assert "等您受理" in call.text
    worker = bench.person(WORKER)
    card = await bench.person(INSTRUCTOR).press("受理")
    assert "调解中" in card.text
    await bench.tick()
    assert "已有人受理" in worker.reads()[-1].text
    dispute = await dispute_of(bench, number)
    assert (dispute.state, dispute.rung) == (DisputeState.MEDIATING, "grid")
    assert await history(bench, number) == ["registered", "arrived", "accepted"]


async def test_somebody_else_learns_nothing(bench: Bench) -> None:
    await add_ladder(bench)
    number = await a_dispute(bench, by=WORKER, household="T-A-01-001")
    await bench.tick()
    bench.all_unread()
    stranger = bench.person(GROUP_WORKER)
    await stranger.say_all("/menu")
    message = bench.box.messages(GROUP_WORKER)[-1]["message_id"]
    assert await stranger.press_data(message, f"disp:show:{number}") == []
    assert "不" in stranger.toast()
