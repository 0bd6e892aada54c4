"""Votes that the chair enters are known to those whose they are, and tell nobody how the others voted (spec 5)."""

import pytest

from domain.rules.ballot import Tally, papers_tell
from domain.usecases.ballot_papers import enter_vote, put_papers
from models.agenda import ItemState
from models.ballot import BallotChoice, VoteWay
from tests.support.ballots import member_id
from tests.support.councils import CHAIR, FIFTH, FIRST, FOURTH, SIXTH, THIRD
from tests.support.groups import group_shows
from tests.support.hands import Bench
from tests.support.ladder import actor_of
from tests.support.matters import forges, look_away
from tests.support.voting import a_council_with_an_item, all_vote, opens, stored


@pytest.mark.parametrize(
    ("turnout", "papers", "tells"),
    [(5, 0, False), (2, 0, False), (3, 3, False), (4, 3, True), (5, 3, True), (6, 3, False), (9, 6, False)],
)
def test_papers_tell_of_one_or_two_who_pressed(turnout: int, papers: int, tells: bool) -> None:
    assert papers_tell(turnout, papers) == tells


async def test_papers_of_a_secret_vote_are_told_and_hide_the_counts_of_two(bench: Bench) -> None:
    item = await a_council_with_an_item(bench)
    number, _ = await opens(bench, item, "修改", "表决方式", "无记名")
    await all_vote(bench, number, "反对", but=(CHAIR, THIRD, FOURTH, FIFTH, SIXTH))
    bench.all_unread()
    chair = await actor_of(bench, CHAIR)
    async with bench.database.transaction() as session:
        people = [await member_id(session, who) for who in (CHAIR, THIRD, FOURTH, FIFTH, SIXTH)]
        await put_papers(
            session, actor=chair, ballot_id=number, member_ids=people, tally=Tally(favour=5), now=bench.clock.now,
            policy=bench.policy,
        )  # fmt: skip
    await bench.deliverer.deliver_all()
    for who in (THIRD, FOURTH, FIFTH, SIXTH):
        [said] = bench.person(who).reads()
        assert (
            "以您的名义放进了一张书面票" in said.text or "the chair put a paper into the box in your name" in said.text
        )
        assert f"vote:paper:{number}" in str(said.buttons)
    assert not bench.person(CHAIR).reads()
    assert not bench.person(FIRST).reads()
    # Everybody has voted; the chair would know at once how the two did, by taking her five away.
    assert await forges(bench.person(CHAIR), f"vote:close:{number}") == []
    assert "只有一两个人" in bench.person(CHAIR).toast()
    await look_away(bench)
    bench.pass_time(hours=25)
    await bench.tick()
    [closed] = await group_shows(bench)
    assert "通过" in closed.text
    assert "实到 7 人" in closed.text
    assert "赞成 5" not in closed.text
    assert "不到 3 人，不公布票数" in closed.text
    assert (await stored(bench, number)).item.state is ItemState.PASSED
    await look_away(bench)


async def test_an_entered_vote_leaves_its_elector_half_an_hour(bench: Bench) -> None:
    item = await a_council_with_an_item(bench)
    number, _ = await opens(bench, item)
    await all_vote(bench, number, "赞成", but=(FOURTH,))
    chair = await actor_of(bench, CHAIR)
    async with bench.database.transaction() as session:
        await enter_vote(
            session, actor=chair, ballot_id=number, member_id=await member_id(session, FOURTH),
            choice=BallotChoice.AGAINST, way=VoteWay.PAPER, now=bench.clock.now, policy=bench.policy,
        )  # fmt: skip
    bench.pass_time(minutes=29)
    assert await forges(bench.person(CHAIR), f"vote:close:{number}") == []
    assert "半小时" in bench.person(CHAIR).toast()
    bench.pass_time(minutes=1)
    await forges(bench.person(CHAIR), f"vote:close:{number}")
    assert (await stored(bench, number)).item.state is ItemState.PASSED
    await look_away(bench)
