"""Asking an expert for help, and her answers, through the user's hands."""

from sqlalchemy import select, update
from sqlmodel import col

from models.confidential import Ground, LeadRead
from models.lead import EntryKind, Lead, LeadConsent, LeadStage
from models.member import Member
from models.referral import ReferralGround, ReferralState
from tests.support.county import (
    EXPERT,
    HEAD,
    POLICY,
    SATURDAY,
    TOWNSHIP,
)
from tests.support.hands import Bench
from tests.support.leads import NARRATIVE, a_lead
from tests.support.referrals import (
    ASKED,
    card,
    change,
    drained,
    entries,
    forges,
    id_of,
    in_hand,
    news,
    refers,
    the_request,
)


async def test_an_expert_is_asked_accepts_sees_the_one_lead_and_reports_back(bench: Bench) -> None:
    lead, head = await in_hand(bench)
    assert f"{lead.code} 已请 冯律师 · 测试县" in (await refers(head)).text.replace("</code>", "")
    rung = await news(bench, EXPERT)
    assert [lead.code in said.text for said in rung] == [True]
    expert = bench.person(EXPERT)
    look = await expert.press("查看委托")
    assert [ASKED in look.text, NARRATIVE in look.text, "赵敏 请您" in look.text] == [True, False, True]
    assert await forges(expert, f"lead:show:{lead.id}") == []
    assert "不在您的范围" in expert.toast()
    accepted = await expert.press("接下")
    assert "12月5日" in accepted.text
    assert NARRATIVE in (await expert.press("查看详情")).text
    assert ["已接下" in said.text for said in await news(bench, HEAD)] == [True]
    await expert.press("回报结果")
    await expert.say("<b>按收入的三成&起诉</b>")
    assert "已报给对方" in (await expert.press("保存")).text
    assert ["已回报结果" in said.text for said in await news(bench, HEAD)] == [True]
    assert "<b>按收入的三成&起诉</b>" in (await head.press("查看答复")).text
    assert await forges(expert, f"lead:show:{lead.id}") == []
    assert "不在您的范围" in expert.toast()
    assert await forges(expert, f"ref:look:{(await the_request(bench)).id}") == []
    assert "已经结束" in expert.toast()
    told = await entries(bench, EntryKind.REFERRED, EntryKind.REFERRAL_ANSWERED)
    assert [entry.detail.get("answer") for entry in told] == [None, "accepted", "reported"]
    assert [entry.body for entry in told] == [ASKED, None, "<b>按收入的三成&起诉</b>"]
    async with bench.database.transaction() as session:
        reads = (await session.execute(select(col(LeadRead.ground), col(LeadRead.member_id)))).all()
    assert [row[0] for row in reads if row[1] == told[1].by_id] == [Ground.REFERRAL] * 2


async def test_an_expert_declines_with_a_reason(bench: Bench) -> None:
    _, head = await in_hand(bench)
    await refers(head)
    await news(bench, EXPERT)
    expert = bench.person(EXPERT)
    await expert.press("查看委托")
    await expert.press("接不了")
    await expert.say("这阵子在外地")
    assert "您接不了" in (await expert.press("保存")).text
    assert ["没有接" in said.text for said in await news(bench, HEAD)] == [True]
    assert "原因：这阵子在外地" in (await head.press("查看答复")).text
    assert (await the_request(bench)).state is ReferralState.DECLINED
    # Another time she can be asked again.
    await head.press("查看详情")
    assert "已请" in (await refers(head, "之前已同意")).text
    assert len(await news(bench, EXPERT)) == 1


async def test_her_no_is_written_down_and_nobody_is_asked(bench: Bench) -> None:
    lead, head = await in_hand(bench)
    await head.press("请专家")
    asked = await head.press("本人不同意")
    assert not [label for label in asked.labels if "反家庭暴力法" in label]
    assert "不会转给任何人" in (await head.press("没有，不转")).text
    assert "没有转给任何人" in (await head.press("保存")).text
    assert await news(bench, EXPERT) == []
    async with bench.database.transaction() as session:
        consent = (await session.execute(select(LeadConsent))).scalar_one()
    assert (consent.recipient, consent.given, consent.lead_id) == ("expert", False, lead.id)
    assert [entry.detail for entry in await entries(bench, EntryKind.CONSENT)] == [
        {"recipient": "expert", "given": False}
    ]


async def test_without_consent_a_named_law_is_needed(bench: Bench) -> None:
    _, head = await in_hand(bench, "domestic_violence")
    await head.press("请专家")
    asked = await head.press("没法问本人")
    assert not [label for label in asked.labels if "不转" in label]
    assert "冯律师 · 测试县" in (await head.press("反家庭暴力法第十四条")).labels[0]
    await head.press("冯律师")
    await head.say(ASKED)
    await head.press("保存")
    made = await the_request(bench)
    assert (made.ground, made.law) == (ReferralGround.LAW, "反家庭暴力法第十四条强制报告")
    assert len(await news(bench, EXPERT)) == 1
    assert "法律规定的报告义务" in (await bench.person(EXPERT).press("查看委托")).text


async def test_another_law_is_named_in_words(bench: Bench) -> None:
    _, head = await in_hand(bench)
    await head.press("请专家")
    await head.press("本人不同意")
    await head.press("别的法律依据")
    await head.say("未成年人保护法第四十三条")
    await head.press("冯律师")
    assert "法律依据：未成年人保护法第四十三条" in (await head.say(ASKED)).text
    await head.press("保存")
    assert (await the_request(bench)).law == "未成年人保护法第四十三条"
    assert len(await news(bench, EXPERT)) == 1


async def test_experts_are_found_by_initials_and_not_by_wildcards(bench: Bench) -> None:
    _, head = await in_hand(bench)
    await head.press("请专家")
    await head.press("本人同意")
    assert any("冯律师" in label for label in (await head.say("fls")).labels)
    assert not any("冯律师" in label for label in (await head.say("%")).labels)
    await head.press("取消")


async def test_what_is_asked_of_an_expert_waits_for_the_morning(bench: Bench) -> None:
    bench.pass_time(hours=13)
    lead = await a_lead(bench, "domestic_violence")
    await drained(bench)
    head = bench.person(HEAD)
    await card(head, lead)
    await refers(head)
    assert await news(bench, EXPERT) == []
    bench.pass_time(hours=9)
    assert len(await news(bench, EXPERT)) == 1


async def test_after_so_many_days_it_is_over_and_the_asker_is_told(bench: Bench) -> None:
    lead, head = await in_hand(bench)
    await refers(head)
    await news(bench, EXPERT)
    expert = bench.person(EXPERT)
    await expert.press("查看委托")
    bench.pass_time(days=3)
    await expert.press("接下")
    await news(bench, HEAD)
    bench.pass_time(days=POLICY.referral_days, seconds=-1)
    assert NARRATIVE in (await expert.press("查看详情")).text
    bench.pass_time(seconds=1)
    assert await expert.press_all("查看详情") == []
    assert "不在您的范围" in expert.toast()
    assert await expert.press_all("回报结果") == []
    assert "已经结束" in expert.toast()
    assert "没有请您帮忙" in (await expert.say("/asked")).text
    await bench.sweep.referrals()
    await bench.sweep.referrals()
    assert ["已结束" in said.text for said in await news(bench, HEAD)] == [True]
    assert await news(bench, EXPERT) == []
    assert (await the_request(bench)).state is ReferralState.ENDED
    assert [entry.detail["answer"] for entry in await entries(bench, EntryKind.REFERRAL_ANSWERED)] == [
        "accepted",
        "ended",
    ]
    assert lead.code


async def test_a_closed_lead_ends_what_was_asked_about_it(bench: Bench) -> None:
    lead, head = await in_hand(bench)
    await refers(head)
    await news(bench, EXPERT)
    expert = bench.person(EXPERT)
    await expert.press("查看委托")
    await expert.press("接下")
    await news(bench, HEAD)
    first, second = await id_of(bench, HEAD), await id_of(bench, TOWNSHIP)
    closed = {"stage": LeadStage.CLOSED, "closing_by_id": first, "closed_by_id": second, "closed_at": SATURDAY}
    await change(bench, update(Lead).where(col(Lead.id) == lead.id).values(**closed))
    assert await expert.press_all("查看详情") == []
    assert "不在您的范围" in expert.toast()
    assert await expert.press_all("回报结果") == []
    assert "已经结束" in expert.toast()
    await bench.sweep.referrals()
    assert ["不用再麻烦您" in said.text for said in await news(bench, EXPERT)] == [True]
    assert await news(bench, HEAD) == []


async def test_the_list_shows_an_expert_what_is_open(bench: Bench) -> None:
    lead, head = await in_hand(bench)
    expert = bench.person(EXPERT)
    assert "没有请您帮忙" in (await expert.say("/asked")).text
    await refers(head)
    await news(bench, EXPERT)
    await expert.say("/me")
    listed = await expert.press("我的委托")
    assert [label for label in listed.labels if lead.code in label and "等待答复" in label]
    assert ASKED in (await expert.press(lead.code)).text
    assert "不能做这件事" in (await head.say("/asked")).text
    assert not [label for label in (await head.say("/me")).labels if "委托" in label]


async def test_referring_works_in_english(bench: Bench) -> None:
    await change(bench, update(Member).values(locale="en"))
    lead, head = await in_hand(bench, "domestic_violence")
    await head.press("Ask an expert")
    await head.press("She cannot be asked")
    await head.press("Minors Law Art. 11")
    await head.press("冯律师")
    await head.say("Which court?")
    assert "is asked" in (await head.press("Save")).text
    await bench.deliverer.deliver_all()
    expert = bench.person(EXPERT)
    assert [lead.code in said.text for said in expert.reads()] == [True]
    assert "a duty of the law" in (await expert.press("Open the request")).text
    assert "You have accepted" in (await expert.press("Accept")).text
    assert len(await news(bench, HEAD)) == 1
    assert "未成年人保护法第十一条" in (await head.press("Open the answer")).text
