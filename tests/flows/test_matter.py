"""The card of a lead and the list of leads, through the user's hands: who sees what, and that each look is logged."""

from datetime import timedelta

import pytest
from sqlalchemy import select, update
from sqlmodel import col

from domain.usecases.leads import LeadFacts, report_lead
from models.confidential import BreakGlass, Ground, LeadRead, Tie, TieKind
from models.household import Household
from models.lead import EntryKind, Lead, LeadSource, Where
from models.member import Member
from tests.support.county import (
    ADMIN,
    AUDITOR,
    COUNTY,
    ENGLISH,
    EXPERT,
    HEAD,
    INSTRUCTOR,
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
from tests.support.leads import NARRATIVE, a_lead, actor_of
from tests.support.matters import does, forges, look_away, now_is, opens, takes, timeline

TERMS = "晚上八点后，暗号“买菜”，不要让丈夫接"
SECRETS = (NARRATIVE, TERMS, "刘洋", "东关村4号", "家庭暴力")


async def a_full_lead(
    bench: Bench, contact: str | None = f"只当面说\n{TERMS}", item: str = "domestic_violence"
) -> Lead:
    """A lead with everything that a report can hold."""
    actor = await actor_of(bench, WORKER)
    async with bench.database.transaction() as session:
        household = (await session.execute(select(Household).where(col(Household.code) == "T-A-01-004"))).scalar_one()
        return await report_lead(
            session,
            actor=actor,
            facts=LeadFacts(
                item=item,
                triage=(),
                whereabouts=Where.HOUSEHOLD,
                household_id=household.id,
                source=LeadSource.ANONYMOUS,
                narrative=NARRATIVE,
                persons="母亲和一个孩子",
                safe_contact=contact,
                safe_address="姐姐家",
                consents=[("expert", "help", True), ("unit", "help", False)],
            ),
            conversation_id="the-full-lead",
            now=bench.clock(),
            policy=bench.policy,
        )


async def readings(bench: Bench) -> list[tuple[int, Ground]]:
    """Who has read what so far, and on which ground."""
    async with bench.database.transaction() as session:
        query = (
            select(col(Member.telegram_id), col(LeadRead.ground))
            .join(LeadRead, col(LeadRead.member_id) == col(Member.id))
            .order_by(col(LeadRead.id))
        )
        return [(row[0], row[1]) for row in (await session.execute(query)).all()]


async def test_the_doorbell_leads_to_a_card_with_everything_and_the_look_is_logged(bench: Bench) -> None:
    lead = await a_full_lead(bench)
    await bench.deliverer.deliver_all()
    head = bench.person(HEAD)
    rung = head.reads()
    assert not [secret for secret in SECRETS for said in rung if secret in said.text + str(said.buttons)]
    card = await head.press("查看详情")
    for words in (
        *(lead.code, "家庭暴力", "侵权重点事项，不调解", "只当面说", TERMS, "不要打电话", "姐姐家"),
        *(NARRATIVE, "母亲和一个孩子", "刘洋", "东关村4号", "居民匿名反映", "网格员 陈秀兰", "还没有人签收"),
        *("✅ 解纷专家", "✖ 不同意 协作单位", "已上报", "10 分钟后"),
    ):
        assert words in card.text, words
    assert card.text.index(TERMS) < card.text.index(NARRATIVE)
    assert not [word for word in card.labels if "调整颜色" in word]  # a key matter is red for good
    assert await readings(bench) == [(HEAD, Ground.RUNG)]
    bench.pass_time(minutes=11)
    await bench.tick()
    assert card.message_id not in [message["message_id"] for message in bench.box.messages(HEAD)]
    bench.all_unread()


async def test_the_card_shows_who_has_it(bench: Bench) -> None:
    lead = await a_full_lead(bench)
    await look_away(bench)
    await takes(bench, bench.person(HEAD), lead)
    card = await opens(bench.person(TOWNSHIP), lead)
    assert "村（社区）负责人 赵敏 在处理" in card.text
    assert not any("签收" in label for label in card.labels)


@pytest.mark.parametrize(
    ("contact", "warned"),
    [(None, True), ("不要联系", True), ("可以发消息\n微信", True), ("自己写的", True), ("可以打电话\n白天", False)],
)
async def test_unless_a_call_was_agreed_the_card_warns_of_calling(
    bench: Bench, contact: str | None, warned: bool
) -> None:
    lead = await a_full_lead(bench, contact)
    await look_away(bench)
    card = await opens(bench.person(HEAD), lead)
    assert ("不要打电话，不要留言" in card.text) is warned


async def test_the_reporter_sees_what_she_wrote_how_far_it_is_and_by_which_role_it_is_held(bench: Bench) -> None:
    lead = await a_full_lead(bench)
    await look_away(bench)
    worker = bench.person(WORKER)
    assert "还没有人签收" in (await opens(worker, lead)).text
    await takes(bench, bench.person(HEAD), lead)
    await does(bench.person(HEAD), lead, "核实", "情况属实", note="看到伤痕")
    card = await opens(worker, lead)
    for words in (NARRATIVE, "支持中", "村（社区）负责人已接手"):
        assert words in card.text
    for words in ("赵敏", "看到伤痕", TERMS):
        assert words not in card.text
    assert card.labels == ["➕ 补充情况"]
    assert await forges(worker, f"lead:line:{lead.id}") == []
    assert "不在您的范围" in worker.toast()
    assert (await readings(bench)).count((WORKER, Ground.REPORTER)) == 2


async def test_what_the_reporter_adds_is_told_to_whoever_has_it_and_may_be_corrected(bench: Bench) -> None:
    lead = await a_full_lead(bench)
    await look_away(bench)
    worker, head = bench.person(WORKER), bench.person(HEAD)
    await takes(bench, head, lead)
    await opens(worker, lead)
    await worker.press("补充情况")
    await worker.say("今天又吵了，孩子没上学")
    assert "告诉接手的人" in (await worker.press("保存")).text
    await bench.deliverer.deliver_all()
    told = head.reads()
    assert ["补充了新情况" in said.text and "孩子" not in said.text for said in told] == [True]
    assert not bench.person(TOWNSHIP).reads()
    await head.press("查看详情")
    assert "今天又吵了" in (await head.press("时间线")).text
    await opens(worker, lead)
    await worker.press("更正记录")
    await worker.press("记录")
    await worker.say("是邻居家的孩子")
    assert "已写入更正" in (await worker.press("保存")).text
    entries = await timeline(bench, lead, EntryKind.NOTE, EntryKind.CORRECTION)
    assert [(entry.kind, entry.body) for entry in entries] == [
        (EntryKind.NOTE, "今天又吵了，孩子没上学"),
        (EntryKind.CORRECTION, "是邻居家的孩子"),
    ]
    assert entries[1].corrects_id == entries[0].id
    await opens(head, lead)
    assert "更正第" in (await head.press("时间线")).text


async def test_nobody_corrects_what_another_one_wrote(bench: Bench) -> None:
    lead = await a_full_lead(bench)
    await look_away(bench)
    head, township = bench.person(HEAD), bench.person(TOWNSHIP)
    await takes(bench, head, lead)
    await does(head, lead, "已联系本人", note="她还好")
    await does(township, lead, "跟踪记录", note="镇里已知道")
    theirs = (await timeline(bench, lead, EntryKind.CONTACTED))[0].id
    await opens(township, lead)
    asked = await township.press("更正记录")
    assert [label for label in asked.labels if "联系本人" in label] == []
    own = asked.button("记录")
    forged = own.rpartition(":")[0] + f":{theirs}"
    assert "只能更正自己写的" in (await township.press_data(asked.message_id, forged))[0].text
    await township.press("取消")
    assert not await timeline(bench, lead, EntryKind.CORRECTION)
    bench.all_unread()


@pytest.mark.parametrize(
    "who", [OTHER_WORKER, INSTRUCTOR, ENGLISH, ADMIN, OTHER_HEAD, COUNTY, EXPERT, UNIT, AUDITOR, STRANGER]
)
async def test_nobody_else_opens_it_and_nothing_is_logged(bench: Bench, who: int) -> None:
    lead = await a_full_lead(bench)
    await look_away(bench)
    person = bench.person(who)
    for what in ("show", "line"):
        news = await forges(person, f"lead:{what}:{lead.id}")
        assert not [secret for secret in SECRETS for said in news if secret in said.text]
        assert "不在您的范围" in person.toast() or "not within your area" in person.toast() or who == STRANGER
    assert await readings(bench) == []


async def test_who_broke_the_glass_and_is_rung_afterwards_works_on_it(bench: Bench) -> None:
    lead = await a_full_lead(bench)
    await look_away(bench)
    county_id = (await actor_of(bench, COUNTY)).member_id
    async with bench.database.transaction() as session:
        until = bench.clock() + timedelta(minutes=60)
        glass = BreakGlass(lead_id=lead.id, member_id=county_id, at=bench.clock(), until=until, reason="联系不上")
        session.add(glass)
    county = bench.person(COUNTY)
    assert (await opens(county, lead)).labels == ["🕓 时间线"]
    for minutes in (5, 10, 15):
        bench.pass_time(minutes=minutes)
        await bench.tick()
    bench.all_unread()
    assert "我来处理" in "".join((await opens(county, lead)).labels)
    await does(county, lead, "已联系本人", note="她安全")
    assert [ground for who, ground in await readings(bench) if who == COUNTY][:2] == [Ground.BREAK_GLASS, Ground.RUNG]
    await look_away(bench)


async def test_whoever_is_bound_to_the_household_sees_nothing_and_finds_nothing_on_her_list(bench: Bench) -> None:
    lead = await a_full_lead(bench)
    await look_away(bench)
    head_id = (await actor_of(bench, HEAD)).member_id
    async with bench.database.transaction() as session:
        tie = Tie(member_id=head_id, household_id=lead.household_id or 0, kind=TieKind.KIN, declared_at=SATURDAY)
        session.add(tie)
    head = bench.person(HEAD)
    assert await forges(head, f"lead:show:{lead.id}") == []
    assert "不在您的范围" in head.toast()
    assert "没有要您处理的线索" in (await head.say("/leads")).text


async def test_the_list_has_the_most_urgent_first_and_no_personal_data(bench: Bench) -> None:
    head = bench.person(HEAD)
    assert "没有要您处理的线索" in (await head.say("线索与预警")).text
    orange = await a_lead(bench, "child_alone")
    red = await a_lead(bench, "domestic_violence", "T-A-01-002")
    other = await a_lead(bench, "child_alone", "T-A-01-003")
    await look_away(bench)
    await takes(bench, head, other)
    listed = await head.say("/leads")
    assert [label for label in listed.labels if "L26" in label] == [
        f"🔴 {red.code} · 待签收",
        f"🟠 {orange.code} · 待签收",
        f"🟠 {other.code} · 我在处理",
    ]
    assert not [secret for secret in (*SECRETS, "单小红", "留守") if secret in listed.text + str(listed.buttons)]
    assert NARRATIVE in (await head.press(red.code)).text
    reported = await bench.person(WORKER).say("/leads")
    assert [label.rpartition(" · ")[2] for label in reported.labels] == ["我上报的"] * 3
    found = await head.say(other.code)
    assert [label for label in found.labels if "L26" in label] == [f"🟠 {other.code} · 我在处理"]
    assert "没有编号含" in (await head.say("L261121-0000")).text
    assert "不能做这件事" in (await bench.person(EXPERT).say("/leads")).text


async def test_the_list_is_turned_page_by_page(bench: Bench) -> None:
    codes = [(await a_lead(bench, "child_alone")).code for _ in range(10)]
    await look_away(bench)
    head = bench.person(HEAD)
    first = await head.say("/leads")
    assert "共 10 条（第 1/2 页）" in first.text
    second = await head.press("下一页")
    shown = [label.split()[1] for said in (first, second) for label in said.labels if "L26" in label]
    assert sorted(shown) == sorted(codes)
    assert "第 1/2 页" in (await head.press("上一页")).text


async def test_due_revisits_are_reminded_of_in_the_morning_and_stand_on_the_list(bench: Bench) -> None:
    lead = await a_lead(bench, "child_alone")
    await look_away(bench)
    head = bench.person(HEAD)
    await takes(bench, head, lead)
    await does(head, lead, "核实", "情况属实", note="属实")
    bench.pass_time(days=6)
    await bench.tick()
    assert not [said for said in head.reads() if "回访" in said.text]
    bench.pass_time(days=1)
    await bench.tick()
    due = [said for said in head.reads() if "今天该回访：1 条" in said.text]
    assert len(due) == 1
    assert lead.code not in due[0].text
    listed = await head.press("打开线索列表")
    assert f"🟠 {lead.code} · 该回访了" in listed.labels
    bench.pass_time(days=1)
    await bench.tick()
    assert [said for said in head.reads() if "已逾期：1 条" in said.text]
    await does(head, lead, "回访", "稳定", note="好")
    bench.pass_time(days=1)
    await bench.tick()
    assert not [said for said in head.reads() if "回访" in said.text]
    bench.all_unread()


async def test_a_revisit_whose_handler_has_left_is_told_to_who_could_close_it(bench: Bench) -> None:
    lead = await a_lead(bench, "women_work")
    await look_away(bench)
    instructor = bench.person(INSTRUCTOR)
    await takes(bench, instructor, lead)
    await does(instructor, lead, "核实", "情况属实", note="属实")
    async with bench.database.transaction() as session:
        await session.execute(update(Member).where(col(Member.telegram_id) == INSTRUCTOR).values(frozen_at=SATURDAY))
    bench.pass_time(days=7)
    await bench.tick()
    assert [said for said in bench.person(HEAD).reads() if "今天该回访：1 条" in said.text]
    bench.all_unread()


async def test_two_leads_of_a_household_are_offered_for_linking_and_never_merged(bench: Bench) -> None:
    first = await a_lead(bench, "child_alone")
    bench.pass_time(days=2)
    second = await a_lead(bench, "domestic_violence")
    await look_away(bench)
    head = bench.person(HEAD)
    card = await opens(head, second)
    linked = (await head.press_data(card.message_id, card.button(f"关联 {first.code}")))[0]
    assert f"关联：{first.code}" in linked.text
    assert not any("🔗" in label for label in linked.labels)
    assert ((await now_is(bench, second)).linked_to_id, (await now_is(bench, first)).linked_to_id) == (first.id, None)
    assert [entry.detail["code"] for entry in await timeline(bench, first, EntryKind.LINKED)] == [second.code]
    assert await head.press_data(card.message_id, card.button("关联")) == []
    assert "不能关联" in head.toast()
    bench.all_unread()


async def test_leads_far_apart_or_not_hers_to_see_are_not_offered(bench: Bench) -> None:
    await a_lead(bench, "women_work")  # rings the instructor alone
    second = await a_lead(bench, "child_alone")
    bench.pass_time(days=40)
    await bench.tick()
    third = await a_lead(bench, "child_alone")
    await look_away(bench)
    head: Person = bench.person(HEAD)
    card = await opens(head, third)
    assert not any("🔗" in label for label in card.labels)
    assert await head.press_data(card.message_id, f"lead:link:{third.id}:{second.id}") == []
    assert "不能关联" in head.toast()


async def test_the_kinds_of_support_are_explained_in_plain_words(bench: Bench) -> None:
    lead = await a_full_lead(bench)
    await look_away(bench)
    head = bench.person(HEAD)
    await opens(head, lead)
    await head.press("支持办法")
    for kind, words in (
        ("告诫书", "派出所"),
        ("人身安全保护令", "不用先离婚"),
        ("庇护", "地址保密"),
        ("法律援助", "12348"),
        ("就医验伤", "病历"),
        ("心理援助", "12356"),
    ):
        assert words in (await head.press(f"{kind}怎么办")).text


async def test_the_card_the_list_and_the_help_are_there_in_english(bench: Bench) -> None:
    async with bench.database.transaction() as session:
        both = col(Member.telegram_id).in_([RIGHTS, WORKER])
        await session.execute(update(Member).where(both).values(locale="en"))
    lead = await a_full_lead(bench)
    await look_away(bench)
    rights, worker = bench.person(RIGHTS), bench.person(WORKER)
    assert f"{lead.code} · rings" in (await rights.say("/leads")).labels[0]
    card = await rights.press(lead.code)
    for words in ("key matter, never mediated", "Do not call", "a resident who stays unnamed", "nobody yet"):
        assert words in card.text
    await rights.press("Kinds of help")
    assert "court order" in (await rights.press("Protection order")).text
    await worker.say("/leads")
    own = await worker.press(lead.code)
    assert "What you wrote" in own.text
    await worker.press("Add what is new")
    await worker.say("shouting again")
    assert "whoever has it is told" in (await worker.press("Save")).text
    await look_away(bench)
