"""Keeping for later, resuming after hours, a restart or a deploy, and the end of a draft."""

import dataclasses
from dataclasses import dataclass

import pytest
from sqlalchemy import select
from sqlmodel import col

from handlers import conversations, drafts, gateway, registry
from handlers.flow import Flow, Step
from handlers.questions import Answers, Facts, Text
from models.conversation import Conversation
from tests.support.county import WORKER
from tests.support.hands import Bench, Person


async def at_the_outcome(bench: Bench) -> Person:
    """A worker who has chosen the household and the way."""
    worker = bench.person(WORKER)
    await worker.say("今日走访")
    await worker.press("单小红")
    await worker.press("电话")
    return worker


async def test_a_form_kept_for_later_waits_among_the_drafts(bench: Bench) -> None:
    worker = await at_the_outcome(bench)
    assert "24 小时" in (await worker.press("稍后再填")).text
    bench.pass_time(hours=23)
    listed = await worker.press("打开草稿")
    assert listed.labels == ["▶ 走访登记 · 单小红"]
    assert "见到了" in (await worker.press("走访登记")).labels


async def test_an_answer_after_hours_goes_on_where_it_was(bench: Bench) -> None:
    worker = await at_the_outcome(bench)
    bench.pass_time(hours=5)
    assert "见到了谁" in (await worker.press("见到了")).text


async def test_a_restart_between_two_answers_is_not_noticed(bench: Bench) -> None:
    worker = await at_the_outcome(bench)
    await bench.restart()
    assert "见到了谁" in (await worker.press("见到了")).text
    await worker.say("邻居也在")
    await bench.restart()
    assert "什么需要" in (await worker.press("完成")).text


async def test_a_draft_that_nobody_touches_ends_with_a_word(bench: Bench) -> None:
    worker = await at_the_outcome(bench)
    await worker.press("稍后再填")
    bench.pass_time(hours=24, minutes=1)
    await bench.sweep.drafts()
    await bench.deliverer.deliver_all()
    assert ["已过期" in said.text for said in worker.reads()] == [True]
    assert "没有草稿" in (await worker.say("草稿")).text


async def test_a_form_in_progress_ends_alike_and_its_button_says_so(bench: Bench) -> None:
    worker = await at_the_outcome(bench)
    bench.pass_time(hours=24, minutes=1)
    await bench.sweep.drafts()
    await bench.deliverer.deliver_all()
    worker.reads()
    assert "已经结束" in (await worker.press("见到了")).text


@dataclass(frozen=True, slots=True)
class AskMood:
    """A question that a deploy brings."""


async def test_a_deploy_that_changes_the_flow_keeps_the_answers(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    worker = await at_the_outcome(bench)
    old = conversations.FLOWS["visit"]
    renamed = tuple(
        dataclasses.replace(step, key="ending") if step.key == "outcome" else step for step in old.steps[:3]
    )
    new = Flow("visit", old.version + 1, old.roles, (*renamed, old.steps[-1]), old.finish)
    for module in (conversations, registry, gateway, drafts):
        monkeypatch.setitem(module.FLOWS, "visit", new)
    news = await worker.press_all("见到了")
    assert "都在" in news[0].text
    assert "结果如何" in news[1].text  # the household and the way are still answered
    monkeypatch.undo()
    worker.reads()


def renew_the_visit(monkeypatch: pytest.MonkeyPatch) -> None:
    """A deploy: the question for the outcome has become another one."""
    old = conversations.FLOWS["visit"]
    steps = [dataclasses.replace(step, key="ending") if step.key == "outcome" else step for step in old.steps]
    kept = tuple(step for step in steps if step.key in ("household", "mode", "ending", old.steps[-1].key))
    new = Flow("visit", old.version + 1, old.roles, kept, old.finish)
    monkeypatch.setitem(conversations.FLOWS, "visit", new)


@pytest.mark.parametrize("way", ["接着填", "/cancel", "走访登记"])
async def test_a_question_that_a_deploy_removed_is_asked_anew_whichever_way_one_comes_to_it(
    bench: Bench, monkeypatch: pytest.MonkeyPatch, way: str
) -> None:
    worker = await at_the_outcome(bench)
    if way == "接着填":
        await worker.say("今日走访")
    elif way == "走访登记":
        await worker.press("稍后再填")
        await worker.say("草稿")
    renew_the_visit(monkeypatch)
    news = await worker.say_all(way) if way == "/cancel" else await worker.press_all(way)
    assert ["都在" in news[0].text, "结果如何" in news[1].text, len(news)] == [True, True, 2]
    assert "见到了" in news[1].labels


async def test_a_form_that_a_deploy_removed_ends_with_a_word(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    worker = await at_the_outcome(bench)
    bench.pass_time(minutes=31)
    monkeypatch.delitem(conversations.FLOWS, "visit")
    assert "已经结束" in (await worker.say("他在家")).text
    assert "没有草稿" in (await worker.say("草稿")).text


@pytest.mark.parametrize("key", ["见到了", "今日走访"])
async def test_what_was_pressed_or_asked_for_when_the_form_ended_is_answered_too(
    bench: Bench, monkeypatch: pytest.MonkeyPatch, key: str
) -> None:
    worker = await at_the_outcome(bench)
    bench.pass_time(minutes=31)
    monkeypatch.delitem(conversations.FLOWS, "visit")
    news = await worker.press_all(key) if key == "见到了" else await worker.say_all(key)
    assert "已经结束" in news[0].text
    assert len(news) == 1 + (key == "今日走访")


async def test_a_draft_whose_form_a_deploy_removed_is_no_longer_listed(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    worker = await at_the_outcome(bench)
    await worker.press("稍后再填")
    listed = await worker.say("草稿")
    bench.pass_time(minutes=31)
    monkeypatch.delitem(conversations.FLOWS, "visit")
    news = await worker.say_all("草稿")
    assert ["已经结束" in news[0].text, "没有草稿" in news[1].text] == [True, True]
    assert await worker.press_data(listed.message_id, listed.button("走访登记")) == []


@pytest.mark.parametrize("known", [True, False])
async def test_an_older_program_leaves_a_newer_ones_form_as_it_is_and_the_newer_goes_on_with_it(
    bench: Bench, monkeypatch: pytest.MonkeyPatch, known: bool
) -> None:
    worker = await at_the_outcome(bench)
    newer = conversations.FLOWS["visit"]
    before = await stored(bench)
    # This replica is of the version before, which asks the form otherwise, or does not know it at all.
    if known:
        monkeypatch.setitem(conversations.FLOWS, "visit", dataclasses.replace(newer, version=newer.version - 1))
    else:
        monkeypatch.delitem(conversations.FLOWS, "visit")
    question = worker.newest_with("见到了")
    assert "正在更新" in (await worker.press("见到了")).text
    assert "正在更新" in (await worker.say("他在家")).text
    for command in ("/cancel", "今日走访"):  # she may keep or drop it, as ever
        *told, asked = await worker.say_all(command)
        assert ["正在更新" in one.text for one in told] == [True] * (command == "/cancel" or not known)
        assert asked.labels[1:] == ["存为草稿，离开", "放弃，离开"]
    assert await stored(bench) == before
    monkeypatch.setitem(conversations.FLOWS, "visit", newer)
    (said,) = await worker.press_data(question.message_id, question.button("见到了"))
    assert "见到了谁" in said.text


async def test_a_form_that_only_a_newer_program_knows_is_left_and_gone_on_with_later(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    worker = await at_the_outcome(bench)
    visit, before = conversations.FLOWS["visit"], await stored(bench)
    monkeypatch.delitem(conversations.FLOWS, "visit")
    await worker.say_all("上报线索")
    assert "正在更新" not in (await worker.press("存为草稿，离开")).text
    assert (await stored(bench, active=True))[0] == "newlead"
    flow, version, state, _ = await stored(bench, active=False)
    assert (flow, version, state) == before[:3]
    await worker.say("草稿")
    assert "正在更新" in (await worker.press("放弃，离开")).text  # and not that there were no drafts
    monkeypatch.setitem(conversations.FLOWS, "visit", visit)
    await worker.say("草稿")
    assert "见到了" in (await worker.press("走访登记")).labels


async def test_a_form_that_only_a_newer_program_knows_can_be_dropped(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    worker = await at_the_outcome(bench)
    monkeypatch.delitem(conversations.FLOWS, "visit")
    await worker.say_all("/cancel")
    await worker.press_all("放弃，离开")
    assert "没有草稿" in (await worker.say("草稿")).text


async def stored(bench: Bench, *, active: bool = True) -> tuple[str, int, str, int]:
    """The only conversation that is (or is not) going on, as its row has it."""
    async with bench.database.transaction() as session:
        row = (await session.execute(select(Conversation).where(col(Conversation.active) == active))).scalar_one()
    return row.flow, row.version, row.state, row.rev


def test_a_flow_whose_last_step_is_no_summary_is_refused_when_it_is_built() -> None:
    def ask(_answers: Answers, _facts: Facts) -> object:
        return AskMood()

    with pytest.raises(ValueError, match="summary"):
        Flow("bad", 1, frozenset(), (Step("mood", ask, Text()),), conversations.FLOWS["visit"].finish)
