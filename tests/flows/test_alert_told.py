"""Whoever was rung hears who has it, however fast the one who has it goes on."""

from tests.support.county import HEAD, RIGHTS, TOWNSHIP
from tests.support.hands import Bench
from tests.support.leads import a_lead


async def test_who_acknowledges_and_takes_it_on_within_a_second_is_made_known_all_the_same(bench: Bench) -> None:
    await a_lead(bench, "domestic_violence")
    await bench.deliverer.deliver_all()
    for person in (HEAD, TOWNSHIP, RIGHTS):
        assert len(bench.person(person).reads()) == 1
    head = bench.person(HEAD)
    await head.press("签收")
    await head.press("我来处理")
    await bench.deliverer.deliver_all()
    for person in (TOWNSHIP, RIGHTS):
        (heard,) = bench.person(person).reads()
        assert "负责人" in heard.text
    assert bench.all_unread() == []
