"""Breaking the glass: half an hour before one lead, with a reason, and two others know at once."""

from datetime import UTC, datetime

import pytest
from sqlalchemy import select, update
from sqlmodel import col

from domain.lead_access import lead_for, read_lead
from domain.refusals import RefusedError
from domain.usecases.ties import declare_tie
from models.confidential import BreakGlass, Ground, LeadRead, TieKind
from models.lead import EntryKind, Lead, LeadEntry
from models.member import Appointment, Leave, Member, Role
from tests.support.county import (
    ADMIN,
    AUDITOR,
    COUNTY,
    EXPERT,
    HEAD,
    INSTRUCTOR,
    OTHER_HEAD,
    RIGHTS,
    TOWNSHIP,
    UNIT,
    WORKER,
    days_from_saturday,
)
from tests.support.hands import Bench, Said
from tests.support.ladder import a_dispute, dispute_of
from tests.support.leads import NARRATIVE, a_lead, actor_of

REASON = "家属在门口等，要马上知道能不能联系她"


async def quiet_lead(bench: Bench) -> Lead:
    """A yellow lead: it has rung the instructor, and nobody else may open it. What it told is read."""
    lead = await a_lead(bench)
    await bench.deliverer.deliver_all()
    bench.all_unread()
    return lead


async def break_it(bench: Bench, who: int, lead: Lead, reason: str = REASON) -> Said:
    """The whole of it, by the command."""
    person = bench.person(who)
    await person.say(f"/glass {lead.code}")
    await person.say(reason)
    last = (await person.press_all("保存"))[-1]
    await bench.deliverer.deliver_all()
    return last


async def may_open(bench: Bench, who: int, lead: Lead) -> Ground | None:
    """By what right she may open it now."""
    actor = await actor_of(bench, who)
    async with bench.database.transaction() as session:
        try:
            return (await lead_for(session, actor, lead.id, now=bench.clock())).ground
        except RefusedError:
            return None


async def glasses(bench: Bench) -> list[BreakGlass]:
    """Every one that was broken."""
    async with bench.database.transaction() as session:
        return list((await session.execute(select(BreakGlass))).scalars())


async def change_member(bench: Bench, person: int, **values: object) -> None:
    """Change somebody's account."""
    async with bench.database.transaction() as session:
        await session.execute(update(Member).where(col(Member.telegram_id) == person).values(**values))


async def test_with_a_reason_she_may_open_one_lead_for_half_an_hour(bench: Bench) -> None:
    lead, other = await quiet_lead(bench), await quiet_lead(bench)
    township = bench.person(TOWNSHIP)
    assert await may_open(bench, TOWNSHIP, lead) is None
    asked = await township.say(f"/glass {lead.code}")
    assert "为什么现在必须打开" in asked.text
    warning = await township.say(REASON)
    for words in ("紧急查阅", lead.code, REASON, "30 分钟", "另外两位同事", "不能撤回"):
        assert words in warning.text
    assert await may_open(bench, TOWNSHIP, lead) is None
    opened = (await township.press_all("保存"))[-1]
    assert "可以查阅到 09:30" in opened.text
    assert opened.buttons == (("查看详情", f"lead:show:{lead.id}"),)
    assert await may_open(bench, TOWNSHIP, lead) is Ground.BREAK_GLASS
    assert await may_open(bench, TOWNSHIP, other) is None
    bench.pass_time(minutes=29, seconds=59)
    assert await may_open(bench, TOWNSHIP, lead) is Ground.BREAK_GLASS
    bench.pass_time(seconds=1)
    assert await may_open(bench, TOWNSHIP, lead) is None
    await bench.deliverer.deliver_all()
    bench.all_unread()


async def test_two_others_hear_of_it_at_once_even_at_night_and_nothing_is_said_of_the_matter(bench: Bench) -> None:
    lead = await quiet_lead(bench)
    bench.clock.now = datetime(2026, 11, 21, 18, 0, tzinfo=UTC)  # two in the morning
    await break_it(bench, TOWNSHIP, lead)
    told = [*bench.person(HEAD).reads(), *bench.person(AUDITOR).reads()]
    assert len(told) == 2
    for said in told:
        assert lead.code in said.text
        assert "乡镇综治中心" in said.text
        assert not [word for word in (REASON, NARRATIVE, "刘洋", "钱玉梅", "就业") if word in said.text]
    assert told[0].labels == []
    assert told[1].labels == ["查阅记录"]
    assert "没有" in (await bench.person(AUDITOR).press("查阅记录")).text
    assert bench.all_unread() == []


async def test_the_reason_is_kept_encrypted_and_stands_on_the_timeline(bench: Bench) -> None:
    lead = await quiet_lead(bench)
    await break_it(bench, TOWNSHIP, lead)
    township = await actor_of(bench, TOWNSHIP)
    async with bench.database.transaction() as session:
        entry = (
            await session.execute(select(LeadEntry).where(col(LeadEntry.kind) == EntryKind.BREAK_GLASS))
        ).scalar_one()
        raw = (await session.connection()).exec_driver_sql
        stored = [bytes(row[0]) for row in (await raw("SELECT reason FROM break_glass")).all()]
    assert (entry.lead_id, entry.by_id, entry.body) == (lead.id, township.member_id, REASON)
    assert [glass.reason for glass in await glasses(bench)] == [REASON]
    assert not [one for one in stored if REASON.encode() in one]
    bench.all_unread()


async def test_each_reading_is_logged_with_its_ground(bench: Bench) -> None:
    lead = await quiet_lead(bench)
    await break_it(bench, TOWNSHIP, lead)
    actor = await actor_of(bench, TOWNSHIP)
    for _ in range(2):
        async with bench.database.transaction() as session:
            await read_lead(session, actor, lead.id, now=bench.clock())
    async with bench.database.transaction() as session:
        grounds = list((await session.execute(select(col(LeadRead.ground)))).scalars())
    assert grounds == [Ground.BREAK_GLASS] * 2
    bench.all_unread()


async def test_without_a_code_it_asks_for_the_whole_one_and_offers_nothing(bench: Bench) -> None:
    lead = await quiet_lead(bench)
    township = bench.person(TOWNSHIP)
    asked = await township.say("/glass")
    assert "完整编号" in asked.text
    assert asked.labels == ["📌 稍后再填", "✖ 取消"]
    for part in (lead.code[:7], lead.code[-4:], "%", "刘洋", "L261121-0000"):
        found = await township.say(part)
        assert "没有找到编号" in found.text
        assert not any(lead.code in label for label in found.labels)
    assert any(lead.code in label for label in (await township.say(lead.code.lower())).labels)
    assert "为什么" in (await township.press(lead.code)).text
    await township.press_all("取消")
    bench.all_unread()


@pytest.mark.parametrize("who", [ADMIN, AUDITOR, EXPERT, UNIT, WORKER])
async def test_who_answers_no_alerts_breaks_no_glass(bench: Bench, who: int) -> None:
    lead = await quiet_lead(bench)
    person = bench.person(who)
    assert lead.code not in (await person.say(f"/glass {lead.code}")).text
    await person.say("/help")
    assert await glasses(bench) == []


async def test_a_code_of_elsewhere_answers_as_one_that_nobody_has(bench: Bench) -> None:
    lead = await quiet_lead(bench)
    other = bench.person(OTHER_HEAD)
    texts = {(await other.say(f"/glass {code}")).text for code in (lead.code, "L261121-ZZZZ")}
    assert texts == {"没有找到。请核对后再试。"}
    hello = await other.say("/glass")
    await other.press_data(hello.message_id, f"glass:lead:{hello.buttons[0][1].split(':')[2]}:{lead.id}")
    assert await glasses(bench) == []
    bench.all_unread()


async def test_a_tied_colleague_hears_the_same(bench: Bench) -> None:
    lead = await quiet_lead(bench)
    head = await actor_of(bench, HEAD)
    assert lead.household_id is not None
    async with bench.database.transaction() as session:
        await declare_tie(session, actor=head, household_id=lead.household_id, kind=TieKind.KIN, now=bench.clock())
    assert (await bench.person(HEAD).say(f"/glass {lead.code}")).text == "没有找到。请核对后再试。"
    # Nor is she one of the two who are told.
    await break_it(bench, TOWNSHIP, lead)
    assert bench.person(HEAD).reads() == []
    assert len(bench.person(AUDITOR).reads()) == 1
    assert len(bench.person(COUNTY).reads()) == 1
    bench.all_unread()


async def test_an_administrator_does_not_even_as_a_head(bench: Bench) -> None:
    lead = await quiet_lead(bench)
    head = await actor_of(bench, HEAD)
    async with bench.database.transaction() as session:
        session.add(
            Appointment(
                member_id=head.member_id,
                area_id=head.posts[0].area_id,
                role=Role.ADMINISTRATOR,
                starts_on=days_from_saturday(0),
            )
        )
    assert (await bench.person(HEAD).say(f"/glass {lead.code}")).text == "没有找到。请核对后再试。"


async def test_who_may_open_it_as_it_is_breaks_nothing(bench: Bench) -> None:
    lead = await quiet_lead(bench)
    instructor = bench.person(INSTRUCTOR)
    assert await may_open(bench, INSTRUCTOR, lead) is Ground.RUNG
    assert "本来就能打开" in (await instructor.say(f"/glass {lead.code}")).text
    await break_it(bench, TOWNSHIP, lead)
    assert "本来就能打开" in (await bench.person(TOWNSHIP).say(f"/glass {lead.code}")).text
    assert len(await glasses(bench)) == 1
    bench.all_unread()


async def test_the_handler_is_told_before_a_head(bench: Bench) -> None:
    lead = await quiet_lead(bench)
    instructor = await actor_of(bench, INSTRUCTOR)
    async with bench.database.transaction() as session:
        await session.execute(update(Lead).where(col(Lead.id) == lead.id).values(handler_id=instructor.member_id))
    await break_it(bench, TOWNSHIP, lead)
    assert len(bench.person(INSTRUCTOR).reads()) == 1
    assert len(bench.person(AUDITOR).reads()) == 1
    assert bench.person(HEAD).reads() == []
    bench.all_unread()


async def test_where_two_others_cannot_be_told_it_stays_closed(bench: Bench) -> None:
    lead = await quiet_lead(bench)
    await change_member(bench, HEAD, unreachable_since=bench.clock())
    await change_member(bench, AUDITOR, frozen_at=bench.clock())
    await change_member(bench, COUNTY, unreachable_since=bench.clock())
    rights = await actor_of(bench, RIGHTS)
    async with bench.database.transaction() as session:
        today = days_from_saturday(0)
        session.add(Leave(member_id=rights.member_id, starts_on=today, ends_on=today, noted_at=bench.clock()))
    refused = await break_it(bench, TOWNSHIP, lead)
    assert "没有两位其他同事可以通知" in refused.text
    assert REASON in refused.text
    assert await glasses(bench) == []
    await change_member(bench, AUDITOR, frozen_at=None)
    await change_member(bench, COUNTY, unreachable_since=None)
    await bench.person(TOWNSHIP).press_all("保存")
    await bench.deliverer.deliver_all()
    assert [len(bench.person(who).reads()) for who in (AUDITOR, COUNTY)] == [1, 1]
    assert len(await glasses(bench)) == 1
    bench.all_unread()


async def test_pressing_twice_breaks_it_once(bench: Bench) -> None:
    lead = await quiet_lead(bench)
    township = bench.person(TOWNSHIP)
    await township.say(f"/glass {lead.code}")
    warning = await township.say(REASON)
    for _ in range(2):
        await township.press_data(warning.message_id, warning.button("保存"))
    await bench.deliverer.deliver_all()
    assert len(await glasses(bench)) == 1
    assert len(bench.person(HEAD).reads()) == 1
    bench.all_unread()


async def test_whoever_loses_her_post_loses_the_lead_with_it(bench: Bench) -> None:
    lead = await quiet_lead(bench)
    await break_it(bench, TOWNSHIP, lead)
    await change_member(bench, TOWNSHIP, frozen_at=bench.clock())
    assert await may_open(bench, TOWNSHIP, lead) is None
    bench.all_unread()


async def test_pictures_are_no_reason(bench: Bench) -> None:
    lead = await quiet_lead(bench)
    township = bench.person(TOWNSHIP)
    await township.say(f"/glass {lead.code}")
    assert "请打字回答" in (await township.send_photo()).text
    assert "太长" in (await township.say("长" * 301)).text
    await township.press_all("取消")
    bench.all_unread()
    assert await glasses(bench) == []


async def test_the_button_of_a_lead_begins_it_and_the_card_opens_after_it(bench: Bench) -> None:
    lead = await quiet_lead(bench)
    township = bench.person(TOWNSHIP)
    hello = await township.say("/help")
    assert await township.press_data(hello.message_id, f"lead:show:{lead.id}") == []
    assert "不在您的范围" in township.toast()
    asked = await township.press_data(hello.message_id, f"lead:glass:{lead.id}")
    assert any("为什么现在必须打开" in said.text for said in asked)
    await township.say(REASON)
    await township.press_all("保存")
    card = await township.press_all("查看详情")
    assert any(NARRATIVE in said.text for said in card)
    bench.pass_time(minutes=30)
    assert await township.press_all("查看详情") == []
    assert "不在您的范围" in township.toast()
    await bench.deliverer.deliver_all()
    bench.all_unread()
    log = await bench.person(AUDITOR).press("查阅记录")
    assert "钱玉梅（乡镇综治中心） · 紧急查阅" in log.text
    bench.all_unread()


@pytest.mark.parametrize("who", [WORKER, OTHER_HEAD, ADMIN, AUDITOR, EXPERT])
async def test_a_forged_button_begins_nothing(bench: Bench, who: int) -> None:
    lead = await quiet_lead(bench)
    person = bench.person(who)
    hello = await person.say("/help")
    for number in (str(lead.id), "77777", "x", "99999999999"):
        assert await person.press_data(hello.message_id, f"lead:glass:{number}") == []
        assert person.toast()
    assert await glasses(bench) == []


@pytest.mark.parametrize("there", [True, False])
async def test_a_dispute_is_opened_by_no_force_whether_it_exists_or_not(bench: Bench, there: bool) -> None:
    code = "D261121-2222"
    if there:
        number = await a_dispute(bench, by=WORKER, household="T-A-01-001")
        code = (await dispute_of(bench, number)).code
        await bench.deliverer.deliver_all()
        bench.all_unread()
    head = bench.person(HEAD)
    assert "纠纷（编号以 D 开头）不设紧急查阅" in (await head.say(f"/glass {code.lower()}")).text
    await head.say("/glass")
    assert "没有找到" in (await head.say(code)).text
    await head.press("取消")
    async with bench.database.transaction() as session:
        assert (await session.execute(select(BreakGlass))).first() is None
