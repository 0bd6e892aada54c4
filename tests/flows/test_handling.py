"""Looking after a lead, through the user's hands: contact, 核实, 支持, 跟踪, 回访."""

from datetime import timedelta

import pytest
from sqlalchemy import select, update
from sqlmodel import col

from models.alert import Alert, AlertState
from models.lead import Colour, EntryKind, LeadStage
from models.mediation import MediationRequest, MediationState
from models.member import Appointment, Member
from tests.support.county import COUNTY, HEAD, INSTRUCTOR, OTHER_HEAD, RIGHTS, TOWNSHIP, WORKER, days_from_saturday
from tests.support.hands import Bench
from tests.support.leads import a_lead, actor_of
from tests.support.matters import does, forges, look_away, now_is, opens, takes, timeline

SAID = "她说想先去姐姐家住"


async def test_a_red_lead_is_verified_supported_followed_and_revisited(bench: Bench) -> None:
    lead = await a_lead(bench, "domestic_violence")
    await look_away(bench)
    head = bench.person(HEAD)
    await takes(bench, head, lead)
    assert "核实中" in (await does(head, lead, "已联系本人", note=SAID)).text
    assert "支持中" in (await does(head, lead, "核实", "情况属实", note="见到伤痕")).text
    saved = await does(head, lead, "支持", "告诫书", "庇护", "完成")
    assert "11月28日" in saved.text
    assert (await now_is(bench, lead)).revisit_on == days_from_saturday(7)
    assert not [word for word in ("告诫书", "庇护") if word in saved.text + str(saved.labels)]  # it stays in the chat
    await head.press("支持办法")
    assert "110" in (await head.press("告诫书怎么办")).text
    assert "跟踪中" in (await does(head, lead, "跟踪记录", note="已经住进庇护所")).text
    bench.pass_time(days=7)
    held = await does(head, lead, "回访", "稳定", note="她说这周没事")
    assert "回访中" in held.text
    assert (await now_is(bench, lead)).revisit_on == days_from_saturday(30)
    bench.pass_time(days=23)
    await does(head, lead, "回访", "稳定", note="很好")
    last = await now_is(bench, lead)
    assert (last.revisit_on, last.revisits_done, last.stage) == (None, 2, LeadStage.REVISITING)
    kinds = [entry.kind for entry in await timeline(bench, lead)]
    wanted = [EntryKind.TAKEN, EntryKind.CONTACTED, EntryKind.VERIFIED, EntryKind.SUPPORT, EntryKind.NOTE]
    assert [kind for kind in kinds if kind in {*wanted, EntryKind.REVISITED}] == [*wanted, *[EntryKind.REVISITED] * 2]
    bench.all_unread()


async def test_the_timeline_proves_the_five_instants(bench: Bench) -> None:
    lead = await a_lead(bench, "domestic_violence")
    await look_away(bench)
    head = bench.person(HEAD)
    bench.pass_time(minutes=3)
    await takes(bench, head, lead)
    bench.pass_time(minutes=5)
    await does(head, lead, "已联系本人", note=SAID)
    bench.pass_time(hours=2)
    await does(head, lead, "支持", "就医验伤", "完成")
    await opens(head, lead)
    line = (await head.press("时间线")).text
    assert "即时联系：11月21日（周六） 09:08，上报后 8 分钟" in line
    assert "即时介入：11月21日（周六） 09:03，上报后 3 分钟" in line
    assert "即时服务：11月21日（周六） 11:08，上报后 2 小时 8 分钟" in line
    assert "即时关注：11月21日（周六） 09:03，上报后 3 分钟" in line
    assert "即时调处：还没有" in line
    assert "就医验伤" in line
    assert SAID in line
    earlier = await head.press("上一页")
    assert "上报" in earlier.text
    assert "网格员 陈秀兰" in earlier.text


async def test_worse_at_a_revisit_begins_support_again_and_nobody_reached_is_tried_again(bench: Bench) -> None:
    lead = await a_lead(bench, "domestic_violence")
    await look_away(bench)
    head = bench.person(HEAD)
    await takes(bench, head, lead)
    await does(head, lead, "核实", "情况属实", note="属实")
    bench.pass_time(days=7)
    missed = await does(head, lead, "回访", "没有见到本人", note="门锁着")
    assert "11月30日" in missed.text
    assert (await now_is(bench, lead)).revisits_done == 0
    await does(head, lead, "回访", "又变差了", note="又动手了")
    after = await now_is(bench, lead)
    assert (after.stage, after.revisits_done, after.revisit_on) == (LeadStage.SUPPORTING, 0, days_from_saturday(14))
    bench.all_unread()


async def test_what_is_unfounded_may_be_verified_anew(bench: Bench) -> None:
    lead = await a_lead(bench, "women_work")
    await look_away(bench)
    instructor = bench.person(INSTRUCTOR)
    assert "核实中" in (await does(instructor, lead, "核实", "不属实", note="是误会")).text
    assert "支持中" in (await does(instructor, lead, "核实", "情况属实", note="确有其事")).text
    assert await forges(instructor, f"lead:verify:{lead.id}") == []
    assert "这一步现在不能做" in instructor.toast()


async def test_whoever_begins_to_work_on_what_rings_has_it(bench: Bench) -> None:
    lead = await a_lead(bench, "child_alone")
    await look_away(bench)
    head = bench.person(HEAD)
    await does(head, lead, "已联系本人")
    stored = await now_is(bench, lead)
    assert stored.handler_id == (await actor_of(bench, HEAD)).member_id
    async with bench.database.transaction() as session:
        alert = (await session.execute(select(Alert))).scalar_one()
    assert (alert.state, alert.working) == (AlertState.HELD, True)


async def test_an_ordinary_dispute_goes_to_mediation_and_violence_freezes_it(bench: Bench) -> None:
    lead = await a_lead(bench, "women_work")
    await look_away(bench)
    instructor = bench.person(INSTRUCTOR)
    await does(instructor, lead, "核实", "一般纠纷", note="厂里不肯给产假")
    async with bench.database.transaction() as session:
        request = (await session.execute(select(MediationRequest))).scalar_one()
    assert (request.state, request.mediable) == (MediationState.WAITING, True)
    saved = await does(instructor, lead, "发现暴力", note="老板动手打人")
    assert "变成红色" in saved.text
    assert "暴力" not in saved.text  # the receipt stays in the chat
    async with bench.database.transaction() as session:
        request = (await session.execute(select(MediationRequest))).scalar_one()
    assert (request.state, request.mediable) == (MediationState.FROZEN, False)
    stored = await now_is(bench, lead)
    assert (stored.colour, stored.key_matter, stored.mediable) == (Colour.RED, True, False)
    await bench.deliverer.deliver_all()
    for who in (HEAD, TOWNSHIP, RIGHTS):
        assert any(lead.code in said.text for said in bench.person(who).reads()), who
    told = bench.person(WORKER).reads()
    assert ["红色" in said.text and "老板" not in said.text for said in told] == [True]
    bench.all_unread()
    assert await forges(instructor, f"lead:disclose:{lead.id}") == []
    assert "这一步现在不能做" in instructor.toast()
    assert await forges(instructor, f"lead:recolour:{lead.id}") == []
    assert "一直是红色" in instructor.toast()


async def test_a_protected_lead_is_never_offered_for_mediation(bench: Bench) -> None:
    lead = await a_lead(bench, "domestic_violence")
    await look_away(bench)
    head = bench.person(HEAD)
    await takes(bench, head, lead)
    await opens(head, lead)
    asked = await head.press("核实")
    assert not any("调解" in label for label in asked.labels)
    forged = asked.button("情况属实").replace("confirmed", "dispute")
    refused = await head.press_data(asked.message_id, forged)
    assert "这个按钮已失效" in refused[0].text
    await head.press("取消")
    async with bench.database.transaction() as session:
        assert (await session.execute(select(MediationRequest))).first() is None


async def test_what_was_typed_and_shown_in_the_conversation_leaves_the_chat(bench: Bench) -> None:
    lead = await a_lead(bench, "domestic_violence")
    await look_away(bench)
    head = bench.person(HEAD)
    await takes(bench, head, lead)
    await does(head, lead, "已联系本人", note=SAID)
    await bench.tick()
    assert not [message for message in bench.box.messages(HEAD) if SAID in str(message)]
    bench.pass_time(minutes=11)
    await bench.tick()
    assert not [message for message in bench.box.messages(HEAD) if "邻居说夜里有哭声" in str(message)]
    bench.all_unread()


@pytest.mark.parametrize("who", [WORKER, OTHER_HEAD, COUNTY])
async def test_nobody_else_works_on_it(bench: Bench, who: int) -> None:
    lead = await a_lead(bench, "child_alone")
    await look_away(bench)
    person = bench.person(who)
    for what in ("contact", "verify", "support", "follow", "revisit", "closing", "disclose", "recolour", "decide"):
        news = await forges(person, f"lead:{what}:{lead.id}")
        refused = person.toast() or news[0].text
        assert any(words in refused for words in ("不在您的范围", "不能做这件事", "没有人申请结案")), (what, refused)
    assert (await now_is(bench, lead)).stage is LeadStage.REPORTED


@pytest.mark.parametrize(
    "data",
    ["lead", "lead:show", "lead:show:x", "lead:show:99999999999", "lead:verify:77", "lead:nothing:1", "lead:line:7:x",
     "lead:link:1", "lead:link:1:x", "lead:how:nothing", "lead:how", "lead:reopen:77", "leads:x", "leads"],
)  # fmt: skip
async def test_forged_presses_never_fail(bench: Bench, data: str) -> None:
    head = bench.person(HEAD)
    news = await forges(head, data)
    assert not [said for said in news if "我们这边的问题" in said.text]
    assert head.toast() or news


async def test_two_at_once_the_second_sees_what_the_first_has_done(bench: Bench) -> None:
    lead = await a_lead(bench, "domestic_violence")
    await look_away(bench)
    head, township = bench.person(HEAD), bench.person(TOWNSHIP)
    for person in (head, township):
        await opens(person, lead)
        await person.press("核实")
    await head.press("情况属实")
    await head.say("见到伤痕")
    await township.press("不属实")
    await township.say("电话里说没事")
    await head.press("保存")
    refused = await township.press("保存")
    assert "已经核实过了" in refused.text
    assert "电话里说没事" in refused.text
    await township.press("取消")
    assert (await now_is(bench, lead)).stage is LeadStage.SUPPORTING
    await look_away(bench)


async def test_what_changed_meanwhile_is_confirmed_anew(bench: Bench) -> None:
    lead = await a_lead(bench, "domestic_violence")
    await look_away(bench)
    head, township = bench.person(HEAD), bench.person(TOWNSHIP)
    await takes(bench, head, lead)
    await does(head, lead, "核实", "情况属实", note="属实")
    for person in (head, township):
        await opens(person, lead)
        await person.press("支持")
        await person.press("庇护")
        await person.press("完成")
        await person.press("跳过")
    await head.press("保存")
    again = await township.press("保存")
    assert "别人刚刚改过" in again.text
    assert "已记入时间线" in (await township.press("保存")).text
    assert len(await timeline(bench, lead, EntryKind.SUPPORT)) == 2


async def test_a_head_who_lost_her_post_meanwhile_saves_nothing(bench: Bench) -> None:
    lead = await a_lead(bench, "child_alone")
    await look_away(bench)
    head = bench.person(HEAD)
    await opens(head, lead)
    await head.press("核实")
    await head.press("情况属实")
    await head.say("属实")
    async with bench.database.transaction() as session:
        me = select(col(Member.id)).where(col(Member.telegram_id) == HEAD).scalar_subquery()
        yesterday = bench.policy.today(bench.clock()) - timedelta(days=1)
        days = {"starts_on": yesterday, "ends_on": yesterday}
        await session.execute(update(Appointment).where(col(Appointment.member_id) == me).values(**days))
    assert "凭邀请链接" in (await head.press("保存")).text
    assert (await now_is(bench, lead)).stage is LeadStage.REPORTED


async def test_handling_works_in_english(bench: Bench) -> None:
    async with bench.database.transaction() as session:
        await session.execute(update(Member).where(col(Member.telegram_id) == HEAD).values(locale="en"))
    lead = await a_lead(bench, "child_alone")
    await look_away(bench)
    head = bench.person(HEAD)
    card = await opens(head, lead)
    assert "Do not call" in card.text
    await head.press("Verify")
    await head.press("It is so")
    await head.say("seen")
    await head.press("Save")
    await opens(head, lead)
    await head.press("Support")
    await head.press("Legal aid")
    await head.press("Done")
    await head.press("Skip")
    assert "Next revisit" in (await head.press("Save")).text
    await head.press("Kinds of help")
    assert "12348" in (await head.press("Legal aid: how")).text
    await opens(head, lead)
    assert "Contact: Sat 21 Nov" in (await head.press("Timeline")).text
    bench.all_unread()


async def test_whoever_had_only_acknowledged_it_has_taken_it_on_once_she_works(bench: Bench) -> None:
    lead = await a_lead(bench, "domestic_violence")
    await look_away(bench)
    head = bench.person(HEAD)
    await opens(head, lead)
    await head.press("签收")
    await look_away(bench)
    assert (await now_is(bench, lead)).handler_id is None
    await does(head, lead, "已联系本人", note=SAID)
    assert (await now_is(bench, lead)).handler_id == (await actor_of(bench, HEAD)).member_id
    assert [entry.by_id for entry in await timeline(bench, lead, EntryKind.TAKEN)] == [
        (await actor_of(bench, HEAD)).member_id
    ]
    async with bench.database.transaction() as session:
        alert = (await session.execute(select(Alert))).scalar_one()
    assert (alert.state, alert.working) == (AlertState.HELD, True)
    await look_away(bench)
    await does(head, lead, "跟踪记录", note="再联系")
    assert len(await timeline(bench, lead, EntryKind.TAKEN)) == 1


@pytest.mark.parametrize("locale", ["zh", "en"])
async def test_a_revisit_whose_day_has_come_is_asked_for_and_not_promised(bench: Bench, locale: str) -> None:
    lead = await a_lead(bench, "domestic_violence")
    await look_away(bench)
    head = bench.person(HEAD)
    await takes(bench, head, lead)
    await does(head, lead, "核实", "情况属实", note="见到伤痕")
    assert "到时会提醒" in (await does(head, lead, "支持", "告诫书", "完成")).text
    bench.pass_time(days=7)
    await look_away(bench)
    async with bench.database.transaction() as session:
        await session.execute(update(Member).where(col(Member.telegram_id) == HEAD).values(locale=locale))
    await opens(head, lead)
    await head.press("跟踪记录" if locale == "zh" else "Follow-up note")
    await head.say("打过电话")
    said = (await head.press("保存" if locale == "zh" else "Save")).text
    assert ("请尽快回访" if locale == "zh" else "please revisit soon") in said
    assert ("到时会提醒" if locale == "zh" else "you will be reminded") not in said
    await look_away(bench)
