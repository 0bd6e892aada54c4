"""Reporting a lead, through the user's hands."""

from collections.abc import Awaitable, Callable
from dataclasses import replace

from sqlalchemy import delete, func, select, update
from sqlmodel import col

from models.alert import Alert
from models.confidential import Tie, TieKind
from models.household import Household
from models.lead import Colour, EntryKind, Lead, LeadConsent, LeadEntry, LeadFile, LeadSource, Where
from models.member import Appointment, Member, Role
from tests.support.county import COUNTY, ENGLISH, HEAD, OTHER_WORKER, TOWNSHIP, WORKER
from tests.support.hands import Bench, Person, Said

NO = ("没有危险", "不涉及孩子", "能自己做主", "没有性侵", "没有拐卖")
NO_ENGLISH = ("No danger now", "No child", "Acts freely", "No sexual violence", "No trafficking")
# 110, 120, 12338, and what not to do.
GUIDED = ("110", "120", "12338", "不要")
NOISE = ("公共安全与其他", "环境卫生、噪音")


async def leads(bench: Bench) -> list[Lead]:
    """All leads, in the order of their reports."""
    async with bench.database.transaction() as session:
        return list((await session.execute(select(Lead).order_by(col(Lead.id)))).scalars())


async def the_lead(bench: Bench) -> Lead:
    """The only lead."""
    (lead,) = await leads(bench)
    return lead


async def number_of(bench: Bench, code: str) -> int:
    """The household with this code."""
    async with bench.database.transaction() as session:
        return (await session.execute(select(col(Household.id)).where(col(Household.code) == code))).scalar_one()


async def presses(person: Person, *labels: str) -> Said:
    """Press these, one after the other; the last answer."""
    for label in labels:
        said = await person.press(label)
    return said


async def red_to_the_summary(worker: Person, text: str = "听见隔壁打人") -> Said:
    """A red lead about no household, up to its summary."""
    await worker.say("上报线索")
    await presses(worker, "① 眼下有危险", *NO[1:], "不是某一户")
    return await worker.say(text)


async def ordinary_to_the_summary(worker: Person, *where: str, item: tuple[str, ...] = NOISE) -> Said:
    """A matter that is no key matter, up to its summary."""
    await worker.say("上报线索")
    await presses(worker, *NO, *item, *(where or ("不是某一户",)))
    await worker.say("楼上天天半夜剁馅")
    return await worker.press("跳过")


async def changes(worker: Person, label: str) -> Said:
    """The question behind one answer of the summary."""
    await worker.press("修改")
    return await worker.press(label)


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


async def test_from_a_households_card_it_takes_eight(bench: Bench) -> None:
    worker = bench.person(WORKER)
    await worker.say("王秀英")
    await worker.press("王秀英")
    await presses(worker, "上报线索", "① 眼下有危险", *NO[1:])
    await worker.say("听见打人")
    assert "王秀英" not in (await worker.press("保存")).text
    lead = await the_lead(bench)
    assert (lead.whereabouts, lead.household_id) == (Where.HOUSEHOLD, await number_of(bench, "T-A-01-001"))


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


async def test_an_ordinary_lead_asks_how_she_can_be_reached_safely(bench: Bench) -> None:
    worker = bench.person(WORKER)
    await worker.say("上报线索")
    await presses(worker, *NO, "婚姻家庭", "夫妻、婚恋矛盾", "我网格里的一户", "单小红")
    assert "怎样联系" in (await worker.say("两口子吵了一夜")).text
    assert "谁不能接听" in (await worker.press("可以发消息")).text
    summary = await worker.say("上午\n暗号：送菜\n婆婆不能看到")
    for words in ("单小红 · 东关村2号", "🟡 黄色", "可以发消息", "暗号：送菜", "本人同意：没问过"):
        assert words in summary.text
    receipt = await worker.press("保存")
    assert "12338" not in receipt.text
    lead = await the_lead(bench)
    assert (lead.colour, lead.key_matter, lead.mediable) == (Colour.YELLOW, False, True)
    assert lead.safe_contact == "可以发消息\n上午\n暗号：送菜\n婆婆不能看到"


async def test_do_not_contact_needs_no_conditions(bench: Bench) -> None:
    worker = bench.person(WORKER)
    await worker.say("上报线索")
    await presses(worker, *NO, *NOISE, "不是某一户")
    await worker.say("半夜剁馅")
    assert "安全联系：不要联系" in (await worker.press("不要联系")).text
    await worker.press("保存")
    assert (await the_lead(bench)).safe_contact == "不要联系"


async def test_everything_with_a_default_can_be_told_in_the_summary(bench: Bench) -> None:
    worker = bench.person(WORKER)
    await red_to_the_summary(worker)
    for label, words in (("受影响的人", "母女二人"), ("安全住处", "她姐姐家，3号楼")):
        await changes(worker, label)
        assert words in (await worker.say(words)).text
    await changes(worker, "来源")
    assert "居民告诉我的" in (await worker.press("居民告诉我的")).text
    await changes(worker, "安全联系")
    await worker.press("可以打电话")
    await worker.say("下午两点")
    await worker.press("保存")
    lead = await the_lead(bench)
    assert (lead.persons, lead.safe_address, lead.source) == ("母女二人", "她姐姐家，3号楼", LeadSource.RESIDENT)
    assert lead.safe_contact == "可以打电话\n下午两点"


async def test_a_colour_can_be_raised_and_red_brings_the_guidance(bench: Bench) -> None:
    worker = bench.person(WORKER)
    await ordinary_to_the_summary(worker)
    asked = await changes(worker, "颜色")
    assert "🔵 蓝色" not in asked.labels  # its own
    assert "🟠 橙色" in (await worker.press("橙色")).text
    await changes(worker, "颜色")
    red = await worker.press("红色")
    assert red.text.startswith("🔴 先保人身安全")
    assert "按法律规定" in red.text
    assert "正在通知：" in (await worker.press("保存")).text
    lead = await the_lead(bench)
    assert (lead.colour, lead.key_matter, lead.mediable) == (Colour.RED, False, False)


async def test_the_colour_of_a_red_lead_is_not_asked(bench: Bench) -> None:
    worker = bench.person(WORKER)
    await red_to_the_summary(worker)
    labels = (await worker.press("修改")).labels
    assert "类别" in labels
    assert not {"颜色", "本人同意"} & set(labels)


async def test_consent_is_recorded_for_each_recipient(bench: Bench) -> None:
    worker = bench.person(WORKER)
    await ordinary_to_the_summary(worker)
    await changes(worker, "本人同意")
    await presses(worker, "村（社区）负责人", "解纷专家")
    summary = await worker.press("完成")
    assert "本人同意转告：村（社区）负责人、解纷专家" in summary.text
    await worker.press("保存")
    async with bench.database.transaction() as session:
        rows = list((await session.execute(select(LeadConsent))).scalars())
    given = {row.recipient: row.given for row in rows}
    assert given == {"head": True, "township": False, "federation": False, "expert": True, "unit": False}
    assert {row.purpose for row in rows} == {"help"}


async def test_nobody_asked_means_that_no_consent_is_recorded(bench: Bench) -> None:
    worker = bench.person(WORKER)
    await ordinary_to_the_summary(worker)
    await worker.press("保存")
    async with bench.database.transaction() as session:
        assert (await session.execute(select(func.count()).select_from(LeadConsent))).scalar_one() == 0


async def test_of_an_anonymous_resident_nothing_is_asked_and_nothing_kept(bench: Bench) -> None:
    worker = bench.person(WORKER)
    await red_to_the_summary(worker)
    await changes(worker, "来源")
    assert "不记是谁" in (await worker.press("居民匿名反映")).text
    assert "不要写是谁说的" in (await changes(worker, "情况、照片、语音")).text
    await worker.press("上一步")
    await worker.press("保存")
    lead = await the_lead(bench)
    assert (lead.source, lead.persons, lead.safe_contact) == (LeadSource.ANONYMOUS, None, None)


async def test_photos_and_voice_are_collected_until_done_and_words_end_it_at_once(bench: Bench) -> None:
    worker = bench.person(WORKER)
    await worker.say("上报线索")
    await presses(worker, *NO, *NOISE, "不是某一户")
    assert "1 张照片" in (await worker.send_photo("门上的划痕")).text
    half = await worker.does("voice", ("a.ogg", "audio/ogg", b"OggS"))
    assert "1 张照片 1 段语音" in half.text
    assert "怎样联系" in (await worker.press("发完了")).text
    summary = await worker.press("跳过")
    assert ("照片：1 张" in summary.text, "语音：1 段" in summary.text) == (True, True)
    await changes(worker, "情况、照片、语音")
    summary = await worker.say("楼上半夜剁馅")
    assert ("楼上半夜剁馅" in summary.text, "照片：1 张" in summary.text) == (True, True)
    await worker.press("保存")
    async with bench.database.transaction() as session:
        files = list((await session.execute(select(LeadFile).order_by(col(LeadFile.id)))).scalars())
    assert [(file.kind, file.caption) for file in files] == [("photo", "门上的划痕"), ("voice", None)]


async def test_words_are_added_to_those_that_were_told_and_can_be_cleared(bench: Bench) -> None:
    worker = bench.person(WORKER)
    await red_to_the_summary(worker, "听见打人")
    assert "已记下：听见打人" in (await changes(worker, "情况、照片、语音")).text
    assert "还有孩子哭" in (await worker.say("还有孩子哭")).text
    assert "已记下" not in (await worker.press("清空重来")).text
    assert "情况：重新说一遍" in (await worker.say("重新说一遍")).text
    await changes(worker, "情况、照片、语音")
    await worker.say("又听见摔东西")
    await worker.press("发完了")
    await worker.press("保存")
    assert (await the_lead(bench)).narrative == "重新说一遍\n又听见摔东西"


async def test_a_picture_sent_as_a_file_is_taken(bench: Bench) -> None:
    worker = bench.person(WORKER)
    await worker.say("上报线索")
    await presses(worker, *NO, *NOISE, "不是某一户")
    assert "1 张照片" in (await worker.does("document", ("a.jpg", "image/jpeg", b"\xff\xd8\xff\xe0"))).text


async def test_what_she_reported_lately_of_the_household_is_offered_for_linking(bench: Bench) -> None:
    worker = bench.person(WORKER)
    await ordinary_to_the_summary(worker, "我网格里的一户", "单小红")
    await worker.press("保存")
    first = await the_lead(bench)
    bench.pass_time(days=29)
    await worker.say("上报线索")
    await presses(worker, *NO, *NOISE, "我网格里的一户")
    asked = await worker.press("单小红")
    assert ("同一件事" in asked.text, first.code in asked.labels[0]) == (True, True)
    await worker.press(first.code)
    await worker.say("又剁了一夜")
    assert f"关联：{first.code}" in (await worker.press("跳过")).text
    await worker.press("保存")
    second = (await leads(bench))[1]
    assert second.linked_to_id == first.id
    assert (await leads(bench))[0].narrative == first.narrative  # both stay as they are


async def test_linking_is_skippable_and_another_household_forgets_it(bench: Bench) -> None:
    worker = bench.person(WORKER)
    await ordinary_to_the_summary(worker, "我网格里的一户", "单小红")
    await worker.press("保存")
    bench.pass_time(days=1)
    first = await the_lead(bench)
    await worker.say("上报线索")
    await presses(worker, *NO, *NOISE, "我网格里的一户", "单小红", first.code)
    await worker.say("又来")
    await worker.press("跳过")
    await changes(worker, "哪一户")
    summary = await worker.press("张伟")
    assert ("张伟" in summary.text, "关联" in summary.text) == (True, False)
    await worker.press("保存")
    assert (await leads(bench))[1].linked_to_id is None


async def test_a_lead_of_more_than_thirty_days_ago_or_of_a_colleague_is_not_offered(bench: Bench) -> None:
    worker = bench.person(WORKER)
    await ordinary_to_the_summary(worker, "我网格里的一户", "单小红")
    await worker.press("保存")
    bench.pass_time(minutes=5)
    head = bench.person(HEAD)
    await head.say("上报线索")
    await presses(head, *NO, *NOISE, "我网格里的一户")
    await head.say("单小红")
    assert "发生了什么" in (await head.press("单小红")).text
    await head.press("取消")
    bench.pass_time(days=31)
    await worker.say("上报线索")
    await presses(worker, *NO, *NOISE, "我网格里的一户")
    assert "发生了什么" in (await worker.press("单小红")).text


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


async def test_an_item_that_the_county_has_removed_meanwhile_is_asked_again(bench: Bench) -> None:
    worker = bench.person(WORKER)
    await ordinary_to_the_summary(worker)
    catalogue = bench.policy.catalogue
    left = {key: item for key, item in catalogue.items.items() if key != "environment"}
    bench.policy = replace(bench.policy, catalogue=replace(catalogue, items=left))
    await bench.restart()
    assert "已不在目录里" in (await worker.press("保存")).text
    await changes(worker, "类别")
    assert "邻里矛盾" in (await presses(worker, "邻里、土地与房屋", "邻里矛盾")).text
    await worker.press("保存")
    assert (await the_lead(bench)).item == "neighbours"


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
