"""X: invited to one item by name or by a one-use link, and to nothing else (spec 5, R)."""

import pytest
from sqlalchemy import func, select
from sqlmodel import col

from domain.usecases.item_guest_seats import appoint_guest, hand_over_guests
from models.agenda import AgendaItem, ItemEvent, ItemGuest, ItemState
from models.council import Council
from models.member import Appointment, Member, Role
from models.project import CouncilProject, ProjectState
from tests.support.ballots import add_guests, member_id
from tests.support.council_items import accepted, item_entries, press, press_data, propose, told
from tests.support.councils import CHAIR, FIRST, SECOND, add_council
from tests.support.county import EXPERT, RIGHTS, STRANGER, WORKER
from tests.support.hands import Bench

PASSER_BY = 7001


@pytest.fixture
async def item(bench: Bench) -> int:
    await add_council(bench)
    return await accepted(bench, urgency="难事共议")


async def _link(bench: Bench, item: int, kind: str = "resident") -> str:
    """A link for somebody; what is to be sent to open it."""
    _page, told_once = await press(bench, CHAIR, "link", item, f":{kind}")
    words = told_once.text.split("start=") if "start=" in told_once.text else told_once.text.split("/start ")
    await told(bench)
    return f"/start {words[1].split()[0]}"


async def _posts(bench: Bench, telegram_id: int) -> list[Appointment]:
    query = select(Appointment).join(Member, col(Member.id) == col(Appointment.member_id))
    query = query.where(col(Member.telegram_id) == telegram_id, col(Appointment.role) == Role.COUNCIL_GUEST)
    async with bench.database.transaction() as session:
        return list((await session.execute(query)).scalars())


async def test_a_resident_comes_by_a_link_and_sees_this_item_alone(bench: Bench, item: int) -> None:
    other = await propose(bench, title="要一条长椅")
    start = await _link(bench, item)
    bench.box.add_person(PASSER_BY, "段小妹", started=True)
    guest = bench.person(PASSER_BY)
    offer = await guest.say(start)
    assert "三组公厕" in offer.text
    card, welcome = await guest.press_all("参加")
    assert "您受邀参加这一个议题" in card.text
    assert "周萍" not in card.text  # who proposed it is the council's to know
    assert "段小妹" in welcome.text
    news = {said.raw["chat"]["id"]: said.text for said in await told(bench)}
    assert "受邀人来了" in news[CHAIR]
    assert "受邀人来了" in news[FIRST]
    await guest.press("说说看法")
    await guest.say("晚上确实看不见")
    await guest.press("保存")
    await told(bench)
    (page,) = await press(bench, CHAIR, "guests", item)
    assert "段小妹 · 有关的居民" in page.text
    await press_data(bench, PASSER_BY, f"item:show:{other}")
    assert "不在您的范围" in guest.toast()
    for data in (f"item:accept:{item}", "co:items:1", "co:show:1", f"item:invite:{item}", f"item:reword:{item}"):
        assert not await press_data(bench, PASSER_BY, data)
        assert guest.toast()
    assert "还没有可以" not in (await guest.say("/propose")).text
    assert "段小妹" in (await guest.say("/me")).text
    await guest.say(start)
    bench.box.add_person(PASSER_BY + 1, "别人", started=True)
    assert "已经有人用过了" in (await bench.person(PASSER_BY + 1).say(start)).text
    bench.all_unread()


async def test_a_link_expires_and_one_that_was_taken_back_is_none(bench: Bench, item: int) -> None:
    start, taken_back = await _link(bench, item), await _link(bench, item, "elder")
    chair = bench.person(CHAIR)
    (page,) = await press(bench, CHAIR, "guests", item)
    assert page.text.count("链接已发") == 2
    await chair.press("长辈链接")
    await told(bench)
    stranger = bench.person(STRANGER)
    assert "已过期" in (await stranger.say(taken_back)).text
    offer = await stranger.say(start)
    bench.pass_time(days=8)
    await told(bench)
    refused = await stranger.press_data(offer.message_id, offer.button("参加"))
    assert "已过期" in refused[0].text
    assert not await _posts(bench, STRANGER)
    async with bench.database.transaction() as session:
        assert (await session.execute(select(func.count(col(ItemGuest.member_id))))).scalar_one() == 0


async def test_an_expert_is_invited_by_name_votes_and_may_stay_away(bench: Bench, item: int) -> None:
    chair, expert = bench.person(CHAIR), bench.person(EXPERT)
    await press(bench, CHAIR, "invite", item)
    question = await chair.say("zp")  # a member of the council has no need of it
    assert not [word for word in question.labels if "周萍" in word]
    await chair.say("冯律师")
    await chair.press("冯律师")
    await chair.press("专家")
    receipt = await chair.press("保存")
    assert "已邀请冯律师" in receipt.text
    news = {said.raw["chat"]["id"]: said.text for said in await told(bench)}
    assert "请您参加议题" in news[EXPERT]
    card = await expert.press("打开议题")
    assert "三组公厕" in card.text
    await press(bench, CHAIR, "invite", item)
    question = await chair.say("冯律师")
    assert not [word for word in question.labels if "冯律师" in word]
    await chair.press("取消")
    await press(bench, EXPERT, "show", item)
    assert "您不参加" in (await expert.press("我不参加了")).text
    news = {said.raw["chat"]["id"]: said.text for said in await told(bench)}
    assert "取消了一位的邀请" in news[CHAIR]
    await press(bench, EXPERT, "show", item)
    assert "不在您的范围" in expert.toast()
    (post,) = await _posts(bench, EXPERT)
    assert post.ends_on == post.starts_on
    await press(bench, CHAIR, "invite", item)
    await chair.press("冯律师")
    await chair.press("专家")
    await chair.press("保存")
    (post,) = await _posts(bench, EXPERT)  # the same one again
    assert post.ends_on is None
    await told(bench)


async def test_her_post_ends_with_her_last_item_and_a_merged_item_takes_its_guests_along(
    bench: Bench, item: int
) -> None:
    other = await accepted(bench, title="公厕那边装灯")
    start = await _link(bench, other)
    worker, chair = bench.person(WORKER), bench.person(CHAIR)
    await worker.say(start)
    await worker.press_all("参加")
    await told(bench)
    await press(bench, CHAIR, "merge", other)
    await chair.press("三组公厕")
    await chair.press("保存")
    await told(bench)
    (card,) = await press(bench, WORKER, "show", item)
    assert "您受邀参加这一个议题" in card.text
    assert (await _posts(bench, WORKER))[0].ends_on is None
    await _merges_a_members_item(bench, item)
    await press(bench, CHAIR, "drop", item)
    await chair.say("已经装好了")
    await chair.press("保存")
    await told(bench)
    assert (await _posts(bench, WORKER))[0].ends_on is not None
    await press(bench, WORKER, "show", item)
    assert "不在您的范围" in worker.toast()
    assert [one.kind for one in await item_entries(bench, item, ItemEvent.TOOK_IN, ItemEvent.DROPPED)] == [
        ItemEvent.TOOK_IN,
        ItemEvent.DROPPED,
    ]


async def _merges_a_members_item(bench: Bench, into: int) -> None:
    """Who came as one of X and sits in the council by now has no post as one of X after her item was merged."""
    third = await accepted(bench, title="学校门口装灯")
    async with bench.database.transaction() as session:
        other, now = await session.get_one(AgendaItem, third), bench.clock.now
        await add_guests(session, other, [SECOND], now)
        council, she = await session.get_one(Council, other.council_id), await member_id(session, SECOND)
        await appoint_guest(session, council, she, now=now, policy=bench.policy)
        kept = await session.get_one(AgendaItem, into)
        await hand_over_guests(session, other, kept, now=now, policy=bench.policy)
    ended = [post.ends_on for post in await _posts(bench, SECOND)]
    assert ended
    assert None not in ended


async def test_nobody_but_the_chair_invites_or_takes_back(bench: Bench, item: int) -> None:
    await _link(bench, item)
    for who in (SECOND, RIGHTS):
        for what, more in (("link", ":resident"), ("uninvite", ":1"), ("invite", "")):
            assert not [one for one in await press(bench, who, what, item, more) if "start=" in one.text]
            assert bench.person(who).toast()
    await press(bench, CHAIR, "link", item, ":expert")  # no such button: an expert has an account
    assert "失效" in bench.person(CHAIR).toast()
    await press(bench, CHAIR, "uninvite", item, ":99")
    assert "不在您的范围" in bench.person(CHAIR).toast()


async def test_what_is_decided_and_done_for_a_while_has_no_guests_any_more(bench: Bench, item: int) -> None:
    await bench.person(WORKER).say(await _link(bench, item))
    await bench.person(WORKER).press_all("参加")
    today = bench.policy.today(bench.clock.now)
    async with bench.database.transaction() as session:
        passed = await session.get_one(AgendaItem, item)
        passed.state = ItemState.PASSED
        session.add(
            CouncilProject(
                conversation_id="p", item_id=item, council_id=passed.council_id, owner_id=passed.proposer_id,
                what="装灯", state=ProjectState.DONE, started_on=today, due_on=today, ended_on=today, result="装好了",
            )
        )  # fmt: skip
    bench.pass_time(days=14)
    await told(bench)
    assert (await _posts(bench, WORKER))[0].ends_on is None  # she may still be asked how satisfied she is
    bench.pass_time(days=1)
    await told(bench)
    assert (await _posts(bench, WORKER))[0].ends_on is not None
    await told(bench)


async def test_of_two_who_press_at_once_one_comes_by_the_link(bench: Bench, item: int) -> None:
    start = await _link(bench, item)
    offers = {}
    for number in (PASSER_BY, PASSER_BY + 1):
        bench.box.add_person(number, f"居民{number}", started=True)
        offers[number] = await bench.person(number).say(start)
    for number, offer in offers.items():
        bench.box.act(number, number, "press", message_id=offer.message_id, data=offer.button("参加"))
    await bench.settle()
    texts = [said.text for number in offers for said in bench.unread(number)]
    assert sum("欢迎您" in text for text in texts) == 1
    assert sum("已经有人用过了" in text for text in texts) == 1
    assert [len(await _posts(bench, number)) for number in offers].count(1) == 1
    await told(bench)


async def test_two_who_propose_at_once_have_two_numbers(bench: Bench, item: int) -> None:
    summaries = {}
    for who in (FIRST, SECOND):
        person = bench.person(who)
        for said in ("/propose", "要一条长椅", "坐一坐"):
            await person.say(said)
        await person.press("小事快议")
        summaries[who] = await person.press("跳过")
    for who, summary in summaries.items():
        bench.box.act(who, who, "press", message_id=summary.message_id, data=summary.button("保存"))
    await bench.settle()
    async with bench.database.transaction() as session:
        codes = list((await session.execute(select(col(AgendaItem.code)).order_by(col(AgendaItem.id)))).scalars())
    assert codes == ["T-A-26-001", "T-A-26-002", "T-A-26-003"]
    await told(bench)
