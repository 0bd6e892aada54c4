"""The check-in of a visit, through the user's hands."""

from sqlalchemy import select

from models.household import Household
from models.visit import Visit, VisitPhoto
from tests.support.county import ENGLISH, INSTRUCTOR, OTHER_WORKER, WORKER, days_from_saturday
from tests.support.hands import Bench, Person, Said


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


async def to_the_summary(worker: Person, household: str = "单小红") -> Said:
    """A phone visit that met somebody, up to its summary."""
    await worker.say("走访登记")
    await worker.say(household)
    await worker.press(household)
    await worker.press("电话")
    await worker.press("见到了")
    await worker.press("跳过")
    await worker.press("都没有")
    await worker.press("跳过")
    await worker.press("跳过")
    return await worker.press("不变")


async def visits(bench: Bench) -> list[Visit]:
    """All visits on record."""
    async with bench.database.transaction() as session:
        return list((await session.execute(select(Visit).order_by(Visit.id))).scalars())  # type: ignore[arg-type]


async def test_any_answer_can_be_changed_in_the_summary_and_the_others_stay(bench: Bench) -> None:
    worker = bench.person(WORKER)
    await to_the_summary(worker)
    choices = await worker.press("修改")
    assert "户" not in choices.labels  # another household is another visit
    await worker.press("方式")
    changed = await worker.press("上门")
    assert "五个一" in changed.text  # the door brings its own question
    await worker.press("走一遍")
    summary = await worker.press("完成")
    assert "上门" in summary.text
    assert "走一遍" in summary.text
    await worker.press("保存")
    assert [(visit.mode, visit.five_ones) for visit in await visits(bench)] == [("door", ["walk"])]


async def test_an_outcome_changed_to_nobody_home_drops_what_no_longer_applies(bench: Bench) -> None:
    worker = bench.person(WORKER)
    await to_the_summary(worker)
    await worker.press("修改")
    await worker.press("结果")
    await worker.press("无人在家")
    summary = await worker.press("跳过")
    assert "无人在家" in summary.text
    await worker.press("保存")
    assert [visit.counts for visit in await visits(bench)] == [False]


async def test_back_from_a_change_keeps_the_old_answer(bench: Bench) -> None:
    worker = bench.person(WORKER)
    before = await to_the_summary(worker)
    await worker.press("修改")
    await worker.press("结果")
    assert (await worker.press("上一步")).text == before.text


async def test_back_leads_through_every_question_to_the_first(bench: Bench) -> None:
    worker = bench.person(WORKER)
    await to_the_summary(worker)
    asked = [(await worker.press("上一步")).text.split("\n")[-1] for _ in range(8)]
    assert "要调整吗" in asked[0]
    assert "哪一户" in asked[-1]


async def test_a_past_day_can_be_given_and_is_marked(bench: Bench) -> None:
    worker = bench.person(WORKER)
    await to_the_summary(worker)
    await worker.press("修改")
    await worker.press("日期")
    assert "最早可选 2026年11月14日" in (await worker.say("11-13")).text
    assert "今天之后" in (await worker.say("11月22日")).text
    assert "11-20" in (await worker.say("上周三")).text
    assert "补记" in (await worker.say("11-19")).text
    saved = await worker.press("保存")
    assert "补记 11月19日" in saved.text
    assert [(visit.backdated, visit.visited_on) for visit in await visits(bench)] == [(True, days_from_saturday(-2))]


async def test_two_people_filing_the_same_household_are_told_and_both_are_kept(bench: Bench) -> None:
    worker, instructor = bench.person(WORKER), bench.person(INSTRUCTOR)
    await to_the_summary(worker)
    await to_the_summary(instructor)
    await worker.press("保存")
    assert "陈秀兰 也登记过" in (await instructor.press("保存")).text
    assert len(await visits(bench)) == 2
    await instructor.say("走访登记")
    await instructor.say("单小红")
    assert "陈秀兰、王建国 已登记过" in (await instructor.press("单小红")).text


async def test_photos_and_a_place_are_kept_with_the_visit(bench: Bench) -> None:
    worker = bench.person(WORKER)
    await worker.say("走访登记")
    await worker.say("2号")
    for label in ("单小红", "电话", "见到了", "跳过", "都没有"):
        await worker.press(label)
    assert "已收到 1 张" in (await worker.send_photo()).text
    assert "已收到 2 张" in (await worker.send_photo("楼道堆着杂物")).text
    await worker.press("照片发完了")
    await worker.does("location", latitude=37.05, longitude=118.4)
    summary = await worker.press("不变")
    assert "照片：2 张" in summary.text
    assert "位置：已附" in summary.text
    await worker.press("保存")
    assert [(visit.latitude, visit.longitude) for visit in await visits(bench)] == [(37.05, 118.4)]
    async with bench.database.transaction() as session:
        photos = (await session.execute(select(VisitPhoto))).scalars()
    assert [photo.caption for photo in photos] == [None, "楼道堆着杂物"]


async def test_somebody_who_was_seen_and_is_not_listed_is_kept_with_the_visit(bench: Bench) -> None:
    worker = bench.person(WORKER)
    await worker.say("走访登记")
    for label in ("单小红", "电话", "见到了", "单强"):
        await worker.press(label)
    await worker.say("邻居张大妈")
    for label in ("完成", "都没有", "跳过", "跳过"):
        await worker.press(label)
    assert "单强、邻居张大妈" in (await worker.press("不变")).text
    await worker.press("保存")
    (visit,) = await visits(bench)
    assert (len(visit.seen), visit.seen_besides) == (1, "邻居张大妈")


async def test_typed_needs_are_shown_as_noted_and_added_up(bench: Bench) -> None:
    worker = bench.person(WORKER)
    await worker.say("走访登记")
    for label in ("单小红", "电话", "见到了", "跳过"):
        await worker.press(label)
    assert "已记下：水管漏水" in (await worker.say("水管漏水")).text
    assert "已记下：水管漏水\n屋顶也漏" in (await worker.say("屋顶也漏")).text


async def test_trouble_to_report_is_remembered(bench: Bench) -> None:
    worker = bench.person(WORKER)
    await worker.say("走访登记")
    for label in ("单小红", "电话", "见到了", "跳过", "有麻烦要报告", "完成", "跳过", "跳过", "不变"):
        await worker.press(label)
    assert "110" in (await worker.press("保存")).text
    assert [visit.trouble for visit in await visits(bench)] == [True]


async def test_a_telephone_call_to_a_key_household_is_kept_and_the_visit_still_owed(bench: Bench) -> None:
    worker = bench.person(WORKER)
    await to_the_summary(worker, "王秀英")
    saved = await worker.press("保存")
    assert "仍请上门" in saved.text
    assert "11月18日" in saved.text


async def test_a_name_with_markup_is_shown_as_it_is(bench: Bench) -> None:
    async with bench.database.transaction() as session:
        household = (await session.execute(select(Household).where(Household.code == "T-A-01-002"))).scalar_one()  # type: ignore[arg-type]
        household.name = "<b>单</b> & {{7*7}}"
    worker = bench.person(WORKER)
    await worker.say("走访登记")
    asked = await worker.press("<b>单</b> & {{7*7}}")
    assert asked.text.startswith("第 2 / 3 步\n\n<b>单</b> & {{7*7}}（监测户）") or "<b>单</b> & {{7*7}}" in asked.text


async def test_the_receipt_stays_when_the_list_is_opened_from_it(bench: Bench) -> None:
    worker = bench.person(WORKER)
    await to_the_summary(worker)
    saved = await worker.press("保存")
    listed = await worker.press("今日走访")
    assert listed.message_id != saved.message_id


async def test_a_worker_of_another_grid_finds_nothing_here(bench: Bench) -> None:
    other = bench.person(OTHER_WORKER)
    await other.say("走访登记")
    found = await other.say("王秀英")
    assert not any("王秀英" in label for label in found.labels)
    news = await other.press_data(found.message_id, "go:1")
    assert not any("王秀英" in said.text for said in news)


async def test_the_buttons_of_an_answered_question_go_away(bench: Bench) -> None:
    worker = bench.person(WORKER)
    first = await worker.say("走访登记")
    second = await worker.say("王秀英")
    now = {message["message_id"]: message for message in bench.box.messages(WORKER)}
    assert "reply_markup" not in now[first.message_id]
    assert "reply_markup" in now[second.message_id]


async def test_quick_fingers_choose_several_before_the_screen_follows(bench: Bench) -> None:
    worker = bench.person(WORKER)
    await worker.say("走访登记")
    for label in ("王秀英", "上门"):
        await worker.press(label)
    card = await worker.press("见到了")
    # The screen still says "none of these" where it will say "done".
    for label in ("走一遍", "见一面", "聊一聊", "都没有"):
        bench.box.act(WORKER, WORKER, "press", message_id=card.message_id, data=card.button(label))
    await bench.settle()
    assert "见到了谁" in worker.reads()[-1].text
    for label in ("跳过", "都没有", "跳过", "跳过"):
        await worker.press(label)
    assert "走一遍、见一面、聊一聊" in (await worker.press("不变")).text


async def test_back_from_choosing_a_day_leaves_the_day_as_it_was(bench: Bench) -> None:
    worker = bench.person(WORKER)
    before = await to_the_summary(worker)
    await worker.press("修改")
    await worker.press("日期")
    assert (await worker.press("上一步")).text == before.text
    await worker.press("保存")
    assert [(visit.backdated, visit.visited_on) for visit in await visits(bench)] == [(False, days_from_saturday(0))]
