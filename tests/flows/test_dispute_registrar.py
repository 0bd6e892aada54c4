"""Whoever only registered a case sees what it is about, and nothing of what has come of it."""

from datetime import timedelta

from sqlalchemy import update

from models.dispute import DisputeState
from models.mediation import Agreement, AttemptResult, CourtState
from tests.support.county import INSTRUCTOR, TOWNSHIP, WORKER
from tests.support.dispute_cases import PROMISE, accepted, attempted, opens, read_all, registered
from tests.support.hands import Bench
from tests.support.ladder import change, dispute_of

WORK = (PROMISE, "协议（", "已回访", "法院", "次 ")


async def an_agreement_of(bench: Bench, registrar: int) -> int:
    """A case of the first grid in which the parties have agreed, and a court has confirmed it."""
    await read_all(bench)
    number = await registered(bench, registrar, [("老黄", None, True, None)], at="T-A-01")
    await accepted(bench, WORKER, number)
    await attempted(bench, WORKER, number, AttemptResult.AGREED)
    today = bench.policy.today(bench.clock.now)
    async with bench.database.transaction() as session:
        await session.execute(update(Agreement).values(court=CourtState.CONFIRMED, court_on=today + timedelta(days=1)))
    await change(bench, number, follow_ups_done=1)
    await read_all(bench)
    return number


async def test_an_agreement_a_court_and_the_follow_ups_are_not_the_registrars(bench: Bench) -> None:
    number = await an_agreement_of(bench, TOWNSHIP)
    assert (await dispute_of(bench, number)).state is DisputeState.AGREED
    card = await opens(bench, TOWNSHIP, number)
    assert "院墙之争" in card.text
    found = [word for word in WORK if word in card.text]
    assert not found, card.text


async def test_they_stand_on_the_card_of_its_rung(bench: Bench) -> None:
    number = await an_agreement_of(bench, TOWNSHIP)
    card = await opens(bench, INSTRUCTOR, number)
    for word in (PROMISE, "法院已确认", "协议（", "已回访 1/2 次"):
        assert word in card.text, card.text
