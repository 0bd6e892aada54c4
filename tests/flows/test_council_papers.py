"""Votes that the chair enters: a paper, a proxy, and papers into the box of a secret ballot (spec 5)."""

from models.agenda import ItemState
from tests.support.ballots import ITEM_TITLE
from tests.support.councils import CHAIR, FIRST, FOURTH, SECOND
from tests.support.groups import group_shows
from tests.support.hands import Bench
from tests.support.matters import forges, look_away
from tests.support.voting import a_council_with_an_item, enters, in_group, opens, stored, votes


async def test_a_paper_and_a_proxy_are_entered_and_labelled_and_her_own_press_goes_before_them(bench: Bench) -> None:
    item = await a_council_with_an_item(bench)
    number, _ = await opens(bench, item)
    chair = bench.person(CHAIR)
    for name, way, choice in (("方晴", "书面票", "赞成"), ("韦莉", "委托票", "反对")):
        summary = await enters(bench, number, name, way, choice)
        assert f"{name}：{choice}（{way}）" in summary.text
    [shown] = await group_shows(bench)
    assert "其中 2 票由召集人按书面票或委托代录" in shown.text
    assert "方晴" not in shown.text
    [lines] = await forges(bench.person(FIRST), f"vote:lines:{number}")
    assert "方晴：赞成（书面票，黄慧代录）" in lines.text
    assert "韦莉：反对（委托票，黄慧代录）" in lines.text
    # Each of them is told; she presses herself after all, and then the chair cannot enter another.
    await bench.deliverer.deliver_all()
    [told] = [said for said in bench.unread(FOURTH) if "替您录了一票" in said.text]
    assert not [choice for choice in ("赞成", "反对", "路灯") if choice in told.text]
    assert "打开表决票" in told.labels
    fourth = bench.person(FOURTH)
    await fourth.say("/votes")
    assert "召集人代录" in (await fourth.press(ITEM_TITLE[:6])).text
    await fourth.press("反对")
    await forges(chair, f"vote:enter:{number}")
    await chair.press("方晴")
    await chair.press("书面票")
    await chair.press("赞成")
    assert "以她自己投的为准" in (await chair.press("保存")).text
    await chair.press("取消")
    assert (await stored(bench, number)).votes == {"against": 2}
    # Nobody's name stays in the chair's chat.
    await bench.tick()
    left = [str(one.get("text")) for one in bench.box.messages(CHAIR)]
    assert not [text for text in left if "方晴" in text]
    await look_away(bench)


async def test_papers_of_a_secret_vote_go_in_together_with_their_sum(bench: Bench) -> None:
    item = await a_council_with_an_item(bench)
    number, _ = await opens(bench, item, "修改", "表决方式", "无记名")
    await votes(bench, number, v141="赞成")
    bench.all_unread()
    chair = bench.person(CHAIR)
    await forges(chair, f"vote:papers:{number}")
    for name in ("徐莹", "方晴"):
        question = await chair.press(name)
    assert "已选 2 人，至少 3 人" in question.text
    assert not any("完成" in label for label in question.labels)
    assert not any("周萍" in label for label in question.labels)  # she has voted
    await chair.press("韦莉")
    assert "3 张票里" in (await chair.press("完成")).text
    assert "对不上" in (await chair.say("4")).text
    await chair.say("2")
    summary = await chair.say("1")
    assert "3 张：赞成 2 · 反对 1 · 弃权 0" in summary.text
    assert "徐莹" not in summary.text
    await chair.press("保存")
    [shown] = await group_shows(bench)
    assert "已投 4 人" in shown.text
    assert "其中 3 票由召集人按书面票" in shown.text
    assert "已经投过票了" in await in_group(bench, SECOND).press("赞成")
    bench.pass_time(hours=25)
    await bench.tick()
    [closed] = await group_shows(bench)
    assert "参加人数不够，没有作出决定" in closed.text
    assert "须 5 人参加；实到 4 人，差 1 人" in closed.text
    assert "不公布票数" in closed.text
    assert (await stored(bench, number)).item.state is ItemState.NO_QUORUM
    await look_away(bench)
