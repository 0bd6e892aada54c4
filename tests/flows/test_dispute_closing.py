"""Closing a dispute by a second person, sending it back, opening it again: through the user's hands."""

from datetime import timedelta

import pytest
from sqlalchemy import select, update
from sqlmodel import col

from domain.usecases.disputes import DisputeFacts, PartyFacts, mediable_matter, register_dispute
from models.dispute import (
    Dispute,
    DisputeEntryKind,
    DisputeKind,
    DisputeOutcome,
    DisputeSource,
    DisputeState,
    DisputeStep,
)
from models.mediation import AttemptResult, Mediation, MediationStage
from models.member import Member
from tests.support.alerts import goes_on_leave
from tests.support.attempts import accept, attempt
from tests.support.county import COUNTY, HEAD, INSTRUCTOR, OTHER_HEAD, SATURDAY, TOWNSHIP, WORKER
from tests.support.dispute_life import (
    agreed,
    agreements,
    begins,
    days_later,
    declined,
    does,
    entries,
    followed_up_twice,
)
from tests.support.hands import Bench, Said
from tests.support.ladder import (
    ELDER,
    GROUP_WORKER,
    OTHER_ELDER,
    a_dispute,
    actor_of,
    dispute_of,
    history,
)
from tests.support.matters import look_away

WHY = "三十天都履行了"


async def news(bench: Bench, who: int) -> list[Said]:
    """The notices that somebody finds: a code and no word of what was said."""
    await bench.deliverer.deliver_all()
    found = bench.person(who).reads()
    for said in found:
        assert not [secret for secret in (WHY, "院墙", "冯大山", "马春花") if secret in said.text], said.text
    return found


async def asked(bench: Bench) -> int:
    """An agreement that was kept, and its closing is asked for."""
    number = await agreed(bench)
    await followed_up_twice(bench, number)
    await does(bench.person(GROUP_WORKER), "closing", number, note=WHY)
    return number


async def mediating(bench: Bench, household: str | None = "T-A-01-001", by: int = WORKER) -> int:
    """A case of the first grid, accepted by its worker."""
    await bench.tick()
    number = await a_dispute(bench, by=by, household=household)
    await accept(bench, number, by)
    await look_away(bench)
    return number


async def test_a_second_person_closes_what_was_kept(bench: Bench) -> None:
    number = await asked(bench)
    assert (await dispute_of(bench, number)).next_step is DisputeStep.DECIDE
    told = await news(bench, HEAD)
    assert ["申请结案" in said.text for said in told] == [True]
    receipt = await does(bench.person(HEAD), "decide", number, "同意结案", note="看过了")
    assert "已结案" in receipt.text
    dispute = await dispute_of(bench, number)
    assert (dispute.state, dispute.outcome) == (DisputeState.CLOSED, DisputeOutcome.SETTLED)
    assert dispute.closed_by_id == (await actor_of(bench, HEAD)).member_id != dispute.closing_by_id
    assert (dispute.owner_id, dispute.next_on, dispute.next_step) == (None, None, None)
    assert any("已结案" in said.text for said in await news(bench, GROUP_WORKER))
    assert (await history(bench, number))[-2:] == ["closing", "closed"]
    bench.all_unread()


async def test_nothing_is_closed_before_it_was_followed_up(bench: Bench) -> None:
    number = await agreed(bench)
    assert "请先完成回访" in await declined(bench.person(GROUP_WORKER), "closing", number)
    assert (await dispute_of(bench, number)).state is DisputeState.AGREED


async def test_whoever_asked_takes_it_back_and_cannot_close_it_herself(bench: Bench) -> None:
    await bench.tick()
    number = await a_dispute(bench, by=WORKER, household="T-A-01-001")
    await accept(bench, number, INSTRUCTOR)  # who may close others' cases
    await look_away(bench)
    instructor = bench.person(INSTRUCTOR)
    await does(instructor, "closing", number, note="双方都说不用了")
    await look_away(bench)
    await begins(instructor, "decide", number)
    assert not any("同意结案" in label for label in instructor.newest_with("退回").labels)
    await instructor.press("取消")
    receipt = await does(instructor, "withdraw", number, note="又吵起来了")
    assert "已撤回" in receipt.text
    dispute = await dispute_of(bench, number)
    assert (dispute.state, dispute.mediable, dispute.closing_by_id) == (DisputeState.MEDIATING, True, None)
    assert dispute.next_step is DisputeStep.REMIND
    await look_away(bench)


async def test_sent_back_with_a_reason_the_follow_ups_go_on(bench: Bench) -> None:
    number = await asked(bench)
    await look_away(bench)
    receipt = await does(bench.person(HEAD), "decide", number, "退回", note="再去看看老人")
    assert "已退回" in receipt.text
    told = await news(bench, GROUP_WORKER)
    assert ["没有结案" in said.text and "老人" not in said.text for said in told] == [True]
    dispute = await dispute_of(bench, number)
    assert (dispute.state, dispute.mediable, dispute.follow_ups_done) == (DisputeState.AGREED, False, 2)
    assert dispute.next_step is DisputeStep.FOLLOW_UP
    assert [entry.body for entry in await entries(bench, number, DisputeEntryKind.NOT_CLOSED)] == ["再去看看老人"]
    await look_away(bench)


async def test_the_parties_need_no_help_any_more_and_what_was_planned_is_off(bench: Bench) -> None:
    number = await mediating(bench)
    me = (await actor_of(bench, WORKER)).member_id
    async with bench.database.transaction() as session:
        session.add(
            Mediation(
                dispute_id=number,
                rung="grid",
                stage=MediationStage.PLANNED,
                planned_at=bench.clock.now + timedelta(days=1),
                planned_by_id=me,
                leader_id=me,
            )
        )
    receipt = await does(bench.person(WORKER), "closing", number, note="双方自己谈好了")
    assert "谈好" not in receipt.text
    async with bench.database.transaction() as session:
        assert list((await session.execute(select(col(Mediation.stage)))).scalars()) == [MediationStage.CANCELLED]
    told = await news(bench, INSTRUCTOR)
    assert any("申请结案" in said.text for said in told)
    assert "退回" not in (await does(bench.person(INSTRUCTOR), "decide", number, "同意结案", note="问过双方")).text
    assert (await dispute_of(bench, number)).outcome is DisputeOutcome.WITHDRAWN
    await look_away(bench)


async def test_what_nobody_has_accepted_can_be_withdrawn_and_waits_again_when_sent_back(bench: Bench) -> None:
    await bench.tick()
    number = await a_dispute(bench, by=WORKER, household="T-A-01-001")
    await look_away(bench)
    await does(bench.person(WORKER), "closing", number, note="登记错了")
    await look_away(bench)
    await does(bench.person(INSTRUCTOR), "decide", number, "退回", note="没有错")
    dispute = await dispute_of(bench, number)
    assert (dispute.state, dispute.mediable, dispute.next_step) == (
        DisputeState.REGISTERED,
        True,
        DisputeStep.ACCEPT,
    )
    assert dispute.next_step_at is not None
    assert dispute.next_step_at > bench.clock()
    await look_away(bench)


async def test_a_counselling_ends_without_a_word_about_the_couple(bench: Bench) -> None:
    await bench.tick()
    actor = await actor_of(bench, WORKER)
    async with bench.database.transaction() as session:
        dispute = await register_dispute(
            session,
            actor=actor,
            facts=DisputeFacts(
                matter=mediable_matter("marriage", None, bench.policy),
                source=DisputeSource.OFFICE,
                kind=DisputeKind.COUNSELLING,
                facts="想找人聊聊",
                parties=(PartyFacts("甲", consent=True), PartyFacts("乙", consent=True)),
            ),
            conversation_id="counselling",
            now=bench.clock(),
            policy=bench.policy,
        )
        number = dispute.id
    await accept(bench, number, WORKER)
    await look_away(bench)
    question = await begins(bench.person(WORKER), "closing", number)
    assert "辅导结束" in question.text
    await bench.person(WORKER).say("谈了三次")
    await bench.person(WORKER).press("保存")
    await look_away(bench)
    await does(bench.person(INSTRUCTOR), "decide", number, "同意结案", note="好")
    assert (await dispute_of(bench, number)).outcome is DisputeOutcome.COUNSELLED
    await look_away(bench)


async def test_where_nobody_else_could_close_it_is_said_before_anything_is_written(bench: Bench) -> None:
    number = await mediating(bench)
    async with bench.database.transaction() as session:
        others = col(Member.telegram_id).in_([INSTRUCTOR, HEAD, TOWNSHIP, COUNTY])
        await session.execute(update(Member).where(others).values(frozen_at=SATURDAY))
    assert "没有另一位可以结案" in await declined(bench.person(WORKER), "closing", number)
    assert (await dispute_of(bench, number)).state is DisputeState.MEDIATING


async def test_the_nearest_who_is_there_is_asked(bench: Bench) -> None:
    number = await mediating(bench)
    await goes_on_leave(bench, INSTRUCTOR)
    await does(bench.person(WORKER), "closing", number, note="双方自己谈好了")
    await bench.deliverer.deliver_all()
    assert not bench.person(INSTRUCTOR).reads()
    assert any("申请结案" in said.text for said in bench.person(HEAD).reads())
    bench.all_unread()


async def test_two_decide_at_once_and_the_first_one_holds(bench: Bench) -> None:
    number = await asked(bench)
    await look_away(bench)
    head, county = bench.person(HEAD), bench.person(COUNTY)
    for person, decision in ((head, "同意结案"), (county, "退回")):
        await begins(person, "decide", number)
        await person.press(decision)
        await person.say("看过了")
    await head.press("保存")
    late = await county.press_all("保存")
    assert not [said for said in late if "已退回" in said.text]
    assert (await dispute_of(bench, number)).state is DisputeState.CLOSED
    await look_away(bench)


async def test_while_it_waits_nobody_mediates_and_nobody_else_decides(bench: Bench) -> None:
    number = await asked(bench)
    await look_away(bench)
    for what in ("followup", "closing"):
        assert "正等另一位结案" in await declined(bench.person(GROUP_WORKER), what, number)
    for who in (WORKER, ELDER, OTHER_HEAD):
        assert "不在您的范围" in await declined(bench.person(who), "decide", number)
    await look_away(bench)


async def closed(bench: Bench) -> int:
    """A case that was settled and closed."""
    number = await asked(bench)
    await does(bench.person(HEAD), "decide", number, "同意结案", note="看过了")
    await look_away(bench)
    return number


async def test_opened_again_it_waits_on_its_rung_and_the_agreement_is_a_broken_one(bench: Bench) -> None:
    number = await closed(bench)
    receipt = await does(bench.person(HEAD), "reopen", number, note="墙又砌回去了")
    assert "已重新打开" in receipt.text
    assert "墙" not in receipt.text
    dispute = await dispute_of(bench, number)
    assert (dispute.state, dispute.rung, dispute.outcome) == (DisputeState.REGISTERED, "grid", None)
    assert (dispute.closed_by_id, dispute.closing_by_id, dispute.follow_ups_done) == (None, None, 0)
    assert [one.broken_on is None for one in await agreements(bench, number)] == [False]
    assert any("重新打开" in said.text for said in await news(bench, GROUP_WORKER))
    assert (await history(bench, number))[-2:] == ["reopened", "arrived"]
    await accept(bench, number, GROUP_WORKER)
    await attempt(bench, number, GROUP_WORKER, AttemptResult.AGREED)
    assert len(await agreements(bench, number)) == 2
    await look_away(bench)


async def test_one_that_a_party_refused_is_opened_again_with_the_tries_that_were_left(bench: Bench) -> None:
    number = await mediating(bench)
    await attempt(bench, number, WORKER)
    await attempt(bench, number, WORKER, AttemptResult.REFUSED)
    await look_away(bench)
    await does(bench.person(INSTRUCTOR), "reopen", number, note="又愿意谈了")
    dispute = await dispute_of(bench, number)
    assert (dispute.state, dispute.tried) == (DisputeState.REGISTERED, {"grid": 1})
    await look_away(bench)


async def test_where_all_tries_were_used_up_they_begin_anew(bench: Bench) -> None:
    number = await mediating(bench)
    async with bench.database.transaction() as session:
        await session.execute(update(Dispute).where(col(Dispute.id) == number).values(tried={"grid": 2}))
    await does(bench.person(WORKER), "closing", number, note="谈好了")
    await does(bench.person(INSTRUCTOR), "decide", number, "同意结案", note="好")
    await look_away(bench)
    await does(bench.person(INSTRUCTOR), "reopen", number, note="又吵起来了")
    assert (await dispute_of(bench, number)).tried == {"grid": 0}
    await look_away(bench)


@pytest.mark.parametrize("who", [WORKER, GROUP_WORKER, ELDER, OTHER_HEAD, OTHER_ELDER])
async def test_nobody_else_opens_it_again(bench: Bench, who: int) -> None:
    number = await closed(bench)
    said = await declined(bench.person(who), "reopen", number)
    assert "不在您的范围" in said or "不能做这件事" in said
    assert (await dispute_of(bench, number)).state is DisputeState.CLOSED


async def test_an_open_case_is_not_opened_again(bench: Bench) -> None:
    number = await mediating(bench)
    assert "还在办理中" in await declined(bench.person(INSTRUCTOR), "reopen", number)
    await days_later(bench, 1)


async def test_closing_works_in_english(bench: Bench) -> None:
    number = await mediating(bench)
    async with bench.database.transaction() as session:
        both = col(Member.telegram_id).in_([WORKER, INSTRUCTOR])
        await session.execute(update(Member).where(both).values(locale="en"))
    worker, instructor = bench.person(WORKER), bench.person(INSTRUCTOR)
    await begins(worker, "closing", number)
    await worker.say("they have made peace")
    assert "second person has been asked" in (await worker.press("Save")).text
    await begins(instructor, "decide", number)
    await instructor.press("Close it")
    await instructor.say("agreed")
    assert "is closed" in (await instructor.press("Save")).text
    await begins(instructor, "reopen", number)
    await instructor.say("new trouble")
    assert "is open again" in (await instructor.press("Save")).text
    await look_away(bench)
