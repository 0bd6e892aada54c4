"""People who come and leave, households that move, and duplicates that are merged, through the user's hands."""

import pytest
from sqlalchemy import select
from sqlmodel import col

from models.household import Household, HouseholdChange, HouseholdStatus, Resident, Tier
from models.member import Member
from tests.support.county import (
    ENGLISH,
    HEAD,
    INSTRUCTOR,
    OTHER_HEAD,
    OTHER_WORKER,
    WORKER,
    days_from_saturday,
)
from tests.support.hands import Bench, Person, Said


async def opens(person: Person, name: str) -> Said:
    """The card of the household with this name."""
    await person.say(name)
    return await person.press(name)


async def the(bench: Bench, code: str) -> Household:
    """The household with this code."""
    async with bench.database.transaction() as session:
        return (await session.execute(select(Household).where(col(Household.code) == code))).scalar_one()


async def trail(bench: Bench, code: str) -> list[tuple[str, str | None, str | None]]:
    """Every change of one household: field, old, new."""
    async with bench.database.transaction() as session:
        rows = await session.execute(
            select(HouseholdChange)
            .join(Household, col(Household.id) == col(HouseholdChange.household_id))
            .where(col(Household.code) == code)
            .order_by(col(HouseholdChange.id))
        )
        return [(row.field, row.old, row.new) for row in rows.scalars()]


async def calls(person: Person, name: str) -> None:
    """A telephone call that met somebody."""
    await person.say("走访登记")
    for label in (name, "电话", "见到了", "跳过", "都没有", "跳过", "跳过", "不变", "保存"):
        await person.press(label)


async def test_a_newcomer_is_added_and_found(bench: Bench) -> None:
    worker = bench.person(WORKER)
    await opens(worker, "张伟")
    asked = await worker.press("家庭成员")
    assert "现有成员：张伟" in asked.text
    await worker.press("新来的人")
    await worker.say("<i>李&雷")
    await worker.press("配偶")
    assert "⚠️" in (await worker.say("2027")).text
    summary = await worker.say("1985")
    assert "<i>李&雷（配偶，1985年生）" in summary.text
    await worker.press("保存")
    assert "<i>李&雷（配偶，1985年生）" in (await worker.press("查看")).text
    assert (await the(bench, "T-A-01-003")).people_count == 2
    assert await trail(bench, "T-A-01-003") == [("resident", None, "<i>李&雷")]
    assert any("张伟" in label for label in (await worker.say("李&雷")).labels)


async def test_somebody_who_left_is_no_longer_listed_but_stays_on_record(bench: Bench) -> None:
    worker = bench.person(WORKER)
    await opens(worker, "单小红")
    await worker.press("家庭成员")
    asked = await worker.press("有人搬走")
    assert [label for label in asked.labels if "单" in label] == ["单小红", "单强"]
    await worker.press("单强")
    await worker.press("保存")
    assert "单强" not in (await worker.press("查看")).text
    async with bench.database.transaction() as session:
        gone = (await session.execute(select(Resident).where(col(Resident.name) == "单强"))).scalar_one()
    assert gone.left_on == days_from_saturday(0)
    assert "没有找到" in (await worker.say("单强")).text
    assert await trail(bench, "T-A-01-002") == [("resident", "单强", None)]


async def test_the_same_name_is_not_added_twice_and_a_forged_person_is_refused(bench: Bench) -> None:
    worker = bench.person(WORKER)
    await opens(worker, "张伟")
    await worker.press("家庭成员")
    await worker.press("新来的人")
    await worker.say("张伟")
    await worker.press("子女")
    await worker.press("跳过")
    assert "已有同名的人" in (await worker.press("保存")).text
    await worker.press("取消")
    await opens(worker, "张伟")
    await worker.press("家庭成员")
    asked = await worker.press("有人搬走")
    prefix = asked.button("张伟").rsplit(":", 1)[0]
    for forged in ("1", "2147483648"):
        assert "⚠️" in (await worker.press_data(asked.message_id, f"{prefix}:{forged}"))[-1].text


async def test_a_household_moves_and_its_new_worker_is_told_the_code_alone(bench: Bench) -> None:
    worker, other = bench.person(WORKER), bench.person(OTHER_WORKER)
    card = await opens(worker, "张伟")
    asked = await worker.press("移到别的网格")
    assert [label.split(" · ")[0] for label in asked.labels if "T-" in label] == ["东关村第2网格"]
    await worker.press("东关村第2网格")
    saved = await worker.press("保存")
    assert "不再能打开" in saved.text
    await bench.deliverer.deliver_all()
    notices = other.reads()
    assert ["T-A-01-003" in notice.text for notice in notices] == [True]
    assert not [word for word in ("张伟", "东关村", "陈秀兰") if word in notices[0].text]
    assert "张伟" in (await other.press("查看")).text
    assert await worker.press_data(card.message_id, card.button("走访登记")) == []
    assert "不在您的范围" in worker.toast()
    assert await trail(bench, "T-A-01-003") == [("grid", "T-A-01", "T-A-02")]


async def test_a_new_household_never_takes_the_code_of_one_that_moved_away(bench: Bench) -> None:
    instructor = bench.person(INSTRUCTOR)
    await opens(instructor, "刘洋")
    await instructor.press("移到别的网格")
    await instructor.press("东关村第2网格")
    assert "不再能打开" not in (await instructor.press("保存")).text
    await bench.deliverer.deliver_all()
    bench.person(OTHER_WORKER).reads()
    worker = bench.person(WORKER)
    await worker.say("/add")
    for words in ("东关村5号", "吴琼", "1"):
        await worker.say(words)
    await worker.press("跳过")
    await worker.press("跳过")
    assert "T-A-01-005" in (await worker.press("保存")).text


async def test_a_grid_of_another_community_cannot_be_forged_as_the_target(bench: Bench) -> None:
    worker = bench.person(WORKER)
    await opens(worker, "张伟")
    asked = await worker.press("移到别的网格")
    prefix = asked.button("第2网格").rsplit(":", 1)[0]
    async with bench.database.transaction() as session:
        code = col(Household.code)
        elsewhere = (await session.execute(select(col(Household.grid_id)).where(code == "T-B-01-001"))).scalar_one()
        here = (await session.execute(select(col(Household.grid_id)).where(code == "T-A-01-003"))).scalar_one()
    for forged in (elsewhere, here, 1, 2147483648):
        assert "⚠️" in (await worker.press_data(asked.message_id, f"{prefix}:{forged}"))[-1].text


async def test_while_a_signature_is_awaited_a_household_neither_moves_nor_merges(bench: Bench) -> None:
    worker = bench.person(WORKER)
    await opens(worker, "刘洋")
    await worker.press("调整分级")
    for label in ("重点户", "独居", "跳过", "保存"):
        await worker.press(label)
    await bench.deliverer.deliver_all()
    bench.person(INSTRUCTOR).reads()
    bench.person(HEAD).reads()
    await worker.press("查看")
    await worker.press("移到别的网格")
    await worker.press("东关村第2网格")
    assert "待签字" in (await worker.press("保存")).text
    await worker.press("取消")
    await opens(worker, "张伟")
    await worker.press("合并重复户")
    await worker.press("刘洋")
    assert "待签字" in (await worker.press("保存")).text


async def test_merging_keeps_the_visits_and_does_not_double_people(bench: Bench) -> None:
    worker = bench.person(WORKER)
    async with bench.database.transaction() as session:
        two = (await session.execute(select(Household).where(col(Household.code) == "T-A-01-004"))).scalar_one()
        session.add(Resident(household_id=two.id, name="张伟", relation="child"))
        two.situation, two.people_count = "打零工", 2
    await calls(worker, "刘洋")
    bench.pass_time(minutes=1)
    await opens(worker, "张伟")
    asked = await worker.press("合并重复户")
    assert not any("张伟" in label for label in asked.labels)
    summary = await worker.press("刘洋")
    assert "不能撤回" in summary.text
    assert "成员：刘洋、张伟" in summary.text
    await worker.press("保存")
    card = await worker.press("查看")
    assert "电话 · 见到了 · 陈秀兰" in card.text
    assert card.text.count("张伟（") == 1
    assert "刘洋（其他" in card.text
    assert "家庭情况：打零工" in card.text
    gone, kept = await the(bench, "T-A-01-004"), await the(bench, "T-A-01-003")
    assert (gone.status, gone.merged_into_id) == (HouseholdStatus.MERGED, kept.id)
    assert (kept.last_visit_on, kept.people_count) == (days_from_saturday(0), 2)
    assert await trail(bench, "T-A-01-004") == [("merged_into", None, "T-A-01-003")]
    assert await trail(bench, "T-A-01-003") == [
        ("situation", None, "打零工"),
        ("merged_from", None, "T-A-01-004"),
    ]
    found = await worker.say("刘洋")
    assert [label for label in found.labels if "张伟" in label]
    assert not [label for label in found.labels if label.startswith("🟢 刘洋")]


async def test_an_old_button_of_a_merged_household_leads_to_the_kept_one(bench: Bench) -> None:
    worker = bench.person(WORKER)
    old = await opens(worker, "刘洋")
    await opens(worker, "张伟")
    await worker.press("合并重复户")
    await worker.press("刘洋")
    await worker.press("保存")
    hello = await worker.say("/help")
    number = old.button("走访登记").removeprefix("go:")
    shown = (await worker.press_data(hello.message_id, f"hh:show:{number}"))[0]
    assert "T-A-01-004 已并入这一户" in shown.text
    for data in (f"go:{number}", f"hh:edit:{number}"):
        assert await worker.press_data(hello.message_id, data) == []
        assert "已并入另一户" in worker.toast()


async def test_what_was_merged_before_follows_the_next_merge(bench: Bench) -> None:
    worker = bench.person(WORKER)
    await calls(worker, "刘洋")
    for kept, duplicate in (("张伟", "刘洋"), ("单小红", "张伟")):
        bench.pass_time(minutes=1)
        await opens(worker, kept)
        await worker.press("合并重复户")
        await worker.press(duplicate)
        await worker.press("保存")
    assert "电话 · 见到了 · 陈秀兰" in (await worker.press("查看")).text


async def test_a_key_tier_is_not_ended_by_a_merge(bench: Bench) -> None:
    worker = bench.person(WORKER)
    await opens(worker, "张伟")
    await worker.press("合并重复户")
    await worker.press("王秀英")
    await worker.press("保存")
    kept = await the(bench, "T-A-01-003")
    assert (kept.tier, kept.tier_reason, kept.tier_review_on) == (Tier.KEY, "lives_alone", days_from_saturday(90))
    assert kept.next_due_on == days_from_saturday(-3)
    assert ("tier", "ordinary", "key") in await trail(bench, "T-A-01-003")


@pytest.mark.parametrize("duplicate", ["王秀英", "刘洋"])
async def test_no_merge_takes_a_household_off_the_visits(bench: Bench, duplicate: str) -> None:
    worker = bench.person(WORKER)
    await opens(worker, "张伟")
    await worker.press("外出")
    await opens(worker, "张伟")
    await worker.press("合并重复户")
    await worker.press(duplicate)
    await worker.press("保存")
    assert (await the(bench, "T-A-01-003")).status is HouseholdStatus.ACTIVE
    assert ("status", "away", "active") in await trail(bench, "T-A-01-003")


async def test_a_household_cannot_be_merged_with_itself_nor_with_one_elsewhere(bench: Bench) -> None:
    worker = bench.person(WORKER)
    card = await opens(worker, "张伟")
    mine = card.button("走访登记").removeprefix("go:")
    asked = await worker.press("合并重复户")
    prefix = asked.button("刘洋").rsplit(":", 1)[0]
    assert "不能与自己合并" in (await worker.press_data(asked.message_id, f"{prefix}:{mine}"))[-1].text
    elsewhere = (await the(bench, "T-A-02-001")).id
    assert "不在您的范围" in (await worker.press_data(asked.message_id, f"{prefix}:{elsewhere}"))[-1].text


async def test_of_two_who_merge_the_same_pair_the_second_is_told(bench: Bench) -> None:
    worker, head = bench.person(WORKER), bench.person(HEAD)
    for person, kept, duplicate in ((worker, "张伟", "刘洋"), (head, "刘洋", "张伟")):
        await opens(person, kept)
        await person.press("合并重复户")
        await person.press(duplicate)
    await worker.press("保存")
    assert "已并入另一户" in (await head.press("保存")).text
    await head.press("取消")
    assert (await the(bench, "T-A-01-003")).status is HouseholdStatus.ACTIVE


async def test_people_moving_and_merging_work_in_english(bench: Bench) -> None:
    worker = bench.person(ENGLISH)
    async with bench.database.transaction() as session:
        head = (await session.execute(select(Member).where(col(Member.telegram_id) == OTHER_HEAD))).scalar_one()
        head.locale = "en"
    await opens(worker, "高翔")
    await worker.press("People")
    await worker.press("Somebody has come")
    await worker.say("Gao Yue")
    await worker.press("child")
    await worker.press("Skip")
    assert "Saved" in (await worker.press("Save")).text
    await worker.press("Open")
    moving = await worker.press("Move to another grid")
    assert "nothing to choose from" in moving.text
    await worker.press("Cancel")
    await worker.say("/add")
    for words in ("2号楼1单元101", "Gao X.", "1"):
        await worker.say(words)
    await worker.press("Skip")
    await worker.press("Skip")
    await worker.press("Save")
    await worker.press("Open")
    await worker.press("Merge a duplicate")
    assert "cannot be undone" in (await worker.press("高翔")).text
    assert "T-B-01-001 is now part of Gao X. T-B-01-002" in (await worker.press("Save")).text
