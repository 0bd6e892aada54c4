"""What follows an agreement: follow-ups, a broken one, and its confirmation by a court; through the user's hands."""

from datetime import timedelta

from sqlalchemy import select, update
from sqlmodel import col

from models.area import Area
from models.dispute import Dispute, DisputeEntryKind, DisputeOutcome, DisputeState, DisputeStep
from models.mediation import AttemptResult, CourtState
from tests.support.attempts import PROMISES, accept, attempt
from tests.support.county import COUNTY, HEAD, WORKER
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
from tests.support.hands import Bench
from tests.support.ladder import ELDER, GROUP_WORKER, OTHER_ELDER, a_dispute, add_ladder, dispute_of, history
from tests.support.matters import forges, look_away

SEEN = "墙又砌回去了"


async def test_after_seven_and_thirty_days_somebody_comes_again(bench: Bench) -> None:
    number = await agreed(bench)
    first = bench.policy.today(bench.clock()) + timedelta(days=7)
    assert (await dispute_of(bench, number)).next_on == first
    await days_later(bench, 7)
    worker = bench.person(GROUP_WORKER)
    question = await begins(worker, "followup", number)
    assert "第 1 次回访" in question.text
    await worker.press("在履行")
    summary = await worker.say("墙已经退回来了")
    assert "墙已经退回来了" in summary.text
    receipt = await worker.press("保存")
    assert "墙" not in receipt.text
    assert "下次回访" in receipt.text
    dispute = await dispute_of(bench, number)
    assert (dispute.follow_ups_done, dispute.next_step) == (1, DisputeStep.FOLLOW_UP)
    assert dispute.next_on == first + timedelta(days=23)
    await days_later(bench, 23)
    receipt = await does(worker, "followup", number, "在履行", note="都好")
    assert "可以申请结案" in receipt.text
    assert (await dispute_of(bench, number)).follow_ups_done == 2
    assert (await dispute_of(bench, number)).state is DisputeState.AGREED
    details = [entry.detail for entry in await entries(bench, number, DisputeEntryKind.FOLLOWED_UP)]
    assert details == [{"result": "holds", "counted": True}] * 2
    await look_away(bench)


async def test_one_before_its_day_is_written_down_and_does_not_count(bench: Bench) -> None:
    number = await agreed(bench)
    due_on = (await dispute_of(bench, number)).next_on
    worker = bench.person(GROUP_WORKER)
    assert "还没到回访的日子" in (await begins(worker, "followup", number)).text
    await worker.press("在履行")
    await worker.say("路过看了一眼")
    await worker.press("保存")
    dispute = await dispute_of(bench, number)
    assert (dispute.follow_ups_done, dispute.next_on) == (0, due_on)
    assert "请先完成回访" in await declined(worker, "closing", number)
    await look_away(bench)


async def test_two_on_one_day_are_not_two_follow_ups(bench: Bench) -> None:
    number = await agreed(bench)
    await days_later(bench, 40)
    worker = bench.person(GROUP_WORKER)
    for _ in range(2):
        await does(worker, "followup", number, "在履行", note="都好")
    dispute = await dispute_of(bench, number)
    assert dispute.follow_ups_done == 1
    assert dispute.next_on == bench.policy.today(bench.clock()) + timedelta(days=1)
    await look_away(bench)


async def test_nobody_met_means_that_somebody_comes_again_in_two_days(bench: Bench) -> None:
    number = await agreed(bench)
    await days_later(bench, 7)
    await does(bench.person(GROUP_WORKER), "followup", number, "没有见到人", note="敲门没人应")
    dispute = await dispute_of(bench, number)
    assert (dispute.follow_ups_done, dispute.state) == (0, DisputeState.AGREED)
    assert dispute.next_on == bench.policy.today(bench.clock()) + timedelta(days=2)
    await look_away(bench)


async def test_the_first_broken_agreement_opens_the_case_again_on_its_rung_and_costs_no_try(bench: Bench) -> None:
    number = await agreed(bench)
    worker = bench.person(GROUP_WORKER)
    owner = (await dispute_of(bench, number)).owner_id
    receipt = await does(worker, "followup", number, "没有履行", note=SEEN)
    assert "安排下一次调解" in receipt.text
    assert SEEN not in receipt.text
    dispute = await dispute_of(bench, number)
    assert (dispute.state, dispute.rung, dispute.owner_id) == (DisputeState.MEDIATING, "grid", owner)
    assert (dispute.tried.get("grid", 0), dispute.broken["grid"], dispute.follow_ups_done) == (0, 1, 0)
    broken = (await agreements(bench, number))[0]
    assert (broken.broken_on, broken.text) == (bench.policy.today(bench.clock()), PROMISES)
    assert (await history(bench, number))[-2:] == ["followed_up", "broken"]
    # They agree once more: a second agreement stands beside the broken one.
    await attempt(bench, number, GROUP_WORKER, AttemptResult.AGREED)
    assert [one.broken_on is None for one in await agreements(bench, number)] == [False, True]
    await look_away(bench)


async def test_every_further_broken_agreement_is_a_failed_try_and_the_last_one_climbs(bench: Bench) -> None:
    number = await agreed(bench)
    worker = bench.person(GROUP_WORKER)
    for tried in (0, 1):
        await does(worker, "followup", number, "没有履行", note=SEEN)
        assert (await dispute_of(bench, number)).tried.get("grid", 0) == tried
        await attempt(bench, number, GROUP_WORKER, AttemptResult.AGREED)
    await look_away(bench)
    receipt = await does(worker, "followup", number, "没有履行", note=SEEN)
    assert "已自动上报到村民小组" in receipt.text
    dispute = await dispute_of(bench, number)
    assert (dispute.state, dispute.rung) == (DisputeState.REGISTERED, "village_group")
    await bench.deliverer.deliver_all()
    assert any("等您受理" in said.text or "请受理" in said.text for said in bench.person(ELDER).reads())
    bench.all_unread()


async def test_broken_where_no_rung_is_left_the_lawful_ways_remain(bench: Bench) -> None:
    await add_ladder(bench)
    number = await a_dispute(bench)
    async with bench.database.transaction() as session:
        county = (await session.execute(select(col(Area.id)).where(col(Area.code) == "T"))).scalar_one()
        top = {"rung": "county", "rung_area_id": county, "tried": {"county": 1}, "broken": {"county": 1}}
        await session.execute(update(Dispute).where(col(Dispute.id) == number).values(**top))
    await accept(bench, number, COUNTY)
    await attempt(bench, number, COUNTY, AttemptResult.AGREED)
    await look_away(bench)
    receipt = await does(bench.person(COUNTY), "followup", number, "没有履行", note=SEEN)
    assert "其他合法途径" in receipt.text
    dispute = await dispute_of(bench, number)
    assert (dispute.state, dispute.outcome) == (DisputeState.ENDED, DisputeOutcome.EXHAUSTED)
    await look_away(bench)


async def test_those_who_follow_it_hear_that_it_is_broken(bench: Bench) -> None:
    await add_ladder(bench)
    number = await a_dispute(bench)
    await accept(bench, number, GROUP_WORKER)
    for _ in range(2):
        await attempt(bench, number, GROUP_WORKER)
    await accept(bench, number, ELDER)
    await attempt(bench, number, ELDER, AttemptResult.AGREED)
    await look_away(bench)
    await does(bench.person(ELDER), "followup", number, "没有履行", note=SEEN)
    await bench.deliverer.deliver_all()
    told = bench.person(GROUP_WORKER).reads()
    assert ["没有履行" in said.text and SEEN not in said.text for said in told] == [True]
    bench.all_unread()


async def test_two_follow_up_at_once_and_the_second_sees_what_the_first_wrote(bench: Bench) -> None:
    await add_ladder(bench)
    number = await a_dispute(bench)
    await accept(bench, number, GROUP_WORKER)
    for _ in range(2):
        await attempt(bench, number, GROUP_WORKER)
    await accept(bench, number, ELDER)
    await attempt(bench, number, ELDER, AttemptResult.AGREED)
    await days_later(bench, 7)
    one, other = bench.person(ELDER), bench.person(OTHER_ELDER)
    for person in (one, other):
        await begins(person, "followup", number)
        await person.press("在履行")
        await person.say("都好")
    await one.press("保存")
    again = await other.press("保存")
    assert "别人刚刚改过" in again.text
    await other.press("保存")
    # It is written down, and it is not a second follow-up of the same day.
    assert (await dispute_of(bench, number)).follow_ups_done == 1
    assert len(await entries(bench, number, DisputeEntryKind.FOLLOWED_UP)) == 2
    await look_away(bench)


async def test_nothing_is_followed_up_that_was_not_agreed_on_or_is_not_hers(bench: Bench) -> None:
    await add_ladder(bench)
    number = await a_dispute(bench)
    await accept(bench, number, GROUP_WORKER)
    await look_away(bench)
    assert "还没有达成协议" in await declined(bench.person(GROUP_WORKER), "followup", number)
    assert "还没有达成协议" in await declined(bench.person(GROUP_WORKER), "court", number)
    for who in (WORKER, ELDER, HEAD):
        assert "不在您的范围" in await declined(bench.person(who), "followup", number)
        assert "不在您的范围" in await declined(bench.person(who), "court", number)
    bench.all_unread()


async def test_both_parties_ask_the_court_and_it_confirms(bench: Bench) -> None:
    number = await agreed(bench)
    worker = bench.person(GROUP_WORKER)
    await days_later(bench, 3)
    question = await begins(worker, "court", number)
    assert "双方<b>共同</b>" in question.text or "双方共同" in question.text
    assert "30 日内" in question.text
    await worker.press("已申请司法确认")
    await worker.say("今天")
    assert "已记下" in (await worker.press("保存")).text
    assert (await agreements(bench, number))[0].court is CourtState.ASKED
    await days_later(bench, 20)
    await begins(worker, "court", number)
    await worker.press("法院已确认")
    await worker.say("今天")
    await worker.press("保存")
    agreement = (await agreements(bench, number))[0]
    assert (agreement.court, agreement.court_on) == (CourtState.CONFIRMED, bench.policy.today(bench.clock()))
    assert "现在不能做" in await declined(worker, "court", number)
    assert [entry.detail["court"] for entry in await entries(bench, number, DisputeEntryKind.COURT)] == [
        "asked",
        "confirmed",
    ]
    await look_away(bench)


async def test_the_court_is_asked_within_thirty_days_and_not_before_the_agreement(bench: Bench) -> None:
    number = await agreed(bench)
    worker = bench.person(GROUP_WORKER)
    await begins(worker, "court", number)
    await worker.press("已申请司法确认")
    await worker.say("11-19")  # two days before the agreement
    assert "早于" in (await worker.press("保存")).text
    await worker.press("取消")
    await days_later(bench, 31)
    assert "期限已过" in (await begins(worker, "court", number)).text
    await worker.press("已申请司法确认")
    assert "不能在今天之后" in (await worker.say("2027-01-05")).text
    await worker.say("今天")
    assert "30 日内" in (await worker.press("保存")).text
    await worker.press("修改")
    await worker.press("日期")
    await worker.say("12-20")
    await worker.press("保存")
    assert (await agreements(bench, number))[0].court is CourtState.ASKED
    await look_away(bench)


async def test_the_courts_answer_is_written_down_after_the_closing_too(bench: Bench) -> None:
    number = await agreed(bench)
    worker = bench.person(GROUP_WORKER)
    await begins(worker, "court", number)
    await worker.press("已申请司法确认")
    await worker.say("今天")
    await worker.press("保存")
    await followed_up_twice(bench, number)
    await does(worker, "closing", number, note="都履行了")
    await look_away(bench)
    await does(bench.person(HEAD), "decide", number, "同意结案", note="看过了")
    await look_away(bench)
    await begins(worker, "court", number)
    await worker.press("法院未确认")
    await worker.say("今天")
    await worker.press("保存")
    assert (await agreements(bench, number))[0].court is CourtState.DECLINED
    assert (await dispute_of(bench, number)).state is DisputeState.CLOSED
    assert await forges(bench.person(ELDER), f"disp:court:{number}") == []
    bench.all_unread()
