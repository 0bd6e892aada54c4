"""Who has read what: the auditor sees codes, people and their right to it, and no case."""

import pytest
from sqlalchemy import update
from sqlmodel import col

from domain.lead_access import read_lead
from domain.refusals import RefusedError
from models.lead import Lead
from models.member import Appointment, Member
from tests.support.county import (
    ADMIN,
    AUDITOR,
    COUNTY,
    ENGLISH,
    EXPERT,
    HEAD,
    INSTRUCTOR,
    OTHER_HEAD,
    RIGHTS,
    TOWNSHIP,
    UNIT,
    WORKER,
)
from tests.support.dispute_cases import opens, read_all
from tests.support.hands import Bench
from tests.support.ladder import a_dispute, dispute_of
from tests.support.leads import NARRATIVE, a_lead, actor_of

SECRETS = (NARRATIVE, "刘洋", "就业", "东关村4号", "黄", "yellow")


async def lead_of(bench: Bench, code: str = "T-A-01-004", by: int = WORKER) -> Lead:
    """A lead; the notices of its alert are read."""
    lead = await a_lead(bench, code=code, by=by)
    await bench.deliverer.deliver_all()
    bench.all_unread()
    return lead


async def reads(bench: Bench, who: int, lead: Lead) -> None:
    """She opens it."""
    actor = await actor_of(bench, who)
    async with bench.database.transaction() as session:
        await read_lead(session, actor, lead.id, now=bench.clock())


async def test_the_auditor_sees_who_read_which_lead_when_and_by_what_right_the_newest_first(bench: Bench) -> None:
    auditor = bench.person(AUDITOR)
    assert "还没有" in (await auditor.say("/reads")).text
    lead = await lead_of(bench)
    await reads(bench, INSTRUCTOR, lead)
    bench.pass_time(minutes=5)
    await reads(bench, WORKER, lead)
    log = await auditor.say("/reads")
    lines = [line for line in log.text.splitlines() if lead.code in line]
    assert lines == [
        f"11月21日（周六） 09:05 {lead.code} 陈秀兰（网格员） · 上报人",
        f"11月21日（周六） 09:00 {lead.code} 王建国（网格指导员） · 收到预警",
    ]
    assert "下一页" not in str(log.labels)
    assert not [secret for secret in SECRETS if secret in log.text]


async def test_the_log_turns_pages_and_is_narrowed_to_one_lead(bench: Bench) -> None:
    first, second = await lead_of(bench), await lead_of(bench, "T-A-01-003")
    for lead, times in ((first, 11), (second, 2)):
        for _ in range(times):
            await reads(bench, INSTRUCTOR, lead)
    auditor = bench.person(AUDITOR)
    log = await auditor.say("/reads")
    assert "新的在前" in log.text
    assert log.text.count(first.code) == 8
    last = await auditor.press("下一页")
    assert "第 2 页" in last.text
    assert last.text.count(first.code) == 3
    assert [label for label in last.labels if "页" in label] == ["‹ 上一页"]
    asked = await auditor.press("按编号查")
    assert {first.code, second.code} <= set(asked.labels)
    assert "没有找到编号" in (await auditor.say("L999")).text
    found = await auditor.say(second.code[-4:].lower())
    assert [label for label in found.labels if label.startswith("L")] == [second.code]
    narrowed = await auditor.press(second.code)
    assert narrowed.text.count(second.code) == 3  # above them once
    assert first.code not in narrowed.text
    assert (await auditor.press("全部记录")).text.count(first.code) == 8
    found = await auditor.say(f"/reads {first.code}")
    assert [label for label in found.labels if label.startswith("L")] == [first.code]
    assert (await auditor.press(first.code)).text.count(first.code) == 11  # above them once
    assert first.code in (await auditor.press("下一页")).text


async def test_disputes_stand_in_the_same_log_and_are_narrowed_to_in_the_same_way(bench: Bench) -> None:
    lead = await lead_of(bench)
    await reads(bench, INSTRUCTOR, lead)
    number = await a_dispute(bench, by=WORKER, household="T-A-01-001")
    await read_all(bench)
    dispute = await dispute_of(bench, number)
    assert number == lead.id  # each kind counts from one
    bench.pass_time(minutes=5)
    await opens(bench, INSTRUCTOR, number)
    bench.pass_time(minutes=5)
    await opens(bench, HEAD, number)
    await bench.person(HEAD).press("调解卷宗")
    auditor = bench.person(AUDITOR)
    log = await auditor.say("/reads")
    when, what = "11月21日（周六） 09:", dispute.code
    assert [line for line in log.text.splitlines() if line.startswith("11月")] == [
        f"{when}10 {what} 赵敏（村（社区）负责人） · 这一级的负责人，取用卷宗",
        f"{when}10 {what} 赵敏（村（社区）负责人） · 这一级的负责人",
        f"{when}05 {what} 王建国（网格指导员） · 这一级承办",
        f"{when}00 {lead.code} 王建国（网格指导员） · 收到预警",
    ]
    for secret in ("院墙", "王秀英", "邻里", "老黄"):
        assert secret not in log.text
    await auditor.press("按编号查")
    narrowed = await auditor.press(what)
    assert lead.code not in narrowed.text
    assert narrowed.text.count(what) == 4  # above them once
    found = await auditor.say(f"/reads {lead.code}")
    assert what not in found.labels
    assert what not in (await auditor.press(lead.code)).text


async def test_an_auditor_of_one_township_sees_what_is_below_it(bench: Bench) -> None:
    here, there = await lead_of(bench), await lead_of(bench, "T-B-01-001", by=ENGLISH)
    await reads(bench, INSTRUCTOR, here)
    await reads(bench, ENGLISH, there)
    auditor, head = await actor_of(bench, AUDITOR), await actor_of(bench, HEAD)
    async with bench.database.transaction() as session:
        await session.execute(
            update(Appointment)
            .where(col(Appointment.member_id) == auditor.member_id)
            .values(area_id=head.posts[0].area_id)
        )
    person = bench.person(AUDITOR)
    log = await person.say("/reads")
    assert here.code in log.text
    assert there.code not in log.text
    news = await person.press_data(log.message_id, f"reads:0:{there.id}")
    assert not [said for said in news if there.code in said.text]
    asked = await person.press("按编号查")
    assert there.code not in asked.labels
    rev = asked.buttons[0][1].split(":")[2]
    news = await person.press_data(asked.message_id, f"readsof:lead:{rev}:{there.id}")
    assert not [said for said in news if there.code in said.text]


async def test_the_role_is_the_one_of_that_day(bench: Bench) -> None:
    lead = await lead_of(bench)
    await reads(bench, INSTRUCTOR, lead)
    instructor = await actor_of(bench, INSTRUCTOR)
    async with bench.database.transaction() as session:
        await session.execute(
            update(Appointment)
            .where(col(Appointment.member_id) == instructor.member_id)
            .values(ends_on=bench.policy.today(bench.clock()))
        )
    bench.pass_time(days=3)
    assert "王建国（网格指导员）" in (await bench.person(AUDITOR).say("/reads")).text


@pytest.mark.parametrize("who", [WORKER, INSTRUCTOR, HEAD, TOWNSHIP, COUNTY, RIGHTS, ADMIN, EXPERT, UNIT, OTHER_HEAD])
async def test_nobody_else_sees_the_log(bench: Bench, who: int) -> None:
    lead = await lead_of(bench)
    await reads(bench, INSTRUCTOR, lead)
    person = bench.person(who)
    hello = await person.say("/help")
    said = [await person.say("/reads"), await person.say(f"/reads {lead.code}")]
    for data in ("reads:new", "reads:0", f"reads:0:{lead.id}", "reads:one"):
        said += await person.press_data(hello.message_id, data)
    assert len(said) >= 5
    assert not [one for one in said if lead.code in one.text or lead.code in one.labels]


async def test_an_auditor_opens_no_lead_and_no_household(bench: Bench) -> None:
    lead = await lead_of(bench)
    actor = await actor_of(bench, AUDITOR)
    async with bench.database.transaction() as session:
        with pytest.raises(RefusedError):
            await read_lead(session, actor, lead.id, now=bench.clock())
    auditor = bench.person(AUDITOR)
    hello = await auditor.say("/help")
    news = await auditor.press_data(hello.message_id, f"hh:show:{lead.household_id}")
    assert news == []
    assert "不在您的范围" in auditor.toast()


async def test_a_frozen_auditor_sees_nothing(bench: Bench) -> None:
    lead = await lead_of(bench)
    await reads(bench, INSTRUCTOR, lead)
    async with bench.database.transaction() as session:
        await session.execute(update(Member).where(col(Member.telegram_id) == AUDITOR).values(frozen_at=bench.clock()))
    assert lead.code not in (await bench.person(AUDITOR).say("/reads")).text


@pytest.mark.parametrize("data", ["reads", "reads:x", "reads:99999999999", "reads:0:x", "reads:7:77", "reads:one:1"])
async def test_forged_numbers_never_fail(bench: Bench, data: str) -> None:
    auditor = bench.person(AUDITOR)
    hello = await auditor.say("/help")
    news = await auditor.press_data(hello.message_id, data)
    assert news
    assert not [said for said in news if "我们这边的问题" in said.text]


async def test_the_auditors_menu_leads_to_the_log_and_to_no_work(bench: Bench) -> None:
    auditor, worker = bench.person(AUDITOR), bench.person(WORKER)
    await auditor.say("/start")
    assert auditor.keyboard() == ["查阅记录", "我的", "帮助"]
    assert "还没有" in (await auditor.say("查阅记录")).text
    await worker.say("/start")
    assert "查阅记录" not in worker.keyboard()
    assert "走访登记" in worker.keyboard()
