"""A party refuses: mediation ends, and the lawful ways are offered with what to do next."""

import pytest
from sqlalchemy import func, select, update
from sqlmodel import col

from models.confidential import DisputeGround, DisputeRead
from models.dispute import DisputeEntryKind, DisputeOutcome, DisputeState
from models.mediation import AttemptResult
from models.member import Member
from tests.support.attempts import accept, attempt
from tests.support.county import HEAD, OTHER_HEAD, WORKER
from tests.support.dispute_life import agreed, begins, declined, entries
from tests.support.hands import Bench
from tests.support.ladder import ELDER, GROUP_WORKER, a_dispute, add_ladder, dispute_of
from tests.support.matters import forges, look_away


async def refused(bench: Bench, item: str = "neighbours") -> int:
    """A case that a party wants nobody to mediate."""
    await add_ladder(bench)
    number = await a_dispute(bench, item=item)
    await accept(bench, number, GROUP_WORKER)
    await attempt(bench, number, GROUP_WORKER, AttemptResult.REFUSED)
    await look_away(bench)
    return number


async def test_a_refusal_ends_mediation_and_the_ways_say_what_to_do_next(bench: Bench) -> None:
    number = await refused(bench)
    dispute = await dispute_of(bench, number)
    assert (dispute.state, dispute.outcome) == (DisputeState.ENDED, DisputeOutcome.REFUSED)
    worker = bench.person(GROUP_WORKER)
    ways = await begins(worker, "ways", number)
    for word in ("起诉", "法律援助", "12348", "👉"):
        assert word in ways.text
    assert "司法确认" not in ways.text  # there is nothing to confirm
    assert await worker.press_all("已向当事人说明") == []
    assert "已记下" in worker.toast()
    await worker.press_all("已向当事人说明")
    assert len(await entries(bench, number, DisputeEntryKind.WAYS_SHOWN)) == 1
    bench.all_unread()


@pytest.mark.parametrize(("item", "word"), [("wages", "劳动人事争议仲裁"), ("land", "土地承包仲裁")])
async def test_they_fit_what_it_is_about(bench: Bench, item: str, word: str) -> None:
    number = await refused(bench, item)
    assert word in (await begins(bench.person(GROUP_WORKER), "ways", number)).text


async def test_what_was_agreed_on_can_be_confirmed_by_a_court(bench: Bench) -> None:
    number = await agreed(bench)
    text = (await begins(bench.person(GROUP_WORKER), "ways", number)).text
    assert "司法确认" in text
    assert "30 日内" in text


async def test_the_look_is_logged_and_leaves_the_chat(bench: Bench) -> None:
    number = await refused(bench)
    said = await begins(bench.person(HEAD), "ways", number)
    assert not said.labels  # only the rung can have told the parties
    async with bench.database.transaction() as session:
        grounds = list((await session.execute(select(col(DisputeRead.ground)))).scalars())
    assert grounds == [DisputeGround.HEAD]
    bench.pass_time(minutes=11)
    await bench.tick()
    assert not [one for one in bench.box.messages(HEAD) if "12348 免费解答" in str(one.get("text"))]
    bench.all_unread()


async def test_nobody_else_learns_what_it_is_about(bench: Bench) -> None:
    number = await refused(bench, "wages")
    for who in (WORKER, ELDER, OTHER_HEAD):
        for what in ("ways", "told"):
            assert await forges(bench.person(who), f"disp:{what}:{number}") == []
            assert "不在您的范围" in bench.person(who).toast()
    async with bench.database.transaction() as session:
        assert (await session.execute(select(func.count()).select_from(DisputeRead))).scalar_one() == 0


async def test_violence_has_other_ways(bench: Bench) -> None:
    number = await refused(bench)
    await begins(bench.person(GROUP_WORKER), "violence", number)
    await bench.person(GROUP_WORKER).press("保存")
    assert "已经停止一切调解" in await declined(bench.person(GROUP_WORKER), "ways", number)
    await look_away(bench)


async def test_the_ways_in_english(bench: Bench) -> None:
    number = await refused(bench, "debt")
    async with bench.database.transaction() as session:
        await session.execute(update(Member).where(col(Member.telegram_id) == GROUP_WORKER).values(locale="en"))
    text = (await begins(bench.person(GROUP_WORKER), "ways", number)).text
    assert "both have agreed on arbitration in writing" in text
