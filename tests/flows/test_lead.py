"""Reporting a lead, through the user's hands: the red lane, the receipt, both languages."""

from collections.abc import Awaitable, Callable

from sqlalchemy import delete, func, select
from sqlmodel import col

from models.alert import Alert
from models.lead import Colour, EntryKind, LeadEntry, Where
from models.member import Appointment, Role
from tests.support.county import ENGLISH, WORKER
from tests.support.hands import Bench, Said
from tests.support.reports import (
    GUIDED,
    NO,
    NO_ENGLISH,
    NOISE,
    changes,
    leads,
    ordinary_to_the_summary,
    presses,
    red_to_the_summary,
    the_lead,
)


async def test_the_shortest_red_lead_takes_nine_interactions(bench: Bench) -> None:
    worker = bench.person(WORKER)

    def tap(label: str) -> Callable[[], Awaitable[Said]]:
        return lambda: worker.press(label)

    interactions = [
        lambda: worker.say("上报线索"),
        *(tap(label) for label in ("① 眼下有危险", *NO[1:])),
        tap("不是某一户"),
        lambda: worker.say("听见隔壁打人"),
        tap("保存"),
    ]
    for interaction in interactions:
        said = await interaction()
    assert len(interactions) <= 9
    lead = await the_lead(bench)
    assert lead.code in said.text
    assert (lead.colour, lead.key_matter, lead.mediable, lead.item) == (Colour.RED, True, False, "life_at_risk")
    assert (lead.whereabouts, lead.narrative, lead.triage) == (Where.NO_HOUSEHOLD, "听见隔壁打人", ["danger"])
    async with bench.database.transaction() as session:
        assert (await session.execute(select(func.count()).select_from(Alert))).scalar_one() == 1


async def test_the_guidance_stands_above_the_form_from_the_first_yes_and_on_the_receipt(bench: Bench) -> None:
    worker = bench.person(WORKER)
    assert "12338" not in (await worker.say("上报线索")).text
    seen = [await worker.press("① 眼下有危险")]
    seen += [await worker.press(label) for label in (*NO[1:], "不是某一户")]
    seen += [await worker.send_photo(), await worker.say("听见隔壁打人")]
    seen += [await changes(worker, "安全住处"), await worker.say("她姐姐家")]
    receipt = await worker.press("保存")
    for said in (*seen, receipt):
        assert not [word for word in GUIDED if word not in said.text], said.text
    assert all(said.text.startswith("🔴 先保人身安全") for said in seen)
    assert all("24" not in said.text for said in seen)


async def test_what_the_guidance_adds_depends_on_the_answers(bench: Bench) -> None:
    worker = bench.person(WORKER)
    await worker.say("上报线索")
    assert "立即报告公安" in (await worker.press("② 涉及孩子")).text
    assert "及时报警" in (await worker.press("③ 不能自主")).text
    assert "别洗澡" in (await worker.press("④ 有性侵害")).text
    assert "不惊动对方" in (await worker.press("⑤ 疑似拐卖")).text
    assert "别洗澡" not in (await worker.press("没有性侵")).text


async def test_a_tap_on_the_wrong_one_is_put_right_on_the_same_card(bench: Bench) -> None:
    worker = bench.person(WORKER)
    first = await worker.say("上报线索")
    wrong = await worker.press("⑤ 疑似拐卖")
    assert (wrong.message_id, "✅ ⑤ 疑似拐卖" in wrong.labels, "110" in wrong.text) == (first.message_id, True, True)
    right = await worker.press("没有拐卖")
    assert ("✅ 没有拐卖" in right.labels, "110" in right.text) == (True, False)
    assert "哪一类" in (await presses(worker, *NO[:4])).text
    assert "完成" in (await worker.press("上一步")).labels
    assert "110" in (await worker.press("② 涉及孩子")).text
    assert "哪里的事" in (await worker.press("完成")).text


async def test_every_yes_is_red_and_a_key_matter_that_can_never_be_mediated(bench: Bench) -> None:
    worker = bench.person(WORKER)
    for number, mark in enumerate("①②③④⑤"):
        bench.pass_time(minutes=1)
        await worker.say("上报线索")
        await presses(worker, *NO[:number], mark, *NO[number + 1 :], "不是某一户")
        await worker.say("情况")
        await worker.press("保存")
    found = await leads(bench)
    assert {(lead.colour, lead.key_matter, lead.mediable) for lead in found} == {(Colour.RED, True, False)}
    items = ["life_at_risk", "child_abuse", "cannot_act", "sexual_assault", "trafficking"]
    assert [lead.item for lead in found] == items


async def test_the_item_of_a_yes_can_be_changed_and_it_stays_red(bench: Bench) -> None:
    worker = bench.person(WORKER)
    assert "有生命危险" in (await red_to_the_summary(worker)).text
    await changes(worker, "类别")
    summary = await presses(worker, *NOISE)
    assert ("类别：环境卫生、噪音" in summary.text, "🔴 红色" in summary.text) == (True, True)
    await worker.press("保存")
    lead = await the_lead(bench)
    assert (lead.item, lead.colour, lead.mediable) == ("environment", Colour.RED, False)


async def test_a_key_item_is_red_without_any_yes(bench: Bench) -> None:
    worker = bench.person(WORKER)
    await worker.say("上报线索")
    await presses(worker, *NO, "妇女儿童侵权", "‹ 其他类别", "妇女儿童侵权")
    assert (await worker.press("家庭暴力")).text.startswith("🔴 先保人身安全")
    await worker.press("不是某一户")
    summary = await worker.say("邻居说常打她")
    assert ("没问过，先不要打电话" in summary.text, "按法律规定" in summary.text) == (True, True)
    await worker.press("保存")
    lead = await the_lead(bench)
    assert (lead.colour, lead.key_matter, lead.safe_contact) == (Colour.RED, True, None)


async def test_the_receipt_says_who_is_told_now_and_who_next(bench: Bench) -> None:
    worker = bench.person(WORKER)
    await red_to_the_summary(worker)
    red = (await worker.press("保存")).text
    assert "正在通知：" in red
    for role in ("村（社区）负责人", "乡镇综治中心", "妇联干部"):
        assert role in red
    assert "5 分钟后再通知：网格指导员" in red
    bench.pass_time(minutes=1)
    await ordinary_to_the_summary(worker, item=("婚姻家庭", "老人缺少赡养照料"))
    assert "4 小时后再通知：乡镇综治中心" in (await worker.press("保存")).text
    bench.pass_time(minutes=1)
    await ordinary_to_the_summary(worker)
    assert "早上的汇总：网格指导员" in (await worker.press("保存")).text


async def test_at_night_only_red_is_told_at_once(bench: Bench) -> None:
    worker = bench.person(WORKER)
    bench.pass_time(hours=14)
    await ordinary_to_the_summary(worker, item=("婚姻家庭", "老人缺少赡养照料"))
    assert "早上通知：" in (await worker.press("保存")).text
    bench.pass_time(minutes=1)
    await red_to_the_summary(worker)
    assert "正在通知：" in (await worker.press("保存")).text


async def test_when_nobody_can_be_called_the_receipt_says_so(bench: Bench) -> None:
    async with bench.database.transaction() as session:
        left = (Role.GRID_WORKER, Role.ADMINISTRATOR)
        await session.execute(delete(Appointment).where(col(Appointment.role).not_in(left)))
    worker = bench.person(WORKER)
    await red_to_the_summary(worker)
    assert "现在通知不到任何人" in (await worker.press("保存")).text


async def test_a_second_press_on_save_shows_the_same_receipt_and_doubles_nothing(bench: Bench) -> None:
    worker = bench.person(WORKER)
    summary = await red_to_the_summary(worker)
    data = summary.button("保存")
    first = await worker.press("保存")
    bench.pass_time(minutes=20)
    again = await worker.press_data(first.message_id, data)
    assert [said.text for said in again] == [first.text]
    lead = await the_lead(bench)
    async with bench.database.transaction() as session:
        reports = select(func.count()).where(col(LeadEntry.kind) == EntryKind.REPORTED)
        assert (await session.execute(reports)).scalar_one() == 1
        alerts = select(func.count()).where(col(Alert.lead_id) == lead.id)
        assert (await session.execute(alerts)).scalar_one() == 1


async def test_two_presses_at_once_save_once(bench: Bench) -> None:
    worker = bench.person(WORKER)
    summary = await red_to_the_summary(worker)
    for _ in range(2):
        bench.box.act(WORKER, WORKER, "press", message_id=summary.message_id, data=summary.button("保存"))
    await bench.settle()
    receipts = [said.text for said in worker.reads()]
    assert len(set(receipts)) == 1
    assert (await the_lead(bench)).code in receipts[0]


async def test_the_whole_report_works_in_english(bench: Bench) -> None:
    worker = bench.person(ENGLISH)
    await worker.say("Report a lead")
    guided = await worker.press("② A child")
    assert guided.text.startswith("🔴 Safety first")
    assert "Do not" in guided.text
    await presses(worker, NO_ENGLISH[0], *NO_ENGLISH[2:], "A household of mine", "高翔")
    summary = await worker.say("A boy of six is locked out at night")
    for words in ("🔴 red", "Abuse or abandonment of a child", "not asked yet: do not call", "as the law says"):
        assert words in summary.text
    receipt = await worker.press("Save")
    assert "Being alerted now" in receipt.text
    assert "after 5 minutes" in receipt.text
    assert (await the_lead(bench)).narrative == "A boy of six is locked out at night"


async def test_an_ordinary_report_works_in_english(bench: Bench) -> None:
    worker = bench.person(ENGLISH)
    await worker.say("/lead")
    await presses(worker, *NO_ENGLISH, "Marriage and family", "A couple's quarrels", "No household")
    await worker.say("They shout every night")
    await worker.press("May be called")
    summary = await worker.say("mornings")
    assert "Consent: not asked yet" in summary.text
    await worker.press("Save")
    assert (await the_lead(bench)).safe_contact == "May be called\nmornings"
