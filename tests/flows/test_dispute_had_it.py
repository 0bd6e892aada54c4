"""Whoever had a case or registered it may say so whatever else she is: a head no less than anybody else."""

from domain.usecases.dispute_passing import give_back
from models.dispute import DisputeEntryKind
from tests.support.attempts import accept
from tests.support.county import HEAD, WORKER
from tests.support.dispute_life import begins, declined, does, entries
from tests.support.hands import Bench
from tests.support.ladder import EXECUTIVE, a_dispute, actor_of, add_ladder, dispute_of, history
from tests.support.matters import look_away
from tests.support.moving import card, passes_up

MATTER = "两家争院墙边的通道"


async def the_head_has_it(bench: Bench) -> int:
    """A case of a grid that was passed up to the village, whose head has accepted it."""
    await add_ladder(bench)
    number = await a_dispute(bench, by=WORKER, household="T-A-01-001")
    await accept(bench, number, WORKER)
    await look_away(bench)
    await passes_up(bench, WORKER, number)
    await accept(bench, number, HEAD)
    await look_away(bench)
    return number


async def the_executive_gives_it_back(bench: Bench, number: int) -> None:
    """The head's colleague gives it back to the grid."""
    actor, dispute = await actor_of(bench, EXECUTIVE), await dispute_of(bench, number)
    async with bench.database.transaction() as session:
        await give_back(
            session, actor=actor, dispute_id=number, seen=dispute.rev, reason="先在网格谈", now=bench.clock.now,
            policy=bench.policy,
        )  # fmt: skip
    await look_away(bench)


async def test_a_heads_attempt_that_comes_too_late_is_kept(bench: Bench) -> None:
    number = await the_head_has_it(bench)
    head = bench.person(HEAD)
    await begins(head, "record", number)
    await head.press("没有调成")
    await head.press("面对面")
    await head.say(MATTER)
    await head.press("跳过")
    await head.press("跳过")
    await the_executive_gives_it_back(bench, number)
    receipt = (await head.press_all("保存"))[-1]
    assert "不计次数" in receipt.text, receipt.text
    (kept,) = await entries(bench, number, DisputeEntryKind.LATE_RECORD)
    assert kept.body is not None
    assert MATTER in kept.body
    assert sum((await dispute_of(bench, number)).tried.values()) == 0
    await look_away(bench)


async def test_a_head_who_had_it_adds_a_note_and_corrects_it(bench: Bench) -> None:
    number = await the_head_has_it(bench)
    await the_executive_gives_it_back(bench, number)
    head = bench.person(HEAD)
    assert "补充情况" in str((await card(bench, HEAD, number)).labels)
    await does(head, "note", number, note="老人心里有气")
    await begins(head, "correct", number)
    await head.press("补充")
    await head.say("是儿子心里有气")
    await head.press("保存")
    assert (await history(bench, number))[-2:] == ["note", "correction"]
    await look_away(bench)


async def test_a_head_who_registered_it_adds_a_note(bench: Bench) -> None:
    await add_ladder(bench)
    number = await a_dispute(bench, by=HEAD, household="T-A-01-001")
    assert (await dispute_of(bench, number)).rung == "grid"
    await look_away(bench)
    assert "补充情况" in str((await card(bench, HEAD, number)).labels)
    await does(bench.person(HEAD), "note", number, note="老人心里有气")
    assert (await history(bench, number))[-1] == "note"
    # She never had it: what she mediated there, she has no record of.
    assert "不在您这一级" in await declined(bench.person(HEAD), "record", number)
    await look_away(bench)


async def test_a_head_who_only_oversees_it_adds_nothing(bench: Bench) -> None:
    await add_ladder(bench)
    number = await a_dispute(bench, by=WORKER, household="T-A-01-001")
    await look_away(bench)
    assert "补充情况" not in str((await card(bench, HEAD, number)).labels)
    for what in ("note", "correct", "record"):
        assert "不在您的范围" in await declined(bench.person(HEAD), what, number)


async def test_the_head_who_had_it_is_told_that_it_has_left_her_rung(bench: Bench) -> None:
    number = await the_head_has_it(bench)
    await the_executive_gives_it_back(bench, number)
    for what in ("passup", "plan", "closing"):
        assert "不在您这一级" in await declined(bench.person(HEAD), what, number)
