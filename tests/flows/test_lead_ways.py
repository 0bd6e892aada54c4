"""The ways into the report of a lead, out of it and back; who may report what, and who learns of it."""

from sqlalchemy import select, update
from sqlmodel import col

from models.confidential import Tie, TieKind
from models.household import Household
from models.lead import Where
from models.member import Appointment, Member
from tests.support.county import COUNTY, HEAD, OTHER_WORKER, TOWNSHIP, WORKER
from tests.support.hands import Bench, Person
from tests.support.reports import NO, NOISE, leads, number_of, presses, red_to_the_summary, the_lead


async def test_from_a_households_card_it_takes_eight(bench: Bench) -> None:
    worker = bench.person(WORKER)
    await worker.say("王秀英")
    await worker.press("王秀英")
    await presses(worker, "上报线索", "① 眼下有危险", *NO[1:])
    await worker.say("听见打人")
    assert "王秀英" not in (await worker.press("保存")).text
    lead = await the_lead(bench)
    assert (lead.whereabouts, lead.household_id) == (Where.HOUSEHOLD, await number_of(bench, "T-A-01-001"))


async def test_trouble_noted_on_a_visit_goes_on_as_a_lead_with_the_household_filled_in(bench: Bench) -> None:
    worker = bench.person(WORKER)
    await worker.say("走访登记")
    await presses(worker, "单小红", "电话", "见到了", "跳过", "有麻烦要报告", "完成", "跳过", "跳过", "不变")
    receipt = await worker.press("保存")
    assert "请接着点" in receipt.text
    asked = await worker.press("上报线索")
    assert asked.message_id != receipt.message_id  # the visit's receipt stays
    await presses(worker, *NO, *NOISE)
    await worker.say("吵了一夜")
    assert "单小红 · 东关村2号" in (await worker.press("跳过")).text
    await worker.press("保存")
    assert (await the_lead(bench)).household_id == await number_of(bench, "T-A-01-002")


async def test_a_visit_without_trouble_offers_no_report(bench: Bench) -> None:
    worker = bench.person(WORKER)
    await worker.say("走访登记")
    await presses(worker, "单小红", "电话", "无人在家", "跳过")
    assert not [label for label in (await worker.press("保存")).labels if "线索" in label]


async def test_a_reporter_bound_to_the_household_has_the_code_and_nothing_more(bench: Bench) -> None:
    worker = bench.person(WORKER)
    household = await number_of(bench, "T-A-01-002")
    async with bench.database.transaction() as session:
        member = (await session.execute(select(col(Member.id)).where(col(Member.telegram_id) == WORKER))).scalar_one()
        session.add(Tie(member_id=member, household_id=household, kind=TieKind.KIN, declared_at=bench.clock.now))
    await worker.say("上报线索")
    await presses(worker, "① 眼下有危险", *NO[1:], "我网格里的一户", "单小红")
    await worker.say("打起来了")
    receipt = await worker.press("保存")
    lead = await the_lead(bench)
    assert lead.conflict
    assert (lead.code in receipt.text, "由别人接手" in receipt.text) == (True, True)
    assert ("通知" in receipt.text, receipt.labels) == (False, [])


async def test_what_was_said_leaves_the_chat_and_the_receipt_stays(bench: Bench) -> None:
    worker = bench.person(WORKER)
    await red_to_the_summary(worker, "qnarrativeq")
    receipt = await worker.press("保存")
    bench.pass_time(seconds=30)
    await bench.vanisher.delete_due()
    left = [message.get("text", "") for message in bench.box.messages(WORKER)]
    assert not [text for text in left if "qnarrativeq" in text]
    assert receipt.text in left


async def test_an_unfinished_report_is_a_draft_that_can_be_gone_on_with(bench: Bench) -> None:
    worker = bench.person(WORKER)
    await worker.say("上报线索")
    await presses(worker, "② 涉及孩子", "没有危险", "稍后再填")
    bench.pass_time(hours=2)
    await worker.say("草稿")
    resumed = await worker.press("上报线索")
    assert ("✅ ② 涉及孩子" in resumed.labels, resumed.text.startswith("🔴 先保人身安全")) == (True, True)
    await presses(worker, *NO[2:], "不是某一户")
    await worker.say("孩子没人管")
    await worker.press("保存")
    assert (await the_lead(bench)).triage == ["child"]


async def test_a_restart_in_the_middle_goes_unnoticed(bench: Bench) -> None:
    worker = bench.person(WORKER)
    await red_to_the_summary(worker)
    await bench.restart()
    assert (await the_lead_of_press(bench, worker)) == "听见隔壁打人"


async def the_lead_of_press(bench: Bench, worker: Person) -> str | None:
    """Save, and look at what was told."""
    await worker.press("保存")
    return (await the_lead(bench)).narrative


async def test_whoever_has_no_register_reports_without_a_household(bench: Bench) -> None:
    officer = bench.person(TOWNSHIP)
    await officer.say("/lead")
    where = await presses(officer, "① 眼下有危险", *NO[1:])
    assert [label for label in where.labels if "网格" in label or "某一户" in label] == ["不是某一户", "不在我的网格"]
    await officer.press("不在我的网格")
    await officer.say("路上有人求救")
    await officer.press("保存")
    assert (await the_lead(bench)).whereabouts is Where.OUTSIDE


async def test_a_household_beyond_her_grid_is_not_hers_to_choose(bench: Bench) -> None:
    other = bench.person(OTHER_WORKER)
    hello = await other.say("/help")
    number = await number_of(bench, "T-A-01-001")
    assert await other.press_data(hello.message_id, f"go_lead:{number}") == []
    assert "不在您的范围" in other.toast()
    await other.say("上报线索")
    card = await presses(other, "① 眼下有危险", *NO[1:], "我网格里的一户")
    step = card.button("稍后").rsplit(":", 1)[0]
    refused = await other.press_data(card.message_id, f"{step}:{number}")
    assert "不在您的范围" in refused[-1].text


async def test_a_draft_about_a_household_that_is_no_longer_hers_shows_nothing_of_it(bench: Bench) -> None:
    worker = bench.person(WORKER)
    await worker.say("上报线索")
    await presses(worker, *NO, *NOISE, "我网格里的一户", "单小红")
    await worker.say("半夜剁馅")
    async with bench.database.transaction() as session:
        member = (await session.execute(select(col(Member.id)).where(col(Member.telegram_id) == WORKER))).scalar_one()
        elsewhere = await session.execute(select(col(Household.grid_id)).where(col(Household.code) == "T-A-02-001"))
        moved = update(Appointment).where(col(Appointment.member_id) == member)
        await session.execute(moved.values(area_id=elsewhere.scalar_one()))
    answer = await worker.press("跳过")
    assert "单小红" not in answer.text
    assert not await leads(bench)


async def test_the_notices_of_a_report_say_its_code_and_nothing_of_it(bench: Bench) -> None:
    worker = bench.person(WORKER)
    await worker.say("上报线索")
    await presses(worker, "④ 有性侵害", NO[0], NO[1], NO[2], NO[4], "我网格里的一户", "单小红")
    await worker.say("qnarrativeq")
    await worker.press("保存")
    lead = await the_lead(bench)
    await bench.deliverer.deliver_all()
    told = [said for person in (HEAD, TOWNSHIP, COUNTY) for said in bench.person(person).reads()]
    told += bench.all_unread()
    assert told
    for said in told:
        assert lead.code in said.text
        assert not [word for word in ("qnarrativeq", "单小红", "东关村", "性", "陈秀兰") if word in said.text]


async def test_from_the_receipt_she_opens_what_she_has_reported(bench: Bench) -> None:
    worker = bench.person(WORKER)
    await red_to_the_summary(worker)
    receipt = await worker.press("保存")
    shown = await worker.press_all(receipt.labels[0])
    assert "听见隔壁打人" in shown[-1].text


async def test_a_report_is_begun_in_the_middle_of_a_visit_without_losing_it(bench: Bench) -> None:
    worker = bench.person(WORKER)
    await worker.say("走访登记")
    await presses(worker, "单小红", "电话")
    assert "走访登记" in (await worker.say("上报线索")).text
    assert "眼下有人有危险吗" in (await worker.press_all("存为草稿，离开"))[-1].text
    await presses(worker, "① 眼下有危险", *NO[1:], "不是某一户")
    await worker.say("听见打人")
    await worker.press("保存")
    await worker.say("草稿")
    assert "见到了" in (await worker.press("走访登记 · 单小红")).labels
