"""What goes wrong around a vote: too late, too often, too many, by the wrong people (spec 5)."""

from datetime import timedelta
from typing import Any

from sqlalchemy import select, update
from sqlmodel import col

from models.agenda import AgendaItem
from models.ballot import BallotOutcome, BallotState
from models.council import Council
from models.member import Appointment, Member, Role
from tests.support.ballots import ITEM_TITLE, add_guests, member_id
from tests.support.councils import CHAIR, FIFTH, FIRST, SECOND, SIXTH, THIRD, VOTERS, add_council
from tests.support.county import ENGLISH, HEAD, OTHER_HEAD, STRANGER, WORKER
from tests.support.groups import group_messages, group_shows
from tests.support.hands import Bench
from tests.support.matters import forges, look_away
from tests.support.voting import (
    a_council_with_an_item,
    all_vote,
    another_item,
    enters,
    in_group,
    opens,
    pressed,
    stored,
    votes,
)

CHAIRS_OWN = ("board", "close", "repost", "extend", "cancel", "enter", "papers")


async def test_at_the_very_second_of_closing_it_is_too_late_whether_or_not_it_is_counted(bench: Bench) -> None:
    number, posted = await opens(bench, await a_council_with_an_item(bench))
    closes_at = (await stored(bench, number)).ballot.closes_at
    bench.clock.now = closes_at - timedelta(seconds=1)
    assert "已记下" in await in_group(bench, FIRST).press("赞成")
    bench.clock.now = closes_at
    for who, data in ((SECOND, "favour"), (FIRST, "against")):
        word = await in_group(bench, who).press_data(posted.message_id, f"vote:cast:{number}:{data}")
        assert "不再收票" in word
        assert "不再收票" in await pressed(bench.person(who), f"vote:cast:{number}:{data}")
    [paper] = await forges(bench.person(SECOND), f"vote:paper:{number}")
    assert "正在计票" in paper.text
    assert not any("赞成" in label for label in paper.labels)
    for what in ("close", "extend", "cancel", "enter"):
        assert "已经结束" in await pressed(bench.person(CHAIR), f"vote:{what}:{number}")
    assert (await stored(bench, number)).ballot.state is BallotState.OPEN
    # A new program finds it: nothing was waiting in the memory of the one before.
    await bench.restart()
    await bench.tick()
    kept = await stored(bench, number)
    assert (kept.ballot.outcome, kept.votes, kept.ballot.ended_at) == (
        BallotOutcome.NO_QUORUM,
        {"favour": 1},
        closes_at,
    )
    await group_shows(bench)
    await look_away(bench)


async def _set(bench: Bench, who: int, **values: Any) -> None:
    """Change her appointments, as an administrator does."""
    async with bench.database.transaction() as session:
        number = await member_id(session, who)
        await session.execute(update(Appointment).where(col(Appointment.member_id) == number).values(**values))


async def _replaced(bench: Bench, who: int, *, by: int) -> None:
    """Her seat is somebody else's from today on."""
    async with bench.database.transaction() as session:
        number, other = await member_id(session, who), await member_id(session, by)
        hers = col(Appointment.member_id) == number
        await session.execute(update(Appointment).where(hers).values(member_id=other))


async def _sits_no_more(bench: Bench, who: int) -> None:
    yesterday = bench.policy.today(bench.clock.now) - timedelta(days=1)
    await _set(bench, who, starts_on=yesterday, ends_on=yesterday)


async def test_whoever_loses_her_seat_keeps_the_vote_she_cast_and_casts_no_other(bench: Bench) -> None:
    number, posted = await opens(bench, await a_council_with_an_item(bench))
    await votes(bench, number, v141="赞成", v142="反对")
    bench.all_unread()
    # The first is a grid's executive from now on, the second nothing at all; the third's telephone is lost.
    await _set(bench, FIRST, role=Role.EXECUTIVE)
    await _sits_no_more(bench, SECOND)
    async with bench.database.transaction() as session:
        lost = await session.execute(select(Member).where(col(Member.telegram_id) == SIXTH))
        lost.scalar_one().frozen_at = bench.clock.now
    assert "仍然" in await in_group(bench, FIRST).press("反对")
    assert "不在名单" in await in_group(bench, SECOND).press("赞成")
    assert "冻结" in await in_group(bench, SIXTH).press("赞成")
    [paper] = await forges(bench.person(FIRST), f"vote:paper:{number}")  # it was she who proposed the item
    assert "不能再投票或改票" in paper.text
    assert "“赞成”仍然有效" in paper.text
    assert not any("反对" in label for label in paper.labels)
    assert (await stored(bench, number)).votes == {"favour": 1, "against": 1}
    # The electorate stays what it was. Who has lost her seat holds up nobody; whoever is frozen can vote on paper.
    await all_vote(bench, number, "赞成", but=(FIRST, SECOND, SIXTH))
    bench.all_unread()
    [board] = await forges(bench.person(CHAIR), f"vote:board:{number}")
    assert "应到 7 人" in board.text
    assert "其中 1 人账号冻结" in board.text
    assert not any("提前截止" in name for name in board.labels)
    assert "还有人没投票" in await pressed(bench.person(CHAIR), f"vote:close:{number}")
    await enters(bench, number, "韦莉", "书面票", "赞成")
    [board] = await forges(bench.person(CHAIR), f"vote:board:{number}")
    assert "能投的都投了" in board.text
    assert await bench.person(CHAIR).press_all("提前截止") == []
    assert "半小时" in bench.person(CHAIR).toast()  # for whom it was entered, she has so long to put it right
    bench.pass_time(minutes=31)
    assert "通过" in (await bench.person(CHAIR).press("提前截止")).text
    [closed] = await group_shows(bench)
    assert closed.message_id == posted.message_id
    assert "提前截止" in closed.text
    assert "赞成 6 · 反对 1 · 弃权 0" in closed.text
    await look_away(bench)


async def test_the_chair_cannot_send_away_who_would_vote_against_her(bench: Bench) -> None:
    guest = 151
    item = await a_council_with_an_item(bench, guests=(guest,))
    number, _ = await opens(bench, item)
    await all_vote(bench, number, "赞成")
    assert "正在表决" in await pressed(bench.person(CHAIR), f"item:uninvite:{item}:1")
    assert "还有人没投票" in await pressed(bench.person(CHAIR), f"vote:close:{number}")
    assert "已记下" in await pressed(bench.person(guest), f"vote:cast:{number}:against")
    assert (await stored(bench, number)).votes == {"favour": 7, "against": 1}
    await forges(bench.person(guest), f"item:uninvite:{item}:1")  # she stays away herself: her vote stays
    await forges(bench.person(CHAIR), f"vote:close:{number}")
    assert (await stored(bench, number)).ballot.against == 1
    await group_shows(bench)
    await look_away(bench)


async def test_who_is_invited_later_reads_no_names_of_what_was_voted_before(bench: Bench) -> None:
    item = await a_council_with_an_item(bench)
    number, _ = await opens(bench, item)
    await votes(bench, number, v141="赞成")
    bench.box.add_person(151, "受邀151", started=True)
    async with bench.database.transaction() as session:
        await add_guests(session, await session.get_one(AgendaItem, item), [151], bench.clock.now)
    [paper] = await forges(bench.person(151), f"vote:paper:{number}")
    assert not any("明细" in name for name in paper.labels)
    assert "不在您的范围" in await pressed(bench.person(151), f"vote:lines:{number}")
    await look_away(bench)


async def test_nobody_else_s_press_counts_and_each_gets_a_private_word(bench: Bench) -> None:
    item = await a_council_with_an_item(bench)
    number, posted = await opens(bench, item)
    for bystander in (STRANGER, WORKER, ENGLISH, HEAD):
        bench.box.act(CHAIR, posted.raw["chat"]["id"], "text", text="欢迎")
        bench.box.act(bystander, posted.raw["chat"]["id"], "join")
        assert await in_group(bench, bystander).press("赞成"), bystander
    assert "不在应到名单" in bench.person(HEAD).toast()  # she oversees the council, and sees its results
    assert bench.unread(STRANGER) == []
    [seen] = await forges(bench.person(HEAD), f"vote:paper:{number}")
    assert "您不在这次表决的名单上" in seen.text
    [_] = await forges(bench.person(HEAD), f"vote:lines:{number}")
    for stranger in (WORKER, OTHER_HEAD):  # to whom it does not exist
        for what in ("paper", "lines", "cast", "sure", "board", "mine"):
            assert "不在您的范围" in await pressed(bench.person(stranger), f"vote:{what}:{number}:favour")
    for what in CHAIRS_OWN:
        assert "召集人" in await pressed(bench.person(FIRST), f"vote:{what}:{number}"), what
    assert "召集人" in await pressed(bench.person(FIRST), f"item:open:{item}")
    for forged in ("vote:cast:1:yes", "vote:cast:1", "vote:sure:1:", "vote:melt:1", "vote:cast:x:favour", "vote:"):
        assert "失效" in await pressed(bench.person(FIRST), forged), forged
    assert "不在您的范围" in await pressed(bench.person(FIRST), "vote:cast:99999:favour")
    for other in ("vote:papers:1", "vote:board:1:9999"):
        await forges(bench.person(CHAIR), other)
    kept = await stored(bench, number)
    assert (kept.votes, kept.casts) == ({}, 0)
    assert "已投 0 人" in group_messages(bench)[-1].text
    await look_away(bench)


async def test_a_form_that_waited_too_long_or_whose_council_has_changed_is_not_saved_unseen(bench: Bench) -> None:
    council = await add_council(bench)
    item = await another_item(bench, council)
    chair = bench.person(CHAIR)
    await forges(chair, f"item:open:{item}")
    await chair.press("修改")
    await chair.press("截止时间")
    assert "11月21日（周六） 18:00" in (await chair.say("18:00")).text
    await _sits_no_more(bench, SIXTH)
    changed = await chair.press("保存")
    assert "别人刚刚改过" in changed.text
    assert "应到 6 人" in changed.text
    # As many as before, and another one of them; then other words; then other rules.
    await _replaced(bench, FIFTH, by=ENGLISH)
    assert "别人刚刚改过" in (await chair.press("保存")).text
    async with bench.database.transaction() as session:
        row = await session.get_one(AgendaItem, item)
        row.title, row.rev = "装两盏路灯", row.rev + 1
    changed = await chair.press("保存")
    assert "别人刚刚改过" in changed.text
    assert "装两盏路灯" in changed.text
    async with bench.database.transaction() as session:
        rules = await session.get_one(Council, council)
        rules.abstain_counts, rules.rev = False, rules.rev + 1
    assert "别人刚刚改过" in (await chair.press("保存")).text
    bench.clock.now = bench.clock.now.replace(hour=9, minute=55)  # 17:55 there
    assert "太近" in (await chair.press("保存")).text
    await chair.press("修改")
    await chair.press("截止时间")
    await chair.press("1 天后")
    assert "开始表决" in (await chair.press("保存")).text
    await group_shows(bench)
    # What is typed for the group names nobody of the register.
    await forges(chair, "vote:cancel:1")
    refused = await chair.say("王秀英家不同意")
    assert "王秀英" in refused.text
    assert any("保存" not in label for label in refused.labels)
    await chair.press("取消")
    assert (await stored(bench, 1)).ballot.state is BallotState.OPEN
    bench.pass_time(hours=30)
    await bench.tick()
    await group_shows(bench)
    await look_away(bench)


async def test_a_council_without_a_group_and_a_chair_who_is_in_none_vote_in_private(bench: Bench) -> None:
    item = await a_council_with_an_item(bench, bound=False)
    chair = bench.person(CHAIR)
    [summary] = await forges(chair, f"item:open:{item}")
    assert "群还没有绑定" in summary.text
    await chair.press("保存")
    await bench.deliverer.deliver_all()
    bench.all_unread()
    for who in VOTERS:
        person = bench.person(who)
        await person.say("/votes")
        await person.press(ITEM_TITLE[:4])
        await person.press("Against" if who == THIRD else "反对")
    assert "还没有绑定群" in await pressed(chair, "vote:repost:1")
    [board] = await forges(chair, "vote:board:1")
    assert "没有绑定" not in board.text  # everybody has found the way
    await chair.press("提前截止")
    assert (await stored(bench, 1)).ballot.outcome is BallotOutcome.REJECTED
    assert group_messages(bench) == []
    await look_away(bench)
