"""Items of a women's council: proposed, taken up or not, put in other words, merged, discussed (spec 5)."""

import pytest
from sqlalchemy import select
from sqlmodel import col

from models.agenda import AgendaItem, CouncilFile, ItemEvent, ItemSource, ItemState, Urgency
from models.member import Appointment, Role
from tests.support.council_items import (
    BODY,
    TITLE,
    accepted,
    item_entries,
    newest_item,
    press,
    press_data,
    propose,
    told,
)
from tests.support.councils import CHAIR, FIRST, SECOND, SIXTH, THIRD, add_council
from tests.support.county import ENGLISH, HEAD, OTHER_HEAD, RIGHTS, STRANGER, WORKER
from tests.support.hands import Bench


@pytest.fixture
async def council(bench: Bench) -> int:
    return await add_council(bench)


async def test_a_member_proposes_and_the_chair_takes_it_up(bench: Bench, council: int) -> None:
    first, chair = bench.person(FIRST), bench.person(CHAIR)
    assert "东关村妇女议事会" in (await first.say("/propose")).text
    question = await first.say("给王秀英家门口修路灯")
    assert "「王秀英」" in question.text
    assert "给王秀英家门口修路灯" in question.text  # nothing that was typed is lost
    assert "给某某家门口修路灯" in (await first.press("某某")).text
    await first.press("上一步")
    for length in (4096, 904):  # her phone has cut a title of 5,000 characters in two
        question = await first.say("长" * length)
        assert f"{length} 个字，这里最多 60 个" in question.text
    await first.say(TITLE)
    urgency = await first.say(BODY)
    assert "急事急议" in urgency.text
    await first.press("难事共议")
    await first.send_photo("王-秀英家门口")
    summary = await first.press("照片发完了")
    assert "照片：1 张" in summary.text
    receipt = await first.press("保存")
    item = await newest_item(bench)
    assert item.code in receipt.text
    assert (item.code, item.state, item.source) == ("T-A-26-001", ItemState.PROPOSED, ItemSource.MEMBER)
    assert (item.title, item.body, item.urgency) == (TITLE, BODY, Urgency.HARD)
    async with bench.database.transaction() as session:
        photo = (await session.execute(select(CouncilFile))).scalar_one()
        assert (photo.item_id, photo.caption) == (item.id, None)  # whose door it is stays in her chat
    (news,) = await told(bench)
    assert news.raw["chat"]["id"] == CHAIR
    assert TITLE not in news.text
    card = await chair.press("打开议题")
    assert all(word in card.text for word in (TITLE, BODY, "周萍", "等召集人看"))
    card = await chair.press("列入议程")
    assert "在议程上" in card.text
    (news,) = await told(bench)
    assert news.raw["chat"]["id"] == FIRST
    assert "列入议程了" in news.text
    assert "讨论中" in (await chair.press("开始讨论")).text
    await told(bench)
    mine = await first.say("/proposals")
    assert any(TITLE[:9] in word for word in mine.labels)


async def test_the_chair_asks_the_proposer_answers_and_it_is_declined_with_a_reason(bench: Bench, council: int) -> None:
    number = await propose(bench)
    chair, first = bench.person(CHAIR), bench.person(FIRST)
    await press(bench, CHAIR, "ask", number)
    await chair.say("大概要多少钱？")
    await chair.press("保存")
    assert "请您补充" in (await told(bench))[0].text
    card = await first.press("打开议题")
    assert "大概要多少钱？" in card.text
    question = await first.press("补充说明")
    assert "大概要多少钱？" in question.text
    await first.say("两盏大约六百元")
    await first.press("保存")
    assert "提议人补充了" in (await told(bench))[0].text
    assert "两盏大约六百元" in (await chair.press("打开议题")).text
    await chair.press("不列入")
    await chair.say("镇里下个月统一装，不用再议")
    await chair.press("保存")
    assert "没有列入议程" in (await told(bench))[0].text
    card = await first.press("打开议题")
    assert "镇里下个月统一装" in card.text
    assert not [word for word in card.labels if "撤回" in word or "补充" in word]
    kinds = [entry.kind for entry in await item_entries(bench, number)]
    assert kinds == [ItemEvent.PROPOSED, ItemEvent.ASKED, ItemEvent.ANSWERED, ItemEvent.DECLINED]
    line = await first.press("经过")
    assert "大概要多少钱？" in line.text
    await press(bench, CHAIR, "accept", number)
    assert "已经结束" in chair.toast()


async def test_a_worker_proposes_what_she_has_noticed_to_the_council_of_her_village(bench: Bench, council: int) -> None:
    number = await propose(bench, WORKER)
    async with bench.database.transaction() as session:
        assert (await session.get_one(AgendaItem, number)).source is ItemSource.VISIT
    (card,) = await press(bench, SECOND, "show", number)
    assert "走访中发现" in card.text
    (card,) = await press(bench, WORKER, "show", number)
    assert "您提的" in card.text
    assert not [word for word in card.labels if "说说看法" in word or "议事会" in word]
    assert "还没有可以提议题的议事会" not in (await bench.person(HEAD).say("/propose")).text
    await bench.person(HEAD).press("取消")
    nobody = await bench.person(ENGLISH).say("/propose")
    assert "no council" in nobody.text
    assert "12338" in (await bench.person(STRANGER).say("/propose")).text


async def test_its_words_are_changed_and_the_old_ones_stay(bench: Bench, council: int) -> None:
    number = await accepted(bench)
    first, chair = bench.person(FIRST), bench.person(CHAIR)
    await press(bench, FIRST, "reword", number)
    await first.press("跳过")
    await first.press("跳过")
    summary = await first.press("跳过")
    assert "还没有改动" in summary.text
    assert "内容没有变" in (await first.press("保存")).text
    await first.press("修改")
    await first.press("题目")
    await first.say("三组公厕装路灯")
    await press(bench, CHAIR, "reword", number)  # the chair was quicker
    await chair.press("跳过")
    await chair.say("装三盏")
    await chair.press("跳过")
    await chair.press("保存")
    assert "别人刚刚改过" in (await first.press("保存")).text
    summary = await first.press("保存")
    assert "三组公厕装路灯" in summary.text
    item = await newest_item(bench)
    assert (item.title, item.body) == ("三组公厕装路灯", "装三盏")
    old = await item_entries(bench, number, ItemEvent.REVISED)
    assert [entry.body for entry in old] == [f"{TITLE}\n{BODY}", f"{TITLE}\n装三盏"]
    await told(bench)
    await press(bench, SECOND, "reword", number)
    assert "召集人来做" in bench.person(SECOND).toast()


async def test_like_items_are_merged_and_both_proposers_follow_the_one(bench: Bench, council: int) -> None:
    one = await propose(bench)
    other = await propose(bench, WORKER, title="公厕那边装灯", body="晚上看不见")
    chair = bench.person(CHAIR)
    await press(bench, CHAIR, "merge", other)
    await chair.say("夜里太黑")
    summary = await chair.press("三组公厕")
    assert "公厕那边装灯" in summary.text
    await chair.press("保存")
    news = {said.raw["chat"]["id"]: said.text for said in await told(bench)}
    assert "有别的议题并进来了" in news[FIRST]
    assert "并入了另一个议题" in news[WORKER]
    (card,) = await press(bench, WORKER, "show", other)
    assert TITLE in card.text
    (card,) = await press(bench, WORKER, "show", one)
    assert "公厕那边装灯" in card.text
    await press(bench, CHAIR, "accept", one)
    news = {said.raw["chat"]["id"]: said.text for said in await told(bench)}
    assert "T-A-26-002" in news[WORKER]  # her own number: the one she knows
    assert "T-A-26-001" in news[FIRST]


async def test_opinions_are_given_and_read_and_named_to_the_council_alone(bench: Bench, council: int) -> None:
    number = await accepted(bench, urgency="难事共议")
    third = bench.person(THIRD)
    (question,) = await press(bench, THIRD, "opinion", number)
    assert TITLE in question.text
    await third.say("张伟 wants it too")
    await third.press("somebody")
    await third.press("Save")
    (news,) = await told(bench)
    assert "有新意见" in news.text
    for _ in range(5):
        await press(bench, SIXTH, "opinion", number)
        await bench.person(SIXTH).say("灯要朝里照")
        await bench.person(SIXTH).press("保存")
    await told(bench)
    (page,) = await press(bench, CHAIR, "opinions", number)
    assert "韦莉" in page.text
    page = await bench.person(CHAIR).press("下一页")
    assert "somebody wants it too" in page.text
    (page,) = await press(bench, RIGHTS, "opinions", number)
    assert "韦莉" in page.text
    for who in (WORKER, OTHER_HEAD):
        await press(bench, who, "opinions", number)
        await press(bench, who, "opinion", number)
        assert "不在您的范围" in bench.person(who).toast()


async def test_only_its_chair_decides_and_only_its_proposer_takes_it_back(bench: Bench, council: int) -> None:
    number = await propose(bench)
    for what in ("accept", "ask", "decline", "merge", "invite", "again", "drop"):
        await press(bench, SECOND, what, number)
        assert bench.person(SECOND).toast() or bench.all_unread()
    bench.all_unread()
    await press(bench, SECOND, "withdrawn", number)
    assert "不在您的范围" in bench.person(SECOND).toast()
    (sure,) = await press(bench, FIRST, "withdraw", number)
    assert TITLE in sure.text
    assert "已撤回" in (await bench.person(FIRST).press("确定撤回")).text
    (news,) = await told(bench)
    assert (news.raw["chat"]["id"], "撤回了" in news.text) == (CHAIR, True)
    async with bench.database.transaction() as session:
        assert (await session.get_one(AgendaItem, number)).state is ItemState.WITHDRAWN


async def test_the_agenda_by_how_far_things_are(bench: Bench, council: int) -> None:
    chair = bench.person(CHAIR)
    await propose(bench, title="要一条长椅")
    await accepted(bench)
    (page,) = await press_data(bench, CHAIR, f"co:items:{council}")
    assert any(TITLE[:9] in word for word in page.labels)
    assert not [word for word in page.labels if "长椅" in word]
    page = await chair.press("新提的 1")
    assert any("长椅" in word for word in page.labels)
    (page,) = await press_data(bench, RIGHTS, f"co:items:{council}:agenda:7")
    assert any(TITLE[:9] in word for word in page.labels)
    await press_data(bench, OTHER_HEAD, f"co:items:{council}:agenda:0")
    assert "不在您的范围" in bench.person(OTHER_HEAD).toast()
    await press(bench, CHAIR, "drop", (await newest_item(bench)).id)
    await chair.say("镇里已经装好了")
    await chair.press("保存")
    assert "不再议了" in (await told(bench))[0].text


@pytest.mark.parametrize(
    ("before", "urgency", "after"),
    [
        (ItemState.NO_QUORUM, "小事快议", ItemState.ACCEPTED),
        (ItemState.NO_QUORUM, "难事共议", ItemState.DISCUSSING),
        (ItemState.REJECTED, "小事快议", ItemState.DISCUSSING),
    ],
)
async def test_what_a_vote_did_not_decide_comes_back_with_a_reason(
    bench: Bench, council: int, before: ItemState, urgency: str, after: ItemState
) -> None:
    number = await accepted(bench, urgency=urgency)
    async with bench.database.transaction() as session:
        (await session.get_one(AgendaItem, number)).state = before
    (question,) = await press(bench, CHAIR, "again", number)
    assert "为什么再议一次" in question.text
    await bench.person(CHAIR).say("上次下雨，来的人少")
    await bench.person(CHAIR).press("保存")
    async with bench.database.transaction() as session:
        assert (await session.get_one(AgendaItem, number)).state is after
    (entry,) = await item_entries(bench, number, ItemEvent.AGAIN)
    assert entry.body == "上次下雨，来的人少"
    (card,) = await press(bench, SECOND, "show", number)
    assert "上次下雨" in card.text
    await told(bench)


async def test_a_need_that_was_noticed_on_a_visit_can_be_put_before_the_council(bench: Bench, council: int) -> None:
    worker = bench.person(WORKER)
    for need, proposes in (("看病", True), ("都没有", False)):
        await worker.say("走访登记")
        await worker.say("单小红")
        for label in ("单小红", "电话", "见到了", "跳过", need):
            await worker.press(label)
        if proposes:
            await worker.press("完成")
        for label in ("跳过", "跳过", "不变"):
            await worker.press(label)
        saved = await worker.press("保存")
        assert any("妇女议事会" in word for word in saved.labels) is proposes
        bench.pass_time(seconds=5)
    await worker.press("给妇女议事会提一提")
    await worker.press("取消")


async def test_where_there_is_no_chair_the_communitys_head_hears_of_a_proposal(bench: Bench, council: int) -> None:
    async with bench.database.transaction() as session:
        posts = select(Appointment).where(col(Appointment.role) == Role.COUNCIL_CHAIR)
        post = (await session.execute(posts)).scalar_one()
        post.role = Role.COUNCIL_MEMBER
    first = bench.person(FIRST)
    for said in ("/propose", TITLE, BODY):
        await first.say(said)
    for label in ("小事快议", "跳过", "保存"):
        await first.press(label)
    (news,) = await told(bench)
    assert news.raw["chat"]["id"] == HEAD
    assert TITLE in (await bench.person(HEAD).press("打开议题")).text
