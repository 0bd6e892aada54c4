"""Answering an alert through the user's hands: 签收, 我来处理, 转给, still on it, and everybody who may not."""

import asyncio

import pytest
from sqlalchemy import select, text
from sqlmodel import col

from domain.usecases.alerts import close_alert
from handlers.inbox import Inbox
from models.alert import AlertBell, AlertState, NextStep
from models.lead import EntryKind, Lead
from models.session import Database
from tests.support.alerts import (
    bells,
    change_member,
    entries,
    goes_on_leave,
    id_of,
    is_kin,
    later,
    leaves_post,
    the_alert,
)
from tests.support.county import (
    ADMIN,
    AUDITOR,
    COUNTY,
    EXPERT,
    HEAD,
    INSTRUCTOR,
    NAMES,
    OTHER_HEAD,
    OTHER_WORKER,
    RIGHTS,
    SATURDAY,
    STRANGER,
    TOWNSHIP,
    UNIT,
    WORKER,
)
from tests.support.hands import Bench, Person
from tests.support.leads import NARRATIVE, a_lead

RED, ORANGE = "domestic_violence", "elder_care"
WHY = "我在外地开会，请您先去看看"


async def rung(bench: Bench, item: str = RED) -> Lead:
    """A lead is reported and its first bells are read."""
    lead = await a_lead(bench, item)
    await bells(bench)
    return lead


async def the_lead(bench: Bench, lead: Lead) -> Lead:
    """The lead as it is stored now."""
    async with bench.database.transaction() as session:
        return await session.get_one(Lead, lead.id)


async def forged(bench: Bench, person: Person, what: str) -> list[str]:
    """A press with data that no button of hers holds, on the newest alert; the texts that answer."""
    hello = await person.say("/help")
    alert = await the_alert(bench)
    return [said.text for said in await person.press_data(hello.message_id, f"alert:{what}:{alert.id}")]


async def test_a_bell_tells_code_and_colour_and_nothing_else(bench: Bench) -> None:
    lead = await a_lead(bench, RED)
    heard = await bells(bench)
    assert set(heard) == {HEAD, TOWNSHIP, RIGHTS}
    assert heard[HEAD] == [f"🔴 红色预警 {lead.code}\n请签收。"]
    assert heard[HEAD] == heard[TOWNSHIP] == heard[RIGHTS]
    bell = bench.person(HEAD).newest_with("签收")
    assert [word.lstrip("👋🙋 ") for word in bell.labels][:3] == ["签收", "我来处理", "转给…"]
    assert bell.button(bell.labels[-1]) == f"lead:show:{lead.id}"
    said = bell.text + str(bell.buttons)
    for secret in (NARRATIVE, *NAMES.values(), "刘洋", "东关村", "家庭暴力", "陈秀兰"):
        assert secret not in said


async def test_acknowledging_tells_the_others_who_has_it(bench: Bench) -> None:
    lead = await rung(bench)
    mine = await bench.person(HEAD).press("签收")
    assert "您已签收" in mine.text
    assert any("我来处理" in label for label in mine.labels)
    assert not any(label.endswith("签收") for label in mine.labels)
    heard = await bells(bench)
    assert set(heard) == {TOWNSHIP, RIGHTS}
    assert heard[TOWNSHIP] == [f"🔴 红色预警 {lead.code}\n由村（社区）负责人签收，您不用再管。"]
    alert = await the_alert(bench)
    assert (alert.state, alert.working, alert.next_step) == (AlertState.HELD, False, NextStep.ASK)
    assert (await the_lead(bench, lead)).handler_id is None
    noted = (await entries(bench, EntryKind.ACKNOWLEDGED))[0]
    assert (noted.by_id, noted.detail) == (await id_of(bench, HEAD), {"role": "head"})
    late = await bench.person(RIGHTS).press("签收")
    assert "村（社区）负责人已签收" in late.text
    assert len(await entries(bench, EntryKind.ACKNOWLEDGED)) == 1


async def test_acknowledging_twice_is_answered_kindly(bench: Bench) -> None:
    await rung(bench)
    head = bench.person(HEAD)
    bell = head.newest_with("签收")
    await head.press_data(bell.message_id, bell.button("签收"))
    await bells(bench)
    again = await head.press_data(bell.message_id, bell.button("签收"))
    assert [said.text for said in again if "您已签收" not in said.text] == []
    assert len(await entries(bench, EntryKind.ACKNOWLEDGED)) == 1
    assert await bells(bench) == {}


async def test_whoever_has_acknowledged_it_takes_it_on_without_a_second_word_to_the_others(bench: Bench) -> None:
    lead = await rung(bench)
    head = bench.person(HEAD)
    await head.press("签收")
    await bells(bench)
    working = await head.press("我来处理")
    assert "由您处理" in working.text
    assert not any("我来处理" in label for label in working.labels)
    assert await bells(bench) == {}
    assert (await the_lead(bench, lead)).handler_id == await id_of(bench, HEAD)
    assert [entry.kind for entry in await entries(bench, EntryKind.TAKEN)] == [EntryKind.TAKEN]


async def test_whoever_stands_above_may_take_over_what_was_only_acknowledged(bench: Bench) -> None:
    lead = await rung(bench)
    head, township = bench.person(HEAD), bench.person(TOWNSHIP)
    await head.press("签收")
    await bells(bench)
    seen = await township.press("签收")
    assert "也可以接过来" in seen.text
    assert "由您处理" in (await township.press("我来处理")).text
    heard = await bells(bench)
    assert set(heard) == {HEAD, RIGHTS}
    assert "乡镇综治中心在处理" in heard[HEAD][0]
    assert (await the_lead(bench, lead)).handler_id == await id_of(bench, TOWNSHIP)
    refused = await bench.person(RIGHTS).press("我来处理")
    assert "乡镇综治中心在处理" in refused.text
    assert (await the_alert(bench)).holder_id == await id_of(bench, TOWNSHIP)


async def test_nobody_below_takes_over_what_somebody_above_has_acknowledged(bench: Bench) -> None:
    await rung(bench)
    await bench.person(TOWNSHIP).press("签收")
    await bells(bench)
    told = await bench.person(HEAD).press("我来处理")
    assert "乡镇综治中心已签收" in told.text
    assert not any("我来处理" in label for label in told.labels)
    assert (await the_alert(bench)).holder_id == await id_of(bench, TOWNSHIP)


async def test_after_closing_a_press_is_thanked(bench: Bench) -> None:
    lead = await rung(bench)
    async with bench.database.transaction() as session:
        await close_alert(session, await session.get_one(Lead, lead.id), now=bench.clock())
    head = bench.person(HEAD)
    for label in ("签收", "我来处理"):
        assert await head.press_all(label) == []
        assert head.toast() == "这条预警已经结束，谢谢您。"
    assert await forged(bench, head, "yes") == []
    assert head.toast() == "这条预警已经结束，谢谢您。"
    assert (await the_alert(bench)).state is AlertState.CLOSED


@pytest.mark.parametrize("who", [WORKER, OTHER_WORKER, OTHER_HEAD, ADMIN, EXPERT, UNIT, AUDITOR, INSTRUCTOR, COUNTY])
async def test_a_forged_press_on_somebody_elses_alert_is_refused(bench: Bench, who: int) -> None:
    await rung(bench)
    person = bench.person(who)
    for what in ("ack", "take", "pass", "yes", "no", "phones"):
        assert await forged(bench, person, what) == []
        assert person.toast() == "这条记录不在您的范围内。"
    alert = await the_alert(bench)
    assert (alert.state, alert.holder_id, alert.round) == (AlertState.RINGING, None, 1)


async def test_a_stranger_gets_the_polite_refusal(bench: Bench) -> None:
    await rung(bench)
    said = await forged(bench, bench.person(STRANGER), "take")
    assert "12338" in said[0]
    assert (await the_alert(bench)).holder_id is None


@pytest.mark.parametrize(
    "data",
    ["alert", "alert:ack", "alert:ack:x", "alert:take:2147483648", "alert:yes:99999999999", "alert:burn:1",
     "alert:no:-1", "alert:ack:77", "alert:pass:77", "alert:phones:"],
)  # fmt: skip
async def test_forged_numbers_never_fail(bench: Bench, data: str) -> None:
    await rung(bench)
    head = bench.person(HEAD)
    hello = await head.say("/help")
    assert await head.press_data(hello.message_id, data) == []
    assert head.toast()


async def test_a_press_in_a_group_does_nothing(bench: Bench) -> None:
    await rung(bench)
    alert = await the_alert(bench)
    await bench.inbox.store(
        [
            {
                "update_id": 9_000_001,
                "callback_query": {
                    "id": "77",
                    "from": {"id": HEAD, "is_bot": False, "first_name": NAMES[HEAD]},
                    "chat_instance": "1",
                    "data": f"alert:take:{alert.id}",
                    "message": {"message_id": 5, "date": 1, "chat": {"id": -1001, "type": "supergroup", "title": "x"}},
                },
            }
        ]
    )
    await bench.settle()
    assert (await the_alert(bench)).state is AlertState.RINGING


async def test_a_head_who_left_her_post_meanwhile_cannot_answer(bench: Bench) -> None:
    await rung(bench)
    await leaves_post(bench, HEAD)
    head = bench.person(HEAD)
    said = await head.press_all("签收")
    assert "12338" in said[0].text
    assert (await the_alert(bench)).holder_id is None


async def test_whoever_is_kin_is_not_rung_and_cannot_answer(bench: Bench) -> None:
    lead = await a_lead(bench, RED, code="T-A-01-001")
    await bells(bench)
    await is_kin(bench, HEAD, lead.household_id)
    head = bench.person(HEAD)
    assert await head.press_all("我来处理") == []
    assert head.toast() == "这条记录不在您的范围内。"
    heard = await later(bench, minutes=5)
    assert set(heard) == {INSTRUCTOR}
    await a_lead(bench, RED, code="T-A-01-001")
    assert set(await bells(bench)) == {TOWNSHIP, RIGHTS}


async def test_whoever_came_back_from_leave_may_answer_for_her_post(bench: Bench) -> None:
    await goes_on_leave(bench, HEAD, days=0)
    await rung(bench)
    head = bench.person(HEAD)
    assert "您已签收" in (await forged(bench, head, "ack"))[0]
    alert, hers = await the_alert(bench), await id_of(bench, HEAD)
    async with bench.database.transaction() as session:
        query = select(col(AlertBell.member_id)).where(col(AlertBell.alert_id) == alert.id)
        assert hers in (await session.execute(query)).scalars().all()
    await bells(bench)


async def handed(bench: Bench, giver: Person, name: str) -> str:
    """`giver` hands the newest alert on to somebody; the last word of the conversation."""
    await giver.press("转给")
    await giver.press(name)
    await giver.say(WHY)
    said = await giver.press_all("保存")
    return said[-1].text


async def test_handing_on_keeps_it_with_the_giver_until_the_receiver_answers(bench: Bench) -> None:
    lead = await rung(bench)
    head, township = bench.person(HEAD), bench.person(TOWNSHIP)
    await head.press("我来处理")
    await bells(bench)
    await head.press("转给")
    await head.press("钱玉梅")
    summary = await head.say(WHY)
    assert WHY in summary.text
    assert "仍由您负责" in summary.text
    assert "已请 钱玉梅" in (await head.press_all("保存"))[-1].text
    heard = await bells(bench)
    assert set(heard) == {TOWNSHIP}
    assert heard[TOWNSHIP] == [f"🔴 红色预警 {lead.code}\n村（社区）负责人请您接手。"]
    assert (await the_alert(bench)).holder_id == await id_of(bench, HEAD)
    assert "您已签收" in (await township.press("签收")).text
    heard = await bells(bench)
    assert set(heard) == {HEAD, RIGHTS}
    assert "由乡镇综治中心签收" in heard[HEAD][0]
    assert (await the_alert(bench)).holder_id == await id_of(bench, TOWNSHIP)
    assert (await the_lead(bench, lead)).handler_id == await id_of(bench, TOWNSHIP)
    entry = (await entries(bench, EntryKind.HANDED_ON))[0]
    assert (entry.body, entry.detail) == (WHY, {"to": await id_of(bench, TOWNSHIP), "role": "head"})
    async with bench.database.transaction() as session:
        stored = (await session.execute(text("SELECT body FROM lead_entry WHERE kind = 'handed_on'"))).scalar_one()
    assert WHY not in str(stored)


async def test_what_nobody_has_goes_on_ringing_while_it_is_handed_on(bench: Bench) -> None:
    await rung(bench)
    head = bench.person(HEAD)
    assert "会继续通知别人" in await handed(bench, head, "王建国")
    assert set(await bells(bench)) == {INSTRUCTOR}
    heard = await later(bench, minutes=5)
    assert set(heard) == {HEAD, INSTRUCTOR}
    assert "由您处理" in (await bench.person(INSTRUCTOR).press("我来处理")).text
    assert set(await bells(bench)) == {HEAD, TOWNSHIP, RIGHTS}


async def test_the_receiver_is_somebody_who_can_answer_now(bench: Bench) -> None:
    await rung(bench)
    head = bench.person(HEAD)
    await goes_on_leave(bench, RIGHTS)
    await change_member(bench, COUNTY, unreachable_since=SATURDAY)
    asked = await head.press("转给")
    names = " ".join(asked.labels)
    assert "王建国" in names
    assert "钱玉梅" in names
    for other in (RIGHTS, COUNTY, HEAD, WORKER, OTHER_HEAD, EXPERT, ADMIN):
        assert NAMES[other] not in names
    await goes_on_leave(bench, TOWNSHIP)
    assert "接不了" in (await head.press_data(asked.message_id, asked.button("钱玉梅")))[0].text
    assert any("王建国" in label for label in (await head.say("wjg")).labels)
    await head.press("取消")


async def test_wrong_answers_while_handing_on_keep_the_question(bench: Bench) -> None:
    await rung(bench)
    head = bench.person(HEAD)
    await head.press("转给")
    assert "点" in (await head.send_photo()).text
    await head.press("钱玉梅")
    assert "请打字" in (await head.send_photo()).text
    assert "太长" in (await head.say("长" * 501)).text
    await head.say("<b>{{ 7*7 }}</b>")
    summary = head.newest_with("保存")
    assert "<b>{{ 7*7 }}</b>" in summary.text
    await head.press("取消")
    assert await bells(bench) == {}


async def test_what_another_has_answered_meanwhile_is_not_handed_on(bench: Bench) -> None:
    await rung(bench)
    head = bench.person(HEAD)
    await head.press("转给")
    await head.press("王建国")
    await head.say(WHY)
    await bench.person(TOWNSHIP).press("我来处理")
    await bells(bench)
    assert "不在您手里" in (await head.press_all("保存"))[-1].text
    await head.press("取消")
    assert await bells(bench) == {}
    assert await head.press_all("转给") == []
    assert "不在您手里" in head.toast()


async def test_still_on_it_is_noted_and_asked_again(bench: Bench) -> None:
    await rung(bench)
    head = bench.person(HEAD)
    await head.press("我来处理")
    await bells(bench)
    assert set(await later(bench, minutes=30)) == {HEAD}
    assert "由您处理" in (await head.press("还在处理")).text
    assert head.toast() == "记下了，辛苦了"
    assert await later(bench, minutes=29) == {}
    assert set(await later(bench, minutes=1)) == {HEAD}
    assert len(await entries(bench, EntryKind.STILL_ON_IT)) == 1
    assert await forged(bench, bench.person(TOWNSHIP), "yes") == []
    assert "不在您手里" in bench.person(TOWNSHIP).toast()


async def test_who_cannot_go_on_gives_it_back_and_others_are_rung_at_once(bench: Bench) -> None:
    lead = await rung(bench)
    head = bench.person(HEAD)
    await head.press("我来处理")
    await bells(bench)
    await later(bench, minutes=30)
    assert "正在通知别人" in (await head.press("处理不了")).text
    heard = await bells(bench)
    assert set(heard) == {HEAD, INSTRUCTOR, TOWNSHIP, RIGHTS}
    assert "已不在您手里" in heard[HEAD][0]
    assert (await the_lead(bench, lead)).handler_id is None
    assert [entry.detail["reason"] for entry in await entries(bench, EntryKind.LAPSED)] == ["handed_back"]
    assert "由您处理" in (await head.press("我来处理")).text
    assert set(await bells(bench)) == {INSTRUCTOR, TOWNSHIP, RIGHTS}


async def test_the_last_rung_has_a_list_of_whom_to_telephone(bench: Bench) -> None:
    await rung(bench)
    await change_member(bench, INSTRUCTOR, unreachable_since=SATURDAY)
    for minutes in (5, 10, 15):
        await later(bench, minutes=minutes)
    county = bench.person(COUNTY)
    bell = county.newest_with("打电话")
    assert not [name for name in NAMES.values() if name in bell.text]
    listed = await county.press("打电话")
    for words in ("赵敏，村（社区）负责人", "钱玉梅，乡镇综治中心", "郑洁，妇联干部", "王建国"):
        assert words in listed.text
    assert "吴芳" not in listed.text
    assert await forged(bench, bench.person(HEAD), "phones") == []
    assert bench.person(HEAD).toast() == "这条记录不在您的范围内。"
    await bench.person(TOWNSHIP).press("我来处理")
    await bells(bench)
    assert "乡镇综治中心在处理" in (await county.press("打电话")).text


async def test_everybody_presses_at_once_before_two_programs_and_one_has_it(bench: Bench) -> None:
    await rung(bench)
    people = (HEAD, TOWNSHIP, RIGHTS)
    for person in people:
        bell = bench.person(person).newest_with("签收")
        bench.box.act(person, person, "press", message_id=bell.message_id, data=bell.button("签收"))
    await bench.program.poller.poll_once(0)
    elsewhere = Database(bench.database.url)
    other = Inbox(elsewhere, clock=bench.clock, policy=bench.policy, send=bench.program.replies)
    await asyncio.gather(*(inbox.round(1) for inbox in (bench.inbox, other) for _ in range(3)))
    await bench.settle()
    await elsewhere.close()
    said = {person: bench.person(person).reads()[-1].text for person in people}
    assert sorted("您已签收" in text for text in said.values()) == [False, False, True]
    assert sum("您不用再管" in text for text in said.values()) == 2
    assert len(await entries(bench, EntryKind.ACKNOWLEDGED)) == 1
    assert len(await bells(bench)) == 2
