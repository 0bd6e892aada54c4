"""Somebody leaves: the operator ends her post, and her very next press finds the door shut."""

import asyncio
import logging

import pytest

from console.errors import CommandError
from models.member import Role
from tests.console.conftest import Operator
from tests.flows.test_joining import invite
from tests.support.alerts import id_of, later
from tests.support.councils import CHAIR
from tests.support.county import ADMIN, EXPERT, HEAD, INSTRUCTOR, OTHER_WORKER, STRANGER, WORKER
from tests.support.hands import Bench
from tests.support.ladder import GROUP_WORKER, a_dispute, add_ladder, dispute_of
from tests.support.leads import a_lead
from tests.support.matters import look_away, takes
from tests.support.posts import WHY, days_of, number_of, set_days
from tests.support.projects import a_project
from tests.support.referrals import in_hand, refers


async def test_a_worker_who_leaves_in_the_middle_of_a_form_is_a_stranger_with_her_next_press(
    bench: Bench, operator: Operator, caplog: pytest.LogCaptureFixture
) -> None:
    worker = bench.person(WORKER)
    await worker.say("走访登记")
    asked = await worker.press("单小红")
    listed = await operator("秀兰")
    number = listed.split()[0]
    assert listed.startswith(f"{number}  陈秀兰  网格员  T-A-01 东关村第1网格  2026-")
    with caplog.at_level(logging.WARNING):
        said = await operator("--end", number, *WHY)
    assert "T-A-01（东关村第1网格）的 4 户现在由王建国照看" in said
    assert "bot.py invite --role grid_worker --area T-A-01" in said
    assert "机器人把她当作陌生人" in said
    assert f"post_ended number={number} by='吴平' reason='调到外地'" in caplog.text

    assert "12338" in (await worker.press(asked.labels[0])).text
    assert "12338" in (await worker.say("今日走访")).text
    assert "12338" in (await worker.say("草稿")).text
    await bench.deliverer.deliver_all()
    assert ["网格员任职已结束" in said.text for said in worker.reads()] == [True]
    (told,) = bench.person(INSTRUCTOR).reads()
    assert "T-A-01 现在没有网格员了。这 4 户从现在起由您照看" in told.text
    bench.pass_time(hours=25)
    await bench.sweep.drafts()
    await bench.sweep.morning()
    await bench.deliverer.deliver_all()
    assert not worker.reads()  # neither a digest nor a word about what she left half done
    assert "逾期" in bench.person(INSTRUCTOR).reads()[0].text
    bench.all_unread()
    with pytest.raises(CommandError, match="已经结束"):
        await operator("--end", number, *WHY)


async def test_whoever_holds_another_post_goes_on_in_that_one(bench: Bench, operator: Operator) -> None:
    instructor = bench.person(INSTRUCTOR)
    said = await operator("--end", await number_of(bench, INSTRUCTOR), *WHY)
    assert "照常能用" in said
    assert "网格指导员 T-A-01" in said
    assert "照看" not in said  # the worker of T-A-02 is there
    await bench.deliverer.deliver_all()
    assert "T-A-02" in instructor.reads()[0].text
    me = (await instructor.say("/me")).text
    assert "东关村第1网格" in me
    assert "东关村第2网格" not in me


async def test_what_nobody_looks_after_any_more_is_told_to_the_administrators(bench: Bench, operator: Operator) -> None:
    for person in (OTHER_WORKER, INSTRUCTOR):
        await operator("--end", await number_of(bench, person), *WHY)
    await bench.deliverer.deliver_all()
    said = await operator("--end", await number_of(bench, HEAD), *WHY)
    assert "T-A-02（东关村第2网格）的 1 户现在没有人照看" in said
    await bench.deliverer.deliver_all()
    assert ["T-A-02" in said.text for said in bench.person(INSTRUCTOR).reads()] == [True, True]
    assert ["由您照看" in said.text for said in bench.person(HEAD).reads()] == [True, False]
    (told,) = bench.person(ADMIN).reads()
    assert "眼下没有人照看" in told.text
    bench.all_unread()


async def test_an_alert_that_she_holds_is_passed_on_as_any_other(bench: Bench, operator: Operator) -> None:
    lead = await a_lead(bench, item="domestic_violence")
    await look_away(bench)
    await takes(bench, bench.person(HEAD), lead)
    said = await operator("--end", await number_of(bench, HEAD), *WHY)
    assert "预警 1 件，纠纷 0 件" in said
    heard = await later(bench, seconds=5)
    assert any(lead.code in text for who, texts in heard.items() if who != HEAD for text in texts)
    assert "任职已结束" in "".join(heard[HEAD])
    assert lead.code not in "".join(heard[HEAD])


async def test_a_dispute_that_she_has_goes_to_somebody_else(bench: Bench, operator: Operator) -> None:
    await add_ladder(bench)
    number = await a_dispute(bench)
    owner = (await dispute_of(bench, number)).owner_id
    assert owner == await id_of(bench, GROUP_WORKER)
    said = await operator("--end", await number_of(bench, GROUP_WORKER), *WHY)
    assert "预警 0 件，纠纷 1 件" in said
    assert "现在由赵敏照看" in said  # no instructor there: the head
    bench.pass_time(minutes=1)
    await bench.sweep.disputes()
    assert (await dispute_of(bench, number)).owner_id != owner
    await look_away(bench)


async def test_a_council_without_a_chair_and_a_project_without_an_owner_are_told_of(
    bench: Bench, operator: Operator
) -> None:
    await a_project(bench, owner=CHAIR)
    await look_away(bench)
    said = await operator("--end", await number_of(bench, CHAIR), *WHY)
    assert "领办项目 1 个" in said
    assert "bot.py invite --role council_chair --area T-A" in said
    await look_away(bench)


async def test_requests_that_wait_for_an_expert_who_leaves_are_told_of(bench: Bench, operator: Operator) -> None:
    _, head = await in_hand(bench)
    await refers(head)
    said = await operator("--end", await number_of(bench, EXPERT), *WHY, locale="en")
    assert "冯律师 is no longer Expert of T (测试县)" in said
    assert "She holds no other post" in said
    assert "1 requests for help wait for her" in said
    await look_away(bench)


async def test_a_reason_without_a_post_is_no_list(bench: Bench, operator: Operator) -> None:
    with pytest.raises(CommandError, match="请写明是哪一项任职"):
        await operator(*WHY)
    assert bench.unread(WORKER) == []


async def test_the_last_administrator_stays_until_there_is_another_one(bench: Bench, operator: Operator) -> None:
    number = await number_of(bench, ADMIN)
    with pytest.raises(CommandError, match="只剩这一位管理员"):
        await operator("--end", number, *WHY)
    assert (await days_of(bench, number))[1] is None
    heir = bench.person(STRANGER)
    await heir.say(f"/start {await invite(bench, Role.ADMINISTRATOR, 'T')}")
    await heir.press("确认加入")
    both = [operator("--end", one, *WHY) for one in (number, await number_of(bench, STRANGER))]
    ended = await asyncio.gather(*both, return_exceptions=True)
    assert [type(one) for one in ended].count(CommandError) == 1, ended
    await look_away(bench)


async def test_a_post_taken_up_again_on_the_same_day_can_be_ended_again(bench: Bench, operator: Operator) -> None:
    worker, first = bench.person(WORKER), await number_of(bench, WORKER)
    await set_days(bench, first, starts_on=0)
    for _ in range(2):
        await operator("--end", await number_of(bench, WORKER), *WHY)
        assert "12338" in (await worker.say("今日走访")).text
        assert await days_of(bench, first) == (-1, -1)
        await worker.say(f"/start {await invite(bench, area='T-A-01')}")
        assert "欢迎" in (await worker.press("确认加入")).text
    await look_away(bench)
