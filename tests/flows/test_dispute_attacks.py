"""What befalls a dispute from outside: the county's ladder changes under it, people move, the day turns."""

from dataclasses import replace

from tests.support.attempts import accept
from tests.support.hands import Bench
from tests.support.ladder import ELDER, GROUP_WORKER, add_ladder, dispute_of
from tests.support.matters import look_away
from tests.support.moving import card, later, mediated, passes_up


async def without_the_rung(bench: Bench, key: str) -> None:
    """The county takes a rung from its ladder."""
    ladder = bench.policy.ladder
    rungs = tuple(rung for rung in ladder.rungs if rung.key != key)
    bench.policy = replace(bench.policy, ladder=replace(ladder, rungs=rungs))
    await bench.restart()


async def test_whoever_had_it_on_a_rung_that_is_removed_keeps_following_it(bench: Bench) -> None:
    await add_ladder(bench)
    number = await mediated(bench)
    await passes_up(bench, GROUP_WORKER, number)
    await accept(bench, number, ELDER)
    await look_away(bench)
    await without_the_rung(bench, "village_group")
    heard = await later(bench, minutes=1)
    assert (await dispute_of(bench, number)).rung == "community"
    assert "已上报" in "".join(heard.get(ELDER, []))
    assert (await dispute_of(bench, number)).code in (await card(bench, ELDER, number)).text
