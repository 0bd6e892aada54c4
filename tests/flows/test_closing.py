"""Closing a lead by a second person, sending it back, opening it again; and its colour: through the user's hands."""

from datetime import timedelta

import pytest
from sqlalchemy import select, update
from sqlmodel import col

from domain.usecases.recolouring import disclose_violence
from models.alert import Alert, AlertState
from models.confidential import Tie, TieKind
from models.lead import Colour, EntryKind, Lead, LeadStage
from models.member import Leave, Member
from tests.support.county import COUNTY, HEAD, INSTRUCTOR, OTHER_HEAD, RIGHTS, SATURDAY, TOWNSHIP, WORKER
from tests.support.hands import Bench, Person, Said
from tests.support.leads import NARRATIVE, a_lead, actor_of
from tests.support.matters import does, forges, look_away, now_is, opens, takes, timeline

WHY = "三次回访都稳定"


async def news(bench: Bench, lead: Lead, *people: int) -> list[Said]:
    """The notices that these people find: a code, a colour and roles; nothing of the matter, and nobody's name."""
    await bench.deliverer.deliver_all()
    found = [said for person in people for said in bench.person(person).reads()]
    for said in found:
        secrets = (NARRATIVE, WHY, "刘洋", "东关村4号", "赵敏", "钱玉梅", "陈秀兰", "王建国")
        assert not [secret for secret in secrets if secret in said.text + str(said.buttons)], said.text
        assert lead.code in said.text
    return found


async def ready(bench: Bench, item: str = "women_work", who: int = INSTRUCTOR) -> tuple[Lead, Person]:
    """A lead that is verified and revisited by `who`, who may ask for its closing."""
    lead = await a_lead(bench, item)
    await look_away(bench)
    person = bench.person(who)
    await takes(bench, person, lead)
    await does(person, lead, "核实", "情况属实", note="属实")
    await does(person, lead, "回访", "稳定", note="没事了")
    return lead, person


async def asks(person: Person, lead: Lead) -> Said:
    """Ask for the closing from the card."""
    return await does(person, lead, "申请结案", note=WHY)


async def told_at_once(person: Person, lead: Lead) -> str:
    """Why the closing cannot be asked for: said at the button, before she writes anything."""
    await opens(person, lead)
    assert await person.press_all("申请结案") == []
    return person.toast()


async def decides(person: Person, lead: Lead, decision: str, note: str = "看过了") -> Said:
    """Decide on it, from the notice."""
    await opens(person, lead)
    await person.press("结案或退回")
    await person.press(decision)
    await person.say(note)
    return await person.press("保存")


async def test_a_second_person_closes_it_and_the_alert_ends(bench: Bench) -> None:
    lead, instructor = await ready(bench)
    assert "已通知另一位" in (await asks(instructor, lead)).text
    asked = await news(bench, lead, HEAD, TOWNSHIP, COUNTY, RIGHTS)
    assert ["申请结案" in said.text for said in asked] == [True]  # the head alone: nobody above while she is there
    head = bench.person(HEAD)
    card = await head.press("查看详情")
    assert NARRATIVE in card.text
    assert WHY in (await head.press("时间线")).text
    assert "已结案" in (await decides(head, lead, "同意结案")).text
    stored = await now_is(bench, lead)
    assert (stored.stage, stored.revisit_on) == (LeadStage.CLOSED, None)
    assert stored.closed_by_id == (await actor_of(bench, HEAD)).member_id != stored.closing_by_id
    async with bench.database.transaction() as session:
        assert (await session.execute(select(Alert))).scalar_one().state is AlertState.CLOSED
    told = await news(bench, lead, INSTRUCTOR, WORKER)
    assert ["已结案" in said.text for said in told] == [True, True]
    assert [entry.kind for entry in await timeline(bench, lead)][-2:] == [EntryKind.CLOSING, EntryKind.CLOSED]
    bench.all_unread()


async def test_whoever_asked_cannot_close_it_herself_even_with_a_forged_button(bench: Bench) -> None:
    lead, head = await ready(bench, "child_alone", HEAD)
    await asks(head, lead)
    await news(bench, lead, TOWNSHIP)
    card = await opens(head, lead)
    assert not any("结案或退回" in label for label in card.labels)
    assert await head.press_data(card.message_id, f"lead:decide:{lead.id}") == []
    assert "不能自己结案" in head.toast()
    assert (await now_is(bench, lead)).stage is LeadStage.CLOSING
    bench.all_unread()


async def test_nothing_is_closed_before_it_is_verified_and_a_red_one_not_before_it_is_revisited(bench: Bench) -> None:
    lead = await a_lead(bench, "domestic_violence")
    await look_away(bench)
    head = bench.person(HEAD)
    await takes(bench, head, lead)
    await does(head, lead, "已联系本人")
    assert "请先核实" in await told_at_once(head, lead)
    await does(head, lead, "核实", "情况属实", note="属实")
    assert "先回访" in await told_at_once(head, lead)
    assert (await now_is(bench, lead)).stage is LeadStage.SUPPORTING


async def test_sent_back_with_a_reason_it_goes_on(bench: Bench) -> None:
    lead, instructor = await ready(bench)
    await asks(instructor, lead)
    await news(bench, lead, HEAD)
    assert "已退回" in (await decides(bench.person(HEAD), lead, "退回", "再去看一次孩子")).text
    told = await news(bench, lead, INSTRUCTOR)
    assert ["没有结案" in said.text for said in told] == [True]
    assert (await now_is(bench, lead)).stage is LeadStage.FOLLOWING
    await instructor.press("查看详情")
    assert "再去看一次孩子" in (await instructor.press("时间线")).text
    await does(instructor, lead, "跟踪记录", note="去看过了")
    await asks(instructor, lead)
    await news(bench, lead, HEAD)
    bench.all_unread()


async def test_whoever_asked_may_take_it_back_and_works_on(bench: Bench) -> None:
    lead, instructor = await ready(bench)
    await asks(instructor, lead)
    await news(bench, lead, HEAD)
    assert await forges(instructor, f"lead:support:{lead.id}") == []
    assert "这一步现在不能做" in instructor.toast()
    await does(instructor, lead, "撤回结案申请", note="她又来电话了")
    assert (await now_is(bench, lead)).stage is LeadStage.FOLLOWING
    assert await forges(bench.person(HEAD), f"lead:decide:{lead.id}") == []
    assert "不在您的范围" in bench.person(HEAD).toast()
    bench.all_unread()


async def test_two_decide_at_once_and_the_first_one_holds(bench: Bench) -> None:
    lead, head = await ready(bench, "domestic_violence", HEAD)
    await look_away(bench)
    await asks(head, lead)
    await news(bench, lead, TOWNSHIP)
    township, county = bench.person(TOWNSHIP), bench.person(COUNTY)
    for person, decision in ((township, "同意结案"), (county, "退回")):
        await opens(person, lead)
        await person.press("结案或退回")
        await person.press(decision)
        await person.say("看过了")
    await township.press("保存")
    late = await county.press_all("保存")
    assert not [said for said in late if "已退回" in said.text]
    assert (await now_is(bench, lead)).stage is LeadStage.CLOSED
    await look_away(bench)


async def test_the_next_level_is_asked_where_the_nearest_cannot(bench: Bench) -> None:
    lead, instructor = await ready(bench)
    today = bench.policy.today(bench.clock())
    async with bench.database.transaction() as session:
        head, township = [
            (await session.execute(select(col(Member.id)).where(col(Member.telegram_id) == who))).scalar_one()
            for who in (HEAD, TOWNSHIP)
        ]
        session.add(Leave(member_id=head, starts_on=today, ends_on=today, noted_at=SATURDAY))
        session.add(
            Tie(member_id=township, household_id=lead.household_id or 0, kind=TieKind.KIN, declared_at=SATURDAY)
        )
    await asks(instructor, lead)
    await bench.deliverer.deliver_all()
    assert not bench.person(HEAD).reads()
    assert not bench.person(TOWNSHIP).reads()
    asked = [bench.person(COUNTY).reads(), bench.person(RIGHTS).reads()]
    assert [len(said) for said in asked] == [1, 1]
    assert await forges(bench.person(TOWNSHIP), f"lead:decide:{lead.id}") == []
    assert "不在您的范围" in bench.person(TOWNSHIP).toast()


async def test_where_nobody_else_could_close_it_is_not_left_waiting(bench: Bench) -> None:
    lead, instructor = await ready(bench)
    async with bench.database.transaction() as session:
        others = col(Member.telegram_id).in_([HEAD, TOWNSHIP, COUNTY, RIGHTS])
        await session.execute(update(Member).where(others).values(frozen_at=SATURDAY))
    assert "没有另一位可以结案" in await told_at_once(instructor, lead)
    assert (await now_is(bench, lead)).stage is LeadStage.REVISITING


async def closed(bench: Bench) -> tuple[Lead, Person]:
    """A lead that the instructor handled and the head closed."""
    lead, instructor = await ready(bench)
    await asks(instructor, lead)
    await news(bench, lead, HEAD)
    await decides(bench.person(HEAD), lead, "同意结案")
    await look_away(bench)
    return lead, instructor


async def test_opened_again_with_a_reason_it_rings_and_tells_whoever_handled_it(bench: Bench) -> None:
    lead, instructor = await closed(bench)
    head = bench.person(HEAD)
    await opens(head, lead)
    await head.press("重新打开")
    await head.say("邻居又听见哭声")
    assert "已重新打开" in (await head.press("保存")).text
    stored = await now_is(bench, lead)
    assert (stored.stage, stored.closed_by_id, stored.closing_by_id) == (LeadStage.VERIFYING, None, None)
    told = await news(bench, lead, INSTRUCTOR)
    assert any("重新打开" in said.text for said in told)
    async with bench.database.transaction() as session:
        states = list((await session.execute(select(col(Alert.state)).order_by(col(Alert.id)))).scalars())
    assert states == [AlertState.CLOSED, AlertState.RINGING]
    await opens(instructor, lead)
    assert "即时调处：还没有" in (await instructor.press("时间线")).text
    bench.all_unread()


async def test_somebody_who_could_close_it_finds_a_closed_lead_by_its_code_and_nothing_more(bench: Bench) -> None:
    lead, _ = await closed(bench)
    county = bench.person(COUNTY)
    found = await county.say(lead.code.lower())
    assert "结案" in found.text
    assert NARRATIVE not in found.text
    await county.press("重新打开")
    await county.say("县里又接到电话")
    await county.press("保存")
    assert (await now_is(bench, lead)).stage is LeadStage.VERIFYING
    await look_away(bench)


@pytest.mark.parametrize("who", [WORKER, INSTRUCTOR, OTHER_HEAD])
async def test_nobody_else_opens_it_again(bench: Bench, who: int) -> None:
    lead, _ = await closed(bench)
    person = bench.person(who)
    news_ = await forges(person, f"lead:reopen:{lead.id}")
    assert "不在您的范围" in person.toast() or "不能做这件事" in news_[0].text
    assert (await now_is(bench, lead)).stage is LeadStage.CLOSED


async def test_a_closed_lead_takes_nothing_more(bench: Bench) -> None:
    lead, instructor = await closed(bench)
    card = await opens(instructor, lead)
    assert card.labels == ["🕓 时间线"]
    for what in ("contact", "follow", "correct", "recolour", "closing"):
        assert await forges(instructor, f"lead:{what}:{lead.id}") == []
        assert "已结案" in instructor.toast(), what
    assert await forges(bench.person(WORKER), f"lead:note:{lead.id}") == []
    assert "已结案" in bench.person(WORKER).toast()


async def recolours(person: Person, lead: Lead, *steps: str) -> Said:
    """Change the colour from the card: the colour, then what is typed (or "跳过")."""
    await opens(person, lead)
    await person.press("调整颜色")
    await person.press(steps[0])
    for step in steps[1:]:
        await (person.press(step) if step == "跳过" else person.say(step))
    return await person.press("保存")


async def test_raised_it_rings_as_its_new_colour_and_everybody_rung_is_told(bench: Bench) -> None:
    lead = await a_lead(bench, "women_work")
    await look_away(bench)
    instructor = bench.person(INSTRUCTOR)
    assert "橙色" in (await recolours(instructor, lead, "橙色", "跳过")).text
    told = await news(bench, lead, WORKER)
    assert ["橙色" in said.text for said in told] == [True]
    assert await news(bench, lead, HEAD)
    assert (await now_is(bench, lead)).colour is Colour.ORANGE
    bench.all_unread()


async def test_lowered_with_a_reason_the_reporter_hears_of_it(bench: Bench) -> None:
    lead = await a_lead(bench, "child_alone")
    await look_away(bench)
    head = bench.person(HEAD)
    assert "已告诉上报人" in (await recolours(head, lead, "蓝色", "姑姑已来照看")).text
    told = await news(bench, lead, WORKER)
    assert ["蓝色" in said.text and "姑姑" not in said.text for said in told] == [True]
    assert (await timeline(bench, lead, EntryKind.COLOUR))[0].body == "姑姑已来照看"
    bench.all_unread()


async def test_red_is_lowered_by_the_county_and_a_named_law_alone(bench: Bench) -> None:
    lead = await a_lead(bench, "women_work")
    await look_away(bench)
    instructor, county = bench.person(INSTRUCTOR), bench.person(COUNTY)
    await recolours(instructor, lead, "红色", "跳过")
    await look_away(bench)
    bench.pass_time(minutes=31)
    await bench.tick()
    bench.all_unread()
    for who in (INSTRUCTOR, HEAD, TOWNSHIP):
        assert await forges(bench.person(who), f"lead:recolour:{lead.id}") == []
        assert "依法调低" in bench.person(who).toast()
    await recolours(county, lead, "橙色", "某法第十条", "查明没有危险")
    stored = await now_is(bench, lead)
    assert (stored.colour, stored.mediable) == (Colour.ORANGE, False)
    assert (await timeline(bench, lead, EntryKind.COLOUR))[-1].body == "某法第十条\n查明没有危险"
    await look_away(bench)


async def test_what_becomes_red_while_it_waits_is_not_closed(bench: Bench) -> None:
    lead, instructor = await ready(bench)
    await asks(instructor, lead)
    await news(bench, lead, HEAD)
    actor, seen = await actor_of(bench, INSTRUCTOR), (await now_is(bench, lead)).rev
    async with bench.database.transaction() as session:
        await disclose_violence(
            session,
            actor=actor,
            lead_id=lead.id,
            seen=seen,
            body="又动手了",
            now=bench.clock() + timedelta(minutes=1),
            policy=bench.policy,
        )
    stored = await now_is(bench, lead)
    assert (stored.stage, stored.colour, stored.closing_by_id) == (LeadStage.VERIFYING, Colour.RED, None)
    await look_away(bench)


async def test_closing_works_in_english(bench: Bench) -> None:
    lead, instructor = await ready(bench)
    async with bench.database.transaction() as session:
        both = col(Member.telegram_id).in_([HEAD, INSTRUCTOR])
        await session.execute(update(Member).where(both).values(locale="en"))
    await opens(instructor, lead)
    await instructor.press("Ask to close")
    await instructor.say("all is well")
    assert "A second person has been asked" in (await instructor.press("Save")).text
    head = bench.person(HEAD)
    assert "asks to close it" in (await news(bench, lead, HEAD))[0].text
    await opens(head, lead)
    await head.press("Close or send back")
    await head.press("Close it")
    await head.say("agreed")
    assert "is closed" in (await head.press("Save")).text
    assert "closed by" in (await news(bench, lead, INSTRUCTOR))[0].text
    await opens(head, lead)
    await head.press("Open again")
    await head.say("new calls")
    assert "is open again" in (await head.press("Save")).text
    await look_away(bench)
    await opens(instructor, lead)
    await instructor.press("Change the colour")
    await instructor.press("orange")
    await instructor.press("Skip")
    assert "it rings as that colour does" in (await instructor.press("Save")).text
    await look_away(bench)
