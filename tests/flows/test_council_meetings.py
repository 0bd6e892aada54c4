"""A council's meetings through its people's hands: called, near, signed in at, ended, called off (spec 5)."""

from datetime import date, time, timedelta

import pytest
from sqlalchemy import select, update
from sqlmodel import col

from domain.usecases.ballot_casting import cast_vote
from domain.usecases.ballot_closing import close_due
from domain.usecases.ballot_opening import open_ballot
from domain.usecases.meeting_reminders import Occasion, occasions
from models.agenda import AgendaItem, ItemEntry, ItemState, Urgency
from models.ballot import BallotChoice
from models.meeting import Attendance, CouncilMeeting, MeetingState, Minutes, SignedBy
from models.member import Appointment, Role
from tests.support.ballots import ITEM_TITLE, add_guests, member_id, salt
from tests.support.councils import (
    CHAIR,
    FIFTH,
    FIRST,
    FOURTH,
    GROUP_CHAT,
    SECOND,
    SIXTH,
    THIRD,
    VOTERS,
    add_council,
)
from tests.support.county import HEAD, POLICY, STRANGER, WORKER
from tests.support.groups import InGroup, group_shows
from tests.support.hands import Bench
from tests.support.ladder import actor_of
from tests.support.matters import forges, look_away
from tests.support.meetings import PLACE, an_item, calls, file_of, meeting_of

GUEST = 180


async def there(bench: Bench, number: int) -> dict[int, SignedBy]:
    """Who is on a meeting's list, and how she came there."""
    async with bench.database.transaction() as session:
        rows = (await session.execute(select(Attendance).where(col(Attendance.meeting_id) == number))).scalars()
        return {row.member_id: row.how for row in rows}


async def refused(bench: Bench, who: int, data: str) -> str:
    """Press what is declined with a window of its own: its words."""
    person = bench.person(who)
    assert await forges(person, data) == []
    return person.toast()


async def test_a_meeting_from_its_call_to_its_end(bench: Bench) -> None:
    """Called with two items, one of which has a guest; told, reminded twice, signed in at in every way, ended."""
    council = await add_council(bench)
    item, _ = await an_item(bench, council), await an_item(bench, council, 2)
    bench.box.add_person(GUEST, "居民小李", started=True)
    async with bench.database.transaction() as session:
        await add_guests(session, await session.get_one(AgendaItem, item), [GUEST], bench.clock.now)
    chair = bench.person(CHAIR)
    number = await calls(bench, council, items=2)
    meeting = await meeting_of(bench, number)
    assert bench.unread(CHAIR) == []

    # Everybody of N and X is told by code, day and mode; neither the place nor an item stands open on a telephone.
    await bench.deliverer.deliver_all()
    for who in (*VOTERS[1:], GUEST):
        news = [said.text for said in bench.person(who).reads() if meeting.code in said.text]
        assert len(news) == 1, who
        assert PLACE not in news[0]
        assert ITEM_TITLE not in news[0]
    [shown] = await group_shows(bench)
    assert all(word in shown.text for word in (meeting.code, PLACE, ITEM_TITLE, "11月25日", "应到 7 人，受邀 1 人"))
    assert not shown.buttons
    ics = await bench.person(SECOND).press("日历")
    calendar = file_of(bench, ics).decode()
    assert f"UID:meeting-{number}-{meeting.code}@suozi" in calendar
    assert PLACE not in calendar
    await look_away(bench)

    # On the eve at six, and two hours before; what has come is not told twice.
    bench.clock.now = bench.policy.at(meeting.planned_at.date(), bench.policy.digest_at) - timedelta(hours=14)
    for words in ("明天开会", "快开会了"):
        await bench.tick()
        await bench.tick()
        told = [said.text for said in bench.person(FOURTH).reads() if meeting.code in said.text]
        assert len(told) == 1
        assert words in told[0]
        await look_away(bench)
        bench.clock.now = meeting.planned_at - timedelta(hours=2)

    # Nobody signs in before it begins, and nobody but its keepers begins it.
    [early] = await forges(bench.person(FIRST), f"meet:show:{number}")
    assert "开始开会" not in str(early.labels)
    assert "召集人" in await refused(bench, FIRST, f"meet:begin:{number}")
    assert "还没有开始" in await refused(bench, FIRST, f"meet:sign:{number}")
    # Long before its time she is asked once more: a thumb that slips would call everybody together.
    await forges(chair, f"meet:show:{number}")
    assert "还没到时间" in (await chair.press("开始开会")).text
    assert (await meeting_of(bench, number)).state is MeetingState.PLANNED
    bench.clock.now = meeting.planned_at
    await forges(chair, f"meet:show:{number}")
    card = await chair.press("开始开会")
    code = (await meeting_of(bench, number)).sign_code or ""
    assert code in card.text
    assert "已签到 1 人，您已签到" in card.text
    await bench.deliverer.deliver_all()
    bench.person(GUEST).reads()
    await bench.person(GUEST).press("签到")  # the group tells the members; she may not be in it
    assert not [said for said in bench.person(FIRST).reads() if meeting.code in said.text]
    await look_away(bench)
    [shown] = await group_shows(bench)
    assert "开会了" in shown.text
    assert code not in shown.text

    # In the group by the button, once; a bystander and a worker of the village learn that it is not for them.
    assert "已签到" in await InGroup(bench, FIRST).press("签到")
    assert "已经签过到" in await InGroup(bench, FIRST).press("签到")
    for outsider in (STRANGER, WORKER):
        bench.box.world.chats[shown.raw["chat"]["id"]].members.setdefault(outsider, "member")
        assert "签到" not in await InGroup(bench, outsider).press("签到")
    # In private by the four digits; other digits are something to look for, or nothing.
    assert "签到好了" in (await bench.person(SECOND).say(code)).text
    assert "已经签过到" in (await bench.person(SECOND).say(f" {code[:2]} {code[2:]} ")).text
    full_width = code.translate({48 + digit: 0xFF10 + digit for digit in range(10)})
    assert "已经签过到" in (await bench.person(SECOND).say(full_width)).text
    assert meeting.code not in (await bench.person(THIRD).say("0000")).text
    assert meeting.code not in (await bench.person(HEAD).say(code)).text
    # By the chair, for whoever has no telephone.
    await forges(chair, f"meet:attend:{number}")
    assert "4 人没有签到" in (await chair.press("方晴")).text
    await chair.press("完成")
    assert "补签到 1 人" in (await chair.press("保存")).text
    [shown] = await group_shows(bench)
    assert "已签到 5 人" in shown.text
    assert set((await there(bench, number)).values()) == {SignedBy.BUTTON, SignedBy.CODE, SignedBy.CHAIR}
    # Who was written down by mistake is struck off, and told.
    await forges(chair, f"meet:strike:{number}")
    assert "5 人" in (await chair.press("方晴")).text
    await chair.press("完成")
    assert "划去 1 人" in (await chair.press("保存")).text
    assert "召集人" in await refused(bench, FIRST, f"meet:strike:{number}")
    [shown] = await group_shows(bench)
    assert "已签到 4 人" in shown.text
    await bench.deliverer.deliver_all()
    [struck] = [who for who in VOTERS if any("划去了您" in said.text for said in bench.person(who).reads())]
    left = await there(bench, number)
    async with bench.database.transaction() as session:
        assert await member_id(session, struck) not in left
    await forges(chair, f"meet:attend:{number}")
    await chair.press("方晴")
    await chair.press("完成")
    await chair.press("保存")
    [shown] = await group_shows(bench)

    # The message that an administrator of the group deleted comes back, with its button.
    bench.box.act(CHAIR, GROUP_CHAT, "delete", message_id=shown.message_id)
    await bench.program.poster.touch()
    [shown] = await group_shows(bench)
    assert "签到" in str(shown.labels)

    # The items that were only on the agenda are discussed now; it ends, and nobody signs in any more.
    async with bench.database.transaction() as session:
        assert (await session.get_one(AgendaItem, item)).state is ItemState.DISCUSSING
        kinds = [entry.kind.value for entry in (await session.execute(select(ItemEntry))).scalars()]
        assert kinds == ["on_meeting", "on_meeting", "discussion", "discussion"]
    await forges(chair, f"meet:show:{number}")
    ended = await chair.press("散会")
    assert "活动记录表：草稿" in ended.text
    [shown] = await group_shows(bench)
    assert "实到 5 人" in shown.text
    assert not shown.buttons
    assert "已经结束" in await refused(bench, FIFTH, f"meet:sign:{number}")
    await look_away(bench)


async def test_a_door_stays_out_of_the_group_and_a_neighbours_name_is_shown_and_refused(bench: Bench) -> None:
    council = await add_council(bench)
    chair = bench.person(CHAIR)
    await forges(chair, f"co:meet:{council}")
    await chair.press("现场议事")
    assert "日期" in (await chair.say("昨天")).text
    await chair.say("明天")
    await chair.say("9点")
    refused = await chair.say("王秀英家门口的空地")
    assert "王秀英" in refused.text
    await chair.say("三号楼前的空地")
    await chair.press("修改")
    await chair.press("形式")
    asked = await chair.press("上门议事")
    assert "上哪一家" in asked.text
    summary = await chair.say("东关村1号 王秀英家")
    assert "东关村1号" in summary.text
    await chair.press("保存")
    await bench.deliverer.deliver_all()
    [shown] = await group_shows(bench)
    assert "东关村1号" not in shown.text
    assert "三号楼" not in shown.text
    await look_away(bench)
    # Whoever comes sees the door in private, for ten minutes.
    [card] = await forges(bench.person(FIRST), "meet:show:1")
    assert "东关村1号" in card.text
    bench.pass_time(minutes=11)
    await bench.tick()
    assert not [one for one in bench.box.messages(FIRST) if "东关村1号" in str(one.get("text"))]
    await look_away(bench)


async def test_it_is_called_off_once_by_the_chair_and_everybody_is_told(bench: Bench) -> None:
    council = await add_council(bench)
    number = await calls(bench, council)
    code = (await meeting_of(bench, number)).code
    await bench.deliverer.deliver_all()
    await look_away(bench)
    chair, member = bench.person(CHAIR), bench.person(SIXTH)
    for what in ("cancel", "off", "end"):
        assert "召集人" in await refused(bench, SIXTH, f"meet:{what}:{number}")
    for outsider in (STRANGER, WORKER):
        said = await forges(bench.person(outsider), f"meet:show:{number}")
        assert code not in str(said)
    await forges(chair, f"meet:show:{number}")
    await chair.press("取消这次会")
    assert (await meeting_of(bench, number)).state is MeetingState.PLANNED
    await chair.press("确认取消")
    await bench.deliverer.deliver_all()
    assert ["取消了" in said.text for said in member.reads()] == [True]
    [*_, shown] = await group_shows(bench)
    assert "取消了" in shown.text
    for what in ("off", "begin", "end", "sign", "ics"):
        await forges(chair, f"meet:{what}:{number}")
        assert "已经结束或取消" in chair.toast()
    await look_away(bench)


async def test_one_that_was_never_begun_is_asked_for_the_day_after(bench: Bench) -> None:
    council = await add_council(bench)
    number = await calls(bench, council)
    await look_away(bench)
    meeting = await meeting_of(bench, number)
    bench.clock.now = bench.policy.at(meeting.planned_at.date() + timedelta(days=1), bench.policy.digest_at)
    await bench.tick()
    assert ["还没有点" in said.text for said in bench.person(CHAIR).reads() if meeting.code in said.text] == [True]
    assert not [said for said in bench.person(FIRST).reads() if meeting.code in said.text]
    for days, told in ((4, False), (4, True)):  # once a week, until somebody begins it or calls it off
        bench.pass_time(days=days)
        await bench.tick()
        assert bool([said for said in bench.person(CHAIR).reads() if meeting.code in said.text]) == told
    # Another chair begins it: she presides, and not who called it.
    async with bench.database.transaction() as session:
        second = await member_id(session, SECOND)
        posts = update(Appointment).where(col(Appointment.member_id) == second)
        await session.execute(posts.values(role=Role.COUNCIL_CHAIR))
    await forges(bench.person(SECOND), f"meet:begin:{number}")
    assert (await meeting_of(bench, number)).chair_id == second
    await look_away(bench)


async def test_a_planned_meeting_is_put_to_another_day_and_place(bench: Bench) -> None:
    """What is skipped stays; everybody is told, and reminded of the new day although the old eve is over."""
    council = await add_council(bench)
    await an_item(bench, council)
    chair, other = bench.person(CHAIR), bench.person(FOURTH)
    number = await calls(bench, council)
    meeting = await meeting_of(bench, number)
    await bench.deliverer.deliver_all()
    await look_away(bench)
    bench.clock.now = meeting.planned_at - timedelta(hours=20)
    await bench.tick()
    assert ["明天开会" in said.text for said in other.reads() if meeting.code in said.text] == [True]
    await look_away(bench)

    assert "召集人" in await refused(bench, FOURTH, f"meet:move:{number}")
    await forges(chair, f"meet:show:{number}")
    assert "11月25日" in (await chair.press("改期")).text
    assert "15:00" in (await chair.press("跳过")).text
    assert PLACE in (await chair.press("跳过")).text
    assert "还没有改动" in (await chair.press("跳过")).text
    assert "内容没有变" in (await chair.press("保存")).text
    await chair.press("修改")
    await chair.press("日期")
    assert "已经过去了" in (await chair.say("2020-11-26")).text
    await chair.say("11-27")
    await chair.press("修改")
    await chair.press("地点")
    checked = await chair.say("文化广场")
    assert all(word in checked.text for word in ("11月27日", "15:00", "文化广场", "通知"))
    assert "改好了" in (await chair.press("保存")).text
    await bench.deliverer.deliver_all()
    [told] = [said.text for said in other.reads() if meeting.code in said.text]
    assert "有改动" in told
    assert "11月27日" in told
    assert "文化广场" not in told
    [shown] = await group_shows(bench)
    assert all(word in shown.text for word in ("11月27日", "文化广场"))
    assert b"DTSTART:20261127T070000Z" in file_of(bench, await other.press("日历"))
    await look_away(bench)

    moved = await meeting_of(bench, number)
    for hours, words in ((20, "明天开会"), (2, "快开会了")):
        bench.clock.now = moved.planned_at - timedelta(hours=hours)
        await bench.tick()
        await bench.tick()
        assert [words in said.text for said in other.reads() if moved.code in said.text] == [True]
        await look_away(bench)
    bench.clock.now = moved.planned_at
    await forges(chair, f"meet:begin:{number}")
    assert "已经开始" in await refused(bench, CHAIR, f"meet:move:{number}")
    await bench.deliverer.deliver_all()
    await look_away(bench)


async def test_every_ballot_belongs_to_a_meeting_and_a_secret_one_names_nobody(bench: Bench) -> None:
    """A hard item can be voted on once a meeting deals with it, and in it; any other makes a meeting of its own."""
    council = await add_council(bench)
    hard = await an_item(bench, council)
    small = await an_item(bench, council, 2, urgency=Urgency.SMALL)
    secret = await an_item(bench, council, 3, urgency=Urgency.SMALL)
    added = await an_item(bench, council, 4)
    number = await calls(bench, council)
    chair = await actor_of(bench, CHAIR)
    bench.clock.now = (await meeting_of(bench, number)).planned_at
    hands = bench.person(CHAIR)
    await forges(hands, f"meet:begin:{number}")
    assert "召集人" in (await refused(bench, FIRST, f"meet:items:{number}"))
    await forges(hands, f"meet:items:{number}")
    await hands.press("（4）")
    await hands.press("完成")
    assert "加了 1 个议题" in (await hands.press("保存")).text
    ballots = {}
    for item in (hard, added, small, secret):
        async with bench.database.transaction() as session:
            ballot = await open_ballot(
                session,
                actor=chair,
                item_id=item,
                secret=item == secret,
                closes_at=bench.clock.now + timedelta(hours=2),
                conversation_id=f"vote-{item}",
                now=bench.clock.now,
                token=salt,
                policy=bench.policy,
            )
            ballots[item] = (ballot.id, ballot.meeting_id)
    assert ballots[hard][1] == ballots[added][1] == number
    assert number not in (ballots[small][1], ballots[secret][1])
    [listed] = await forges(hands, f"co:meetings:{council}")
    assert (str(listed.labels).count("开会中"), str(listed.labels).count("表决中")) == (1, 2)  # nobody goes there
    for who in (FIRST, SECOND):
        actor = await actor_of(bench, who)
        for ballot_id, _ in ballots.values():
            async with bench.database.transaction() as session:
                await cast_vote(
                    session,
                    actor=actor,
                    ballot_id=ballot_id,
                    choice=BallotChoice.FAVOUR,
                    now=bench.clock.now,
                    policy=bench.policy,
                )
    bench.pass_time(hours=2)
    async with bench.database.transaction() as session:
        assert await close_due(session, now=bench.clock.now, policy=bench.policy, limit=10) == 4
    assert list((await there(bench, ballots[small][1] or 0)).values()) == [SignedBy.VOTE, SignedBy.VOTE]
    assert await there(bench, ballots[secret][1] or 0) == {}
    async with bench.database.transaction() as session:
        states = {row.id: row.state for row in (await session.execute(select(CouncilMeeting))).scalars()}
        drafts = set((await session.execute(select(col(Minutes.meeting_id)))).scalars())
    assert states[number] is MeetingState.RUNNING
    assert drafts == {ballots[small][1], ballots[secret][1]}
    await look_away(bench)


@pytest.mark.parametrize(
    ("hours", "come"),
    [
        (-19, []),
        (-18, [Occasion.EVE]),
        (-2, [Occasion.EVE, Occasion.SOON]),
        (20, [Occasion.EVE, Occasion.SOON, Occasion.AFTER]),
    ],
)
def test_the_occasions_of_a_meeting_at_noon(hours: int, come: list[Occasion]) -> None:
    noon = POLICY.at(date(2026, 11, 25), time(12))
    assert occasions(noon, noon + timedelta(hours=hours), POLICY) == come
