"""Many presses and many people: one vote each, one entry each, and every list page by page (spec 5)."""

from sqlalchemy import select
from sqlmodel import col

from models.member import Appointment, Member, Role
from tests.support.ballots import member_id
from tests.support.councils import CHAIR, FIFTH, FIRST, FOURTH, SECOND, add_council
from tests.support.groups import group_shows
from tests.support.hands import Bench
from tests.support.matters import forges, look_away
from tests.support.voting import a_council_with_an_item, another_item, in_group, opens, pressed, stored


async def test_twenty_presses_in_a_second_are_one_vote_and_one_entry(bench: Bench) -> None:
    item = await a_council_with_an_item(bench)
    number, posted = await opens(bench, item)
    secret = await another_item(bench, (await stored(bench, number)).ballot.council_id, number=2)
    box, other = await opens(bench, secret, "修改", "表决方式", "无记名")
    chat = posted.raw["chat"]["id"]
    for _ in range(20):
        bench.box.act(FIRST, chat, "press", message_id=posted.message_id, data=f"vote:cast:{number}:favour")
        bench.box.act(FIRST, chat, "press", message_id=other.message_id, data=f"vote:cast:{box}:against")
    before = bench.box.world.feed.seq
    await bench.settle()
    answers = [one for one in bench.box.world.feed.since(before) if one["type"] == "answer"]
    assert len(answers) == 40
    said = sorted({one["text"] for one in answers})
    assert len(said) == 4, said  # noted and "already", in the box and "already"
    kept = await stored(bench, number)
    assert (kept.votes, kept.casts) == ({"favour": 1}, 1)
    shown = await group_shows(bench)
    assert len([one for one in shown if "已投 1 人" in one.text]) == 2
    # Two items are open at once: a press counts where it was made.
    word = await in_group(bench, SECOND).press_data(posted.message_id, f"vote:cast:{number}:abstain")
    assert "已记下：弃权" in word
    assert (await stored(bench, number)).votes == {"favour": 1, "abstain": 1}
    # What was pressed while the program was away comes all at once: her last word counts, wherever she said it.
    second = bench.person(SECOND)
    hello = await second.say("/help")
    for chat_id, message_id, choice in (
        (chat, posted.message_id, "favour"),
        (SECOND, hello.message_id, "against"),
        (chat, posted.message_id, "favour"),
    ):
        bench.box.act(SECOND, chat_id, "press", message_id=message_id, data=f"vote:cast:{number}:{choice}")
    await bench.settle()
    assert (await stored(bench, number)).votes == {"favour": 2}
    for _ in range(20):
        bench.box.act(SECOND, SECOND, "press", message_id=hello.message_id, data=f"vote:cast:{number}:favour")
    await bench.settle()
    assert len(second.reads()) <= 1
    listed = await bench.person(FOURTH).say("/votes")
    assert "2 件等您投票" in listed.text
    assert "正在表决" in await pressed(bench.person(CHAIR), f"item:open:{item}")
    bench.pass_time(hours=25)
    await bench.tick()
    assert len([one for one in await group_shows(bench) if "参加人数不够" in one.text]) == 2
    await look_away(bench)


async def test_three_hundred_members_page_by_page(bench: Bench) -> None:
    council = await add_council(bench)
    async with bench.database.transaction() as session:
        chair = await member_id(session, CHAIR)
        area = select(col(Appointment.area_id)).where(col(Appointment.member_id) == chair)
        village = (await session.execute(area)).scalar_one()
        people = [
            Member(telegram_id=2_000 + number, name=f"成员{number:03}", joined_at=bench.clock.now)
            for number in range(293)
        ]
        session.add_all(people)
        await session.flush()
        today = bench.policy.today(bench.clock.now)
        session.add_all(
            Appointment(member_id=one.id, area_id=village, role=Role.COUNCIL_MEMBER, starts_on=today) for one in people
        )
    number, posted = await opens(bench, await another_item(bench, council))
    assert "应到 300 人（常任 300），须 200 人参加" in posted.text
    chair_hands = bench.person(CHAIR)
    [board] = await forges(chair_hands, f"vote:board:{number}")
    assert "还没投的 300 人（第 1/8 页）" in board.text
    assert "第 8/8 页" in (await forges(chair_hands, f"vote:board:{number}:999"))[0].text
    [lines] = await forges(bench.person(FIFTH), f"vote:lines:{number}")
    assert "共 300 人（第 1/15 页）" in lines.text
    [last] = await forges(bench.person(FIFTH), f"vote:lines:{number}:14")
    assert "300. 成员292：没有投" in last.text
    await forges(chair_hands, f"vote:enter:{number}")
    found = await chair_hands.say("成员17")
    assert sum("成员17" in label for label in found.labels) == 8
    assert any("下一页" in label for label in found.labels)
    await chair_hands.press("取消")
    # Of a secret one the papers are ticked across pages and searches.
    box, _ = await opens(bench, await another_item(bench, council, number=2), "修改", "表决方式", "无记名")
    await forges(chair_hands, f"vote:papers:{box}")
    await chair_hands.press("下一页")
    await chair_hands.press("成员008")
    await chair_hands.say("成员29")
    await chair_hands.press("成员290")
    await chair_hands.press("成员291")
    await chair_hands.press("成员291")
    assert "已选 2 人" in (await chair_hands.say("没有这个人")).text
    await chair_hands.say("黄慧")
    await chair_hands.press("黄慧")
    assert "3 张票里" in (await chair_hands.press("完成")).text
    await chair_hands.press("取消")
    await look_away(bench)
