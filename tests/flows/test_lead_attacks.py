"""Whoever is tired, hurried or late at a lead: nothing she sent is lost, nothing is promised that will not be."""

from sqlalchemy import select, update
from sqlmodel import col

from models.lead import FileKind, LeadFile, LeadStage
from models.member import Member
from tests.support.county import EXPERT, HEAD, INSTRUCTOR, TOWNSHIP, WORKER
from tests.support.hands import PNG, Bench, Person, Said
from tests.support.leads import a_lead
from tests.support.matters import does, look_away, now_is, opens, takes
from tests.support.referrals import in_hand, refers
from tests.support.reports import NO, NOISE, presses, red_to_the_summary

VOICE = ("voice.ogg", "audio/ogg", b"OggS" + bytes(60))


async def kinds_kept(bench: Bench) -> list[FileKind]:
    """What was stored with the leads, in order."""
    async with bench.database.transaction() as session:
        return list((await session.execute(select(col(LeadFile.kind)).order_by(col(LeadFile.id)))).scalars())


async def sends_voice(person: Person) -> Said:
    """Send a voice message."""
    return await person.does("voice", VOICE)


async def test_a_voice_message_and_a_photo_that_come_after_the_words_are_sent_with_the_red_lead(bench: Bench) -> None:
    worker = bench.person(WORKER)
    await red_to_the_summary(worker)
    heard = await sends_voice(worker)
    assert "已加进" in heard.text
    assert "1 段" in heard.text
    seen = await worker.send_photo("门口")
    assert ("照片：1 张" in seen.text, "⚠️" in seen.text) == (True, False)
    await worker.press("保存")
    assert await kinds_kept(bench) == [FileKind.VOICE, FileKind.PHOTO]


async def test_so_are_those_that_come_at_the_next_question_of_an_ordinary_one(bench: Bench) -> None:
    worker = bench.person(WORKER)
    await worker.say("上报线索")
    await presses(worker, *NO, *NOISE, "不是某一户")
    await worker.say("楼上天天半夜剁馅")
    said = await worker.send_photo()
    assert ("已加进" in said.text, "怎样联系" in said.text) == (True, True)
    assert "照片：1 张" in (await worker.press("跳过")).text
    await worker.press("保存")
    assert await kinds_kept(bench) == [FileKind.PHOTO]


async def test_what_comes_late_and_is_no_picture_is_refused_as_it_would_have_been(bench: Bench) -> None:
    worker = bench.person(WORKER)
    await red_to_the_summary(worker)
    said = await worker.does("document", ("a.pdf", "application/pdf", PNG))
    assert "不是图片" in said.text
    await worker.press("保存")
    assert await kinds_kept(bench) == []


async def test_nobody_is_said_to_be_called_for_a_blue_lead_that_rings_nobody(bench: Bench) -> None:
    lead = await a_lead(bench, "neighbours")
    card = await opens(bench.person(WORKER), lead)
    assert ("还没有人签收" in card.text, "下一位" in card.text) == (True, False)


async def test_after_a_reopening_nobody_is_said_to_have_signed_for_it_until_somebody_has(bench: Bench) -> None:
    lead = await a_lead(bench)
    await look_away(bench)
    instructor, head = bench.person(INSTRUCTOR), bench.person(HEAD)
    await takes(bench, instructor, lead)
    await does(instructor, lead, "核实", "情况属实", note="属实")
    await does(instructor, lead, "申请结案", note="办完了")
    await look_away(bench)
    await opens(head, lead)
    await presses(head, "结案或退回", "同意结案")
    await head.say("看过了")
    await head.press("保存")
    await look_away(bench)
    await opens(head, lead)
    await head.press("重新打开")
    await head.say("又来了")
    await head.press("保存")
    await look_away(bench)
    for person in (instructor, bench.person(WORKER)):
        card = (await opens(person, lead)).text
        assert ("还没有人签收" in card, "已签收" in card, "已接手" in card) == (True, False, False)


async def test_whoever_asks_too_early_to_close_a_protected_lead_hears_so_before_she_writes_why(bench: Bench) -> None:
    lead = await a_lead(bench, "domestic_violence")
    await look_away(bench)
    head = bench.person(HEAD)
    await takes(bench, head, lead)
    await does(head, lead, "核实", "情况属实", note="属实")
    await opens(head, lead)
    assert await head.press_all("申请结案") == []
    assert "要先回访" in head.toast()
    await does(head, lead, "回访", "稳定", note="没事了")
    await does(head, lead, "申请结案", note="办完了")
    assert (await now_is(bench, lead)).stage is LeadStage.CLOSING
    await look_away(bench)


async def test_who_breaks_the_glass_again_is_led_to_what_she_may_open(bench: Bench) -> None:
    lead = await a_lead(bench)
    await look_away(bench)
    township = bench.person(TOWNSHIP)
    await township.say(f"/glass {lead.code}")
    await township.say("上级在问")
    await township.press("保存")
    await look_away(bench)
    again = await township.say(f"/glass {lead.code}")
    assert "不用紧急查阅" in again.text
    assert lead.code in (await township.press_data(again.message_id, again.button("查看详情")))[0].text


async def test_an_experts_card_leads_to_her_report(bench: Bench) -> None:
    lead, head = await in_hand(bench)
    await takes(bench, head, lead)
    await opens(head, lead)
    await refers(head)
    await look_away(bench)
    expert = bench.person(EXPERT)
    await expert.press("查看委托")
    await expert.press("接下")
    await look_away(bench)
    await opens(expert, lead)
    listed = await expert.press("我的委托")
    assert lead.code in listed.text + str(listed.labels)


async def test_whoever_had_never_opened_the_bot_when_a_notice_came_is_rung_once_she_writes(bench: Bench) -> None:
    async with bench.database.transaction() as session:
        head = update(Member).where(col(Member.telegram_id) == HEAD)
        await session.execute(head.values(unreachable_since=bench.clock()))
    await bench.person(HEAD).say("/start")  # of a first start Telegram sends this message and nothing else
    lead = await a_lead(bench, "domestic_violence")
    await bench.deliverer.deliver_all()
    assert [lead.code in said.text for said in bench.person(HEAD).reads()] == [True]
    await look_away(bench)
