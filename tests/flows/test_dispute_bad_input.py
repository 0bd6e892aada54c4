"""Registering a dispute with what nobody should send: 200 parties, the same one twice, a key matter, nonsense."""

import pytest
from sqlalchemy import select, update
from sqlmodel import col

from domain.refusals import Reason, RefusedError
from domain.usecases.disputes import mediable_matter
from models.household import Household, HouseholdStatus, Resident
from tests.support.county import OTHER_WORKER, POLICY, TOWNSHIP, WORKER
from tests.support.hands import Bench
from tests.support.registering import disputes, parties_of, the_dispute, to_the_parties, to_the_summary
from tests.support.reports import changes, number_of, presses


def names(count: int, start: int = 1) -> str:
    """A pasted list of so many people."""
    return "\n".join(f"{number}. 村民甲{number:03}号 139{number:08}" for number in range(start, start + count))


async def test_two_hundred_parties_can_be_pasted(bench: Bench) -> None:
    worker = bench.person(WORKER)
    await to_the_parties(worker)
    await worker.say(names(100))
    assert "已有 200 位" in (await worker.say(names(100, start=101))).text
    asked = await worker.press("都写好了")
    assert "200 位当事人" in asked.text
    await worker.press("下一页")
    await presses(worker, "村民甲009号", "完成")
    await worker.press("下一页")
    await worker.press("村民甲010号")
    await worker.say("要回承包地")
    await presses(worker, "完成", "跳过")
    await worker.say("征地补偿")
    summary = await worker.press("跳过")
    assert "还有 190 位" in summary.text
    await worker.press("保存")
    dispute = await the_dispute(bench)
    found = await parties_of(bench, dispute.id)
    assert (len(found), dispute.people) == (200, 200)
    assert [one.name for one in found if one.consent] == ["村民甲009号"]
    assert [(one.name, one.wishes) for one in found if one.wishes] == [("村民甲010号", "要回承包地")]
    bench.all_unread()


async def test_the_two_hundred_and_first_is_one_too_many(bench: Bench) -> None:
    worker = bench.person(WORKER)
    await to_the_parties(worker)
    await worker.say(names(120))
    refused = await worker.say(names(81, start=121))
    assert ("最多 200 位" in refused.text, "已有 120 位" in refused.text) == (True, True)
    assert "已有 200 位" in (await worker.say(names(80, start=121))).text
    found = await worker.say("张伟")  # of the register
    assert "已有 200 位" in found.text
    assert "最多 200 位" in (await worker.press("张伟 · 东关村3号")).text


async def test_the_same_party_twice_stands_there_once(bench: Bench) -> None:
    worker = bench.person(WORKER)
    await to_the_parties(worker)
    await worker.say("老黄\n老白\n老黄")
    again = await worker.say("老黄 ")
    assert ("名单里已经有了" in again.text, "已有 2 位：老黄、老白" in again.text) == (True, True)
    assert "已有 3 位" in (await worker.say("老黄 13800000009")).text  # another one of that name
    assert "已有 4 位" in (await worker.say("老白\n老赵")).text
    await presses(worker, "清空重来")
    await worker.say("单小红")
    await worker.press("单小红 · 东关村2号")
    await worker.say("单小红")
    assert "名单里已经有了" in (await worker.press("不在册")).text


@pytest.mark.parametrize(
    "nonsense",
    ["！！！", "12345", "13800000001", "😀😀", "两家人为了院墙已经吵了三年多了，前后来找过村里十几次都没有说好，" * 2],
)
async def test_nonsense_is_no_party(bench: Bench, nonsense: str) -> None:
    worker = bench.person(WORKER)
    await to_the_parties(worker)
    assert "每行写一位" in (await worker.say(nonsense)).text
    assert "每行写一位" in (await worker.send_photo()).text
    assert "老黄" in (await worker.say("老黄 13800000001")).text
    refused = await worker.say("老白\n" + nonsense)  # nobody of a list that cannot be read
    assert ("每行写一位" in refused.text, "已有 1 位" in refused.text) == (True, True)


async def test_nobody_at_all_is_refused(bench: Bench) -> None:
    worker = bench.person(WORKER)
    asked = await to_the_parties(worker)
    forged = asked.button("上一步").replace("!back", "!done")
    assert "每行写一位" in (await worker.press_data(asked.message_id, forged))[0].text


async def test_a_key_matter_is_not_offered_and_a_forged_one_is_refused(bench: Bench) -> None:
    worker = bench.person(WORKER)
    await worker.say("/dispute")
    asked = await presses(worker, "没有，登记纠纷", "矛盾纠纷", "上门反映", "不是某一户")
    assert not [label for label in asked.labels if "侵权" in label]
    asked = await worker.press("生命与身心健康")
    assert [label for label in asked.labels if "生命危险" in label or "无法自主" in label] == []
    for key in ("domestic_violence", "life_at_risk"):
        forged = asked.button("看病难").replace("medical", key)
        refused = (await worker.press_data(asked.message_id, forged))[0]
        assert "不能调解" in refused.text
    unknown = asked.button("看病难").replace("medical", "no_such_item")
    assert "不在目录里" in (await worker.press_data(asked.message_id, unknown))[0].text


def test_nothing_red_becomes_a_dispute() -> None:
    red = [item.key for item in POLICY.catalogue.items.values() if item.key_matter]
    assert len(red) >= 4
    for key in red:
        with pytest.raises(RefusedError) as refused:
            mediable_matter(key, None, POLICY)
        assert refused.value.reason is Reason.NEVER_ON_LADDER


async def test_a_forged_red_colour_is_refused(bench: Bench) -> None:
    worker = bench.person(WORKER)
    await to_the_summary(worker)
    asked = await changes(worker, "颜色")
    forged = asked.button("橙色").replace("orange", "red")
    assert "这个按钮已失效" in (await worker.press_data(asked.message_id, forged))[0].text


async def test_a_resident_of_another_grid_cannot_be_pressed(bench: Bench) -> None:
    worker = bench.person(WORKER)
    await to_the_parties(worker)
    found = await worker.say("张伟")
    async with bench.database.transaction() as session:
        other = (await session.execute(select(col(Resident.id)).where(col(Resident.name) == "何平"))).scalar_one()
    data = found.button("张伟")
    for number in (other, 999999999, 9999999999999):
        forged = data[: data.rindex(":") + 1] + str(number)
        refused = (await worker.press_data(found.message_id, forged))[0]
        assert ("何平" in refused.text, "已有" in refused.text) == (False, False)
        assert "⚠️" in refused.text


async def test_a_household_that_was_merged_meanwhile_is_chosen_anew_and_nothing_is_lost(bench: Bench) -> None:
    worker = bench.person(WORKER)
    summary = await to_the_summary(worker, "我网格里的一户", "刘洋", place=False)
    assert "刘洋" in summary.text
    into, gone = await number_of(bench, "T-A-01-003"), await number_of(bench, "T-A-01-004")
    async with bench.database.transaction() as session:
        merged = {"status": HouseholdStatus.MERGED, "merged_into_id": into}
        await session.execute(update(Household).where(col(Household.id) == gone).values(**merged))
    refused = await worker.press("保存")
    assert ("已并入另一户" in refused.text, "为院墙吵了三天" in refused.text) == (True, True)
    await changes(worker, "哪一户")
    assert "张伟 · 东关村3号" in (await worker.press("张伟")).text
    await worker.press("保存")
    assert (await the_dispute(bench)).household_id == into


async def test_consent_never_becomes_another_persons_when_the_list_changes(bench: Bench) -> None:
    worker = bench.person(WORKER)
    await to_the_parties(worker)
    await worker.say("甲方\n乙方")
    await presses(worker, "都写好了", "甲方", "完成")
    await worker.say("赔钱")
    await presses(worker, "完成", "跳过")
    await worker.say("拌嘴")
    await changes(worker, "当事人")
    await worker.press("清空重来")
    await worker.say("丙方\n乙方")
    summary = await worker.press("都写好了")
    assert ("丙方（不要联系）\n" in summary.text, "乙方（不要联系）\n" in summary.text) == (True, True)
    await changes(worker, "同意联系")
    summary = await presses(worker, "都同意", "完成")
    assert "丙方（同意联系）" in summary.text
    await worker.press("保存")
    found = await parties_of(bench, (await the_dispute(bench)).id)
    assert [(one.name, one.consent, one.wishes) for one in found] == [("丙方", True, None), ("乙方", True, None)]


async def test_too_long_or_odd_answers_get_one_sentence_and_the_question_again(bench: Bench) -> None:
    worker = bench.person(WORKER)
    await to_the_parties(worker)
    await worker.say("甲\n乙\n丙")
    await presses(worker, "都写好了")
    assert "请点下面的按钮" in (await worker.say("都同意")).text
    await presses(worker, "都同意", "完成")
    assert "太长了" in (await worker.say("要" * 301)).text
    assert "请打字" in (await worker.send_photo()).text
    await worker.press("跳过")
    assert "最多 100 个字" in (await worker.say("村" * 101)).text
    await worker.press("跳过")
    assert "太长了" in (await worker.say("事" * 1501)).text
    await worker.say("事" * 1500)
    assert "请输入数字" in (await worker.say("很多")).text
    assert "超出范围。请输入 1 到 " in (await worker.say("0")).text
    summary = await worker.say("120")
    assert len(summary.text) < 4096
    await worker.press("保存")
    assert (await the_dispute(bench)).people == 120


async def test_a_grid_of_another_township_cannot_be_pressed(bench: Bench) -> None:
    township = bench.person(TOWNSHIP)
    await township.say("/dispute")
    asked = await presses(township, "没有，登记纠纷", "矛盾纠纷", "上门反映")
    data = asked.button("东关村第1网格")
    forged = data[: data.rindex(":") + 1] + "999"
    assert "不在您的范围" in (await township.press_data(asked.message_id, forged))[0].text


async def test_a_forged_way_in_is_no_button(bench: Bench) -> None:
    worker = bench.person(WORKER)
    hello = await worker.say("/help")
    for data in ("case", "case:", "case:menu", "case:menu:x", "case:menu:0:unsafe", "case:nowhere:1", "case:home:-1"):
        assert await worker.press_data(hello.message_id, data) == []
        assert "已失效" in worker.toast()
    other = bench.person(OTHER_WORKER)
    hello = await other.say("/help")
    home = await number_of(bench, "T-A-01-001")
    assert await other.press_data(hello.message_id, f"case:home:{home}:safe") == []
    assert "不在您的范围" in other.toast()
    assert await disputes(bench) == []
