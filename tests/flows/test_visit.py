"""The check-in of a visit, through the user's hands."""

from sqlalchemy import select

from models.household import Household
from models.visit import Visit
from tests.support.county import ENGLISH, WORKER, days_from_saturday
from tests.support.hands import Bench


async def test_a_worker_checks_in_the_most_urgent_household_of_today(bench: Bench) -> None:
    worker = bench.person(WORKER)
    listed = await worker.say("今日走访")
    assert [label.split(" · ")[0] for label in listed.labels] == ["🔴 王秀英", "🟡 单小红", "🟢 张伟"]
    assert "上门" in (await worker.press("王秀英")).labels
    await worker.press("上门")
    await worker.press("见到了")
    await worker.press("走一遍")
    await worker.press("见一面")
    await worker.press("完成")
    await worker.press("王秀英")
    await worker.press("完成")
    await worker.press("看病")
    await worker.say("想换一张医保卡")
    await worker.press("完成")
    await worker.press("跳过")
    await worker.press("跳过")
    summary = await worker.press("不变")
    assert "想换一张医保卡" in summary.text
    saved = await worker.press("保存")
    assert "11月28日" in saved.text
    async with bench.database.transaction() as session:
        visit = (await session.execute(select(Visit))).scalar_one()
        household = await session.get_one(Household, visit.household_id)
    assert visit.receipt in saved.text
    assert (visit.note, visit.counts) == ("想换一张医保卡", True)
    assert household.next_due_on == days_from_saturday(7)


async def test_the_whole_check_in_works_in_english(bench: Bench) -> None:
    worker = bench.person(ENGLISH)
    await worker.say("Today")
    await worker.press("高翔")
    await worker.press("By phone")
    await worker.press("Nobody home")
    await worker.press("Skip")
    saved = await worker.press("Save")
    assert "another try is planned" in saved.text
    assert "Mon 23 Nov" in saved.text
