"""What is told of a lead: the story, safe contact, consent, links, and every answer changed in the summary."""

from dataclasses import replace

from sqlalchemy import func, select
from sqlmodel import col

from models.lead import Colour, LeadConsent, LeadFile, LeadSource, Where
from tests.support.county import HEAD, WORKER
from tests.support.hands import Bench
from tests.support.reports import (
    NO,
    NOISE,
    changes,
    leads,
    ordinary_to_the_summary,
    presses,
    red_to_the_summary,
    the_lead,
)


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


async def test_a_yes_that_is_taken_back_asks_for_the_item_and_the_guidance_goes(bench: Bench) -> None:
    worker = bench.person(WORKER)
    await red_to_the_summary(worker)
    await changes(worker, "先问五句")
    await worker.press("没有危险")
    asked = await worker.press("完成")
    assert ("哪一类" in asked.text, "12338" in asked.text) == (True, False)
    assert "怎样联系" in (await presses(worker, *NOISE)).text
    assert "🔵 蓝色" in (await worker.press("跳过")).text
    await worker.press("保存")
    lead = await the_lead(bench)
    assert (lead.triage, lead.colour, lead.item) == ([], Colour.BLUE, "environment")


async def test_a_yes_that_comes_late_makes_an_ordinary_report_red(bench: Bench) -> None:
    worker = bench.person(WORKER)
    await ordinary_to_the_summary(worker)
    await changes(worker, "先问五句")
    assert (await worker.press("② 涉及孩子")).text.startswith("🔴 先保人身安全")
    summary = await worker.press("完成")
    assert ("🔴 红色" in summary.text, "按法律规定" in summary.text) == (True, True)
    await worker.press("保存")
    lead = await the_lead(bench)
    assert (lead.item, lead.colour, lead.key_matter) == ("environment", Colour.RED, True)


async def test_the_place_can_be_changed_from_a_household_to_none(bench: Bench) -> None:
    worker = bench.person(WORKER)
    await ordinary_to_the_summary(worker, "我网格里的一户", "单小红")
    await changes(worker, "关于谁")
    summary = await worker.press("不是某一户")
    assert ("单小红" in summary.text, "地点：不是某一户" in summary.text) == (False, True)
    await worker.press("保存")
    lead = await the_lead(bench)
    assert (lead.whereabouts, lead.household_id) == (Where.NO_HOUSEHOLD, None)
