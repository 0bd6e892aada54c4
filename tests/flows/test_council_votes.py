"""A council votes: in its group and in private, openly and in secret, to the end (spec 5)."""

from datetime import timedelta

from domain.rules.recount import recount
from domain.usecases.ballot_log import entries_of, stored_ballot
from domain.usecases.item_history import history_of_item
from domain.usecases.meeting_record import record_of
from handlers.meeting_words import proposed_decisions
from models.agenda import ItemState, Urgency
from models.ballot import BallotOutcome, BallotState
from models.meeting import CouncilMeeting, Minutes
from tests.support.ballots import ITEM_TITLE
from tests.support.councils import CHAIR, FIFTH, FIRST, SECOND, SIXTH, THIRD
from tests.support.groups import group_shows
from tests.support.hands import Bench
from tests.support.matters import forges, look_away
from tests.support.voting import a_council_with_an_item, all_vote, in_group, opens, pressed, stored, votes

GUEST = 150


async def test_an_open_vote_from_the_chair_s_button_to_its_result(bench: Bench) -> None:
    item = await a_council_with_an_item(bench, guests=(GUEST,))
    chair = bench.person(CHAIR)
    [summary] = await forges(chair, f"item:open:{item}")
    # A small matter in a council with its usual kind: nothing has to be asked.
    for word in (ITEM_TITLE, "记名表决", "发起后 1 天", "应到 8 人（常任 7，受邀 1），须 6 人参加", "议事群"):
        assert word in summary.text
    assert "开始表决" in (await chair.press("保存")).text
    [posted] = await group_shows(bench)
    assert "已投 0 人，还差 6 人" in posted.text
    assert posted.labels == ["👍 赞成", "👎 反对", "⚪ 弃权", "🙋 我投了吗？"]
    await bench.deliverer.deliver_all()
    assert "请您参加" in bench.person(GUEST).reads()[-1].text  # X may not be in the group: she is told
    bench.all_unread()

    assert "已记下：赞成" in await in_group(bench, FIRST).press("赞成")
    assert "“against”" not in await in_group(bench, THIRD).press("反对")
    assert "Noted: against" in bench.person(THIRD).toast()  # her own language, in a Chinese group
    assert "您投的就是赞成" in await in_group(bench, FIRST).press("赞成")
    assert "已记下：反对" in await in_group(bench, FIRST).press("反对")
    [now] = await group_shows(bench)
    assert now.message_id == posted.message_id
    assert "赞成 0 · 反对 2 · 弃权 0" in now.text
    assert "已投 2 人，还差 4 人" in now.text

    # In private: the list, the paper with her present choice, and the change of it.
    first = bench.person(FIRST)
    assert "您已投" in (await first.say("/votes")).text
    paper = await first.press(ITEM_TITLE[:6])
    assert "您投的是：反对" in paper.text
    assert "✅ 反对" in paper.labels
    assert "您投的是：赞成" in (await first.press("赞成")).text
    guest = bench.person(GUEST)
    await guest.press("打开表决票")
    assert "您投的是：赞成" in (await guest.press("赞成")).text
    number = (await stored(bench, 1)).ballot.id
    await votes(bench, number, v142="赞成", v144="赞成", v145="弃权")
    bench.all_unread()

    bench.pass_time(hours=25)
    await bench.tick()
    [closed] = await group_shows(bench)
    for word in (
        "通过",
        "应到 8 人",
        "须 6 人参加；实到 6 人",
        "赞成 4 · 反对 1 · 弃权 1",
        "即 4 票赞成，得 4 票",
        "核对码",
    ):
        assert word in closed.text, word
    assert closed.labels == ["🙋 我投了吗？"]
    kept = await stored(bench, number)
    assert (kept.ballot.outcome, kept.item.state) == (BallotOutcome.PASSED, ItemState.PASSED)
    assert kept.casts == 8  # six people and two changes of mind: the same once more is no entry
    bench.all_unread()

    [seen] = await forges(guest, f"vote:paper:{number}")  # X sees what became of it
    assert "通过" in seen.text

    # Line by line, for those who sit in it; in private, and not for long.
    [lines] = await forges(first, f"vote:lines:{number}")
    assert "周萍：赞成（改过 2 次）" in lines.text
    assert "韦莉：没有投" in lines.text
    bench.pass_time(minutes=11)
    await bench.tick()
    assert not [one for one in bench.box.messages(FIRST) if "周萍：" in str(one.get("text"))]
    await look_away(bench)


async def test_a_secret_vote_is_final_and_tells_the_turnout_alone(bench: Bench) -> None:
    item = await a_council_with_an_item(bench, urgency=Urgency.URGENT)
    chair = bench.person(CHAIR)
    [summary] = await forges(chair, f"item:open:{item}")
    assert "发起后 2 小时" in summary.text
    await chair.press("修改")
    await chair.press("表决方式")
    assert "无记名表决" in (await chair.press("无记名")).text
    await chair.press("保存")
    [posted] = await group_shows(bench)
    assert "投出后不能改" in posted.text

    # In the group one press is final; the word that answers does not repeat it.
    word = await in_group(bench, FIRST).press("赞成")
    assert "票箱" in word
    assert "赞成" not in word
    assert "已经投过票了" in await in_group(bench, FIRST).press("反对")
    [now] = await group_shows(bench)
    assert "已投 1 人" in now.text
    assert "赞成 1" not in now.text
    assert "赞成 0" not in now.text

    # In private she is asked once more, may think again, and her chat keeps nothing of it.
    second = bench.person(SECOND)
    await second.say("/votes")
    await second.press(ITEM_TITLE[:6])
    assert "确定投“反对”" in (await second.press("反对")).text
    await second.press("再想想")
    await second.press("弃权")
    assert "您已经投票" in (await second.press("确定，投弃权")).text
    left = [str(one.get("text")) for one in bench.box.messages(SECOND)]
    assert not [text for text in left if "确定投" in text]
    assert "没有明细" in await _toast_of(bench, SECOND, "vote:lines:1")

    # Everybody votes; only then may the chair end it before its time.
    await all_vote(bench, 1, "赞成", but=(FIRST, SECOND, SIXTH))
    bench.all_unread()
    [board] = await forges(chair, "vote:board:1")
    assert "还没投的 1 人" in board.text
    assert "韦莉" in board.text
    assert not any("提前截止" in label for label in board.labels)
    assert "还有人没投票" in await _toast_of(bench, CHAIR, "vote:close:1")
    await votes(bench, 1, v146="赞成")
    bench.all_unread()
    [board] = await forges(chair, "vote:board:1")
    assert "能投的都投了" in board.text
    result = await chair.press("提前截止")
    assert "赞成 6 · 反对 0 · 弃权 1" in result.text
    assert "召集人提前截止" in result.text
    [closed] = await group_shows(bench)
    assert "赞成 6 · 反对 0 · 弃权 1" in closed.text
    kept = await stored(bench, 1)
    assert (kept.votes, kept.casts) == ({}, 0)
    await look_away(bench)


async def _toast_of(bench: Bench, who: int, data: str) -> str:
    person = bench.person(who)
    await forges(person, data)
    return person.toast()


async def test_the_deadline_of_a_hard_matter_is_asked_put_off_and_the_vote_called_off(bench: Bench) -> None:
    item = await a_council_with_an_item(bench, urgency=Urgency.HARD, state=ItemState.DISCUSSING)
    chair = bench.person(CHAIR)
    [_] = await forges(chair, f"item:opinion:{item}")
    await chair.say("先装一盏看看")
    await chair.press("保存")
    [question] = await forges(chair, f"item:open:{item}")
    assert "什么时候截止" in question.text
    for typed, answer in (
        ("尽快", "请点一个时间"),
        ("昨天18:00", "请点一个时间"),
        ("11-20 18:00", "已经过去"),
        ("5分钟", "太近"),
        ("40天", "太远"),
    ):
        assert answer in (await chair.say(typed)).text, typed
    assert "11月23日（周一） 18:00" in (await chair.say("11-23 下午6点")).text
    await chair.press("保存")
    await group_shows(bench)
    bench.all_unread()

    await forges(chair, "vote:board:1")
    question = await chair.press("延长时间")
    bench.pass_time(minutes=11)
    await bench.tick()  # the board has left the chat, the form that began from it has not
    assert any(one["message_id"] == question.message_id for one in bench.box.messages(CHAIR))
    assert "只能往后延" in (await chair.say("11-22 9:00")).text
    assert "→ 11月24日（周二） 18:00" in (await chair.press("延 1 天")).text
    await chair.press("保存")
    [longer] = await group_shows(bench)
    assert "11月24日（周二） 18:00 截止" in longer.text

    bench.all_unread()
    await votes(bench, 1, v141="反对")
    bench.all_unread()
    await forges(chair, "vote:cancel:1")
    await chair.say("题目写错了，改好再投")
    await chair.press("保存")
    [off] = await group_shows(bench)
    for word in ("撤销了这次表决", "题目写错了，改好再投", "撤销时已投 1 人"):
        assert word in off.text
    assert "反对 1" not in off.text
    kept = await stored(bench, 1)
    assert (kept.ballot.state, kept.item.state) == (BallotState.CANCELLED, ItemState.DISCUSSING)
    assert "已经结束" in await in_group(bench, FIRST).press_data(off.message_id, "vote:cast:1:favour")
    await look_away(bench)


async def test_a_secret_vote_with_too_few_tells_how_many_voted_and_nothing_else(bench: Bench) -> None:
    number, _ = await opens(bench, await a_council_with_an_item(bench), "修改", "表决方式", "无记名")
    await votes(bench, number, v142="反对")
    bench.clock.now = (await stored(bench, number)).ballot.closes_at
    await bench.tick()
    [shown] = await group_shows(bench)
    await look_away(bench)
    [paper] = await forges(bench.person(FIRST), f"vote:paper:{number}")
    for said in (shown, paper):
        assert "实到 1 人" in said.text
        assert "不公布票数" in said.text
        assert "反对 1" not in said.text
    ballot = (await stored(bench, number)).ballot
    assert (ballot.outcome, ballot.turnout, ballot.against) == (BallotOutcome.NO_QUORUM, 1, None)
    async with bench.database.transaction() as session:
        meeting = await session.get_one(CouncilMeeting, ballot.meeting_id)
        record = await record_of(session, meeting, Minutes(meeting_id=meeting.id), bench.policy)
        assert recount(await stored_ballot(session, ballot)).adds_up
        told = [one.detail for one in await entries_of(session, number)]
        told += [one.detail for one in await history_of_item(session, ballot.item_id)]
    assert [(one.turnout, one.shows, one.against) for one in record.items[0].ballots] == [(1, False, 0)]
    assert "反对" not in proposed_decisions(record, "zh")
    assert not [one for one in told if "against" in one]
    await look_away(bench)


async def test_what_was_voted_on_reads_as_it_did_however_the_item_is_worded_later(bench: Bench) -> None:
    item = await a_council_with_an_item(bench)
    number, _ = await opens(bench, item)
    await votes(bench, number, v141="反对")
    bench.clock.now = (await stored(bench, number)).ballot.closes_at
    await bench.tick()
    await look_away(bench)
    chair = bench.person(CHAIR)
    [_] = await forges(chair, f"item:reword:{item}")
    await chair.say("买一套音响")
    await chair.press("跳过")
    await chair.press("跳过")
    await chair.press("保存")
    await look_away(bench)
    assert (await stored(bench, number)).item.title == "买一套音响"
    await pressed(chair, f"vote:repost:{number}")
    [shown] = await group_shows(bench)
    [paper] = await forges(chair, f"vote:paper:{number}")
    [lines] = await forges(chair, f"vote:lines:{number}")
    for said in (shown, paper, lines):
        assert ITEM_TITLE in said.text
        assert "音响" not in said.text
    ballot = (await stored(bench, number)).ballot
    async with bench.database.transaction() as session:
        meeting = await session.get_one(CouncilMeeting, ballot.meeting_id)
        record = await record_of(session, meeting, Minutes(meeting_id=meeting.id), bench.policy)
    assert [(one.title, one.body) for one in record.items] == [(ITEM_TITLE, "晚上看不清路，老人容易摔倒")]
    await look_away(bench)


async def test_a_lost_message_is_posted_again_and_those_who_have_not_voted_are_reminded(bench: Bench) -> None:
    item = await a_council_with_an_item(bench, urgency=Urgency.URGENT)
    number, posted = await opens(bench, item)
    bench.box.act(CHAIR, posted.raw["chat"]["id"], "delete", message_id=posted.message_id)
    chair = bench.person(CHAIR)
    [_] = await forges(chair, f"vote:board:{number}")
    await chair.press_all("重新发到群里")
    assert "重新发到群里" in chair.toast()
    [again] = await group_shows(bench)
    assert again.message_id > posted.message_id
    assert ITEM_TITLE in again.text
    # Reminders reach those alone who have not voted, in private.
    await all_vote(bench, number, "赞成", but=(FIFTH, SIXTH))
    bench.all_unread()
    bench.clock.now += timedelta(minutes=62)
    await bench.tick()
    await bench.deliverer.deliver_all()
    reminded = [
        who for who in (CHAIR, FIRST, FIFTH, SIXTH) if any("还没有表决" in one.text for one in bench.unread(who))
    ]
    assert reminded == [FIFTH, SIXTH]
    await look_away(bench)
