"""Editing and adding households, and who is away, through the user's hands."""

from sqlalchemy import select, update
from sqlmodel import col

from models.household import Household, HouseholdChange, HouseholdStatus, Resident, Tier
from tests.support.county import ENGLISH, HEAD, INSTRUCTOR, WORKER, days_from_saturday
from tests.support.hands import Bench, Person, Said


async def opens(person: Person, name: str) -> Said:
    """The card of the household with this name."""
    await person.say(name)
    return await person.press(name)


async def the(bench: Bench, code: str) -> Household:
    """The household with this code."""
    async with bench.database.transaction() as session:
        return (await session.execute(select(Household).where(col(Household.code) == code))).scalar_one()


async def trail(bench: Bench) -> list[tuple[str, str | None, str | None]]:
    """Every change on record: field, old, new."""
    async with bench.database.transaction() as session:
        rows = (await session.execute(select(HouseholdChange).order_by(col(HouseholdChange.id)))).scalars()
        return [(row.field, row.old, row.new) for row in rows]


async def test_an_item_is_changed_with_a_trail(bench: Bench) -> None:
    worker = bench.person(WORKER)
    await opens(worker, "王秀英")
    await worker.press("修改资料")
    asked = await worker.press("联系方式")
    assert "现在是：19000000001" in asked.text
    summary = await worker.say("19000000009（女儿）")
    assert "原来：19000000001" in summary.text
    assert "已保存" in (await worker.press("保存")).text
    assert "19000000009（女儿）" in (await worker.press("查看")).text
    assert await trail(bench) == [("contact", "19000000001", "19000000009（女儿）")]


async def test_an_item_can_be_emptied(bench: Bench) -> None:
    worker = bench.person(WORKER)
    await opens(worker, "王秀英")
    await worker.press("修改资料")
    await worker.press("联系方式")
    assert "（清空）" in (await worker.say("-")).text
    await worker.press("保存")
    assert "已登记 2/5 项" in (await worker.press("查看")).text
    assert (await the(bench, "T-A-01-001")).contact is None


async def test_a_new_name_is_found_and_the_old_one_is_not(bench: Bench) -> None:
    worker = bench.person(WORKER)
    await opens(worker, "张伟")
    await worker.press("修改资料")
    await worker.press("户主姓名")
    await worker.say("<b>张&\n伟</b>")
    await worker.press("保存")
    card = await worker.press("查看")
    assert card.text.startswith("<b>张& 伟</b> T-A-01-003")
    assert "<b>张& 伟</b>（户主" in card.text
    assert "没有找到" in (await worker.say("张伟")).text
    assert any("<b>张& 伟</b>" in label for label in (await worker.say("张&")).labels)


async def test_the_number_of_people_is_a_number(bench: Bench) -> None:
    worker = bench.person(WORKER)
    await opens(worker, "张伟")
    await worker.press("修改资料")
    await worker.press("人口")
    assert "⚠️" in (await worker.say("三口")).text
    assert "⚠️" in (await worker.say("100")).text
    await worker.say("3")
    await worker.press("保存")
    assert (await the(bench, "T-A-01-003")).people_count == 3


async def test_political_status_is_switched_off_and_cannot_be_forged(bench: Bench) -> None:
    worker = bench.person(WORKER)
    await opens(worker, "张伟")
    asked = await worker.press("修改资料")
    assert not any("政治面貌" in label for label in asked.labels)
    data = asked.button("需求").rsplit(":", 1)[0] + ":political_status"
    assert "⚠️" in (await worker.press_data(asked.message_id, data))[-1].text


async def test_of_two_who_edit_at_once_the_second_sees_what_is_new_and_loses_nothing(bench: Bench) -> None:
    worker, instructor = bench.person(WORKER), bench.person(INSTRUCTOR)
    for person, words in ((worker, "爱下棋"), (instructor, "腿脚不便")):
        await opens(person, "王秀英")
        await person.press("修改资料")
        await person.press("家庭情况")
        await person.say(words)
    await worker.press("保存")
    refused = await instructor.press("保存")
    assert "别人刚刚改过" in refused.text
    assert "原来：爱下棋" in refused.text
    assert "改为：腿脚不便" in refused.text
    await instructor.press("保存")
    assert await trail(bench) == [("situation", None, "爱下棋"), ("situation", "爱下棋", "腿脚不便")]


async def test_a_household_is_added_in_her_own_grid_and_is_due_at_once(bench: Bench) -> None:
    worker = bench.person(WORKER)
    await worker.say("周小雨")
    assert "门牌" in (await worker.press("登记新住户")).text
    await worker.say("东关村9号")
    await worker.say("周小雨")
    await worker.say("4")
    await worker.press("跳过")
    await worker.press("跳过")
    saved = await worker.press("保存")
    assert "T-A-01-005" in saved.text
    household = await the(bench, "T-A-01-005")
    assert (household.tier, household.next_due_on) == (Tier.ORDINARY, days_from_saturday(0))
    assert await trail(bench) == [("registered", None, "T-A-01-005")]
    await worker.say("zxy")
    card = await worker.press("周小雨")
    assert "已登记 2/5 项" in card.text
    assert "周小雨（户主）" in card.text


async def test_a_head_is_asked_for_the_grid_and_may_change_it(bench: Bench) -> None:
    head = bench.person(HEAD)
    asked = await head.say("/add")
    assert [label.split(" · ")[0] for label in asked.labels][:2] == ["东关村第1网格", "东关村第2网格"]
    assert not any("西河" in label for label in asked.labels)
    await head.say("t-a-02")
    await head.press("东关村第2网格")
    await head.say("东关村22号")
    await head.say("孙梅")
    await head.say("２")
    await head.say("19000000022")
    await head.press("跳过")
    await head.press("保存")
    household = await the(bench, "T-A-02-002")
    assert (household.people_count, household.contact) == (2, "19000000022")


async def test_the_same_name_at_the_same_door_is_not_added_twice(bench: Bench) -> None:
    worker = bench.person(WORKER)
    await worker.say("/add")
    await worker.say("东关村1号")
    await worker.say("王秀英")
    await worker.say("1")
    await worker.press("跳过")
    await worker.press("跳过")
    assert "已有同门牌" in (await worker.press("保存")).text
    await worker.press("修改")
    await worker.press("门牌")
    await worker.say("东关村1号西屋")
    assert "T-A-01-005" in (await worker.press("保存")).text


async def test_a_forged_grid_elsewhere_is_refused(bench: Bench) -> None:
    head = bench.person(HEAD)
    asked = await head.say("/add")
    prefix = asked.button("第1网格").rsplit(":", 1)[0]
    async with bench.database.transaction() as session:
        row = (await session.execute(select(col(Household.grid_id)).where(col(Household.code) == "T-B-01-001"))).one()
    for forged in (row[0], 1, 2147483648):
        assert "⚠️" in (await head.press_data(asked.message_id, f"{prefix}:{forged}"))[-1].text


async def test_a_household_that_is_away_is_not_due_until_it_is_back(bench: Bench) -> None:
    worker = bench.person(WORKER)
    await opens(worker, "单小红")
    assert "外出中" in (await worker.press("外出了")).text
    assert not any("单小红" in label for label in (await worker.say("今日走访")).labels)
    bench.pass_time(days=10)
    listed = await worker.say("单小红")
    assert any("外出" in label for label in listed.labels)
    await worker.press("单小红")
    assert "下次走访：12月1日" in (await worker.press("回来了")).text
    assert await trail(bench) == [("status", "active", "away"), ("status", "away", "active")]


async def test_a_worker_alone_cannot_take_a_key_household_off_the_visits(bench: Bench) -> None:
    worker = bench.person(WORKER)
    card = await opens(worker, "王秀英")
    assert await worker.press_all("外出了") == []
    assert "指导员或负责人" in worker.toast()
    instructor = bench.person(INSTRUCTOR)
    await opens(instructor, "王秀英")
    assert "外出中" in (await instructor.press("外出了")).text
    assert (await the(bench, "T-A-01-001")).status is HouseholdStatus.AWAY
    # The worker's card is an old one: pressing once more changes nothing and tells how it stands.
    assert "外出中" in (await worker.press_data(card.message_id, card.button("外出了")))[0].text


async def test_a_kept_edit_waits_as_a_draft_with_the_households_name(bench: Bench) -> None:
    worker = bench.person(WORKER)
    await opens(worker, "张伟")
    await worker.press("修改资料")
    asked = await worker.say("今日走访")
    assert "修改资料 · 张伟" in asked.text
    await worker.press_all("存为草稿")
    await worker.say("草稿")
    assert "要改哪一项" in (await worker.press("修改资料 · 张伟")).text


async def test_editing_and_adding_work_in_english(bench: Bench) -> None:
    worker = bench.person(ENGLISH)
    await opens(worker, "高翔")
    await worker.press("Edit")
    await worker.press("Needs")
    assert "Will be: a ramp" in (await worker.say("a ramp")).text
    assert "Saved" in (await worker.press("Save")).text
    await worker.say("/add")
    await worker.say("2号楼1单元102")
    await worker.say("Jo <b>&")
    await worker.say("2")
    await worker.press("Skip")
    await worker.press("Skip")
    assert "Jo <b>& is on the register with the code T-B-01-002" in (await worker.press("Save")).text


async def test_everybody_of_a_household_is_still_found_after_an_edit(bench: Bench) -> None:
    async with bench.database.transaction() as session:
        await session.execute(update(Resident).where(col(Resident.name) == "单强").values(name="单强强"))
    worker = bench.person(WORKER)
    await opens(worker, "单小红")
    await worker.press("修改资料")
    await worker.press("门牌")
    await worker.say("东关村2号院")
    await worker.press("保存")
    assert any("2号院" in label for label in (await worker.say("sqq")).labels)
