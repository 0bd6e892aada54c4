"""The parties of a dispute while it is registered: found or typed, their consent and wishes, their earlier cases."""

from sqlalchemy import select
from sqlmodel import col

from models.dispute import DisputeEntry, DisputeEntryKind
from tests.support.county import HEAD, OTHER_WORKER, WORKER
from tests.support.hands import Bench
from tests.support.ladder import ELDER, add_ladder
from tests.support.registering import (
    NEIGHBOURS,
    disputes,
    parties_of,
    the_dispute,
    to_the_parties,
    to_the_summary,
)
from tests.support.reports import changes, number_of, presses


async def test_residents_are_found_by_name_or_initials_and_pressed_on_and_off(bench: Bench) -> None:
    worker = bench.person(WORKER)
    asked = await to_the_parties(worker, "我网格里的一户", "单小红")
    assert "单小红 · 东关村2号" in asked.labels  # those who live there stand there already
    await worker.press("单小红 · 东关村2号")
    found = await worker.say("wxy")
    assert "王秀英 · 东关村1号" in found.labels
    await worker.press("王秀英 · 东关村1号")
    marked = await worker.press("王秀英 · 东关村1号")
    assert ("✅ 王秀英 · 东关村1号" in marked.labels, "已有 1 位：单小红" in marked.text) == (False, True)
    await worker.press("王秀英 · 东关村1号")
    await worker.say("外村的老白，13800000002")
    await presses(worker, "都写好了", "王秀英", "完成")
    await worker.say("要他赔树钱")
    await worker.press("完成")
    await worker.say("树被砍了")
    summary = await worker.press("跳过")
    assert "单小红 · 东关村2号" in summary.text  # the household
    assert "王秀英（同意联系）" in summary.text
    assert "单小红（不要联系）：要他赔树钱" in summary.text
    await worker.press("保存")
    dispute = await the_dispute(bench)
    found_parties = await parties_of(bench, dispute.id)
    assert [(one.name, one.resident_id is not None, one.consent, one.wishes) for one in found_parties] == [
        ("单小红", True, False, "要他赔树钱"),
        ("王秀英", True, True, None),
        ("外村的老白", False, False, None),
    ]
    assert [one.household_id for one in found_parties] == [
        await number_of(bench, "T-A-01-002"),
        await number_of(bench, "T-A-01-001"),
        None,
    ]
    assert dispute.household_id == await number_of(bench, "T-A-01-002")


async def test_somebody_who_is_not_on_the_register_is_added_by_her_name_alone(bench: Bench) -> None:
    worker = bench.person(WORKER)
    await to_the_parties(worker)
    added = await worker.say("欧阳明珠")  # nobody is called so: she is added at once
    assert "已有 1 位：欧阳明珠" in added.text
    found = await worker.say("张伟")  # one of the register is called so, another may be too
    assert "张伟 · 东关村3号" in found.labels
    assert "已有 2 位：欧阳明珠、张伟" in (await worker.press("不在册")).text
    assert "已有 1 位：欧阳明珠" in (await worker.press("去掉最后一位")).text


async def test_wishes_are_written_one_after_the_other_and_a_pressed_name_comes_first(bench: Bench) -> None:
    worker = bench.person(WORKER)
    await to_the_parties(worker)
    await worker.say("甲方\n乙方\n丙方")
    await presses(worker, "都写好了", "都同意", "完成")
    assert "现在写：乙方" in (await worker.press("乙方")).text
    assert "现在写：甲方（1/3 位已写）" in (await worker.say("要道歉")).text
    assert "现在写：丙方" in (await worker.say("要赔钱")).text
    assert "在什么地方" in (await worker.say("都行")).text
    await worker.say("村口")
    await worker.say("打牌输了钱")
    summary = await worker.press("跳过")
    for words in ("甲方（同意联系）：要赔钱", "乙方（同意联系）：要道歉", "丙方（同意联系）：都行", "地点：村口"):
        assert words in summary.text
    asked = await changes(worker, "诉求")
    assert "已记下：要赔钱" in asked.text
    await worker.say("只要道歉")
    assert "甲方（同意联系）：只要道歉" in (await worker.press("完成")).text


async def test_a_group_says_how_many_people_are_concerned(bench: Bench) -> None:
    worker = bench.person(WORKER)
    await to_the_parties(worker)
    await worker.say("甲\n乙\n丙")
    await presses(worker, "都写好了", "都没同意", "跳过", "跳过")
    asked = await worker.say("工地欠工钱")
    assert "一共牵涉多少人" in asked.text
    await worker.say("42")
    await worker.press("保存")
    assert (await the_dispute(bench)).people == 42


async def test_an_earlier_case_of_the_same_people_is_offered_and_linked(bench: Bench) -> None:
    worker = bench.person(WORKER)
    await to_the_summary(worker)
    first = await worker.press("保存")
    bench.pass_time(days=3)
    bench.all_unread()
    await to_the_parties(worker)
    await worker.say("老黄")
    await worker.say("一个新来的")
    await presses(worker, "都写好了", "都同意", "完成", "跳过", "跳过")
    asked = await worker.say("又吵起来了")
    (code,) = [one.code for one in await disputes(bench)]
    assert "以前有过案子" in asked.text
    assert code in first.text
    assert f"关联旧案：{code}" in (await worker.press(code)).text
    await worker.press("保存")
    older, newer = await disputes(bench)
    assert newer.linked_to_id == older.id
    async with bench.database.transaction() as session:
        query = select(DisputeEntry).where(col(DisputeEntry.kind) == DisputeEntryKind.LINKED)
        entry = (await session.execute(query)).scalar_one()
    assert (entry.dispute_id, entry.detail) == (older.id, {"case": newer.code})


async def test_an_earlier_case_of_the_household_is_offered_to_those_who_may_open_it_alone(bench: Bench) -> None:
    worker = bench.person(WORKER)
    await to_the_summary(worker, "我网格里的一户", "王秀英", place=False)
    await worker.press("保存")
    head = bench.person(HEAD)
    await to_the_parties(head, "我网格里的一户", "王秀英")
    await head.say("别的人\n另外的人")
    await presses(head, "都写好了", "都同意", "完成", "跳过")
    assert "以前有过案子" in (await head.say("又吵了")).text  # she is the head of its rung
    await head.press("取消")


async def test_a_case_that_is_not_hers_is_not_offered_whoever_is_named(bench: Bench) -> None:
    await to_the_summary(bench.person(WORKER))
    await bench.person(WORKER).press("保存")
    other = bench.person(OTHER_WORKER)
    await to_the_parties(other)
    await other.say("老黄\n外村的老白")
    await presses(other, "都写好了", "都同意", "完成", "跳过", "跳过")
    assert "请核对" in (await other.say("又吵起来了")).text


async def test_an_elder_has_no_register_and_names_the_parties(bench: Bench) -> None:
    await add_ladder(bench)
    elder = bench.person(ELDER)
    await elder.say("/dispute")
    asked = await presses(elder, "没有，登记纠纷", "矛盾纠纷", "上门反映", *NEIGHBOURS)
    assert "册上的人" not in asked.text
    await elder.say("冯大山")
    await presses(elder, "都写好了", "都同意", "完成", "跳过", "跳过")
    await elder.say("分水的事")
    receipt = await elder.press("保存")
    dispute = await the_dispute(bench)
    # Her only grid is known without being asked for, and the lowest rung is called first.
    assert (dispute.rung, "网格员" in receipt.text) == ("grid", True)
    await bench.tick()
    bench.all_unread()
