"""Proposing, signing and reviewing tiers, through the user's hands."""

import pytest
from sqlalchemy import select, update
from sqlmodel import col

from models.household import Household, HouseholdChange, Tier
from models.tier_change import ProposalState, TierChange
from tests.support.county import (
    ADMIN,
    ENGLISH,
    HEAD,
    INSTRUCTOR,
    OTHER_HEAD,
    OTHER_WORKER,
    WORKER,
    days_from_saturday,
)
from tests.support.hands import Bench, Person, Said


async def propose(person: Person, name: str, *labels: str) -> Said:
    """A proposal made from the card; `labels` are pressed one by one, the note is skipped."""
    await person.say(name)
    await person.press(name)
    await person.press("调整分级")
    for label in labels:
        await person.press(label)
    await person.press("跳过")
    return await person.press("保存")


async def the(bench: Bench, code: str) -> Household:
    """The household with this code."""
    async with bench.database.transaction() as session:
        return (await session.execute(select(Household).where(col(Household.code) == code))).scalar_one()


async def the_change(bench: Bench) -> TierChange:
    """The only proposal."""
    async with bench.database.transaction() as session:
        return (await session.execute(select(TierChange))).scalar_one()


async def waiting_for(bench: Bench, *signers: int) -> list[Said]:
    """The notices of a proposal; none of them may name anybody or a place."""
    await bench.deliverer.deliver_all()
    notices = [said for signer in signers for said in bench.person(signer).reads()]
    for notice in notices:
        assert not [word for word in ("刘洋", "东关村", "陈秀兰", "独居") if word in notice.text]
    return notices


async def test_between_watch_and_ordinary_it_holds_at_once(bench: Bench) -> None:
    worker = bench.person(WORKER)
    saved = await propose(worker, "刘洋", "监测户", "重病")
    assert "已调为监测户" in saved.text
    household = await the(bench, "T-A-01-004")
    assert (household.tier, household.tier_reason) == (Tier.WATCH, "illness")
    assert "监测户（重病）" in (await worker.press("查看")).text


async def test_making_a_key_household_needs_the_instructors_signature(bench: Bench) -> None:
    worker, instructor = bench.person(WORKER), bench.person(INSTRUCTOR)
    assert "等待签字" in (await propose(worker, "刘洋", "重点户", "独居")).text
    notices = await waiting_for(bench, INSTRUCTOR, HEAD)
    assert ["T-A-01-004" in notice.text for notice in notices] == [True, True]
    look = await instructor.press("查看并签字")
    for words in ("刘洋", "东关村4号", "一般户 → 重点户", "独居", "提议：陈秀兰"):
        assert words in look.text
    signed = await instructor.press("同意并签字")
    assert "王建国 已签字" in signed.text
    household = await the(bench, "T-A-01-004")
    assert (household.tier, household.tier_review_on) == (Tier.KEY, days_from_saturday(90))
    assert household.next_due_on == days_from_saturday(2)  # seven days after the last visit
    await bench.deliverer.deliver_all()
    told = worker.reads()
    assert ["已签字生效" in said.text for said in told] == [True]
    assert "刘洋" not in told[0].text
    assert "重点户（独居）" in (await worker.press("查看")).text
    async with bench.database.transaction() as session:
        trail = (await session.execute(select(HouseholdChange))).scalar_one()
    assert (trail.field, trail.old, trail.new) == ("tier", "ordinary", "key")


async def test_a_declined_change_leaves_the_tier_and_a_second_signer_is_told(bench: Bench) -> None:
    worker, instructor, head = bench.person(WORKER), bench.person(INSTRUCTOR), bench.person(HEAD)
    await propose(worker, "王秀英", "一般户", "情况稳定")
    await waiting_for(bench, INSTRUCTOR, HEAD)
    await head.press("查看并签字")
    await instructor.press("查看并签字")
    assert "没有同意" in (await instructor.press("不同意")).text
    assert await head.press_all("同意并签字") == []
    assert "已经有人处理" in head.toast()
    assert (await the(bench, "T-A-01-001")).tier is Tier.KEY
    await bench.deliverer.deliver_all()
    assert ["未获同意" in said.text for said in worker.reads()] == [True]


async def test_the_proposer_cannot_sign_even_with_a_forged_button(bench: Bench) -> None:
    instructor, head = bench.person(INSTRUCTOR), bench.person(HEAD)
    await propose(instructor, "刘洋", "重点户", "独居")
    assert len(await waiting_for(bench, INSTRUCTOR, HEAD)) == 1
    change = await the_change(bench)
    hello = await instructor.say("/help")
    look = (await instructor.press_data(hello.message_id, f"tier:look:{change.id}"))[0]
    assert "请另一位来签字" in look.text
    assert not any("同意" in label for label in look.labels)
    assert await instructor.press_data(hello.message_id, f"tier:yes:{change.id}") == []
    assert "不能自己签字" in instructor.toast()
    await head.press("查看并签字")
    await head.press("同意并签字")
    await bench.deliverer.deliver_all()
    assert len(instructor.reads()) == 1


@pytest.mark.parametrize("who", [WORKER, OTHER_WORKER, OTHER_HEAD, ADMIN])
async def test_nobody_else_can_look_or_sign(bench: Bench, who: int) -> None:
    await propose(bench.person(INSTRUCTOR), "刘洋", "重点户", "独居")
    await waiting_for(bench, HEAD)
    change = await the_change(bench)
    person = bench.person(who)
    hello = await person.say("/help")
    for what in ("look", "yes", "no"):
        assert await person.press_data(hello.message_id, f"tier:{what}:{change.id}") == []
        assert person.toast() == "这条记录不在您的范围内。"
    assert (await the_change(bench)).state is ProposalState.PENDING


@pytest.mark.parametrize(
    "data",
    ["tier", "tier:look", "tier:yes:x", "tier:yes:2147483648", "tier:no:99999999999", "tier:maybe:1", "tier:yes:77",
     "reviews:x", "reviews:99999999999", "reviews", "hh:keep:1"],
)  # fmt: skip
async def test_forged_numbers_never_fail(bench: Bench, data: str) -> None:
    instructor = bench.person(INSTRUCTOR)
    hello = await instructor.say("/help")
    news = await instructor.press_data(hello.message_id, data)
    assert not [said for said in news if "我们这边的问题" in said.text]
    assert instructor.toast() or news


async def test_a_second_proposal_is_refused_at_once_and_the_card_shows_the_first(bench: Bench) -> None:
    worker, instructor = bench.person(WORKER), bench.person(INSTRUCTOR)
    await propose(worker, "刘洋", "重点户", "独居")
    card = await worker.press("查看")
    assert "陈秀兰 提议改为重点户，等待签字" in card.text
    assert not any("签字" in label for label in card.labels)
    assert await worker.press_all("调整分级") == []
    assert "已有待签字" in worker.toast()
    await waiting_for(bench, INSTRUCTOR, HEAD)
    await instructor.say("刘洋")
    await instructor.press("刘洋")
    assert "独居" in (await instructor.press("查看并签字")).text


async def test_key_households_come_up_for_review_and_can_be_kept_or_changed(bench: Bench) -> None:
    instructor = bench.person(INSTRUCTOR)
    assert "没有要复核" in (await instructor.say("/reviews")).text
    bench.pass_time(days=90)
    listed = await instructor.say("/reviews")
    assert "共 1 户" in listed.text
    card = await instructor.press("王秀英")
    assert "已到期" in card.text
    kept = await instructor.press("仍是重点户")
    assert "已到期" not in kept.text
    assert (await the(bench, "T-A-01-001")).tier_review_on == days_from_saturday(180)
    assert await instructor.press_data(card.message_id, card.button("仍是重点户")) == []
    assert "不用复核" in instructor.toast()
    async with bench.database.transaction() as session:
        trail = (await session.execute(select(HouseholdChange))).scalar_one()
    assert (trail.field, trail.old, trail.new) == ("tier_review", "2027-02-19", "2027-05-20")


async def test_ending_key_after_a_review_needs_the_head(bench: Bench) -> None:
    instructor, head = bench.person(INSTRUCTOR), bench.person(HEAD)
    bench.pass_time(days=90)
    await instructor.say("/reviews")
    await instructor.press("王秀英")
    await instructor.press("复核：调整分级")
    await instructor.press("监测户")
    await instructor.press("情况稳定")
    await instructor.say("<b>子女已搬回&同住")
    await instructor.press("保存")
    await waiting_for(bench, HEAD)
    assert "<b>子女已搬回&同住" in (await head.press("查看并签字")).text
    await head.press("同意并签字")
    household = await the(bench, "T-A-01-001")
    assert (household.tier, household.tier_review_on) == (Tier.WATCH, None)
    await bench.deliverer.deliver_all()
    assert len(instructor.reads()) == 1
    assert "没有要复核" in (await instructor.say("/reviews")).text


async def test_a_worker_has_no_reviews(bench: Bench) -> None:
    assert "不能做这件事" in (await bench.person(WORKER).say("/reviews")).text


async def test_another_community_has_its_own_reviews(bench: Bench) -> None:
    bench.pass_time(days=90)
    assert any("高翔" in label for label in (await bench.person(OTHER_HEAD).say("/reviews")).labels)


async def test_proposing_and_signing_work_in_english(bench: Bench) -> None:
    async with bench.database.transaction() as session:
        from models.member import Member  # noqa: PLC0415

        await session.execute(update(Member).where(col(Member.telegram_id) == OTHER_HEAD).values(locale="en"))
    worker, head = bench.person(ENGLISH), bench.person(OTHER_HEAD)
    await worker.say("高翔")
    await worker.press("高翔")
    await worker.press("Change the tier")
    await worker.press("watch household")
    await worker.press("Settled")
    await worker.say("back at work")
    assert "waits for a signature" in (await worker.press("Save")).text
    await bench.deliverer.deliver_all()
    head.reads()
    assert "Note: back at work" in (await head.press("Look and sign")).text
    assert "Signed by 孙丽" in (await head.press("Agree and sign")).text
    await bench.deliverer.deliver_all()
    assert "signed and holds" in worker.reads()[0].text


async def test_what_waits_for_a_signature_is_listed_when_the_notice_is_long_gone(bench: Bench) -> None:
    worker, instructor = bench.person(WORKER), bench.person(INSTRUCTOR)
    assert "没有等您签字" in (await instructor.say("/sign")).text
    await propose(worker, "刘洋", "重点户", "独居")
    await waiting_for(bench, INSTRUCTOR, HEAD)
    listed = await instructor.say("/sign")
    assert "🟢→🔴 刘洋 · 东关村4号" in listed.labels
    await instructor.press("刘洋")
    await instructor.press("同意并签字")
    await bench.deliverer.deliver_all()
    worker.reads()
    assert "没有等您签字" in (await bench.person(HEAD).say("/sign")).text
    assert "不能做这件事" in (await worker.say("/sign")).text
    assert "没有等您签字" in (await bench.person(OTHER_HEAD).say("/sign")).text


async def test_the_proposer_can_take_it_back_and_nobody_else_can(bench: Bench) -> None:
    worker, instructor = bench.person(WORKER), bench.person(INSTRUCTOR)
    await propose(worker, "刘洋", "重点户", "独居")
    await waiting_for(bench, INSTRUCTOR, HEAD)
    change = await the_change(bench)
    look = await instructor.press("查看并签字")
    assert await instructor.press_data(look.message_id, f"tier:drop:{change.id}") == []
    assert "不在您的范围" in instructor.toast()
    await worker.press("查看")
    assert "陈秀兰 已撤回提议" in (await worker.press("撤回提议")).text
    assert await instructor.press_all("同意并签字") == []
    assert "已经有人处理" in instructor.toast()
    assert (await the(bench, "T-A-01-004")).tier is Tier.ORDINARY
    assert "等待签字" in (await propose(worker, "刘洋", "重点户", "重病")).text
    await waiting_for(bench, INSTRUCTOR, HEAD)


async def test_a_change_that_nobody_else_could_sign_is_not_left_waiting(bench: Bench) -> None:
    head = bench.person(OTHER_HEAD)
    assert "没有别人可以签字" in (await propose(head, "高翔", "监测户", "情况稳定")).text
    async with bench.database.transaction() as session:
        assert (await session.execute(select(TierChange))).first() is None
