"""Registering a dispute, through the user's hands: the parties, their consent and wishes, the receipt."""

from models.dispute import DisputeKind, DisputeSource, DisputeState
from models.lead import Colour, FileKind
from tests.support.county import ENGLISH, INSTRUCTOR, TOWNSHIP, WORKER
from tests.support.hands import Bench
from tests.support.ladder import dispute_of, history, past_the_morning
from tests.support.registering import (
    NEIGHBOURS,
    files_of,
    parties_of,
    the_dispute,
    to_the_parties,
    to_the_summary,
)
from tests.support.reports import changes, number_of, presses


async def test_a_dispute_between_two_outsiders_is_registered(bench: Bench) -> None:
    await past_the_morning(bench)
    worker = bench.person(WORKER)
    summary = await to_the_summary(worker)
    assert "老黄（同意联系）" in summary.text
    receipt = await worker.press("保存")
    dispute = await the_dispute(bench)
    assert dispute.code in receipt.text
    assert "网格指导员" in receipt.text
    assert not [word for word in ("老黄", "院墙", "1380") if word in receipt.text]
    assert (dispute.kind, dispute.source, dispute.state, dispute.colour) == (
        DisputeKind.DISPUTE,
        DisputeSource.OFFICE,
        DisputeState.REGISTERED,
        Colour.BLUE,
    )
    assert [(one.name, one.phone, one.consent) for one in await parties_of(bench, dispute.id)] == [
        ("老黄", "13800000001", True),
        ("外村的老白", None, True),
    ]
    assert await history(bench, dispute.id) == ["registered", "arrived"]
    await bench.tick()
    assert "等您受理" in bench.person(INSTRUCTOR).reads()[-1].text


async def test_at_night_the_receipt_says_that_they_hear_of_it_in_the_morning(bench: Bench) -> None:
    await past_the_morning(bench)
    bench.pass_time(hours=14)
    worker = bench.person(WORKER)
    await to_the_summary(worker)
    assert "早上通知：网格指导员" in (await worker.press("保存")).text
    await bench.tick()
    assert bench.person(INSTRUCTOR).reads() == []
    bench.pass_time(hours=9)
    await bench.tick()
    code = (await the_dispute(bench)).code
    assert any(code in said.text for said in bench.person(INSTRUCTOR).reads())
    bench.all_unread()


async def test_the_registrar_who_stands_on_the_rung_accepts_from_the_receipt(bench: Bench) -> None:
    await past_the_morning(bench)
    worker = bench.person(WORKER)
    await to_the_summary(worker)
    await worker.press("保存")
    await worker.press_all("受理")
    assert (await the_dispute(bench)).state is DisputeState.MEDIATING
    await bench.tick()
    bench.all_unread()


async def test_photos_and_voice_are_kept_with_it(bench: Bench) -> None:
    worker = bench.person(WORKER)
    await to_the_parties(worker)
    await worker.say("甲\n乙")
    await presses(worker, "都写好了", "都同意", "完成", "跳过", "跳过")
    await worker.send_photo("裂缝")
    await worker.press("发完了")
    await worker.press("保存")
    dispute = await the_dispute(bench)
    assert [(one.kind, one.caption) for one in await files_of(bench, dispute.id)] == [(FileKind.PHOTO, "裂缝")]


async def test_a_colour_may_be_raised_and_never_to_red(bench: Bench) -> None:
    worker = bench.person(WORKER)
    await to_the_summary(worker)
    asked = await changes(worker, "颜色")
    assert [label for label in asked.labels if "色" in label] == ["🟠 橙色", "🟡 黄色"]
    assert "🟠 橙色" in (await worker.press("橙色")).text
    await worker.press("保存")
    assert (await the_dispute(bench)).colour is Colour.ORANGE


async def test_counselling_is_a_kind_of_case(bench: Bench) -> None:
    worker = bench.person(WORKER)
    await worker.say("/dispute")
    await presses(worker, "没有，登记纠纷", "婚姻家庭辅导", "上门反映", "不是某一户", "婚姻家庭")
    asked = await worker.press("夫妻、婚恋矛盾")
    assert "来辅导的是谁" in asked.text
    await worker.say("小两口之一\n小两口之二")
    await presses(worker, "都写好了", "都同意", "完成", "跳过", "跳过")
    await worker.say("为带孩子拌嘴")
    assert "婚姻家庭辅导" in (await worker.press("保存")).text
    assert (await the_dispute(bench)).kind is DisputeKind.COUNSELLING


async def test_a_centre_says_in_which_grid_it_happened(bench: Bench) -> None:
    await past_the_morning(bench)
    township = bench.person(TOWNSHIP)
    await township.say("/dispute")
    asked = await presses(township, "没有，登记纠纷", "矛盾纠纷", "议事会提出")
    assert "哪个网格" in asked.text
    await township.say("西河")
    await presses(township, "西河社区第1网格", *NEIGHBOURS)
    await township.say("甲\n乙")
    await presses(township, "都写好了", "都同意", "完成", "跳过", "跳过")
    assert "网格：西河社区第1网格" in (await township.say("停车位")).text
    await township.press("保存")
    dispute = await the_dispute(bench)
    assert (dispute.source, dispute.rung) == (DisputeSource.COUNCIL, "grid")
    await bench.tick()
    assert "等您受理" not in "".join(said.text for said in township.reads())
    assert any(dispute.code in said.text for said in bench.person(ENGLISH).reads())


async def test_without_a_grid_it_begins_where_her_post_is(bench: Bench) -> None:
    await past_the_morning(bench)
    township = bench.person(TOWNSHIP)
    await township.say("/dispute")
    await presses(township, "没有，登记纠纷", "矛盾纠纷", "上门反映", "跳过", *NEIGHBOURS)
    await township.say("甲\n乙")
    await presses(township, "都写好了", "都同意", "完成", "跳过", "跳过")
    await township.say("两个村争水")
    receipt = await township.press("保存")
    assert "您也在这一级" in receipt.text
    assert (await the_dispute(bench)).rung == "township"


async def test_the_whole_registering_works_in_english(bench: Bench) -> None:
    await past_the_morning(bench)
    worker = bench.person(ENGLISH)
    asked = await worker.say("/dispute")
    assert "110" in asked.text
    await presses(worker, "No: register", "dispute", "came to the office", "A household of mine", "高翔")
    await presses(worker, "Neighbours, land", "A quarrel between neighbours", "高翔")
    await worker.say("Old Zhao 13800000009")
    await presses(worker, "All are named", "All of them", "Done")
    await worker.say("Silence after ten")
    await worker.press("Done")
    summary = await worker.say("Drumming every night")
    for words in ("高翔 (may be contacted): Silence after ten", "Old Zhao (may be contacted)", "Facts: Drumming"):
        assert words in summary.text
    receipt = await worker.press("Save")
    assert "Registered" in receipt.text
    dispute = await the_dispute(bench)
    assert (await dispute_of(bench, dispute.code)).household_id == await number_of(bench, "T-B-01-001")
