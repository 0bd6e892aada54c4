"""Who voted, and in an open vote what, is forgotten after its days; the record of it can be written all the same."""

from datetime import timedelta

from sqlalchemy import func, select
from sqlmodel import col

from models.ballot import Ballot, Elector
from models.meeting import Attendance
from scheduler.sweep import Sweep
from tests.support.councils import CHAIR
from tests.support.hands import Bench
from tests.support.matters import forges, look_away
from tests.support.meetings import file_of, words_of
from tests.support.voting import a_council_with_an_item, all_vote, opens


async def test_a_record_that_was_never_sent_round_names_no_voter_when_the_vote_s_days_are_over(bench: Bench) -> None:
    item = await a_council_with_an_item(bench)
    ballot, _ = await opens(bench, item)
    await all_vote(bench, ballot, "赞成")
    await forges(bench.person(CHAIR), f"vote:close:{ballot}")
    await look_away(bench)

    async def stored() -> list[int]:
        async with bench.database.transaction() as session:
            tables = (Attendance, Elector)
            return [(await session.execute(select(func.count()).select_from(one))).scalar_one() for one in tables]

    assert await stored() == [7, 7]
    night = Sweep(bench.database, clock=lambda: bench.clock.now + timedelta(days=1100), policy=bench.policy)
    await night.purge()
    assert await stored() == [0, 0]
    async with bench.database.transaction() as session:
        meeting = (await session.execute(select(col(Ballot.meeting_id)).where(col(Ballot.id) == ballot))).scalar_one()
    chair = bench.person(CHAIR)
    await forges(chair, f"meet:round:{meeting}")
    assert "已发出" in chair.toast()
    await look_away(bench)
    (sent,) = await forges(chair, f"meet:file:{meeting}")
    words = words_of(file_of(bench, sent))
    assert "共 7 人参加，不列姓名" in words
    assert "赞成 7" in words
    assert "徐莹" not in words
