"""Keeping for later, resuming after hours, a restart or a deploy, and the end of a draft."""

import dataclasses
from dataclasses import dataclass

import pytest

from handlers import conversations, drafts, gateway, registry
from handlers.flow import Flow, Step
from handlers.questions import Answers, Facts, Text
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


def test_a_flow_whose_last_step_is_no_summary_is_refused_when_it_is_built() -> None:
    def ask(_answers: Answers, _facts: Facts) -> object:
        return AskMood()

    with pytest.raises(ValueError, match="summary"):
        Flow("bad", 1, frozenset(), (Step("mood", ask, Text()),), conversations.FLOWS["visit"].finish)
