"""Who can do nothing with a request for help, and what is refused."""

from datetime import timedelta

import pytest
from sqlalchemy import select, update
from sqlmodel import col

from models.confidential import Tie, TieKind
from models.lead import LeadConsent
from models.member import Appointment, Member
from models.referral import ReferralState
from tests.support.county import (
    ADMIN,
    COUNTY,
    EXPERT,
    HEAD,
    INSTRUCTOR,
    OTHER_HEAD,
    POLICY,
    SATURDAY,
    TOWNSHIP,
    UNIT,
    WORKER,
)
from tests.support.hands import Bench
from tests.support.leads import NARRATIVE
from tests.support.referrals import ASKED, card, change, forges, id_of, in_hand, news, refers, the_request


async def test_a_consent_that_was_taken_back_meanwhile_no_longer_holds(bench: Bench) -> None:
    lead, head = await in_hand(bench)
    member = await id_of(bench, HEAD)

    async def she_says(*, given: bool) -> None:
        async with bench.database.transaction() as session:
            session.add(
                LeadConsent(
                    lead_id=lead.id,
                    recipient="expert",
                    purpose="help",
                    given=given,
                    recorded_at=SATURDAY,
                    recorded_by_id=member,
                )
            )

    await she_says(given=True)
    await head.press("请专家")
    await head.press("之前已同意")
    await head.press("冯律师")
    await head.say(ASKED)
    await she_says(given=False)
    assert "没有当事人的同意" in (await head.press("保存")).text
    assert await the_request(bench) is None
    await head.press("取消")


@pytest.mark.parametrize("gone", ["tied", "frozen", "blocked", "post"])
async def test_who_cannot_be_asked_is_not_offered_and_an_old_button_is_refused(bench: Bench, gone: str) -> None:
    lead, head = await in_hand(bench)
    expert = await id_of(bench, EXPERT)
    await head.press("请专家")
    offered = await head.press("本人同意")
    ours = col(Member.id) == expert
    if gone == "tied":
        async with bench.database.transaction() as session:
            session.add(
                Tie(member_id=expert, household_id=lead.household_id or 0, kind=TieKind.KIN, declared_at=SATURDAY)
            )
    elif gone == "frozen":
        await change(bench, update(Member).where(ours).values(frozen_at=SATURDAY))
    elif gone == "blocked":
        await change(bench, update(Member).where(ours).values(unreachable_since=SATURDAY))
    else:
        ended = POLICY.today(SATURDAY) - timedelta(days=1)
        ends = update(Appointment).where(col(Appointment.member_id) == expert)
        await change(bench, ends.values(ends_on=ended, starts_on=ended))
    said = await head.press_data(offered.message_id, offered.button("冯律师"))
    assert "现在不能委托" in said[0].text
    assert not [label for label in said[0].labels if "冯律师" in label]
    await head.press("取消")
    again = await card(head, lead)
    assert await head.press_data(again.message_id, again.button("请专家")) == []
    assert "请管理员先任命" in head.toast()


async def test_the_asker_takes_it_back_and_nobody_else_does(bench: Bench) -> None:
    _, head = await in_hand(bench)
    await refers(head)
    await news(bench, EXPERT)
    made = await the_request(bench)
    assert await forges(bench.person(EXPERT), f"ref:drop:{made.id}") == []
    assert "不在您的范围" in bench.person(EXPERT).toast()
    await forges(head, f"ref:look:{made.id}")
    assert "已收回" in (await head.press("收回委托")).text
    assert ["不用再麻烦您" in said.text for said in await news(bench, EXPERT)] == [True]
    assert await head.press_all("收回委托") == []
    assert "已经结束" in head.toast()
    assert await bench.person(EXPERT).press_all("查看委托") == []
    assert "已经结束" in bench.person(EXPERT).toast()


@pytest.mark.parametrize("who", [WORKER, INSTRUCTOR, OTHER_HEAD, ADMIN, UNIT, TOWNSHIP, COUNTY])
async def test_nobody_else_can_do_anything_with_a_request(bench: Bench, who: int) -> None:
    _, head = await in_hand(bench)
    await refers(head)
    await news(bench, EXPERT)
    person, number = bench.person(who), (await the_request(bench)).id
    for what in ("look", "accept", "decline", "report", "drop"):
        assert await forges(person, f"ref:{what}:{number}") == []
        assert "不在您的范围" in person.toast()
    assert (await the_request(bench)).state is ReferralState.ASKED


@pytest.mark.parametrize("data", ["ref", "ref:look", "ref:look:x", "ref:maybe:1", "ref:accept:99999999999",
                                  "ref:look:77", "ref:report:77", "asked:x", "asked:99", "lead:refer:77"])  # fmt: skip
async def test_forged_numbers_never_fail(bench: Bench, data: str) -> None:
    for who in (EXPERT, HEAD):
        person = bench.person(who)
        said = await forges(person, data)
        assert not [one for one in said if "我们这边的问题" in one.text]
        assert person.toast() or said


async def test_accepting_twice_and_reporting_before_accepting_are_refused(bench: Bench) -> None:
    _, head = await in_hand(bench)
    await refers(head)
    await news(bench, EXPERT)
    expert = bench.person(EXPERT)
    number = (await the_request(bench)).id
    assert await forges(expert, f"ref:report:{number}") == []
    assert "请先接下" in expert.toast()
    await expert.press("查看委托")
    await expert.press("接下")
    await news(bench, HEAD)
    assert await expert.press_all("接下") == []
    assert "已经答复过" in expert.toast()
    assert await expert.press_all("接不了") == []
    assert "已经答复过" in expert.toast()


async def test_an_expert_who_left_or_is_frozen_meanwhile_opens_nothing(bench: Bench) -> None:
    lead, head = await in_hand(bench)
    await refers(head)
    await news(bench, EXPERT)
    expert, member = bench.person(EXPERT), await id_of(bench, EXPERT)
    await expert.press("查看委托")
    await expert.press("接下")
    await news(bench, HEAD)
    yesterday = POLICY.today(SATURDAY) - timedelta(days=1)
    ends = update(Appointment).where(col(Appointment.member_id) == member)
    await change(bench, ends.values(ends_on=yesterday, starts_on=yesterday))
    for label in ("查看详情", "回报结果"):
        assert NARRATIVE not in (await expert.press(label)).text
    await change(bench, ends.values(ends_on=None))
    await change(bench, update(Member).where(col(Member.id) == member).values(frozen_at=SATURDAY))
    for label in ("查看详情", "查看委托"):
        assert lead.code not in (await expert.press(label)).text


async def test_a_head_who_left_her_post_no_longer_reads_the_answer(bench: Bench) -> None:
    _, head = await in_hand(bench)
    await refers(head)
    await news(bench, EXPERT)
    number, member = (await the_request(bench)).id, await id_of(bench, HEAD)
    elsewhere = select(col(Appointment.area_id)).where(col(Appointment.member_id) == await id_of(bench, OTHER_HEAD))
    await change(
        bench,
        update(Appointment)
        .where(col(Appointment.member_id) == member)
        .values(area_id=elsewhere.scalar_subquery())
        .execution_options(synchronize_session=False),
    )
    for what in ("look", "drop"):
        assert await forges(head, f"ref:{what}:{number}") == []
        assert "不在您的范围" in head.toast()
