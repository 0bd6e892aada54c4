"""Many who press in the same moment: each has her vote and her own answer, as if she had pressed alone (spec 5)."""

from typing import Any

from sqlalchemy import update
from sqlmodel import col

from domain.rules.recount import recount
from domain.usecases.ballot_log import stored_ballot
from models.ballot import Ballot
from models.member import Appointment, Member
from tests.support.ballots import member_id
from tests.support.councils import CHAIR, FIFTH, FIRST, FOURTH, GROUP_CHAT, SECOND, SIXTH, THIRD
from tests.support.county import STRANGER, WORKER
from tests.support.groups import group_shows
from tests.support.hands import Bench, Said
from tests.support.voting import a_council_with_an_item, all_vote, opens, stored


async def press_together(bench: Bench, said: Said, *presses: tuple[int, str]) -> list[str]:
    """All of them press before the program looks; the answer to each, in their order."""
    numbers = [
        bench.box.act(who, GROUP_CHAT, "press", message_id=said.message_id, data=said.button(label))
        for who, label in presses
    ]
    await bench.settle()
    answers: dict[str, Any] = {
        event["callback_query_id"]: event["text"]
        for event in bench.box.world.feed.since(0)
        if event["type"] == "answer"
    }
    return [str(answers[number["callback_query_id"]]) for number in numbers]


async def test_an_open_ballot_takes_the_votes_of_one_moment_in_their_order(bench: Bench) -> None:
    item = await a_council_with_an_item(bench)
    number, said = await opens(bench, item)
    for outsider in (STRANGER, WORKER):
        bench.box.act(outsider, GROUP_CHAT, "join")
    # One has lost her seat since, one is frozen: they are told so, and nobody else waits for it.
    async with bench.database.transaction() as session:
        gone, frozen = await member_id(session, FIFTH), await member_id(session, SIXTH)
        yesterday = bench.policy.today(bench.clock.now)
        change = update(Appointment).where(col(Appointment.member_id) == gone)
        await session.execute(change.values(starts_on=yesterday.replace(day=1), ends_on=yesterday.replace(day=2)))
        await session.execute(update(Member).where(col(Member.id) == frozen).values(frozen_at=bench.clock.now))
    answers = await press_together(
        bench,
        said,
        *((CHAIR, "赞成"), (FIRST, "赞成"), (FIRST, "赞成"), (FIRST, "反对"), (SECOND, "弃权"), (THIRD, "反对")),
        *((FOURTH, "赞成"), (FIFTH, "赞成"), (SIXTH, "赞成"), (STRANGER, "赞成"), (WORKER, "反对"), (FIRST, "反对")),
    )
    assert [answer[:8] for answer in answers[:3]] == ["✅ 已记下：赞成。"[:8]] * 3
    assert "反对" in answers[3]
    assert "弃权" in answers[4]
    assert "Noted: against" in answers[5]
    for place in (7, 8, 9, 10):
        assert "已记下" not in answers[place], answers[place]
    kept = await stored(bench, number)
    assert kept.votes == {"favour": 2, "against": 2, "abstain": 1}
    assert kept.casts == 6  # five people, and one change of mind
    [now] = await group_shows(bench)
    assert "赞成 2 · 反对 2 · 弃权 1" in now.text
    # The same once more, together: nothing changes and the log does not grow.
    again = await press_together(bench, now, (CHAIR, "赞成"), (FIRST, "反对"), (SECOND, "弃权"), (THIRD, "反对"))
    assert ["您投的就是" in answer for answer in again] == [True, True, True, False]
    assert (await stored(bench, number)).casts == 6
    bench.pass_time(hours=25)
    await bench.tick()
    await group_shows(bench)
    async with bench.database.transaction() as session:
        ballot = await session.get_one(Ballot, number)
        assert not recount(await stored_ballot(session, ballot)).faults
    # At and after the deadline nobody's vote is taken.
    late = await press_together(bench, said, (CHAIR, "反对"), (FIRST, "赞成"), (SECOND, "赞成"))
    assert not [answer for answer in late if "已记下" in answer]
    assert (await stored(bench, number)).votes == {"favour": 2, "against": 2, "abstain": 1}
    await bench.tick()
    bench.all_unread()


async def test_a_secret_ballot_takes_each_vote_once_and_its_answers_are_alike(bench: Bench) -> None:
    item = await a_council_with_an_item(bench)
    number, said = await opens(bench, item, "修改", "表决方式", "无记名")
    answers = await press_together(
        bench,
        said,
        *((CHAIR, "赞成"), (FIRST, "反对"), (SECOND, "弃权"), (FOURTH, "赞成"), (FIRST, "赞成"), (FIRST, "反对")),
    )
    assert len(set(answers[:4])) == 1
    assert "票箱" in answers[0]
    assert "不能改" in answers[4]
    kept = await stored(bench, number)
    assert (kept.votes, kept.casts) == ({}, 0)
    await all_vote(bench, number, "赞成", but=(CHAIR, FIRST, SECOND, FOURTH))
    bench.pass_time(hours=25)
    await bench.tick()
    kept = await stored(bench, number)
    assert (kept.ballot.favour, kept.ballot.against, kept.ballot.abstain) == (5, 1, 1)
    async with bench.database.transaction() as session:
        assert not recount(await stored_ballot(session, await session.get_one(Ballot, number))).faults
    await group_shows(bench)
    bench.all_unread()
