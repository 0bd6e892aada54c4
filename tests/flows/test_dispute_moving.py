"""A case is passed up, given back, handed to a colleague, and goes past whoever stands back."""

from datetime import timedelta

import pytest

from domain.refusals import RefusedError
from domain.usecases.dispute_recusal import recuse
from models.dispute import DisputeEntryKind, DisputeState
from tests.support.alerts import bells, change_member, id_of, leaves_post
from tests.support.attempts import accept, attempt, failed_twice
from tests.support.county import COUNTY, HEAD, INSTRUCTOR, SATURDAY, TOWNSHIP, WORKER
from tests.support.hands import Bench
from tests.support.ladder import (
    ELDER,
    EXECUTIVE,
    GROUP_WORKER,
    OTHER_ELDER,
    a_dispute,
    actor_of,
    add_ladder,
    dispute_of,
    history,
)
from tests.support.matters import look_away
from tests.support.moving import card, entries, mediated, passes_up, refused, says, sees_nothing

WHY = "两家都不肯再谈，又牵涉宅基地"


async def test_what_is_beyond_a_rung_goes_up_with_the_reason_and_is_followed(bench: Bench) -> None:
    await add_ladder(bench)
    number = await mediated(bench)
    await attempt(bench, number, GROUP_WORKER)
    worker = bench.person(GROUP_WORKER)
    await card(bench, GROUP_WORKER, number)
    assert "村民小组" in (await worker.press("上报")).text
    summary = await worker.say(WHY)
    assert "网格 → 村民小组" in summary.text
    assert WHY in summary.text
    receipt = await worker.press("保存")
    assert WHY not in receipt.text
    heard = await bells(bench)
    assert set(heard) == {ELDER, OTHER_ELDER}
    assert all("力所不及" in texts[0] and WHY not in texts[0] for texts in heard.values())
    dispute = await dispute_of(bench, number)
    assert (dispute.state, dispute.rung, dispute.came_from) == (DisputeState.REGISTERED, "village_group", "grid")
    assert dispute.tried == {"grid": 1, "village_group": 0}
    assert [entry.body for entry in await entries(bench, number, DisputeEntryKind.PASSED_UP)] == [WHY]
    assert "上报" not in str((await card(bench, GROUP_WORKER, number)).labels)  # she may look at it, not move it
    assert "不在您这一级" in await refused(bench, GROUP_WORKER, f"disp:passup:{number}")


async def test_a_rung_gives_back_once_and_the_tries_are_what_they_were(bench: Bench) -> None:
    await add_ladder(bench)
    number = await mediated(bench)
    await attempt(bench, number, GROUP_WORKER)
    await passes_up(bench, GROUP_WORKER, number)
    await card(bench, ELDER, number)
    receipt = await says(bench.person(ELDER), "退回", "先把界桩量清楚")
    assert "网格" in receipt.text
    heard = await bells(bench)
    assert set(heard) == {GROUP_WORKER, OTHER_ELDER}
    assert "退回" in heard[GROUP_WORKER][0]
    dispute = await dispute_of(bench, number)
    assert (dispute.rung, dispute.tried["grid"], dispute.given_back) == ("grid", 1, ["village_group"])
    assert await history(bench, number) == [
        *("registered", "arrived", "accepted", "held", "passed_up", "arrived", "given_back", "arrived"),
    ]
    await accept(bench, number, GROUP_WORKER)
    await look_away(bench)
    await passes_up(bench, GROUP_WORKER, number)
    assert "退回" not in str((await card(bench, ELDER, number)).labels)
    assert "不能退回" in await refused(bench, ELDER, f"disp:giveback:{number}")


async def test_what_came_up_by_itself_is_not_given_back(bench: Bench) -> None:
    await add_ladder(bench)
    number = await a_dispute(bench)
    assert await failed_twice(bench, number, GROUP_WORKER) == "village_group"
    await look_away(bench)
    assert "退回" not in str((await card(bench, ELDER, number)).labels)
    assert "不能退回" in await refused(bench, ELDER, f"disp:giveback:{number}")


async def test_nothing_is_given_back_to_nobody(bench: Bench) -> None:
    await add_ladder(bench)
    number = await mediated(bench)
    await passes_up(bench, GROUP_WORKER, number)
    await leaves_post(bench, GROUP_WORKER)
    assert "没有人能接" in await refused(bench, ELDER, f"disp:giveback:{number}")
    assert (await dispute_of(bench, number)).rung == "village_group"


async def test_over_the_county_there_is_nothing(bench: Bench) -> None:
    number = await a_dispute(bench, by=COUNTY, household=None)
    await accept(bench, number, COUNTY)
    await look_away(bench)
    assert "办不了" not in str((await card(bench, COUNTY, number)).labels)
    assert "没有可以接手的层级" in await refused(bench, COUNTY, f"disp:passup:{number}")


async def test_when_two_pass_it_up_at_once_it_climbs_one_rung(bench: Bench) -> None:
    number = await mediated(bench, by=WORKER, household="T-A-01-001")
    for who in (WORKER, INSTRUCTOR):
        await card(bench, who, number)
        await bench.person(who).press("上报")
        await bench.person(who).say(WHY)
    assert "上报到" in (await bench.person(WORKER).press("保存")).text
    late = await bench.person(INSTRUCTOR).press("保存")
    assert "不在您这一级" in late.text
    assert WHY in late.text  # nothing that she wrote is lost
    await look_away(bench)
    assert (await dispute_of(bench, number)).rung == "community"
    assert (await history(bench, number)).count("passed_up") == 1


async def test_whoever_passes_up_what_a_colleague_works_on_looks_again_first(bench: Bench) -> None:
    number = await mediated(bench, by=WORKER, household="T-A-01-001")
    instructor = bench.person(INSTRUCTOR)
    await card(bench, INSTRUCTOR, number)
    await instructor.press("上报")
    await instructor.say(WHY)
    await attempt(bench, number, WORKER)
    await look_away(bench)
    again = await instructor.press("保存")
    assert WHY in again.text
    assert (await dispute_of(bench, number)).rung == "grid"
    assert "上报到" in (await instructor.press("保存")).text
    await look_away(bench)
    assert (await dispute_of(bench, number)).rung == "community"


async def test_a_planned_day_is_off_when_the_case_goes_up(bench: Bench) -> None:
    number = await mediated(bench, by=WORKER, household="T-A-01-001")
    worker = bench.person(WORKER)
    await card(bench, WORKER, number)
    await worker.press("安排调解")
    for answer in ("明天", "下午3点", "村委会"):
        asked = await worker.say(answer)
    while "请核对" not in asked.text:
        asked = await worker.press("没有" if "没有" in str(asked.labels) else "不公开")
    await worker.press("保存")
    await look_away(bench)
    await card(bench, WORKER, number)
    await says(worker, "上报", WHY)
    heard = await bells(bench)
    assert any("取消" in text for text in heard[INSTRUCTOR])
    assert "cancelled" in await history(bench, number)


async def test_a_colleague_of_the_rung_gets_the_case(bench: Bench) -> None:
    number = await mediated(bench, by=WORKER, household="T-A-01-001")
    due = (await dispute_of(bench, number)).next_step_at
    worker = bench.person(WORKER)
    await card(bench, WORKER, number)
    bench.pass_time(days=3)
    asked = await worker.press("转给")
    assert "由谁负责" in asked.text
    await worker.press("王建国")
    await worker.say("我下周去学习")
    receipt = await worker.press("保存")
    assert "王建国" in receipt.text
    heard = await bells(bench)
    assert set(heard) == {INSTRUCTOR}
    assert "现在由您负责" in heard[INSTRUCTOR][0]
    dispute = await dispute_of(bench, number)
    assert dispute.owner_id == await id_of(bench, INSTRUCTOR)
    assert dispute.next_step_at == due  # who has it is no progress
    entry = (await entries(bench, number, DisputeEntryKind.OWNER))[0]
    assert (entry.body, entry.detail["owner"]) == ("我下周去学习", dispute.owner_id)
    # She takes it over again herself.
    await card(bench, WORKER, number)
    await worker.press("转给")
    await worker.press("陈秀兰")
    await worker.say("我回来了")
    await worker.press("保存")
    heard = await bells(bench)
    assert "同级同事负责" in heard[INSTRUCTOR][0]
    assert (await dispute_of(bench, number)).owner_id == await id_of(bench, WORKER)


async def test_there_may_be_no_colleague_or_none_any_more(bench: Bench) -> None:
    await add_ladder(bench)
    alone = await mediated(bench)
    assert "没有别的同事" in await refused(bench, GROUP_WORKER, f"disp:hand:{alone}")
    number = await mediated(bench, by=WORKER, household="T-A-01-001")
    worker = bench.person(WORKER)
    await card(bench, WORKER, number)
    await worker.press("转给")
    await worker.press("王建国")
    await worker.say("请帮忙")
    await change_member(bench, INSTRUCTOR, frozen_at=SATURDAY)
    assert "没有别的同事" in (await worker.press("保存")).text
    assert (await dispute_of(bench, number)).owner_id == await id_of(bench, WORKER)


async def test_whoever_stands_back_has_nothing_of_it_any_more(bench: Bench) -> None:
    number = await mediated(bench, by=WORKER, household="T-A-01-001")
    worker = bench.person(WORKER)
    await card(bench, WORKER, number)
    assert "为什么回避" in (await worker.press("回避")).text  # herself alone: nobody else is asked about
    summary = await worker.say("她是我表姐")
    assert "您本人" in summary.text
    assert "已回避" in (await worker.press("保存")).text
    assert set(await bells(bench)) == {INSTRUCTOR}
    assert (await dispute_of(bench, number)).owner_id == await id_of(bench, INSTRUCTOR)
    assert await sees_nothing(bench, WORKER, number)
    entry = (await entries(bench, number, DisputeEntryKind.RECUSED))[0]
    assert (entry.body, entry.detail["member"]) == ("她是我表姐", await id_of(bench, WORKER))
    await passes_up(bench, INSTRUCTOR, number)
    assert await sees_nothing(bench, WORKER, number)  # she follows nothing either


async def test_alone_on_her_rung_she_leaves_it_to_the_next_one(bench: Bench) -> None:
    await add_ladder(bench)
    number = await mediated(bench)
    worker = bench.person(GROUP_WORKER)
    await card(bench, GROUP_WORKER, number)
    await worker.press("回避")
    await worker.press("跳过")
    await worker.press("保存")
    heard = await bells(bench)
    assert set(heard) == {ELDER, OTHER_ELDER}
    assert "没有人能办" in heard[ELDER][0]
    assert (await dispute_of(bench, number)).rung == "village_group"


async def test_at_a_partys_wish_the_head_keeps_somebody_away(bench: Bench) -> None:
    await add_ladder(bench)
    number = await mediated(bench)
    await passes_up(bench, GROUP_WORKER, number)
    await accept(bench, number, ELDER)
    await look_away(bench)
    head = bench.person(HEAD)
    await card(bench, HEAD, number)
    asked = await head.press("回避")
    assert {"老周", "老吴"} <= {label.split(" · ")[0] for label in asked.labels}
    await head.press("老周")
    await head.say("当事人不放心")
    summary_and_after = await head.press("保存")
    assert "老周" in summary_and_after.text
    heard = await bells(bench)
    assert set(heard) == {ELDER, OTHER_ELDER}
    assert "希望您回避" in heard[ELDER][0]
    assert "现在由您负责" in heard[OTHER_ELDER][0]
    assert await sees_nothing(bench, ELDER, number)
    # He cannot be chosen a second time, and nobody of another rung can be kept away.
    await card(bench, HEAD, number)
    assert "老周" not in str((await head.press("回避")).labels)
    await head.say_all("/cancel")


async def test_only_the_head_speaks_for_others(bench: Bench) -> None:
    number = await mediated(bench, by=WORKER, household="T-A-01-001")
    actor, other = await actor_of(bench, WORKER), await id_of(bench, INSTRUCTOR)
    async with bench.database.transaction() as session:
        with pytest.raises(RefusedError, match="not_yours"):
            await recuse(
                session,
                actor=actor,
                dispute_id=number,
                member_id=other,
                reason=None,
                now=bench.clock.now,
                policy=bench.policy,
            )


async def test_whoever_has_a_partys_name_says_first_that_she_is_another(bench: Bench) -> None:
    await add_ladder(bench)
    await change_member(bench, GROUP_WORKER, name="冯 大山")
    number = await a_dispute(bench, by=HEAD)
    await look_away(bench)
    worker = bench.person(GROUP_WORKER)
    asked = (await worker.press_all("受理"))[0]
    assert "同名" in asked.text
    assert (await dispute_of(bench, number)).state is DisputeState.REGISTERED
    assert "调解中" in (await worker.press("只是同名")).text
    await look_away(bench)
    accepted = (await entries(bench, number, DisputeEntryKind.ACCEPTED))[0]
    assert accepted.detail["namesake"] is True


async def test_whoever_is_the_party_stands_back_instead(bench: Bench) -> None:
    await add_ladder(bench)
    await change_member(bench, GROUP_WORKER, name="冯大山")
    number = await a_dispute(bench, by=HEAD)
    await look_away(bench)
    worker = bench.person(GROUP_WORKER)
    await worker.press("受理")
    await worker.press("回避")
    await worker.press("跳过")
    await worker.press("保存")
    assert set(await bells(bench)) == {ELDER, OTHER_ELDER, HEAD}  # who registered it hears that it went up
    assert (await dispute_of(bench, number)).rung == "village_group"


async def test_a_namesake_is_handed_nothing(bench: Bench) -> None:
    await add_ladder(bench)
    await change_member(bench, OTHER_ELDER, name="冯大山")
    number = await mediated(bench)
    await passes_up(bench, GROUP_WORKER, number)
    await accept(bench, number, ELDER)
    await look_away(bench)
    assert "没有别的同事" in await refused(bench, ELDER, f"disp:hand:{number}")
    await leaves_post(bench, ELDER)
    await bench.sweep.disputes()
    assert (await dispute_of(bench, number)).rung == "community"
    await look_away(bench)


async def test_the_way_up_goes_over_all_five_rungs(bench: Bench) -> None:
    await add_ladder(bench)
    number = await a_dispute(bench)
    way = []
    for who in (GROUP_WORKER, ELDER, EXECUTIVE, TOWNSHIP):
        way.append((await dispute_of(bench, number)).rung)
        bench.clock.now += timedelta(minutes=1)
        await passes_up(bench, who, number)  # at any time: nobody need accept it first
    assert [*way, (await dispute_of(bench, number)).rung] == [
        *("grid", "village_group", "community", "township", "county"),
    ]
