"""A lead that was verified as an ordinary dispute is registered as one, once, and never when it is red."""

from sqlalchemy import select
from sqlmodel import col

from models.alert import Alert, AlertBell
from models.dispute import DisputeSource
from models.lead import Colour, EntryKind
from models.mediation import MediationRequest, MediationState
from models.member import Member
from tests.support.county import HEAD, INSTRUCTOR, OTHER_WORKER
from tests.support.hands import Bench
from tests.support.leads import a_lead
from tests.support.matters import does, forges, look_away, now_is, opens, timeline
from tests.support.registering import TWO, disputes, the_dispute
from tests.support.reports import presses


async def test_a_lead_that_is_a_dispute_is_registered_from_its_receipt(bench: Bench) -> None:
    lead = await a_lead(bench, "women_work")
    await look_away(bench)
    instructor = bench.person(INSTRUCTOR)
    receipt = await does(instructor, lead, "核实", "一般纠纷", note="厂里不肯给产假")
    assert any("登记纠纷" in label for label in receipt.labels)
    asked = await instructor.press("登记纠纷")
    assert any(data == f"lead:disclose:{lead.id}" for _, data in asked.buttons)
    asked = await presses(instructor, "没有，登记纠纷", "矛盾纠纷")
    assert "当事人有哪些" in asked.text  # source, household and item are known
    await instructor.say(TWO)
    await presses(instructor, "都写好了", "都同意", "完成", "跳过", "跳过")
    summary = await instructor.say("厂里不肯给产假")
    assert (lead.code in summary.text, "就业歧视" in summary.text) == (True, True)
    receipt = await instructor.press("保存")
    dispute = await the_dispute(bench)
    assert (dispute.source, dispute.lead_id, dispute.household_id, dispute.item, dispute.colour) == (
        DisputeSource.LEAD,
        lead.id,
        lead.household_id,
        "women_work",
        Colour.YELLOW,
    )
    async with bench.database.transaction() as session:
        request = (await session.execute(select(MediationRequest))).scalar_one()
    assert request.state is MediationState.TAKEN_UP
    entry = (await timeline(bench, lead, EntryKind.TO_MEDIATION))[-1]
    assert entry.detail == {"case": dispute.code}
    await look_away(bench)
    card = await opens(instructor, lead)
    assert not [label for label in card.labels if "登记纠纷" in label]
    line = await instructor.press("时间线")
    assert f"转调解 · {dispute.code}" in line.text
    assert await forges(instructor, f"case:lead:{lead.id}:safe") == []
    assert "这一步现在不能做" in instructor.toast()


async def test_a_raised_lead_stays_raised_and_is_found_among_those_that_wait(bench: Bench) -> None:
    lead = await a_lead(bench, "women_work")
    await look_away(bench)
    instructor = bench.person(INSTRUCTOR)
    await opens(instructor, lead)
    await presses(instructor, "调整颜色", "橙色")
    await instructor.press("跳过")
    await instructor.press("保存")
    await does(instructor, lead, "核实", "一般纠纷", note="厂里不肯给产假")
    await look_away(bench)
    await instructor.say("/dispute")
    asked = await presses(instructor, "没有，登记纠纷", "矛盾纠纷", "由线索转来")
    assert any(lead.code in label for label in asked.labels)
    await instructor.press(lead.code)
    await instructor.say(TWO)
    await presses(instructor, "都写好了", "都同意", "完成", "跳过", "跳过")
    await instructor.say("厂里不肯给产假")
    await instructor.press("保存")
    dispute = await the_dispute(bench)
    assert (dispute.colour, dispute.lead_id) == (Colour.ORANGE, lead.id)


async def test_a_lead_is_not_registered_before_it_is_verified_nor_when_it_is_red(bench: Bench) -> None:
    lead = await a_lead(bench, "women_work")
    red = await a_lead(bench, "domestic_violence")
    await look_away(bench)
    instructor = bench.person(INSTRUCTOR)
    assert not [label for label in (await opens(instructor, lead)).labels if "登记纠纷" in label]
    assert await forges(instructor, f"case:lead:{lead.id}:safe") == []
    assert "请先核实" in instructor.toast()
    head = bench.person(HEAD)
    assert await forges(head, f"case:lead:{red.id}:safe") == []
    assert "不调解" in head.toast()
    stranger = bench.person(OTHER_WORKER)
    assert await forges(stranger, f"case:lead:{lead.id}:safe") == []
    assert "不在您的范围" in stranger.toast()


async def test_a_lead_that_turns_red_meanwhile_is_not_registered_and_nothing_is_lost(bench: Bench) -> None:
    lead = await a_lead(bench, "women_work")
    await look_away(bench)
    instructor = bench.person(INSTRUCTOR)
    await does(instructor, lead, "核实", "一般纠纷", note="厂里不肯给产假")
    await presses(instructor, "登记纠纷", "没有，登记纠纷", "矛盾纠纷")
    await instructor.say(TWO)
    await presses(instructor, "都写好了", "都同意", "完成", "跳过", "跳过")
    await instructor.say("厂里不肯给产假")
    await presses(instructor, "稍后再填")
    await does(instructor, lead, "发现暴力", note="老板动手打人")
    await look_away(bench)
    await instructor.say("草稿")
    await instructor.press("登记纠纷")
    refused = await instructor.press("保存")
    assert ("不调解" in refused.text, "厂里不肯给产假" in refused.text) == (True, True)
    assert await disputes(bench) == []
    assert (await now_is(bench, lead)).colour is Colour.RED


async def test_two_people_who_register_one_lead_at_once_register_it_once(bench: Bench) -> None:
    lead = await a_lead(bench, "women_work")
    await look_away(bench)
    instructor, head = bench.person(INSTRUCTOR), bench.person(HEAD)
    await does(instructor, lead, "核实", "一般纠纷", note="厂里不肯给产假")
    async with bench.database.transaction() as session:
        alert = (await session.execute(select(Alert))).scalar_one()
        member = (await session.execute(select(col(Member.id)).where(col(Member.telegram_id) == HEAD))).scalar_one()
        now = bench.clock.now
        session.add(AlertBell(alert_id=alert.id, member_id=member, position=1, first_at=now, last_at=now))
    summaries = []
    for person in (instructor, head):
        await forges(person, f"case:lead:{lead.id}:safe")
        await person.press("矛盾纠纷")
        await person.say(TWO)
        await presses(person, "都写好了", "都同意", "完成", "跳过", "跳过")
        summaries.append(await person.say("厂里不肯给产假"))
    for person, summary in zip((instructor, head), summaries, strict=True):
        bench.box.act(person.id, person.id, "press", message_id=summary.message_id, data=summary.button("保存"))
    await bench.settle()
    assert (await the_dispute(bench)).lead_id == lead.id
    said = [person.reads()[-1].text for person in (instructor, head)]
    assert sorted(("已登记" in text, "这一步现在不能做" in text) for text in said) == [(False, True), (True, False)]
