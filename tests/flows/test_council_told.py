"""Who hears in private that a vote is open, and when (spec 5)."""

from datetime import timedelta

from models.agenda import Urgency
from tests.support.councils import CHAIR, FIRST, VOTERS
from tests.support.hands import Bench
from tests.support.matters import forges, look_away
from tests.support.voting import a_council_with_an_item

GUEST = 180


async def asked(bench: Bench, *people: int) -> list[int]:
    """Which of these people are asked for their vote since the last time."""
    await bench.deliverer.deliver_all()
    return [who for who in people if any("vote:paper:" in str(said.raw) for said in bench.person(who).reads())]


async def test_without_a_group_everybody_hears_of_a_vote_when_it_opens(bench: Bench) -> None:
    item = await a_council_with_an_item(bench, bound=False)
    chair = bench.person(CHAIR)
    await forges(chair, f"item:open:{item}")
    assert "已私聊通知" in (await chair.press("保存")).text
    assert await asked(bench, *VOTERS) == [who for who in VOTERS if who != CHAIR]
    await look_away(bench)


async def test_a_vote_that_ends_before_the_morning_is_told_of_at_night(bench: Bench) -> None:
    """Whoever is invited may not be in the group: held till the morning the word would come too late."""
    item = await a_council_with_an_item(bench, guests=(GUEST,), urgency=Urgency.URGENT)
    night = bench.policy.at(bench.policy.today(bench.clock.now), bench.policy.quiet_from)
    bench.clock.now = night + timedelta(hours=1)
    await look_away(bench)
    chair = bench.person(CHAIR)
    [summary] = await forges(chair, f"item:open:{item}")
    assert "马上收到消息" in summary.text
    await chair.press("保存")
    assert await asked(bench, FIRST, GUEST) == [GUEST]  # the others see it in the group
    bench.pass_time(hours=1)
    await bench.tick()
    assert await asked(bench, FIRST, GUEST) == [FIRST, GUEST]
    await look_away(bench)
