"""An expert is asked about a dispute: on what ground, what she sees of it, and until when."""

from datetime import timedelta

import pytest
from sqlalchemy import select, update
from sqlmodel import col

from domain.usecases.dispute_accepting import accept_dispute
from domain.usecases.dispute_passing import pass_up
from models.confidential import DisputeGround, DisputeRead, Tie, TieKind
from models.dispute import Dispute, DisputeEntryKind, DisputeOutcome, DisputeParty, DisputeState
from models.member import Member
from models.referral import Referral, ReferralGround, ReferralState
from tests.support.county import ADMIN, COUNTY, EXPERT, HEAD, INSTRUCTOR, OTHER_HEAD, POLICY, UNIT, WORKER
from tests.support.dispute_help import FACTS, PARTY, case_at_hand, dispute_card, dispute_news, noted, refers_dispute
from tests.support.hands import Bench, Person
from tests.support.ladder import actor_of, dispute_of
from tests.support.leads import a_lead
from tests.support.referrals import ASKED, card, change, drained, forges, id_of, refers, the_request

ANSWERS = (DisputeEntryKind.REFERRED, DisputeEntryKind.REFERRAL_ANSWERED)


async def accepts(bench: Bench) -> Person:
    """The expert takes it on; everybody has read the news."""
    await dispute_news(bench, EXPERT)
    expert = bench.person(EXPERT)
    await expert.press("查看委托")
    await expert.press("接下")
    await drained(bench)
    return expert


async def test_an_expert_is_asked_sees_the_one_case_and_reports_back(bench: Bench) -> None:
    dispute, instructor = await case_at_hand(bench)
    asked = await instructor.press("请专家")
    assert "各方当事人都同意吗" in asked.text
    await instructor.press("各方都同意")
    await instructor.press("冯律师")
    assert "当事人意愿：各方都同意" in (await instructor.say(ASKED)).text
    assert f"{dispute.code} 已请 冯律师" in (await instructor.press("保存")).text.replace("</code>", "")
    rung = await dispute_news(bench, EXPERT)
    assert ["纠纷" in said.text and dispute.code in said.text for said in rung] == [True]
    expert = bench.person(EXPERT)
    look = await expert.press("查看委托")
    assert [word in look.text for word in (ASKED, "各方当事人同意", FACTS, PARTY)] == [True, True, False, False]
    assert await forges(expert, f"disp:show:{dispute.id}") == []
    assert "不在您的范围" in expert.toast()
    await expert.press("接下")
    assert FACTS in (await expert.press("查看案情")).text
    assert ["已接下" in said.text for said in await dispute_news(bench, INSTRUCTOR, WORKER)] == [True, True]
    await expert.press("回报结果")
    await expert.say("按宅基地证的四至划界")
    assert "已报给对方" in (await expert.press("保存")).text
    assert len(await dispute_news(bench, INSTRUCTOR, WORKER)) == 2
    assert "按宅基地证的四至划界" in (await instructor.press("查看答复")).text
    assert await forges(expert, f"disp:show:{dispute.id}") == []
    told = await noted(bench, *ANSWERS)
    assert [entry.detail.get("answer") for entry in told] == [None, "accepted", "reported"]
    assert [entry.body for entry in told] == [ASKED, None, "按宅基地证的四至划界"]
    reads = select(col(DisputeRead.ground)).where(col(DisputeRead.member_id) == told[1].by_id)
    async with bench.database.transaction() as session:
        assert list((await session.execute(reads)).scalars()) == [DisputeGround.REFERRAL] * 2


async def test_the_no_of_a_party_is_written_down_and_nobody_is_asked(bench: Bench) -> None:
    _, instructor = await case_at_hand(bench)
    await instructor.press("请专家")
    duty = await instructor.press("有当事人不同意")
    assert "有当事人不同意" in duty.text
    assert not [label for label in duty.labels if "反家庭暴力法" in label]
    assert "不会转给任何人" in (await instructor.press("没有，不转")).text
    assert "没有转给任何人" in (await instructor.press("保存")).text
    assert await dispute_news(bench, EXPERT) == []
    assert await the_request(bench) is None
    (entry,) = await noted(bench, DisputeEntryKind.PARTY)
    assert entry.detail == {"asked": "expert", "agreement": "declines"}


async def test_without_the_consent_of_all_a_law_is_named_in_words(bench: Bench) -> None:
    _, instructor = await case_at_hand(bench)
    await instructor.press("请专家")
    duty = await instructor.press("没有都问到")
    assert not [label for label in duty.labels if "不转" in label]
    await instructor.press("别的法律依据")
    await instructor.say("未成年人保护法第十一条")
    await instructor.press("冯律师")
    await instructor.say(ASKED)
    await instructor.press("保存")
    made = await the_request(bench)
    assert (made.ground, made.law) == (ReferralGround.LAW, "未成年人保护法第十一条")
    assert len(await dispute_news(bench, EXPERT)) == 1
    assert "法律规定的报告义务" in (await bench.person(EXPERT).press("查看委托")).text


async def test_consent_on_record_holds_until_a_party_takes_hers_back(bench: Bench) -> None:
    dispute, instructor = await case_at_hand(bench)
    await refers_dispute(instructor)
    await forges(instructor, f"ref:drop:{(await the_request(bench)).id}")
    await drained(bench)
    await dispute_card(instructor, dispute)
    await instructor.press("请专家")
    await instructor.press("各方之前已同意")
    await instructor.press("冯律师")
    await instructor.say(ASKED)
    later = bench.clock() + timedelta(minutes=1)
    bench.pass_time(minutes=2)
    one = update(DisputeParty).where(col(DisputeParty.position) == 2)
    await change(bench, one.values(consent=False, consent_at=later))
    assert "没有当事人的同意" in (await instructor.press("保存")).text
    await instructor.press("取消")
    await dispute_card(instructor, dispute)
    assert not [label for label in (await instructor.press("请专家")).labels if "之前已同意" in label]
    await instructor.press("取消")


@pytest.mark.parametrize("gone", ["tied", "tied to a party", "frozen", "blocked"])
async def test_who_cannot_be_asked_is_not_offered(bench: Bench, gone: str) -> None:
    dispute, instructor = await case_at_hand(bench)
    expert = await id_of(bench, EXPERT)
    ours = update(Member).where(col(Member.id) == expert)
    if gone == "frozen":
        await change(bench, ours.values(frozen_at=bench.clock()))
    elif gone == "blocked":
        await change(bench, ours.values(unreachable_since=bench.clock()))
    else:
        async with bench.database.transaction() as session:
            home = dispute.household_id or 0
            if gone == "tied to a party":
                home += 1
                of_hers = {"household_id": home, "resident_id": None}
                await session.execute(update(DisputeParty).where(col(DisputeParty.position) == 2).values(**of_hers))
            session.add(Tie(member_id=expert, household_id=home, kind=TieKind.KIN, declared_at=bench.clock()))
    await dispute_card(instructor, dispute)
    assert await instructor.press_all("请专家") == []
    assert "请管理员先任命" in instructor.toast()


@pytest.mark.parametrize("state", [DisputeState.ENDED, DisputeState.FROZEN])
async def test_a_case_that_is_over_is_shut_for_the_expert_and_she_is_told(bench: Bench, state: DisputeState) -> None:
    dispute, instructor = await case_at_hand(bench)
    await refers_dispute(instructor)
    expert = await accepts(bench)
    lead = await a_lead(bench, "domestic_violence") if state is DisputeState.FROZEN else None
    await drained(bench)
    over = {"state": state, "mediable": False, "owner_id": None, "next_on": None, "next_step": None}
    ended = {"outcome": DisputeOutcome.REFUSED} if lead is None else {"red_lead_id": lead.id}
    await change(bench, update(Dispute).values(**over, **ended, next_step_at=None, closed_at=bench.clock()))
    assert await expert.press_all("查看案情") == []
    assert "不在您的范围" in expert.toast()
    assert await expert.press_all("回报结果") == []
    assert "已经结束" in expert.toast()
    assert "没有请您帮忙" in (await expert.say("/asked")).text
    await bench.sweep.referrals()
    await bench.sweep.referrals()
    assert ["不用再麻烦您" in said.text for said in await dispute_news(bench, EXPERT)] == [True]
    assert await dispute_news(bench, INSTRUCTOR) == []
    assert (await the_request(bench)).state is ReferralState.ENDED
    assert dispute.code


async def test_after_so_many_days_it_is_over_and_those_who_work_on_it_are_told(bench: Bench) -> None:
    _, instructor = await case_at_hand(bench)
    await refers_dispute(instructor)
    expert = await accepts(bench)
    bench.pass_time(days=POLICY.referral_days, seconds=-1)
    assert FACTS in (await expert.press("查看案情")).text
    bench.pass_time(seconds=1)
    assert await expert.press_all("查看案情") == []
    await bench.sweep.referrals()
    await bench.sweep.referrals()
    assert ["已结束" in said.text for said in await dispute_news(bench, INSTRUCTOR, WORKER)] == [True, True]
    assert [entry.detail.get("answer") for entry in await noted(bench, ANSWERS[1])] == ["accepted", "ended"]


async def test_a_case_that_climbs_takes_its_request_along(bench: Bench) -> None:
    """Whoever asked keeps following; the rung above hears the answer, and may take the request back."""
    dispute, instructor = await case_at_hand(bench)
    await refers_dispute(instructor)
    await drained(bench)
    actor, above = await actor_of(bench, INSTRUCTOR), await actor_of(bench, HEAD)
    async with bench.database.transaction() as session:
        await pass_up(
            session, actor=actor, dispute_id=dispute.id, seen=dispute.rev, reason="办不了", now=bench.clock(),
            policy=bench.policy,
        )  # fmt: skip
    async with bench.database.transaction() as session:
        await accept_dispute(session, actor=above, dispute_id=dispute.id, now=bench.clock(), policy=bench.policy)
    await drained(bench)
    expert = bench.person(EXPERT)
    await expert.press("查看委托")
    await expert.press("接下")
    assert FACTS in (await expert.press("查看案情")).text
    heard = await dispute_news(bench, INSTRUCTOR, HEAD)
    assert ["已接下" in said.text for said in heard] == [True, True]
    for person in (instructor, bench.person(HEAD)):
        assert ASKED in (await person.press("查看答复")).text
    assert "已收回" in (await bench.person(HEAD).press("收回委托")).text
    assert ["已结束" in said.text for said in await dispute_news(bench, INSTRUCTOR)] == [True]
    assert ["不用再麻烦您" in said.text for said in await dispute_news(bench, EXPERT)] == [True]
    assert (await dispute_of(bench, dispute.id)).rung == "community"


@pytest.mark.parametrize("who", [HEAD, OTHER_HEAD, ADMIN, UNIT, COUNTY])
async def test_nobody_else_refers_or_does_anything_with_the_request(bench: Bench, who: int) -> None:
    dispute, instructor = await case_at_hand(bench)
    await refers_dispute(instructor)
    await drained(bench)
    person, number = bench.person(who), (await the_request(bench)).id
    for data in (
        f"disp:refer:{dispute.id}",
        *(f"ref:{what}:{number}" for what in ("look", "accept", "report", "drop")),
    ):
        assert await forges(person, data) == []
        assert "不在您的范围" in person.toast()
    assert (await the_request(bench)).state is ReferralState.ASKED


@pytest.mark.parametrize("data", ["disp:refer", "disp:refer:x", "disp:refer:77", "disp:whistle:99999999999"])
async def test_forged_numbers_never_fail(bench: Bench, data: str) -> None:
    await case_at_hand(bench)
    for who in (INSTRUCTOR, HEAD, EXPERT):
        person = bench.person(who)
        said = await forges(person, data)
        assert not [one for one in said if "我们这边的问题" in one.text]
        assert person.toast() or said


async def test_whoever_stands_back_since_neither_reads_the_answer_nor_hears_of_it(bench: Bench) -> None:
    dispute, instructor = await case_at_hand(bench)
    await refers_dispute(instructor)
    await drained(bench)
    member, home = await id_of(bench, INSTRUCTOR), dispute.household_id or 0
    async with bench.database.transaction() as session:
        session.add(Tie(member_id=member, household_id=home, kind=TieKind.KIN, declared_at=bench.clock()))
    expert = bench.person(EXPERT)
    await expert.press("查看委托")
    await expert.press("接下")
    assert await dispute_news(bench, INSTRUCTOR) == []
    assert await forges(instructor, f"ref:look:{(await the_request(bench)).id}") == []
    assert "不在您的范围" in instructor.toast()
    assert len(await dispute_news(bench, WORKER)) == 1


async def test_her_list_has_leads_and_disputes_one_beside_the_other(bench: Bench) -> None:
    dispute, instructor = await case_at_hand(bench)
    await refers_dispute(instructor)
    lead = await a_lead(bench, "child_alone", "T-A-01-002")
    await drained(bench)
    head = bench.person(HEAD)
    await card(head, lead)
    await refers(head)
    await drained(bench)
    listed = await bench.person(EXPERT).say("/asked")
    assert [any(code in label for label in listed.labels) for code in (dispute.code, lead.code)] == [True, True]
    assert "共 2 份" in listed.text
    async with bench.database.transaction() as session:
        assert len((await session.execute(select(Referral))).all()) == 2


async def test_referring_a_dispute_works_in_english(bench: Bench) -> None:
    await change(bench, update(Member).values(locale="en"))
    dispute, instructor = await case_at_hand(bench)
    assert "do all parties agree" in (await instructor.press("Ask an expert")).text
    await instructor.press("All parties agree")
    await instructor.press("冯律师")
    await instructor.say("Where does the boundary run?")
    assert "is asked" in (await instructor.press("Save")).text
    await bench.deliverer.deliver_all()
    expert = bench.person(EXPERT)
    assert [dispute.code in said.text for said in expert.reads()] == [True]
    assert "all parties agree" in (await expert.press("Open the request")).text
    assert "You have accepted" in (await expert.press("Accept")).text
    assert len(await dispute_news(bench, INSTRUCTOR, WORKER)) == 2


async def test_the_history_tells_who_was_asked_on_what_ground_and_what_they_answered(bench: Bench) -> None:
    dispute, instructor = await case_at_hand(bench)
    await refers_dispute(instructor)
    await accepts(bench)
    await dispute_card(instructor, dispute)
    line = (await instructor.press("时间线")).text
    for words in ("请专家 · 各方都同意", ASKED, "请专家 · 已接下，在处理"):
        assert words in line
